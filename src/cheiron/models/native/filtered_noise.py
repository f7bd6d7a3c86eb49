"""Noise through filters that change from frame to frame, as operations of the kernel."""

import math

import numpy as np
from numpy.typing import NDArray

from cheiron.models.native.cover import require
from cheiron.models.native.program import Builder, Kind, Signal


def add_noise(
    builder: Builder, logs: Signal, bins: int, audio: Signal, loudness: int | None
) -> None:
    """Add filtered noise to a sound.

    Args:
        builder: The program so far.
        logs: Logarithms of the filter's magnitudes, ``bins`` channels.
        bins: Magnitudes, equally spaced from 0 to half the sample rate.
        audio: What it is added to, one row for each latent frame.
        loudness: The latent that scales it; None for none.
    """
    hop = builder.hop // logs.rate
    require(bins > 1 and builder.hop % logs.rate == 0 and hop % 8 == 0, "odd blocks of noise")
    half = bins - 1
    magnitudes = builder.signal(bins, logs.rate)
    column = -1 if loudness is None else loudness
    builder.add(Kind.MAGNITUDES, logs, magnitudes, logs.stride, logs.rate, column)
    taps = builder.signal(half, logs.rate)
    cosines = half_filters(bins).T[:, :, np.newaxis]
    builder.convolve(magnitudes, cosines, np.zeros(half, np.float32), raw=taps)
    white = builder.signal(builder.hop, past=-(-2 * half // builder.hop))
    builder.add(Kind.NOISE, white, builder.hop)
    last = builder.keep(half)
    builder.add(Kind.FILTER, taps, taps.stride, logs.rate, half, hop, white, last, audio)


def half_filters(bins: int) -> NDArray[np.float32]:
    """What turns magnitudes into one half of a symmetric filter, middle first.

    The same float32 arithmetic as the network's (windowed inverse cosine transform).

    Returns:
        Shape ``(bins, bins - 1)``.
    """
    half, taps = bins - 1, 2 * (bins - 1)
    k, n = np.arange(bins, dtype=np.float32), np.arange(half, dtype=np.float32)
    weight = np.full(bins, 2, np.float32)
    weight[[0, -1]] = 1
    angles = np.float32(2 * math.pi) * k[:, np.newaxis] * n / np.float32(taps)
    cosines = np.cos(angles) * weight[:, np.newaxis] / np.float32(taps)
    window = 0.5 - 0.5 * np.cos(2 * math.pi * (np.arange(half) + half) / taps)
    return cosines * window.astype(np.float32)
