"""How far one sound is from another, as the ear's resolution sees it: at several STFT sizes."""

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio

SIZES = (2048, 1024, 512, 256, 128)
"""STFT sizes; each hops by a quarter of its size."""

FLOOR = 1e-4
"""Added to magnitudes before the logarithm."""

_LEAST_NORM = 1e-3  # of the target, so that a silent one gives a finite distance
_CHUNK = 2**19  # samples of windows that are transformed at a time: memory stays flat


def spectral_distance(target: Audio, output: Audio, sizes: tuple[int, ...] = SIZES) -> float:
    """Multi-scale spectral distance, as in DDSP (arXiv 2001.04643) and RAVE (arXiv 2111.05011).

    The mean over STFT sizes of the spectral convergence ``|S - T| / |S|`` plus the mean absolute
    difference of ``log(magnitude + 1e-4)``: periodic Hann windows, unnormalised magnitudes, frames
    centred on multiples of the hop with the ends reflected.

    Args:
        target: Shape ``(samples,)``, at least two samples.
        output: The same shape.
        sizes: STFT sizes.

    Returns:
        0 for equal sounds; not symmetric.

    Raises:
        CheironError: If the shapes differ or are too short.

    >>> tone = np.sin(np.arange(4096) / 20).astype(np.float32)
    >>> spectral_distance(tone, tone)
    0.0
    >>> spectral_distance(tone, 0.5 * tone) > 0.5
    True
    """
    if target.shape != output.shape or target.ndim != 1 or len(target) < 2:
        raise CheironError(
            f"sounds of the shapes {target.shape} and {output.shape} cannot be compared; "
            "expected two of one length, at least 2 samples."
        )
    return float(np.mean([_distance(target, output, size) for size in sizes]))


def _distance(target: Audio, output: Audio, size: int) -> float:
    windows = [_windows(sound, size) for sound in (target, output)]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    difference = energy = logs = 0.0
    step = max(1, _CHUNK // size)
    for start in range(0, len(windows[0]), step):
        s, t = (
            np.abs(np.fft.rfft(part[start : start + step] * hann, axis=1)).astype(np.float32)
            for part in windows
        )
        difference += float(np.square(s - t).sum(dtype=np.float64))
        energy += float(np.square(s).sum(dtype=np.float64))
        logs += float(np.abs(np.log(s + FLOOR) - np.log(t + FLOOR)).sum(dtype=np.float64))
    count = len(windows[0]) * (size // 2 + 1)
    return np.sqrt(difference) / max(np.sqrt(energy), _LEAST_NORM) + logs / count


def _windows(sound: Audio, size: int) -> NDArray[np.float32]:
    """Windows around every multiple of the hop, a view of shape ``(frames, size)``."""
    padded = np.pad(sound.astype(np.float32), size // 2, mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
