"""The web application: the page's files, what it may fetch, and its WebSocket."""

import asyncio
from pathlib import Path
from urllib.parse import quote

from aiohttp import WSCloseCode, WSMsgType, web

from cheiron.core.errors import CheironError
from cheiron.studio.server.files import PageFiles
from cheiron.studio.server.guard import Guard, refusal
from cheiron.studio.server.hub import MAX_PAGES, Hub
from cheiron.studio.server.previews import Previews
from cheiron.studio.server.process import Settings
from cheiron.studio.server.shape import read_hello

MAX_MESSAGE = 64 * 1024
"""Bytes of the longest message that a page may send."""

REFUSED = 4401
"""Close code for a page that did not show the token."""

HELLO = 5.0
"""Seconds in which a page must show the token."""

_MAX_STRANGERS = 16  # sockets that have not shown it yet
_UNBUILT = "the page is not built; run: make page, or install a wheel, which has it inside."


def make_app(hub: Hub, settings: Settings) -> web.Application:
    """The application of one server process.

    Args:
        hub: All pages.
        settings: Port, token and folder.
    """
    guard = Guard(settings.port, settings.token)
    reception = Reception(hub, guard)
    desk = Desk(hub, PageFiles(Path(settings.page)))
    app = web.Application(middlewares=[guard.middleware], client_max_size=1024)
    app.on_response_prepare.append(guard.seal)
    app.router.add_get("/ws", reception.receive)
    app.router.add_get("/api/landmarks", desk.landmarks)
    app.router.add_get(r"/api/preview/{number:\d{1,6}}", desk.preview)
    app.router.add_get("/api/take/{name}", desk.take)
    app.router.add_get("/{path:.*}", desk.file)
    return app


class Reception:
    """Lets pages in that show the token."""

    def __init__(self, hub: Hub, guard: Guard) -> None:
        self._hub, self._guard = hub, guard
        self._strangers = 0

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """``/ws``: the first message must be ``{"type": "hello", "token": …}``."""
        transport = request.transport
        if transport is None or self._strangers >= _MAX_STRANGERS:
            return refusal(503, "too many pages knock at once; try again.")
        # Without compression: on the loopback it costs time and saves nothing.
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=MAX_MESSAGE, writer_limit=4096, timeout=1.0
        )
        if not socket.can_prepare(request):
            return refusal(400, "this address is for the page's WebSocket.")
        self._strangers += 1
        try:
            await socket.prepare(request)
            known = await self._known(socket)
        finally:
            self._strangers -= 1
        if not known:
            why = b"the token is wrong or missing; open the address that cheiron play printed"
            await socket.close(code=REFUSED, message=why)
        elif self._hub.full:
            why = f"{MAX_PAGES} pages are open already; close one of them".encode()
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=why)
        else:
            await self._hub.welcome(socket, transport)
        return socket

    async def _known(self, socket: web.WebSocketResponse) -> bool:
        try:
            async with asyncio.timeout(HELLO):
                message = await socket.receive()
        except TimeoutError:
            return False
        return message.type is WSMsgType.TEXT and self._guard.knows(read_hello(message.data))


class Desk:
    """Hands out files, landmarks, previews and takes."""

    def __init__(self, hub: Hub, files: PageFiles) -> None:
        self._hub, self._files = hub, files
        self._previews = Previews()

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of the page."""
        address = request.match_info["path"]
        found = self._files.find(address)
        if found is None:
            return refusal(404, "there is no such file." if address else _UNBUILT)
        headers = {"Cache-Control": found.caching, "Content-Type": found.content_type}
        return web.FileResponse(found.path, headers=headers)

    async def landmarks(self, request: web.Request) -> web.StreamResponse:
        """The map."""
        return web.json_response(self._hub.shelf.get("landmarks", []))

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """The sound of one landmark, WAV."""
        shelf, number = self._hub.shelf, int(request.match_info["number"])
        artifact, latents = shelf.get("artifact", ""), shelf.get("latents", 0)
        try:
            sound = await asyncio.to_thread(self._previews.wav, artifact, latents, number)
        except CheironError as error:
            return refusal(404, str(error))
        if sound is None:
            return refusal(404, f"this model has no landmark {number}.")
        return web.Response(body=sound, content_type="audio/wav")

    async def take(self, request: web.Request) -> web.StreamResponse:
        """The sound of one take, FLAC; only what the engine has named can be had."""
        name = request.match_info["name"]
        place = self._hub.shelf.get("takes", {}).get(name)
        if place is None or not Path(place).is_file():
            return refusal(404, "there is no sound of such a take.")
        suffix = Path(place).suffix
        headers = {
            "Content-Type": "audio/flac" if suffix == ".flac" else "audio/wav",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name + suffix, safe='')}",
        }
        return web.FileResponse(Path(place), headers=headers)
