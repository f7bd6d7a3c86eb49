"""How loud a sound is."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cheiron.features.descriptors import SILENCE, WINDOW, Column, Windows, describes

_HANN_POWER = 0.375 * WINDOW * WINDOW  # sum of the window's squares, times its length (Parseval)


@describes("dB", SILENCE, 0.0)
def rms(windows: Windows) -> Column:
    """Root mean square in dB; a sine of amplitude 1 has -3."""
    return _decibels(windows.energy)


@describes("dB", SILENCE, 0.0)
def loudness(windows: Windows) -> Column:
    """A-weighted level in dB (IEC 61672); a 1 kHz sine of amplitude 1 has -3."""
    weights = _a_weighting(windows.sample_rate)
    return _decibels(windows.power @ weights)


@cache
def _a_weighting(sample_rate: int) -> NDArray[np.float32]:
    """A-weighting of each bin's power, scaled so that the bins sum to the mean square."""
    f2 = np.fft.rfftfreq(WINDOW, 1 / sample_rate) ** 2
    gain = 12194.0**2 * f2**2 / ((f2 + 20.6**2) * (f2 + 12194.0**2))
    gain = gain / np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * 10 ** (2.0 / 20)
    both_sides = 2.0 / _HANN_POWER
    return (gain**2 * both_sides).astype(np.float32)


def _decibels(power: NDArray[np.floating]) -> Column:
    audible = power > 10 ** (SILENCE / 10)
    level = 10 * np.log10(np.where(audible, power, 1.0))
    return np.where(audible, level, np.nan).astype(np.float32)
