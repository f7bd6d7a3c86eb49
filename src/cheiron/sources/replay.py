"""Replay: a recorded gesture, played again at its own timestamps."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.sources.gesture_csv import read_gesture


class ReplaySource:
    """A source that plays a recording against a clock, once or in a loop.

    Every method is called by one thread at a time; nothing waits. After the end the last frame
    stays, with its own time, so whoever looks at that time sees that the source has gone stale.
    Times keep rising through loops, jumps and changes of speed.

    Args:
        recording: What to play.
        clock: Monotonic seconds; the real clock when absent.
        loop: Whether it begins again at its end.
        speed: How fast, above 0; 1 is as recorded.

    Raises:
        CheironError: If the speed is not above 0.

    >>> now = [100.0]
    >>> space = Space.of("pointer", ["x"])
    >>> recording = Recording(space, np.array([0.0, 1.0]), np.array([[0.1], [0.2]]))
    >>> source = ReplaySource(recording, clock=lambda: now[0])
    >>> source.open()
    >>> now[0] = 101.5
    >>> source.latest().time, source.finished
    (101.0, True)
    """

    problem = ""

    def __init__(
        self,
        recording: Recording,
        clock: Callable[[], float] = time.monotonic,
        loop: bool = False,
        speed: float = 1.0,
    ) -> None:
        self._recording = recording
        self._clock = clock
        self._loop = loop
        self._speed = _checked(speed)
        self._start: float | None = None
        self._from = 0.0
        self._time = -math.inf
        self._shown: tuple[int, int] | None = None

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        clock: Callable[[], float] = time.monotonic,
        loop: bool = False,
        speed: float = 1.0,
    ) -> "ReplaySource":
        """A source that plays a CSV file; see :func:`read_gesture` for what it may hold."""
        return cls(read_gesture(path).recording, clock, loop, speed)

    @property
    def space(self) -> Space:
        """What its frames mean."""
        return self._recording.space

    @property
    def recording(self) -> Recording:
        """The whole of it, for offline use."""
        return self._recording

    @property
    def loop(self) -> bool:
        """Whether it begins again at its end; can be changed while it plays."""
        return self._loop

    @loop.setter
    def loop(self, on: bool) -> None:
        at = self.position
        self._loop = on
        self.seek(at)

    @property
    def speed(self) -> float:
        """How fast, 1 is as recorded; can be changed while it plays."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        at = self.position
        self._speed = _checked(speed)
        self.seek(at)

    @property
    def position(self) -> float:
        """Seconds of the recording that have been played, within it."""
        return self._place(self._clock())[1]

    @property
    def finished(self) -> bool:
        """Whether the end has been reached; never while it loops."""
        return self._start is not None and not self._loop and self.position >= self._length

    def open(self) -> None:
        """Start playing now; a second call does nothing."""
        if self._start is None:
            self._start = self._clock()

    def seek(self, seconds: float) -> None:
        """Go on from there, moved into the recording."""
        self._from = min(max(seconds, 0.0), self._length) if math.isfinite(seconds) else 0.0
        self._shown = None
        if self._start is not None:
            self._start = self._clock()

    def latest(self) -> Frame | None:
        """The newest frame that the clock has reached; None before the first or when closed."""
        if self._start is None or not len(self._recording):
            return None
        now, times = self._clock(), self._recording.times
        turn, at = self._place(now)
        index = int(np.searchsorted(times, at + times[0], side="right")) - 1
        if self._shown != (turn, index):
            self._shown = (turn, index)
            since = float(times[index] - times[0]) + turn * self._length - self._from
            moment = self._start + since / self._speed
            self._time = moment if moment > self._time else now  # it was there before a jump
        return Frame(self._time, self._recording.values[index], self.space)

    def close(self) -> None:
        """Stop; a second call does nothing, and open() then starts again from the beginning."""
        self._start, self._from, self._shown = None, 0.0, None

    @property
    def _length(self) -> float:
        return self._recording.duration

    def _place(self, now: float) -> tuple[int, float]:
        """How many times it has been round, and the seconds since its beginning."""
        if self._start is None:
            return 0, self._from
        at = self._from + (now - self._start) * self._speed
        length = self._length
        if self._loop and length > 0:
            turn, at = divmod(at, length)
            return int(turn), at
        return 0, min(at, length)


def _checked(speed: float) -> float:
    if not (math.isfinite(speed) and speed > 0):
        raise CheironError(f"the speed of a replay is {speed}; expected a number above 0.")
    return speed
