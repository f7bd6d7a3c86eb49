"""What was just played, for eyes: scope and level."""

from dataclasses import dataclass

import numpy as np

from cheiron.core.protocols import Audio

_CLIPPED = 0.9999


@dataclass(frozen=True)
class Level:
    """How loud it was since the last look.

    Args:
        peak: Largest magnitude, 1 is full scale.
        rms: Root of the mean square.
        clipped: Whether a sample reached full scale.
    """

    peak: float
    rms: float
    clipped: bool


class Monitor:
    """The latest samples; the writer only copies, the reader computes.

    The output's thread calls :meth:`write`; one reader (the publisher) calls :meth:`latest` and
    :meth:`level`. A reader that is overtaken while it copies sees a seam, never a wrong length.

    Args:
        capacity: Samples that are kept; a block longer than this leaves its end.

    >>> monitor = Monitor(4)
    >>> monitor.write(np.array([0.0, -0.5, 0.5], np.float32))
    >>> monitor.latest(2).tolist(), monitor.level().peak, monitor.level().peak
    ([-0.5, 0.5], 0.5, 0.0)
    """

    def __init__(self, capacity: int = 16384) -> None:
        self._capacity = capacity
        self._samples = np.zeros(capacity, np.float32)
        self._written = 0
        self._seen = 0

    def write(self, block: Audio) -> None:
        """Take a block that is being played."""
        count, written = len(block), self._written
        if count > self._capacity:
            written += count - self._capacity
            block = block[-self._capacity :]
            count = self._capacity
        start = written % self._capacity
        head = min(count, self._capacity - start)
        self._samples[start : start + head] = block[:head]
        if head < count:
            self._samples[: count - head] = block[head:]
        self._written = written + count

    def latest(self, count: int = 1024) -> Audio:
        """A copy of the latest samples, oldest first; zeros where there were none yet."""
        return self._between(self._written, count)

    def level(self) -> Level:
        """The level since the last call; silence when nothing was played since."""
        written = self._written
        count = min(written - self._seen, self._capacity)
        self._seen = written
        if count <= 0:
            return Level(0.0, 0.0, False)
        samples = self._between(written, count)
        peak = float(np.abs(samples).max())
        return Level(peak, float(np.sqrt(np.vdot(samples, samples) / count)), peak >= _CLIPPED)

    def _between(self, end: int, count: int) -> Audio:
        count = min(count, self._capacity)
        start = (end - count) % self._capacity
        head = min(count, self._capacity - start)
        return np.concatenate([self._samples[start : start + head], self._samples[: count - head]])
