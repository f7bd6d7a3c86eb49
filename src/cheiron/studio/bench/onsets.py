"""When does a gesture become sound? What was pulled, when, and the onsets in it."""

import time

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio, Pull

AUDIBLE = 1e-4
"""Magnitude (-80 dBFS) from which a model that was silent counts as heard."""


def quantiles(delays: NDArray[np.float64], shares: tuple[float, ...]) -> list[float]:
    """Quantiles of delays of which those that were never heard (NaN) are the longest of all.

    Leaving them out would make an instrument look good that loses its slowest notes.

    >>> quantiles(np.array([5.0, np.nan, 4.0, 6.0]), (0.5, 0.99))
    [6.0, inf]
    """
    known = np.where(np.isnan(delays), np.inf, delays)
    return [float(value) for value in np.quantile(known, shares, method="higher")]


class Probe:
    """Stands between an output and the instrument, and keeps what was pulled, and when.

    :meth:`wrap` gives the function that the output calls instead; it runs on the output's thread
    and only copies into memory that is there already. Everything else is called afterwards.

    Args:
        seconds: How much to keep.
        sample_rate: Samples per second.

    >>> probe = Probe(1.0, 1000)
    >>> pull = probe.wrap(lambda out: out.fill(0.5))
    >>> pull(np.zeros(10, np.float32))
    >>> len(probe.sound)
    10
    """

    def __init__(self, seconds: float, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._sound = np.zeros(int(seconds * sample_rate), np.float32)
        # The smallest block of any device is about 16 samples.
        self._starts = np.zeros(len(self._sound) // 16 + 1, np.int64)
        self._times = np.zeros(len(self._starts))
        self._blocks = self._samples = 0

    def wrap(self, pull: Pull) -> Pull:
        """The same pull, listened in on."""

        def listened(out: Audio) -> None:
            now = time.monotonic()
            pull(out)
            end = self._samples + len(out)
            if end <= len(self._sound) and self._blocks < len(self._starts):
                self._starts[self._blocks], self._times[self._blocks] = self._samples, now
                self._sound[self._samples : end] = out
                self._blocks, self._samples = self._blocks + 1, end

        return listened

    @property
    def sound(self) -> Audio:
        """All that was pulled, shape ``(samples,)``."""
        return self._sound[: self._samples]

    @property
    def block_times(self) -> NDArray[np.float64]:
        """When each block was asked for, seconds."""
        return self._times[: self._blocks]

    def time_of(self, sample: int) -> float:
        """When the device takes a sample: its block's time and its place within the block."""
        block = int(np.searchsorted(self._starts[: self._blocks], sample, side="right")) - 1
        return float(self._times[block] + (sample - self._starts[block]) / self.sample_rate)

    def onset_after(self, moment: float, within: float, audible: float = AUDIBLE) -> float:
        """Seconds from ``moment`` to the first audible sample; NaN if none comes in time.

        NaN as well when it already sounds at that moment: that is no onset.
        """
        first = int(np.searchsorted(self.block_times, moment, side="right"))
        if first >= self._blocks:
            return float("nan")
        start = int(self._starts[first])
        stop = min(start + int(within * self.sample_rate), self._samples)
        before = self._sound[max(0, start - 32) : start]
        heard = np.flatnonzero(np.abs(self._sound[start:stop]) > audible)
        if not len(heard) or np.abs(before).max(initial=0.0) > audible:
            return float("nan")
        return self.time_of(start + int(heard[0])) - moment
