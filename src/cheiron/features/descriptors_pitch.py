"""Which note a sound is, and how much of a note (McLeod & Wyvill, ICMC 2005)."""

import math

import numpy as np
from numpy.typing import NDArray

from cheiron.features.descriptors import Column, Windows, describes

LOWEST, HIGHEST = 50.0, 2000.0
"""Fundamentals that are looked for, in Hz."""

VOICED = 0.7
"""Periodicity from which a sound has a pitch."""

_SHARE = 0.9  # the first peak that reaches this share of the highest is the period


@describes("Hz", LOWEST, HIGHEST)
def f0(windows: Windows) -> Column:
    """Fundamental frequency; undefined where the sound is not periodic."""
    hertz, sure = windows.pitch
    return np.where(windows.audible & (sure >= VOICED), hertz, np.nan).astype(np.float32)


@describes("", 0.0, 1.0)
def periodicity(windows: Windows) -> Column:
    """How well the sound repeats itself after one period: 1 for a steady tone."""
    return np.where(windows.audible, windows.pitch[1], np.nan).astype(np.float32)


@describes("dB", -30.0, 40.0)
def harmonicity(windows: Windows) -> Column:
    """Harmonics-to-noise ratio (Boersma 1993): 0 dB where they are equally strong.

    ``10 log10(r / (1 - r))`` of the periodicity ``r``, which is kept within [0.001, 0.9999].
    """
    share = np.clip(windows.pitch[1].astype(np.float64), 1e-3, 1 - 1e-4)
    ratio = 10 * np.log10(share / (1 - share))
    return np.where(windows.audible, ratio, np.nan).astype(np.float32)


def mcleod(samples: NDArray[np.float32], sample_rate: int) -> tuple[Column, Column]:
    """Fundamental and periodicity of windows by the normalised square difference.

    Args:
        samples: Shape ``(frames, window)``.
        sample_rate: Samples per second.

    Returns:
        Hz and [0, 1], shape ``(frames,)`` each; the first means nothing where the second is low.
    """
    window = samples.shape[1]
    shortest = max(2, math.floor(sample_rate / HIGHEST))
    longest = min(window // 2 + window // 8, math.ceil(sample_rate / LOWEST))
    curve = _similarity(samples, shortest - 1, longest + 2)
    left, here, right = curve[:, :-2], curve[:, 1:-1], curve[:, 2:]
    heights = np.where((here >= left) & (here > right), here, np.float32(0.0))
    best = heights.max(axis=1)
    at = np.argmax(heights >= np.maximum(_SHARE * best, 1e-6)[:, None], axis=1)
    rows = np.arange(len(samples))
    before, peak, after = left[rows, at], here[rows, at], right[rows, at]
    bend = np.minimum(before - 2 * peak + after, -1e-9)
    shift = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)  # crest of a parabola
    hertz = sample_rate / (shortest + at + shift)
    return hertz.astype(np.float32), np.clip(best, 0.0, 1.0).astype(np.float32)


def _similarity(samples: NDArray[np.float32], first: int, last: int) -> NDArray[np.float32]:
    """2 r(lag) / m(lag) for the lags ``first`` to ``last - 1``, shape ``(frames, lags)``."""
    window = samples.shape[1]
    size = 1 << (window + last - 1).bit_length()
    spectrum = np.fft.rfft(samples, size, axis=1)
    r = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=1)[:, first:last]
    energy = np.zeros((len(samples), window + 1))
    np.cumsum(np.square(samples, dtype=np.float64), axis=1, out=energy[:, 1:])
    lags = np.arange(first, last)
    m = energy[:, window - lags] + energy[:, -1:] - energy[:, lags]
    return (2 * r / np.maximum(m, 1e-12)).astype(np.float32)
