"""How the engine is doing, in numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_KEPT = 8192  # ticks, 24 s at 128 samples and 44.1 kHz


@dataclass(frozen=True)
class Figures:
    """The engine in the last seconds; times in seconds.

    Args:
        block_median: Time to make one block: chain and decoder.
        block_999: Its 99.9 % quantile.
        budget: What a block may take: the length of its sound.
        ring_fill: Sound that waits in the ring.
        underruns: How often the ring ran dry, since the start; not the device's own drop-outs.
        stalls: Those of them by more than 1.5 ms: the control thread was not given the processor,
            or the decoder is too slow (then ``late`` rises with it).
        late: Blocks that began more than a frame late, since the start.
        latency: What this program adds from sensor to sound on average: half a frame until the
            next tick, the lead, the delays of chain and resampler. Neither the sensor's nor the
            device's.
        lead: How long before it is due a frame is made.
        device_latency: What the output says of itself.
        reduction: What the safe gain takes away, dB.
        mended: Frames and samples that were not finite.
    """

    block_median: float
    block_999: float
    budget: float
    ring_fill: float
    underruns: int
    stalls: int
    late: int
    latency: float
    lead: float
    device_latency: float
    reduction: float
    mended: int


class TickTimes:
    """Durations of the latest ticks: noted by the control thread, sorted out by the reader.

    >>> times = TickTimes()
    >>> for ms in (1, 2, 9):
    ...     times.note(ms / 1000)
    >>> times.quantiles(0.5)
    (0.002,)
    """

    def __init__(self) -> None:
        self._seconds: NDArray[np.float64] = np.zeros(_KEPT)
        self.count = 0

    def note(self, seconds: float) -> None:
        """Keep one duration."""
        self._seconds[self.count % _KEPT] = seconds
        self.count += 1

    def quantiles(self, *shares: float) -> tuple[float, ...]:
        """Quantiles of the latest durations; zeros before the first."""
        kept = self._seconds[: min(self.count, _KEPT)].copy()
        if not len(kept):
            return (0.0,) * len(shares)
        return tuple(float(q) for q in np.quantile(kept, shares))
