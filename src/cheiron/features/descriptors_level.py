"""How loud a sound is."""

import numpy as np
from numpy.typing import NDArray

from cheiron.core.hearing import SILENCE, a_weighting
from cheiron.features.descriptors import Column, Windows, describes


@describes("dB", SILENCE, 0.0)
def rms(windows: Windows) -> Column:
    """Root mean square in dB; a sine of amplitude 1 has -3."""
    return _decibels(windows.energy)


@describes("dB", SILENCE, 0.0)
def loudness(windows: Windows) -> Column:
    """A-weighted level in dB (IEC 61672); a 1 kHz sine of amplitude 1 has -3."""
    return _decibels(windows.power @ a_weighting(windows.sample_rate))


def _decibels(power: NDArray[np.floating]) -> Column:
    audible = power > 10 ** (SILENCE / 10)
    level = 10 * np.log10(np.where(audible, power, 1.0))
    return np.where(audible, level, np.nan).astype(np.float32)
