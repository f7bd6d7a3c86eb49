"""Serves the built page with an instrument that is not there, to look at the page and to test it.

python tests/studio/page/fake_server.py --port 8808 [--sound]
"""

import argparse
import asyncio
import contextlib
import io
import json
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fake_instrument
import numpy as np
import soundfile
from aiohttp import WSMsgType, web
from fake_state import BLOCK, RATE

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "src/cheiron/studio/page"
TOKEN = "let-me-in"
SCOPE, SOUND = 1, 2
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' blob:; worker-src 'self'; connect-src 'self' ws:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cache-Control": "no-store",
}


def landmarks(count: int = 300) -> list[dict[str, Any]]:
    """Clouds of sounds, seeded."""
    noise = np.random.default_rng(3)
    centres = noise.uniform(0.15, 0.85, (9, 2))
    found = []
    for i in range(count):
        x, y = np.clip(centres[i % 9] + 0.07 * noise.standard_normal(2), 0, 1)
        measures = {
            "loudness": -40 + 30 * float(y),
            "centroid": 400 * 8 ** float(x),
            "flatness": float(noise.uniform(0, 0.3)),
        }
        name = f"take {i % 9 + 1}, {i * 0.21:.1f} s"
        found.append({"x": float(x), "y": float(y), "name": name, "descriptors": measures})
    return found


def preview(number: int) -> bytes:
    t = np.arange(RATE // 2) / RATE
    tone = 0.3 * np.sin(2 * np.pi * (220 + 5 * number) * t) * np.exp(-4 * t)
    file = io.BytesIO()
    soundfile.write(file, tone.astype(np.float32), RATE, format="WAV")
    return file.getvalue()


class FakeServer:
    """One instrument, any number of pages."""

    def __init__(self, page: Path = PAGE) -> None:
        self.instrument = fake_instrument.FakeInstrument()
        self.page = page
        self.sockets: list[web.WebSocketResponse] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self.hold_up = 0.0
        """Seconds that the next sound is kept back, to make a gap."""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/api/landmarks", self._landmarks)
        app.router.add_get(r"/api/preview/{number:\d+}", self._preview)
        app.router.add_get("/", self._index)
        app.router.add_static("/assets", self.page / "assets")
        app.on_response_prepare.append(_add_headers)
        app.cleanup_ctx.append(self._playing)
        return app

    async def _playing(self, _: web.Application):
        tasks = [asyncio.create_task(each()) for each in (self._sound, self._moments)]
        yield
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for socket in list(self.sockets):
            await socket.close()

    async def say(self, message: dict[str, Any]) -> None:
        await self._send(json.dumps(message))

    async def drop(self) -> None:
        """Lose every page, as when the server process dies."""
        for socket in list(self.sockets):
            await socket.close(code=1001)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=65536)
        await socket.prepare(request)
        hello = await socket.receive(timeout=5)
        if hello.type is not WSMsgType.TEXT or json.loads(hello.data).get("token") != TOKEN:
            await socket.close(code=4401, message=b"wrong token")
            return socket
        self.sockets.append(socket)
        await socket.send_json(self.instrument.state)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._take(socket, json.loads(message.data))
        self.sockets.remove(socket)
        return socket

    async def _take(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "ping":
            engine = asyncio.get_running_loop().time()
            await socket.send_json({"type": "pong", "page": message["page"], "engine": engine})
        elif kind in ("pointer", "keys"):
            self.instrument.gesture(message)
        else:
            problem = self.instrument.command(message)
            reply = {"type": "reply", "id": message["id"], "ok": not problem, "message": problem}
            await socket.send_json(reply)
            await self.say(self.instrument.state)

    async def _sound(self) -> None:
        loop = asyncio.get_running_loop()
        start, made = loop.time(), 0
        self.recent = np.zeros(1024, np.float32)
        while True:
            made += 1
            await asyncio.sleep(max(0.0, start + made * BLOCK / RATE - loop.time()))
            if self.hold_up:
                wait, self.hold_up = self.hold_up, 0.0
                await asyncio.sleep(wait)
            block = self.instrument.sound()
            self.recent = np.concatenate([self.recent[BLOCK:], block])
            if self.instrument.state["output"]["kind"] == "page":
                await self._send(_packed(SOUND, made, block))

    async def _moments(self) -> None:
        count = 0
        while True:
            await asyncio.sleep(1 / 60)
            count += 1
            await self.say(self.instrument.moment(self.recent, count % 30 == 1))
            if count % 2:
                await self._send(_packed(SCOPE, count, self.recent))

    async def _send(self, message: str | bytes) -> None:
        for socket in list(self.sockets):
            with contextlib.suppress(ConnectionError):
                if isinstance(message, str):
                    await socket.send_str(message)
                else:
                    await socket.send_bytes(message)

    async def _index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(self.page / "index.html")

    async def _landmarks(self, request: web.Request) -> web.Response:
        return web.json_response(landmarks()) if _knows(request) else web.Response(status=401)

    async def _preview(self, request: web.Request) -> web.Response:
        if not _knows(request):
            return web.Response(status=401)
        sound = preview(int(request.match_info["number"]))
        return web.Response(body=sound, content_type="audio/wav")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _knows(request: web.Request) -> bool:
    return request.headers.get("Authorization") == f"Bearer {TOKEN}"


def _packed(kind: int, count: int, samples: np.ndarray) -> bytes:
    return struct.pack("<BxxxIIxxxx", kind, count, RATE) + samples.astype("<f4").tobytes()


@contextlib.contextmanager
def serving(server: FakeServer, port: int = 0) -> Iterator[str]:
    """Serve in a thread of its own; gives the address with its token."""
    ready, addresses = threading.Event(), []
    over = asyncio.Event()

    async def run() -> None:
        server.loop = asyncio.get_running_loop()
        runner = web.AppRunner(server.app(), shutdown_timeout=0.5)  # pages may stay open
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        addresses.append(runner.addresses[0][1])
        ready.set()
        await over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="fake server")
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError("the fake server did not start")
        yield f"http://127.0.0.1:{addresses[0]}/#token={TOKEN}"
    finally:
        assert server.loop
        server.loop.call_soon_threadsafe(over.set)
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8808)
    parser.add_argument("--sound", action="store_true", help="play through the page")
    arguments = parser.parse_args()
    server = FakeServer()
    if arguments.sound:
        server.instrument.state["output"]["kind"] = "page"
    with serving(server, arguments.port) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
