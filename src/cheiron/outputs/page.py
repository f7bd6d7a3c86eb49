"""Sound for the page, where there is no audio device: paced here, played there."""

import struct
import threading
import time
from collections.abc import Callable

import numpy as np

from cheiron.core.protocols import Audio, Pull

SOUND = 2
"""First byte of a message that holds sound."""

CATCH_UP = 0.05
"""Seconds of sound that are made at once after a stall; what was missed beyond is left out."""

_HEAD = struct.Struct("<BxxxIIxxxx")


class Schedule:
    """When each block is due, counted from one start, so that no error adds up.

    Args:
        start: Seconds on the caller's clock.
        period: Seconds of a block.

    >>> schedule = Schedule(start=10.0, period=0.01)
    >>> [round(schedule.next(now), 3) for now in (10.0, 10.004, 10.3)], schedule.skipped
    ([0.0, 0.006, 0.0], 23)
    """

    def __init__(self, start: float, period: float) -> None:
        self._start, self._period = start, period
        self._made = 0
        self.skipped = 0
        """Blocks that were left out because the caller came more than ``CATCH_UP`` too late."""

    def next(self, now: float) -> float:
        """Seconds from now until the next block is due; 0 when it is due already."""
        late = now - self._start - self._made * self._period
        if late > CATCH_UP:
            behind = int((late - CATCH_UP) / self._period)
            self._made += behind
            self.skipped += behind
        self._made += 1
        return max(0.0, -late)


class PageOutput:
    """Asks for blocks on the computer's clock and sends each as a message to the page.

    The moments of the blocks are counted from one start, so no error adds up: in the long run
    exactly ``sample_rate`` samples are made in a second. The page holds a small buffer of its own
    and evens out what the way to it adds.

    Threads: ``open`` and ``close`` belong to one thread; ``pull`` and ``send`` are called by the
    output's own.

    Args:
        send: Takes each message and never waits: 16 bytes of head (kind 2, a counter of messages,
            the sampling rate, all little endian), then float32 samples.
        sample_rate: Samples per second.
        block: Samples in a message, at least 1; 128 to 256 suit a page.
        listeners: How many pages are open, when somebody knows.

    >>> heard = []
    >>> output = PageOutput(heard.append, sample_rate=48000, block=128)
    >>> output.open(lambda block: block.fill(0.5))
    >>> while len(heard) < 3:
    ...     time.sleep(0.001)
    >>> output.close()
    >>> [len(message) for message in heard[:3]], heard[2][4]
    ([528, 528, 528], 2)
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        sample_rate: int = 48000,
        block: int = 128,
        listeners: Callable[[], int] | None = None,
    ) -> None:
        self._send, self._listeners = send, listeners
        self._rate, self._block = sample_rate, block
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self._rate

    @property
    def block(self) -> int:
        """Samples that it asks for at once."""
        return self._block

    @property
    def latency(self) -> float:
        """Seconds until a block leaves; what the page's own buffer adds only the page knows."""
        return self._block / self._rate

    @property
    def problem(self) -> str:
        """Why nothing is heard; empty while a page is open, or nobody knows."""
        if self._listeners is None or self._listeners() > 0:
            return ""
        return "no page is open, so nobody hears the sound; open the page and press its play key."

    def open(self, pull: Pull) -> None:
        """Start asking; a second call does nothing."""
        if self._thread is None:
            self._over.clear()
            arguments = (pull,)
            self._thread = threading.Thread(
                target=self._run, args=arguments, name="page sound", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop asking; a second call does nothing."""
        thread, self._thread = self._thread, None
        self._over.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self, pull: Pull) -> None:
        rate, size = self._rate, self._block
        message = bytearray(_HEAD.size + 4 * size)
        samples: Audio = np.zeros(size, np.float32)
        wire = np.ndarray(size, "<f4", message, _HEAD.size)
        schedule, sent = Schedule(time.perf_counter(), size / rate), 0
        while not self._over.is_set():
            wait = schedule.next(time.perf_counter())
            if wait > 0:
                time.sleep(wait)
            pull(samples)
            wire[:] = samples
            _HEAD.pack_into(message, 0, SOUND, sent & 0xFFFFFFFF, rate)
            self._send(bytes(message))
            sent += 1
