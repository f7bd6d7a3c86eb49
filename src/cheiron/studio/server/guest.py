"""One open page: what waits to be sent to it, and how much it may say."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from cheiron.studio.live.lanes import Lanes
from cheiron.studio.server.envelope import TO_PAGES, Kind, lane_of
from cheiron.studio.server.limits import Bucket
from cheiron.studio.server.shape import COMMANDS, GESTURES, ShapeError, id_of, parse

GESTURE_RATE, GESTURE_BURST = 500.0, 100.0
COMMAND_RATE, COMMAND_BURST = 50.0, 100.0
FLOOD_RATE, FLOOD_BURST = 5000.0, 10_000.0
MAX_NONSENSE = 200
"""Misshapen messages after which a page is shown out."""

BLOCKED = 5.0
"""Seconds for which a page may take nothing."""

_BUFFER = 16 * 1024  # bytes

Tell = Callable[[Kind, int, bytes], bool]
"""Passes something on to the engine: kind, page, payload."""


class Guest:
    """A page that has shown the token; everything here runs in the server's event loop.

    What the page does not take in time is lost or replaced, as its lanes say, so a slow page never
    delays another one.

    Args:
        number: Its number for the engine.
        socket: Its open WebSocket.
        transport: What is under that.
        tell: To the engine.
    """

    def __init__(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport,
        tell: Tell,
    ) -> None:
        self.number = number
        self._socket, self._transport, self._tell = socket, transport, tell
        # Little may wait below the lanes: what waits there can no longer be replaced by newer.
        transport.set_write_buffer_limits(high=_BUFFER)
        self._lanes = Lanes(TO_PAGES)
        self._wake = asyncio.Event()
        self._sending_since: float | None = None
        self._loop = asyncio.get_running_loop()
        self._gestures = Bucket(GESTURE_RATE, GESTURE_BURST)
        self._commands = Bucket(COMMAND_RATE, COMMAND_BURST)
        self._all = Bucket(FLOOD_RATE, FLOOD_BURST)
        self._held: dict[str, bytes] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._nonsense = 0
        self._told: set[str] = set()
        self._leaving: asyncio.Task[Any] | None = None

    # To the page

    def send(self, kind: Kind, payload: bytes) -> None:
        """Queue something for it; a page that leaves what may not be lost is shown out."""
        if not self._lanes.put(lane_of(kind), payload):
            self.leave(WSCloseCode.TRY_AGAIN_LATER, "this page takes too little of what it is sent")
        self._wake.set()

    def note(self, text: str) -> None:
        """Say something to it, once."""
        if text not in self._told:
            self._told.add(text)
            note = {"type": "note", "level": "warning", "text": text}
            self.send(Kind.TEXT, json.dumps(note).encode())

    async def post(self) -> None:
        """Send what is queued, for as long as the page is open."""
        while not self._socket.closed:
            payload = self._lanes.pop()
            if payload is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            # Binary messages start with the number of their kind, JSON objects with a brace.
            kind = WSMsgType.TEXT if payload[:1] == b"{" else WSMsgType.BINARY
            self._sending_since = self._loop.time()
            try:
                await self._socket.send_frame(payload, kind)
            except ConnectionError:
                return
            self._sending_since = None

    @property
    def blocked(self) -> bool:
        """Has it taken nothing for too long?"""
        since = self._sending_since
        return since is not None and self._loop.time() - since > BLOCKED

    def cut(self) -> None:
        """Drop it without a word, since it hears none."""
        self._transport.abort()

    def leave(self, code: int, reason: str) -> None:
        """Show it out, without waiting for it."""
        if self._leaving is None:
            closing = self._socket.close(code=code, message=reason.encode())
            self._leaving = asyncio.create_task(closing)

    # From the page

    async def hear(self) -> None:
        """Pass on what it says until it goes."""
        async for message in self._socket:
            if not self._all.take(self._loop.time()):
                self.leave(WSCloseCode.POLICY_VIOLATION, "this page sends far too much")
                return
            if message.type is WSMsgType.TEXT:
                if not self._take(message.data):
                    await asyncio.sleep(0)  # a flood must not keep the other pages waiting
            else:
                self._misshapen("", "it is binary")
            if self._nonsense > MAX_NONSENSE:
                self.leave(WSCloseCode.POLICY_VIOLATION, "this page sends what nobody understands")
                return

    async def close(self) -> None:
        """It has gone, or goes now: the reason is still told to it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._leaving is not None:
            await self._leaving

    def _take(self, text: str) -> bool:
        """One message; False when there have been too many of its sort."""
        try:
            message = parse(text)
        except ShapeError as error:
            self._misshapen(text, str(error))
            return False
        payload = json.dumps(message, separators=(",", ":")).encode()
        if message["type"] in GESTURES:
            return self._gesture(message["type"], payload)
        if self._commands.take(self._loop.time()):
            self._pass_on(Kind.COMMAND, payload)
            return True
        why = f"more than {COMMAND_RATE:.0f} commands a second came; those beyond were left out."
        self.note(f"This page sends too much: {why}")
        self._refuse(message["id"], why)
        return False

    def _gesture(self, kind: str, payload: bytes) -> bool:
        """The newest of a type is never lost, only late: a lifted finger must not sound on."""
        if not self._held and self._gestures.take(self._loop.time()):
            self._pass_on(Kind.GESTURE, payload)
            return True
        self._held.pop(kind, None)
        self._held[kind] = payload
        if self._timer is None:
            self._timer = self._loop.call_later(self._gestures.wait(), self._release)
        rate = f"{GESTURE_RATE:.0f} gestures a second"
        self.note(f"This page sends too much: of more than {rate} only the newest are played.")
        return False

    def _release(self) -> None:
        self._timer = None
        while self._held and self._gestures.take(self._loop.time()):
            self._pass_on(Kind.GESTURE, self._held.pop(next(iter(self._held))))
        if self._held:
            self._timer = self._loop.call_later(self._gestures.wait(), self._release)

    def _misshapen(self, text: str, why: str) -> None:
        self._nonsense += 1
        number = id_of(text)
        if number is not None and self._commands.take(self._loop.time()):
            self._refuse(number, f"the message was not understood: {why}; load the page again.")
        known = f"{len(GESTURES)} gestures and {len(COMMANDS)} commands"
        self.note(f"A message was not understood ({why}); docs/protocol.md has the {known}.")

    def _refuse(self, number: int, why: str) -> None:
        reply = {"type": "reply", "id": number, "ok": False, "message": why}
        self.send(Kind.TEXT, json.dumps(reply).encode())

    def _pass_on(self, kind: Kind, payload: bytes) -> None:
        self._tell(kind, self.number, payload)
