"""All open pages together, and what every new one is told first."""

import asyncio
import json
from typing import Any

from aiohttp import WSCloseCode, web

from cheiron.studio.server.envelope import Kind, unpack
from cheiron.studio.server.guest import Guest, Tell

MAX_PAGES = 8
_EVERY = 1.0  # second between looks for pages that take nothing


class Hub:
    """Hands messages of the engine to the pages, and theirs to the engine.

    Everything runs in the server's event loop.

    Args:
        tell: To the engine: kind, page, payload.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._guests: dict[int, Guest] = {}
        self._next = 1
        self._state: bytes | None = None
        self.shelf: dict[str, Any] = {}
        """What pages may fetch, as :meth:`cheiron.studio.server.front.Front.shelve` said."""

    @property
    def full(self) -> bool:
        """Are there as many pages as may be?"""
        return len(self._guests) >= MAX_PAGES

    def take(self, message: bytes) -> None:
        """A message of the engine."""
        kind, page, payload = unpack(message)
        if kind is Kind.SHELF:
            self.shelf = json.loads(payload)
            return
        if kind is Kind.STATE:
            self._state = payload
        if page:
            if page in self._guests:
                self._guests[page].send(kind, payload)
            return
        for guest in self._guests.values():
            guest.send(kind, payload)

    async def welcome(
        self, socket: web.WebSocketResponse, transport: asyncio.WriteTransport
    ) -> None:
        """Look after a page that has shown the token, until it goes.

        Args:
            socket: Its open WebSocket.
            transport: What is under it.
        """
        number, self._next = self._next, self._next + 1
        guest = Guest(number, socket, transport, self._tell)
        self._guests[number] = guest
        self._tell(Kind.OPENED, number, b"")
        if self._state is not None:
            guest.send(Kind.STATE, self._state)
        posting = asyncio.create_task(guest.post())
        try:
            await guest.hear()
        finally:
            del self._guests[number]
            self._tell(Kind.CLOSED, number, b"")
            posting.cancel()
            await guest.close()

    async def watch(self) -> None:
        """Cut off pages that take nothing any more; runs as long as the server."""
        while True:
            await asyncio.sleep(_EVERY)
            for guest in list(self._guests.values()):
                if guest.blocked:
                    guest.cut()

    async def close(self) -> None:
        """Say good-bye to every page."""
        for guest in list(self._guests.values()):
            guest.leave(WSCloseCode.GOING_AWAY, "the instrument has stopped")
        await asyncio.sleep(0.05)
