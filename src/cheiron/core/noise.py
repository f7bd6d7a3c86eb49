"""Noise that is the same on every machine and every run: a hash of a counter."""

import numpy as np
from numpy.typing import NDArray


def uniform_noise(seed: int, start: int, count: int) -> NDArray[np.float32]:
    """White noise in [-1, 1), a pure function of the seed and the sample index.

    Any stretch of the stream can be drawn on its own, so streaming in blocks of any size gives
    the same samples as drawing all at once; integer arithmetic makes it bit-equal everywhere.
    The hash is the 32-bit finaliser "lowbias32" (public domain, C. Wellons).

    Args:
        seed: Any integer; taken modulo 2^32.
        start: Index of the first sample, at least 0.
        count: How many samples.

    Returns:
        float32, shape ``(count,)``.

    >>> whole = uniform_noise(7, 0, 8)
    >>> bool((whole[3:] == uniform_noise(7, 3, 5)).all())
    True
    """
    index = np.arange(start, start + count, dtype=np.uint64)
    low = (index & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    high = (index >> np.uint64(32)).astype(np.uint32)
    key = np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
    h = low ^ _mix(high + key)
    return (_mix(h) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1.0)


def normal_noise(seed: int, start: int, count: int) -> NDArray[np.float32]:
    """White Gaussian noise of unit variance, a pure function of the seed and the sample index.

    The sum of four uniform draws, which is Gaussian to within what an ear or a latent can tell
    (excess kurtosis -0.3) and needs no transcendental function, so it is bit-equal everywhere.

    Args:
        seed: Any integer; taken modulo 2^32.
        start: Index of the first sample, at least 0.
        count: How many samples.

    Returns:
        float32, shape ``(count,)``.

    >>> bool(abs(normal_noise(1, 0, 100_000).std() - 1) < 0.01)
    True
    """
    draws = uniform_noise(seed, 4 * start, 4 * count).reshape(count, 4)
    total = draws[:, 0] + draws[:, 1] + draws[:, 2] + draws[:, 3]
    return total * np.float32(0.75**0.5)


def _mix(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(0x7FEB352D)
    h = h ^ (h >> np.uint32(15))
    h = h * np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))
