"""Messages between two processes over a pipe, without ever making the sender wait."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from cheiron.studio.live.lanes import Lane, Lanes

MAX_MESSAGE = 256 * 2**20
"""Bytes; a longer message means that the other side is not ours."""

STALL = 10.0
"""Seconds that one message may take to leave before the other side counts as lost."""

_PATIENCE = 5.0  # seconds that a message's receiver has to return when all is over

_log = logging.getLogger(__name__)


class Link:
    """One end of the talk with another process, over one pipe after the other.

    The other process may die at any moment: the link then is down, what is sent is thrown away,
    and the supervisor attaches the pipe of the next process. Messages are bytes; each is put in a
    lane that says how many may wait and whether the oldest may be lost.

    Threads: :meth:`send` may be called from any thread; it takes a lock for microseconds and never
    waits for the pipe. ``receive`` and ``lost`` are called by the link's reader thread, one after
    the other; ``attached`` by the thread that attached, before that thread is started.

    Args:
        lanes: How messages may queue on their way out.
        receive: Takes each message that arrives.
        attached: Called with each :meth:`attach`, before any ``receive``.
        lost: Called once after each loss, with the reason in a few words, after every ``receive``.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        receive: Callable[[bytes], None],
        attached: Callable[[], None] = lambda: None,
        lost: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._lanes = tuple(lanes)
        self._receive, self._attached, self._lost = receive, attached, lost
        self._wire: _Wire | None = None
        self._last: _Wire | None = None
        self._dropped = dict.fromkeys((lane.name for lane in lanes), 0)

    @property
    def alive(self) -> bool:
        """Is there somebody at the other end?"""
        return self._wire is not None

    @property
    def dropped(self) -> dict[str, int]:
        """How many messages each lane has lost since the start."""
        wire = self._wire
        now = wire.lanes.dropped if wire is not None else {}
        return {name: count + now.get(name, 0) for name, count in self._dropped.items()}

    def attach(self, connection: "Connection[bytes, bytes]") -> None:
        """Talk over this pipe from now on; an older one is closed."""
        self.close()
        wire = _Wire(connection, self._lanes, self._receive, self._down, self._lost)
        self._wire = self._last = wire
        self._attached()
        wire.start()

    def send(self, lane: str, message: bytes) -> bool:
        """Queue a message; False when there is nobody to take it."""
        wire = self._wire
        return wire is not None and wire.send(lane, message)

    def close(self) -> None:
        """Hang up; the other side reads the end of the pipe. A second call does nothing.

        Returns when ``receive`` and ``lost`` have returned for the last time, at the latest after
        some seconds.
        """
        wire = self._last
        if wire is not None:
            wire.end("closed on this side")
            wire.join()

    def _down(self, wire: "_Wire") -> None:
        for name, count in wire.lanes.dropped.items():
            self._dropped[name] += count
        if self._wire is wire:
            self._wire = None


class _Wire:
    """The life of one pipe: a thread that reads, a thread that writes, one end."""

    def __init__(
        self,
        connection: "Connection[bytes, bytes]",
        lanes: Sequence[Lane],
        receive: Callable[[bytes], None],
        down: Callable[["_Wire"], None],
        lost: Callable[[str], None],
    ) -> None:
        self.lanes = Lanes(lanes)
        self._connection, self._receive = connection, receive
        self._down, self._lost = down, lost
        self._wake = threading.Condition()
        self._over = False
        self._reason = ""
        self._writing_since: float | None = None
        self._threads = [
            threading.Thread(target=self._read, name="link reader", daemon=True),
            threading.Thread(target=self._write, name="link writer", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def send(self, lane: str, message: bytes) -> bool:
        with self._wake:
            if self._over:
                return False
            fits = self.lanes.put(lane, message)
            since = self._writing_since
            self._wake.notify()
        if not fits:
            self.end("it does not take what it is sent")
        elif since is not None and time.monotonic() - since > STALL:
            self.end(f"it has taken nothing for {STALL:.0f} s")
        else:
            return True
        return False

    def end(self, reason: str) -> None:
        with self._wake:
            if self._over:
                return
            self._over, self._reason = True, reason
            self._wake.notify()
        self._down(self)
        _hang_up(self._connection)

    def join(self) -> None:
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(_PATIENCE)

    def _read(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._receive(message)
            except Exception:  # a fault of ours must not silence everything that comes after
                _log.exception("a message was not understood")
        self.end("it has gone")
        self._lost(self._reason)

    def _next(self) -> bytes | None:
        if self._over:
            return None
        try:
            return self._connection.recv_bytes(MAX_MESSAGE)
        except (EOFError, OSError):
            return None

    def _write(self) -> None:
        while (message := self._take()) is not None:
            try:
                self._connection.send_bytes(message)
            except (OSError, ValueError):
                self.end("it has gone")
        self._threads[0].join(_PATIENCE)
        self._connection.close()

    def _take(self) -> bytes | None:
        """What is to be sent next, as soon as there is something; None when all is over."""
        with self._wake:
            self._writing_since = None
            message = None
            while not self._over and (message := self.lanes.pop()) is None:
                self._wake.wait()
            self._writing_since = time.monotonic()
            return None if self._over else message


def _hang_up(connection: "Connection[bytes, bytes]") -> None:
    """Wake whoever reads or writes this pipe, here and at the other end."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)
    except (OSError, ValueError):
        pass  # it has gone already, or pipes are no sockets here: closing it is all there is
