"""The life of the server process."""

import asyncio
import logging
import os
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from socket import socket

_FAREWELL = 1.5  # seconds


@dataclass(frozen=True)
class Settings:
    """What the server process has to know.

    Args:
        port: Where it listens.
        token: What a page must know.
        page: Folder of the built page.
    """

    port: int
    token: str
    page: str


def serve(connection: "Connection[bytes, bytes]", listening: socket, settings: Settings) -> None:
    """Serve the page until the engine hangs up.

    Args:
        connection: To the engine, messages as in :mod:`cheiron.studio.server.envelope`.
        listening: The socket that the engine holds open.
        settings: See there.
    """
    asyncio.run(_serve(connection, listening, settings))


def _is_our_fault(record: logging.LogRecord) -> bool:
    """Not what a stranger sends that is no HTTP: it is refused, and no player need read it."""
    from aiohttp.http_exceptions import HttpProcessingError

    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def _serve(
    connection: "Connection[bytes, bytes]", listening: socket, settings: Settings
) -> None:
    # Here and not above: the engine imports this module too, and needs no web server.
    from aiohttp import web
    from aiohttp.log import server_logger

    from cheiron.studio.live.link import Link
    from cheiron.studio.server.app import make_app
    from cheiron.studio.server.envelope import TO_ENGINE, Kind, lane_of, pack
    from cheiron.studio.server.hub import Hub

    server_logger.addFilter(_is_our_fault)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def lost(_: str) -> None:
        # A loop that hangs must not outlive the engine either.
        watchdog = threading.Timer(_FAREWELL, os._exit, (0,))
        watchdog.daemon = True
        watchdog.start()
        loop.call_soon_threadsafe(over.set)

    def receive(message: bytes) -> None:
        loop.call_soon_threadsafe(hub.take, message)

    link = Link(TO_ENGINE, receive, lost=lost)
    hub = Hub(lambda kind, page, payload: link.send(lane_of(kind), pack(kind, payload, page)))
    link.attach(connection)
    runner = web.AppRunner(make_app(hub, settings), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    # The port is shared with the engine's copy, so it is not this process that closes it.
    await web.SockSite(runner, listening, backlog=64).start()
    link.send("text", pack(Kind.LISTENING))
    watch = asyncio.create_task(hub.watch())
    await over.wait()
    watch.cancel()
    await hub.close()
    await runner.cleanup()
