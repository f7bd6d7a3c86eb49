"""The synthesis filters of the PQMF bank in NumPy; :mod:`cheiron.nets.pqmf` is where they learn."""

import math

import numpy as np
from numpy.typing import NDArray


def synthesis_filters(bands: int, taps: int, attenuation: float) -> NDArray[np.float32]:
    """Bands to sound as a causal convolution whose outputs are successive samples.

    Args:
        bands: Number of bands.
        taps: Filter length, a multiple of the number of bands.
        attenuation: Stop-band attenuation in dB.

    Returns:
        Shape ``(bands, bands, taps / bands)``: sample within a group, band, tap, the latest last.
    """
    k = np.arange(bands)[:, np.newaxis]
    n = np.arange(taps) - (taps - 1) / 2
    phase = -(1 - 2 * (k % 2)) * math.pi / 4
    carrier = np.cos((2 * k + 1) * math.pi / (2 * bands) * n + phase)
    filters = 2 * prototype(bands, taps, attenuation) * carrier
    phases = filters.reshape(bands, taps // bands, bands) * bands
    return np.flip(phases.transpose(2, 0, 1), 2).astype(np.float32)


def prototype(bands: int, taps: int, attenuation: float) -> NDArray[np.float64]:
    """Kaiser-windowed low-pass whose cut-off makes neighbouring bands add up (Nguyen 1994).

    Returns:
        Shape ``(taps,)``, unit gain at 0.
    """
    if attenuation > 50:
        beta = 0.1102 * (attenuation - 8.7)
    else:
        beta = 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    window = np.kaiser(taps, beta)
    n = np.arange(taps) - (taps - 1) / 2
    size = 8192
    edge = size // (2 * bands)

    def at(cutoff: float) -> NDArray[np.float64]:
        h = window * np.sinc(cutoff * n) * cutoff
        return h / h.sum()

    def ripple(cutoff: float) -> float:
        power = np.abs(np.fft.rfft(at(cutoff), size)[: edge + 1]) ** 2
        return float(np.abs(power + power[::-1] - 1).max())

    low, high = 0.4 / bands, 1.2 / bands
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if ripple(a) < ripple(b) else (a, high)
    return at((low + high) / 2)
