"""What of a stream of frames is worth sending."""

import math

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.recording import Values
from cheiron.core.space import Space

RATE = 100.0
"""Sends per second, at most."""

_AGAIN = 1.0  # seconds after which everything counts as changed
_SMALL = 2**-15  # of an axis's range: less than half a step of 14 bits


class Changes:
    """Says which axes have changed, not too often. One thread calls it.

    >>> changes, space = Changes(), Space.of("control", ["pitch", "loudness"])
    >>> says = [
    ...     changes.of(Frame(0.0, np.array(values, np.float32), space), now)
    ...     for now, values in [(0.0, [0, 0]), (0.005, [1, 0]), (0.02, [1, 0]), (1.5, [1, 0])]
    ... ]
    >>> says
    [[0, 1], [], [0], [0, 1]]
    """

    def __init__(self) -> None:
        self._space: Space | None = None
        self._sent: Values = np.zeros(0, np.float32)
        self._small: Values = self._sent
        self._last = self._all = -math.inf

    def of(self, frame: Frame, now: float) -> list[int]:
        """The columns to send now; they count as sent. Undefined values never are.

        Args:
            frame: The newest frame.
            now: Monotonic seconds.
        """
        if now - self._last < 1 / RATE - 1e-4 and frame.space is self._space:
            return []
        if frame.space is not self._space:
            self._space = frame.space
            self._small = (frame.space.high - frame.space.low) * np.float32(_SMALL)
            self.forget()
        if now - self._all >= _AGAIN:
            self._all = now
            self.forget()
        known = np.isfinite(frame.values)
        moved = known & ~(np.abs(frame.values - self._sent) <= self._small)
        columns = np.flatnonzero(moved).tolist()
        if columns:
            self._last = now
            self._sent[moved] = frame.values[moved]
        return columns

    def forget(self) -> None:
        """Nothing has been sent."""
        size = self._space.size if self._space is not None else 0
        self._sent = np.full(size, np.nan, np.float32)
