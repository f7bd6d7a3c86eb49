"""The web application that phones see: one page, its files, and a WebSocket."""

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from cheiron.studio.phone.visitor import Tell, Visitor
from cheiron.studio.phone.wire import NonsenseError, read_knock
from cheiron.studio.server.files import PageFiles
from cheiron.studio.server.guard import Guard, refusal
from cheiron.studio.server.limits import Bucket

MAX_MESSAGE = 16 * 1024
"""Bytes of the longest message that a phone may send."""

REFUSED = 4401
"""Close code for a phone that showed neither a good token nor a good secret."""

REPLACED = 4409
"""Close code for a phone whose page was opened again elsewhere."""

HELLO = 5.0
"""Seconds in which a phone must say who it is."""

KNOCK_RATE, KNOCK_BURST = 1.0, 10.0
"""Failed attempts a second from one address; whoever fails more often has to wait."""

_PENALTY = 5.0  # seconds
_MAX_STRANGERS = 16
_MAX_ADDRESSES = 256
_INDEX = "phone.html"
_OWN = "phone/"  # where the build puts the files of the phone's page
_SLOWLY = "too many attempts from this phone; wait a few seconds and try again."
_BUSY = "the instrument does not answer; look at its page and try again."


class Reception:
    """Lets phones in whom the engine admits; everything runs in the server's event loop.

    Args:
        tell: To the engine.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._next = 1
        self._strangers = 0
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._failures: dict[str, Bucket] = {}
        self._shut_until: dict[str, float] = {}
        self._visitors: dict[int, Visitor] = {}

    def answer(self, message: dict[str, Any]) -> None:
        """What the engine says to a knock."""
        asked = self._asked.get(message["page"])
        if asked is not None and not asked.done():
            asked.set_result(message)

    def dismiss(self, page: int, reason: str) -> None:
        """Show a phone out."""
        if page in self._visitors:
            self._visitors[page].leave(REFUSED, reason)

    async def close(self) -> None:
        """Say good-bye to every phone."""
        for visitor in list(self._visitors.values()):
            visitor.leave(WSCloseCode.GOING_AWAY, "the player has closed the instrument to phones.")
        await asyncio.sleep(0.05)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """``/ws``: the first message must be ``{"type": "hello", "token": …, "secret": …}``."""
        transport = request.transport
        if transport is None or self._strangers >= _MAX_STRANGERS:
            return refusal(503, "too many phones knock at once; try again.")
        socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_MESSAGE, timeout=1.0)
        if not socket.can_prepare(request):
            return refusal(400, "this address is for the phone's WebSocket.")
        page, self._next = self._next, self._next + 1
        self._strangers += 1
        try:
            await socket.prepare(request)
            answer = await self._known(page, socket, request.remote or "")
        finally:
            self._strangers -= 1
        if answer.get("ok"):
            await self._welcome(page, answer, socket, transport)
        else:
            self._failed(request.remote or "")
            await self._refuse(socket, answer["message"])
        return socket

    async def _known(self, page: int, socket: web.WebSocketResponse, remote: str) -> dict[str, Any]:
        """The engine's answer to what a phone shows first, or ours where it shows nothing."""
        if asyncio.get_running_loop().time() < self._shut_until.get(remote, 0.0):
            return {"message": _SLOWLY}
        try:
            async with asyncio.timeout(HELLO):
                message = await socket.receive()
                if message.type is not WSMsgType.TEXT:
                    raise NonsenseError("it is no text")
                token, secret = read_knock(message.data)
                asked = self._asked[page] = asyncio.get_running_loop().create_future()
                self._tell("knock", page=page, token=token, secret=secret)
                return await asked
        except NonsenseError:
            return {"message": "this phone says what nobody understands; load its page again."}
        except TimeoutError:
            return {"message": _BUSY}
        finally:
            self._asked.pop(page, None)

    async def _refuse(self, socket: web.WebSocketResponse, sentence: str) -> None:
        # A close frame holds 123 bytes, and not every browser shows them to its page.
        if not socket.closed:
            try:
                await socket.send_json({"type": "refused", "message": sentence, "final": True})
            except ConnectionError:
                return
        await socket.close(code=REFUSED, message=sentence.encode()[:120])

    async def _welcome(
        self,
        page: int,
        answer: dict[str, Any],
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
    ) -> None:
        name = str(answer["name"])
        for other in [v for v in self._visitors.values() if v.name == name]:
            other.leave(REPLACED, "this phone's page was opened again elsewhere.")
            del self._visitors[other.page]
        visitor = self._visitors[page] = Visitor(page, name, socket, transport, self._tell)
        try:
            await visitor.say(type="welcome", secret=answer["secret"], name=name)
            await visitor.stay()
        finally:
            self._visitors.pop(page, None)
            self._tell("gone", page=page)

    def _failed(self, remote: str) -> None:
        """An attempt that led to nothing; too many of them shut this address out for a while."""
        if remote not in self._failures and len(self._failures) >= _MAX_ADDRESSES:
            self._failures.clear()
            self._shut_until.clear()
        now = asyncio.get_running_loop().time()
        bucket = self._failures.setdefault(remote, Bucket(KNOCK_RATE, KNOCK_BURST))
        if not bucket.take(now):
            self._shut_until[remote] = now + _PENALTY


def make_app(reception: Reception, hosts: Sequence[str], port: int, page: Path) -> web.Application:
    """The application of one server process.

    Args:
        reception: Lets phones in.
        hosts: The addresses under which it may be asked for.
        port: Where it listens.
        page: Folder of the built pages; only the phone's is handed out.
    """
    guard = Guard(port, secrets.token_urlsafe(24), hosts, secure=True)
    files = PageFiles(page)

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"] or _INDEX
        found = files.find(name) if name == _INDEX or name.startswith(_OWN) else None
        if found is None:
            return refusal(404, "there is no such file.")
        headers = {"Cache-Control": found.caching, "Content-Type": found.content_type}
        return web.FileResponse(found.path, headers=headers)

    app = web.Application(middlewares=[guard.middleware], client_max_size=1024)
    app.on_response_prepare.append(guard.seal)
    app.router.add_get("/ws", reception.receive)
    app.router.add_get("/{path:.*}", file)
    return app
