"""Samples from one thread to another without a lock."""

import numpy as np

from cheiron.core.protocols import Audio


class SampleRing:
    """A fixed stretch of memory with one writer and one reader.

    Each side moves only its own counter, and moves it after the samples are in place, so neither
    ever waits for the other. Counters only grow; they are positions in the stream of samples.

    The producer (control thread) calls :meth:`write`; the consumer (the output's thread) calls
    :meth:`read` and :meth:`skip`; anybody may look at the counters.

    Args:
        capacity: Samples it holds, at least 1.

    Attributes:
        written: Samples written since the beginning.
        taken: Samples read or skipped since the beginning.

    >>> ring = SampleRing(4)
    >>> ring.write(np.array([1, 2, 3, 4, 5], np.float32))
    4
    >>> out = np.zeros(3, np.float32)
    >>> ring.read(out), out.tolist(), ring.available
    (3, [1.0, 2.0, 3.0], 1)
    """

    __slots__ = ("_samples", "capacity", "taken", "written")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._samples = np.zeros(capacity, np.float32)
        self.written = 0
        self.taken = 0

    @property
    def available(self) -> int:
        """Samples that can be read."""
        return self.written - self.taken

    def write(self, block: Audio) -> int:
        """Append as much of a block as there is room for; returns how many samples that was."""
        written = self.written
        count = min(len(block), self.capacity - (written - self.taken))
        start = written % self.capacity
        head = min(count, self.capacity - start)
        self._samples[start : start + head] = block[:head]
        if head < count:
            self._samples[: count - head] = block[head:count]
        self.written = written + count
        return count

    def read(self, out: Audio) -> int:
        """Fill ``out`` from its beginning with what there is; returns how many samples."""
        taken = self.taken
        count = min(len(out), self.written - taken)
        start = taken % self.capacity
        head = min(count, self.capacity - start)
        out[:head] = self._samples[start : start + head]
        if head < count:
            out[head:count] = self._samples[: count - head]
        self.taken = taken + count
        return count

    def skip(self, position: int) -> None:
        """Forget everything before a position, no later than ``written``."""
        self.taken = max(self.taken, min(position, self.written))
