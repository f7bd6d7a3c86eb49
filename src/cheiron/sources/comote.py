"""CoMote, the phone app of IRCAM: motion as JSON over a WebSocket."""

import asyncio
import contextlib
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.mailbox import Mailbox
from cheiron.core.space import Space
from cheiron.sources.phone import PhoneSource

_MAX_MESSAGE = 16 * 1024  # bytes
_MOST_PHONES = 4
_MOST_MESSAGES = 2000  # in a second from one phone; it is hung up on whoever sends more
_LARGEST = 1e9  # no sensor measures more
_LATEST = 1e11  # seconds, from whatever zero the phone counts
_TOLD = ("buttonA", "control", "gravity", "gyroscope", "absoluteorientation")
"""What a message need not say again."""

_QUIET = 0.5  # seconds without movement after which the app counts as asleep
_ASLEEP = "the app sends no movement; open CoMote on the phone and switch its sensors on."
_LETTERS = ("x", "y", "z")
_TURNS = ("alpha", "beta", "gamma")


class ComoteSource:
    """Listens for CoMote's app, which is told this computer's address and port.

    The axes are those of :class:`~cheiron.sources.phone.PhoneSource`. Both of CoMote's formats are
    understood: up to version 2 ``{"source": "comote", "id": …, "devicemotion": {…}}`` without
    time stamps, from version 3 on ``accelerometer``, ``gyroscope``, ``gravity`` and
    ``absoluteorientation`` with theirs. The app speaks no TLS, so it is let in from the network
    only where ``host`` says so; it can send movement and nothing else.

    Its own thread receives and publishes; :meth:`latest` may be called from any thread, the rest
    from one. What is not understood is counted in ``malformed``.

    Args:
        port: TCP port; 0 for any that is free, see ``port`` afterwards.
        host: Whom to listen to: ``127.0.0.1`` for this machine, ``0.0.0.0`` for the network.
        device: The app's id; empty for whichever comes first.
        clock: Monotonic seconds, the engine's clock.

    >>> source = ComoteSource(port=0)
    >>> source.open()
    >>> source.port > 0, source.latest()
    (True, None)
    >>> source.close()
    """

    def __init__(
        self,
        port: int = 8001,
        host: str = "127.0.0.1",
        device: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port, self.host, self.device = port, host, str(device)
        self.malformed = 0
        self._clock = clock
        self._phone = PhoneSource(clock=clock)
        self._id = self.device
        self._told: dict[str, Any] = {}
        self._heard = -math.inf
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], object] = lambda: None

    @property
    def space(self) -> Space:
        """Its axes."""
        return self._phone.space

    @property
    def mailbox(self) -> Mailbox:
        """Where its frames are."""
        return self._phone.mailbox

    @property
    def away(self) -> bool:
        """Is there no movement, so that all axes are undefined?"""
        return self._phone.away

    @property
    def problem(self) -> str:
        """Why there is none, in a sentence; empty while there is."""
        return self._phone.problem

    @property
    def lost(self) -> int:
        """Samples that did not come."""
        return self._phone.lost

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {"port": self.port, "host": self.host, "device": self.device}

    def open(self) -> None:
        """Start listening; a second call does nothing.

        Raises:
            CheironError: If the port is taken or the address is not this machine's.
        """
        if self._thread is not None:
            return
        ready = threading.Event()
        failures: list[Exception] = []
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(ready, failures)), name="comote", daemon=True
        )
        self._thread.start()
        ready.wait(10)
        if failures:
            self._thread = None
            raise CheironError(
                f"CoMote cannot be listened to on {self.host}:{self.port} ({failures[0]}); close "
                "the program that uses this port, or choose another port, such as 8002."
            ) from failures[0]

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        return self._phone.latest()

    def close(self) -> None:
        """Stop listening; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop()
            thread.join(5)

    def push(self, text: str, now: float) -> bool:
        """Take one message of the app; whether it was one.

        Args:
            text: As it came.
            now: When, seconds on the engine's clock.
        """
        try:
            message = json.loads(text)
            if not isinstance(message, dict) or message.get("source") != "comote":  # pyright: ignore
                raise ValueError("it is not CoMote's")
            return self._take(message, now)  # pyright: ignore[reportUnknownArgumentType]
        except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
            self.malformed += 1
            self._told = {}  # it may be what was told before that makes no sense
            return False

    def _take(self, message: Mapping[str, Any], now: float) -> bool:
        device = str(message.get("id", ""))
        if self._id and device != self._id and now - self._heard < _QUIET:
            return False  # somebody else's phone, while the first one plays
        if self.device and device != self.device:
            return False
        told = self._told if device == self._id else {}
        told = told | {key: message[key] for key in _TOLD if key in message}
        button = float(told.get("buttonA", told.get("control", {}).get("buttonA", 0)))
        if math.isnan(button):
            raise ValueError("the button is no number")
        sample = _sample_2(message, now) or _sample_3(message, told, now)
        # Only now, since nothing of a message that is none may stay.
        if device != self._id:
            self._phone.come()
        self._id, self._told = device, told
        if sample is None:
            return True
        self._heard = now
        return self._phone.push([sample], now, button=min(max(button, 0.0), 1.0))

    async def _serve(self, ready: threading.Event, failures: list[Exception]) -> None:
        # Here, since most players never ask for it.
        from aiohttp import WSMsgType, web

        loop, over = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(over.set)
        sockets: set[web.WebSocketResponse] = set()

        async def receive(request: web.Request) -> web.StreamResponse:
            # A page that the player happens to have open must not play; the app is no page.
            if request.headers.get("Origin") or len(sockets) >= _MOST_PHONES:
                return web.Response(status=403)
            socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE, heartbeat=5.0)
            if not socket.can_prepare(request):
                return web.Response(status=400)
            await socket.prepare(request)
            sockets.add(socket)
            began, count = self._clock(), 0
            try:
                async for message in socket:
                    now, count = self._clock(), count + 1
                    if now - began >= 1.0:
                        began, count = now, 1
                    if count > _MOST_MESSAGES:
                        break
                    if message.type is WSMsgType.TEXT:
                        self.push(message.data, now)
            finally:
                sockets.discard(socket)
            return socket

        app = web.Application(client_max_size=1024)
        app.router.add_get("/{path:.*}", receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        try:
            await runner.setup()
            await web.TCPSite(runner, self.host, self.port, backlog=8).start()
            self.port = int(runner.addresses[0][1])
        except (OSError, OverflowError) as error:
            failures.append(error)
            over.set()
        ready.set()
        while not over.is_set():
            if not self._phone.away and self._clock() - self._heard > _QUIET:
                self._phone.leave(_ASLEEP)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await over.wait()
        for socket in list(sockets):
            await socket.close()
        await runner.cleanup()


def _sample_2(message: Mapping[str, Any], now: float) -> list[float | None] | None:
    """A sample of CoMote 2, whose messages have no time; None where there is none."""
    motion = message.get("devicemotion")
    if motion is None:
        return None
    felt = _three(motion.get("accelerationIncludingGravity"), _LETTERS)
    turning = _three(motion.get("rotationRate"), _TURNS)
    return [now, None, None, None, *felt, *turning, None, None, None]


def _sample_3(
    message: Mapping[str, Any], told: Mapping[str, Any], now: float
) -> list[float | None] | None:
    """A sample of CoMote 3 at each accelerometer; the other sensors as they were told last."""
    now_felt = message.get("accelerometer")
    if now_felt is None:
        return None
    felt, down = _three(now_felt, _LETTERS), _three(told.get("gravity"), _LETTERS)
    alone = [None if f is None or d is None else f - d for f, d in zip(felt, down, strict=True)]
    rates = _three(told.get("gyroscope"), _LETTERS)
    turning = [None if rate is None else math.degrees(rate) for rate in rates]
    held = _three(told.get("absoluteorientation", {}).get("euler"), _TURNS)
    stamp = now_felt.get("timestamp")
    time = now if stamp is None else float(stamp) / 1e3
    if not abs(time) <= _LATEST:
        raise ValueError("the time is none")
    return [time, *alone, *felt, *turning, *held]


def _three(given: Mapping[str, Any] | None, names: tuple[str, ...]) -> list[float | None]:
    """Three numbers by name; None for what is missing or cannot be."""
    values = [None if given is None or given.get(n) is None else float(given[n]) for n in names]
    return [v if v is not None and abs(v) <= _LARGEST else None for v in values]
