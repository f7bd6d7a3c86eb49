"""One phone that was let in: what it may say, how far away it is, and when it has gone."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from cheiron.studio.phone.wire import NonsenseError, read_message
from cheiron.studio.server.limits import Bucket

MOTION_RATE, MOTION_BURST = 250.0, 100.0
"""Messages a second; a phone that sends more than that is shown out."""

SAMPLE_RATE, SAMPLE_BURST = 1000.0, 500.0
"""Samples a second, likewise: no phone measures so often, and each costs the engine time."""

MAX_NONSENSE = 20
"""Misshapen messages after which a phone is shown out."""

QUIET = 0.5
"""Seconds without movement after which a phone counts as quiet."""

LOST = 5.0
"""Seconds without any answer after which a phone counts as gone."""

_FLOOD = "this phone sends far too much."
_EVERY = 0.1  # seconds between looks
_PING = 1.0  # seconds between pings; the first few come at every look
_FIRST = 8
_KEPT = 16  # round trips

Tell = Callable[..., None]
"""Passes something on to the engine: kind and parts."""


class Visitor:
    """A phone that has been let in; everything here runs in the server's event loop.

    Args:
        page: Its number for the engine.
        name: What the player's page calls it.
        socket: Its open WebSocket.
        transport: What is under that.
        tell: To the engine.
    """

    def __init__(
        self,
        page: int,
        name: str,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        tell: Tell,
    ) -> None:
        self.page, self.name = page, name
        self._socket, self._transport, self._tell = socket, transport, tell
        self._all = Bucket(MOTION_RATE, MOTION_BURST)
        self._measured = Bucket(SAMPLE_RATE, SAMPLE_BURST)
        self._nonsense = 0
        self._pings: dict[int, float] = {}
        self._trips: deque[float] = deque(maxlen=_KEPT)
        self._sent = 0
        self._samples = 0
        now = time.monotonic()
        self._heard = self._moved = now
        self._state = "live"
        self._leaving: asyncio.Task[Any] | None = None

    @property
    def trip(self) -> float | None:
        """The best of the last round trips, in seconds; None before the first."""
        return min(self._trips) if self._trips else None

    async def say(self, **message: Any) -> None:
        """Send it something; a phone that takes nothing is cut off."""
        try:
            async with asyncio.timeout(LOST):
                await self._socket.send_str(json.dumps(message))
        except TimeoutError:
            self._transport.abort()
        except ConnectionError:  # it has gone, or says good-bye: reading will end
            return

    def leave(self, code: int, reason: str) -> None:
        """Show it out, without waiting for it."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._farewell(code, reason))

    async def stay(self) -> None:
        """Pass on what it says until it goes."""
        watch = asyncio.create_task(self._watch())
        try:
            await self._hear()
        finally:
            watch.cancel()
            if self._leaving is not None:
                await self._leaving

    async def _farewell(self, code: int, reason: str) -> None:
        final = code != WSCloseCode.GOING_AWAY
        await self.say(type="refused", message=reason, final=final)
        await self._socket.close(code=code, message=reason.encode()[:120])

    async def _hear(self) -> None:
        async for message in self._socket:
            self._heard = time.monotonic()
            if not self._all.take(self._heard):
                self.leave(WSCloseCode.POLICY_VIOLATION, _FLOOD)
                return
            try:
                if message.type is not WSMsgType.TEXT:
                    raise NonsenseError("it is binary")
                self._take(read_message(message.data))
            except NonsenseError:
                self._nonsense += 1
            if self._leaving is not None:
                return
            if self._nonsense > MAX_NONSENSE:
                why = "this phone sends what nobody understands; load its page again."
                self.leave(WSCloseCode.POLICY_VIOLATION, why)
                return

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "motion":
                self._motion(message)
            case "pong":
                sent = self._pings.pop(message["id"], None)
                if sent is not None:
                    self._trips.append(self._heard - sent)
            case _:
                self._now(message["state"])

    def _motion(self, message: dict[str, Any]) -> None:
        if not self._measured.take(self._heard, len(message["samples"])):
            self.leave(WSCloseCode.POLICY_VIOLATION, _FLOOD)
            return
        self._moved = self._heard
        self._samples += len(message["samples"])
        self._state = "live"
        # The monotonic clock is one for all processes of a computer, so this is the engine's too.
        self._tell(
            "motion",
            page=self.page,
            arrival=self._heard,
            trip=self.trip,
            button=message["button"],
            samples=message["samples"],
        )

    def _now(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._tell("state", page=self.page, state=state)

    async def _watch(self) -> None:
        """Ask how far away it is, see when it says nothing, and tell it how it does."""
        asked = told = time.monotonic()
        while self._leaving is None:
            now = time.monotonic()
            if self._sent < _FIRST or now - asked >= _PING:
                asked = now
                await self._ping()
            if now - self._heard > LOST:
                self._now("lost")
                self._transport.abort()
                return
            if now - self._moved > QUIET and self._state == "live":
                self._now("quiet")
            if now - told >= 1.0:
                await self._status(now - told)
                told = now
            await asyncio.sleep(_EVERY)

    async def _ping(self) -> None:
        self._sent += 1
        self._pings[self._sent] = time.monotonic()
        self._pings.pop(self._sent - _KEPT, None)
        await self.say(type="ping", id=self._sent)

    async def _status(self, seconds: float) -> None:
        trip, rate = self.trip, self._samples / seconds
        self._samples = 0
        latency = None if trip is None else round(500 * trip, 2)
        await self.say(type="status", rate=round(rate, 1), latency=latency, name=self.name)
