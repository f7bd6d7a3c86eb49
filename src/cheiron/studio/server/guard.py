"""Who may come in, and what every answer says to the browser."""

import hmac
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict

_COMPILES = "/assets/hand-tracker-"
"""The page's one worker that runs WebAssembly; a worker obeys the policy that it came with."""


class Guard:
    """Keeps other pages out, also those that reach this port by a name of their own.

    - The ``Host`` must be this very address: a foreign name that was made to resolve to the
      loopback address (DNS rebinding) is refused.
    - An ``Origin``, which browsers send and pages cannot forge, must be our own. Programs that are
      no browsers send none.
    - The token is compared in constant time.

    Args:
        port: Where the server listens.
        token: The session's.
        hosts: The addresses under which it may be asked for.
        secure: Whether it speaks TLS.
    """

    def __init__(
        self,
        port: int,
        token: str,
        hosts: Sequence[str] = ("127.0.0.1", "localhost"),
        secure: bool = False,
    ) -> None:
        self._hosts = {f"{host}:{port}" for host in hosts}
        letter = "s" if secure else ""
        self._origins = {f"http{letter}://{host}" for host in self._hosts}
        self._token = token.encode()
        # 'self' does not cover WebSockets everywhere.
        self._headers = _headers([f"ws{letter}://{host}:{port}" for host in hosts])

    def knows(self, token: str) -> bool:
        """Is this the session's token?"""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token)

    def admits(self, request: web.Request) -> bool:
        """Does a request for data carry the token?"""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.knows(token.strip())

    @property
    def middleware(self) -> Middleware:
        """Refuses foreign hosts and origins before anything else happens."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.headers.get("Host", "").lower() not in self._hosts:
                return refusal(403, "this is not the address of the instrument.")
            origins = request.headers.getall("Origin", [])
            if any(origin.lower() not in self._origins for origin in origins):
                return refusal(403, "pages from elsewhere may not talk to the instrument.")
            if request.path.startswith("/api/") and not self.admits(request):
                return refusal(401, "open the address that cheiron play printed; it has the token.")
            return await handler(request)

        return check

    async def seal(self, request: web.Request, response: web.StreamResponse) -> None:
        """Put the headers on an answer, whatever it is."""
        for name, value in self._headers.items():
            response.headers[name] = value
        if request.path.startswith(_COMPILES):
            policy = response.headers["Content-Security-Policy"]
            allowed = policy.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
            response.headers["Content-Security-Policy"] = allowed
        response.headers.setdefault("Cache-Control", "no-store")


def refusal(status: int, sentence: str) -> web.Response:
    """An answer that says why there is none."""
    return web.json_response({"message": sentence}, status=status)


def _headers(sockets: Sequence[str]) -> CIMultiDict[str]:
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "connect-src": " ".join(["'self'", *sockets]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return CIMultiDict(
        {
            "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in policy.items()),
            # Together these two give the page shared memory and fine clocks.
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Server": "cheiron",
        }
    )
