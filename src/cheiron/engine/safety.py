"""The last thing before the ears: never above the ceiling, never a number that is none."""

from dataclasses import dataclass

import numpy as np

from cheiron.core.protocols import Audio


@dataclass
class SafetyState:
    """Where the gain stands, and what it had to do so far.

    Args:
        gain: The gain after the last sample, in (0, 1].
        lowest: The lowest gain so far; 1 if it never acted.
        mended: Samples that were not finite and became silence.
    """

    gain: float = 1.0
    lowest: float = 1.0
    mended: int = 0


class SafeGain:
    """A peak limiter outside the model: it falls at once, returns slowly, and says that it acted.

    Gain ``g_n = min(1, ceiling / |x_n|, g_{n-1} + 1 / (release rate))``; sound below the ceiling
    passes bit by bit as it is. Blocks of any size give the same sound.

    Args:
        sample_rate: Samples per second.
        ceiling: The largest magnitude that leaves.
        release: Seconds from nothing back to a gain of 1.

    >>> safe = SafeGain(44100)
    >>> state, quiet = safe.step(safe.init(), np.array([0.5, -2.0], np.float32))
    >>> [round(float(x), 2) for x in quiet], round(state.lowest, 3)
    ([0.5, -0.99], 0.495)
    """

    def __init__(self, sample_rate: int, ceiling: float = 0.99, release: float = 0.5) -> None:
        self._ceiling = ceiling
        self._rise = 1.0 / (release * sample_rate)

    def init(self) -> SafetyState:
        """A fresh state for one stream."""
        return SafetyState()

    def step(self, state: SafetyState, block: Audio) -> tuple[SafetyState, Audio]:
        """The next block."""
        # What nearly every block is, in two calls; a NaN makes the maximum one, and is not below.
        if state.gain >= 1.0 and (block.size == 0 or np.abs(block).max() <= self._ceiling):
            return state, block
        finite = np.isfinite(block)
        mended = state.mended + int(block.size - np.count_nonzero(finite))
        if mended > state.mended:
            block = np.where(finite, block, np.float32(0.0))
        size = np.abs(block).astype(np.float64)
        if state.gain >= 1.0 and (block.size == 0 or size.max() <= self._ceiling):
            return SafetyState(1.0, state.lowest, mended), block
        # min-plus form of the recursion: subtract the ramp, take the running minimum, add it back.
        ramp = self._rise * np.arange(block.size + 1)
        target = np.minimum(1.0, self._ceiling / np.maximum(size, self._ceiling))
        gains = np.minimum.accumulate(np.concatenate([[state.gain], target]) - ramp) + ramp
        gains = np.minimum(gains[1:], 1.0)
        safe = np.clip(block * gains, -self._ceiling, self._ceiling).astype(np.float32)
        lowest = min(state.lowest, float(gains.min(initial=1.0)))
        return SafetyState(float(gains[-1]), lowest, mended), safe
