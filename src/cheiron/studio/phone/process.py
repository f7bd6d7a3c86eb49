"""The life of the process that faces the local network."""

import asyncio
import os
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cheiron.studio.phone.app import Reception

HANDSHAKE = 5.0
"""Seconds that a TLS handshake may take."""

_BACKLOG = 32
_FAREWELL = 1.5  # seconds


def serve(connection: "Connection[bytes, bytes]") -> None:
    """Serve phones until the engine hangs up.

    Args:
        connection: To the engine, messages as in :mod:`cheiron.studio.phone.wire`.
    """
    asyncio.run(_serve(connection))


async def _serve(connection: "Connection[bytes, bytes]") -> None:
    # Here and not above: the engine imports this module too, and needs no web server.
    from aiohttp.log import server_logger

    from cheiron.studio.live.link import Link
    from cheiron.studio.phone.app import Reception
    from cheiron.studio.phone.wire import TO_HOUSE, pack, unpack

    server_logger.disabled = True  # what strangers send that is no HTTP is nobody's concern
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def lost(_: str) -> None:
        # A loop that hangs must not outlive the engine either.
        watchdog = threading.Timer(_FAREWELL, os._exit, (0,))
        watchdog.daemon = True
        watchdog.start()
        loop.call_soon_threadsafe(over.set)

    def receive(message: bytes) -> None:
        loop.call_soon_threadsafe(inbox.put_nowait, unpack(message))

    def tell(kind: str, **parts: Any) -> None:
        link.send("motion" if kind == "motion" else "text", pack(kind, **parts))

    link = Link(TO_HOUSE, receive, lost=lost)
    reception = Reception(tell)
    link.attach(connection)
    work = asyncio.create_task(_obey(inbox, reception, tell))
    ending = asyncio.create_task(over.wait())
    await asyncio.wait([work, ending], return_when=asyncio.FIRST_COMPLETED)
    work.cancel()
    await asyncio.wait([work])
    await reception.close()
    link.close()


async def _obey(inbox: "asyncio.Queue[dict[str, Any]]", reception: "Reception", tell: Any) -> None:
    """Do what the engine says, one message after the other, until it says that this is over."""
    servers: list[asyncio.Server] = []
    try:
        while (message := await inbox.get())["kind"] != "close":
            match message["kind"]:
                case "open":
                    servers = servers or await _open(message, reception, tell)
                case "answer":
                    reception.answer(message)
                case _:
                    reception.dismiss(message["page"], message["message"])
    finally:
        for server in servers:
            server.close()  # nobody else comes in; those who are in are told


async def _open(
    message: dict[str, Any], reception: "Reception", tell: Any
) -> "list[asyncio.Server]":
    """Listen at one address only, over TLS; says ``listening`` or ``failed``."""
    import ssl

    from aiohttp import web

    from cheiron.studio.phone.app import make_app

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    host, port = message["host"], message["port"]
    try:
        context.load_cert_chain(message["certificate"])
        end = _bound(host, port)
    except (OSError, OverflowError) as error:
        tell("failed", host=host, port=port, why=(getattr(error, "strerror", "") or str(error)))
        return []
    port = end.getsockname()[1]
    app = make_app(reception, message["hosts"], port, Path(message["page"]))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, keepalive_timeout=15.0)
    await runner.setup()
    assert runner.server is not None
    server = await asyncio.get_running_loop().create_server(
        runner.server,
        sock=end,
        ssl=context,
        backlog=_BACKLOG,
        ssl_handshake_timeout=HANDSHAKE,
        ssl_shutdown_timeout=1.0,
    )
    tell("listening", port=port)
    return [server]


def _bound(host: str, port: int) -> Any:
    """A socket at this port, or at a free one where the usual one is taken."""
    import errno
    import socket

    end = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let another program have the same port
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        end.bind((host, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            end.close()
            raise
        end.bind((host, 0))
    return end
