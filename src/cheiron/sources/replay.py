"""Replay: a recorded gesture, played again at its own timestamps."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.sources.gesture_csv import read_gesture


class ReplaySource:
    """A source that plays a recording against a clock.

    Every method is called by the control thread; nothing waits. After the end the last frame
    stays, with its own time, so whoever looks at that time sees that the source has gone stale.

    Args:
        recording: What to play.
        clock: Monotonic seconds; the real clock when absent.

    >>> now = [100.0]
    >>> space = Space.of("pointer", ["x"])
    >>> recording = Recording(space, np.array([0.0, 1.0]), np.array([[0.1], [0.2]]))
    >>> source = ReplaySource(recording, clock=lambda: now[0])
    >>> source.open()
    >>> now[0] = 101.5
    >>> source.latest().time
    101.0
    """

    def __init__(self, recording: Recording, clock: Callable[[], float] = time.monotonic) -> None:
        self._recording = recording
        self._clock = clock
        self._start: float | None = None

    @classmethod
    def from_csv(
        cls, path: str | Path, clock: Callable[[], float] = time.monotonic
    ) -> "ReplaySource":
        """A source that plays a CSV file; see :func:`read_gesture` for what it may hold."""
        return cls(read_gesture(path).recording, clock)

    @property
    def space(self) -> Space:
        """What its frames mean."""
        return self._recording.space

    @property
    def recording(self) -> Recording:
        """The whole of it, for offline use."""
        return self._recording

    def open(self) -> None:
        """Start playing now; a second call does nothing."""
        if self._start is None:
            self._start = self._clock()

    def latest(self) -> Frame | None:
        """The newest frame that the clock has reached; None before the first or when closed."""
        if self._start is None:
            return None
        times = self._recording.times
        passed = self._clock() - self._start + times[0]
        index = int(np.searchsorted(times, passed, side="right")) - 1
        if index < 0:
            return None
        at = self._start + float(times[index] - times[0])
        return Frame(at, self._recording.values[index], self.space)

    def close(self) -> None:
        """Stop; a second call does nothing, and open() then starts again from the beginning."""
        self._start = None
