"""What the partials of a sound do together: beat, or fit one series."""

import numpy as np
from numpy.typing import NDArray

from cheiron.core import hearing
from cheiron.features.descriptors import Column, Windows, describes

Peaks = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Frequencies in Hz and amplitudes, shape ``(frames, PARTIALS)``; missing ones have amplitude 0."""

_PAIRS = np.triu_indices(hearing.PARTIALS, 1)


@describes("", 0.0, 3.0)
def roughness(windows: Windows) -> Column:
    """How much its partials beat (Vassilakis, SMC 2007): 0 for one partial, high for clusters.

    The sum over pairs of ``(a1 a2)^0.1 * 0.5 * (2 min(a1, a2) / (a1 + a2))^3.11 *
    (exp(-3.5 s d) - exp(-5.75 s d))``, ``d`` their distance in Hz, ``s = 0.24 / (0.0207 min(f1,
    f2) + 18.96)``. Partials less than some 50 Hz apart are one to a window of 2048 samples. Those
    under 3 % of the strongest fade out, down to 1.5 %, since in this formula even the faintest
    would count nearly as much as the strong ones.
    """
    hertz, amplitude = windows.peaks
    first, second = _PAIRS
    low = np.minimum(hertz[:, first], hertz[:, second])
    away = np.abs(hertz[:, first] - hertz[:, second]) * (0.24 / (0.0207 * low + 18.96))
    one, other = amplitude[:, first], amplitude[:, second]
    depth = 2 * np.minimum(one, other) / np.maximum(one + other, hearing.FAINTEST_PARTIAL)
    beat = np.exp(-3.5 * away) - np.exp(-5.75 * away)
    span = hearing.PARTIAL_FULL - hearing.PARTIAL_FROM
    share = amplitude / np.maximum(amplitude[:, :1], hearing.FAINTEST_PARTIAL)
    counts = np.clip((share - hearing.PARTIAL_FROM) / span, 0.0, 1.0)
    beat *= counts[:, first] * counts[:, second]
    rough = np.sum((one * other) ** 0.1 * 0.5 * depth**3.11 * beat, axis=1)
    return np.where(windows.audible, rough, np.nan).astype(np.float32)


@describes("", 0.0, 1.0)
def inharmonicity(windows: Windows) -> Column:
    """How far partials are from multiples of f0 (Peeters et al. 2011); undefined without f0.

    ``2 / f0 * sum |f - h f0| a^2 / sum a^2`` over the partials, ``h`` the nearest harmonic.
    """
    from cheiron.features.descriptors_pitch import VOICED

    hertz, amplitude = windows.peaks
    f0, sure = (column[:, None].astype(np.float64) for column in windows.pitch)
    weight = amplitude**2
    total = weight.sum(axis=1)
    away = np.abs(hertz - np.maximum(np.rint(hertz / f0), 1.0) * f0)
    far = np.clip(2 / f0[:, 0] * np.sum(away * weight, axis=1) / np.maximum(total, 1e-30), 0, 1)
    known = windows.audible & (sure[:, 0] >= VOICED) & (total > 0)
    return np.where(known, far, np.nan).astype(np.float32)


def strongest_peaks(samples: NDArray[np.float32], sample_rate: int) -> Peaks:
    """The strongest partials of windows, loudest first.

    They are the local maxima of the spectrum of the Hamming window, filled up with zeros to twice
    its length, that reach 1 % of the highest, placed on the crest of a parabola through the
    logarithms.

    Args:
        samples: Shape ``(frames, WINDOW)``.
        sample_rate: Samples per second.
    """
    spectrum = np.abs(np.fft.rfft(samples * hearing.HAMMING, 2 * hearing.WINDOW, axis=1))
    height = spectrum.astype(np.float64) * (2 / (0.54 * hearing.WINDOW))  # of a sine: its amplitude
    here = height[:, 1:-1]
    least = np.maximum(0.01 * here.max(axis=1, keepdims=True), hearing.FAINTEST_PARTIAL)
    crest = (here > height[:, :-2]) & (here >= height[:, 2:]) & (here >= least)
    found = np.where(crest, here, 0.0)
    at = np.argpartition(found, -hearing.PARTIALS, axis=1)[:, -hearing.PARTIALS :]
    order = np.argsort(-np.take_along_axis(found, at, axis=1), axis=1, kind="stable")
    at = np.take_along_axis(at, order, axis=1) + 1
    around = [np.take_along_axis(height, at + side, axis=1) for side in (-1, 0, 1)]
    left, peak, right = (np.log(np.maximum(h, hearing.FAINTEST_PARTIAL)) for h in around)
    shift = 0.5 * (left - right) / np.minimum(left - 2 * peak + right, -1e-9)
    shift = np.clip(shift, -0.5, 0.5)
    amplitude = np.exp(peak - 0.25 * (left - right) * shift)
    there = np.take_along_axis(found, at - 1, axis=1) > 0
    hertz = (at + shift) * (sample_rate / (2 * hearing.WINDOW))
    return hertz, np.where(there, amplitude, 0.0)
