"""What keeps one bad number from silencing an instrument until it is restarted."""

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Latents


def all_finite(values: NDArray[np.float32]) -> bool:
    """Whether every number is finite, by a sum of squares: cheaper than looking at each.

    Finite numbers above 1e19 overflow it and count as not finite.

    >>> all_finite(np.ones(3, np.float32)), all_finite(np.array([1, np.nan], np.float32))
    (True, False)
    """
    return isfinite(np.vdot(values, values))  # vdot, unlike dot, overflows without a warning


class LatentGuard:
    """Holds the last good value of each axis and puts it where a latent is NaN or infinite.

    Args:
        default: What an axis has before its first good value, shape ``(D,)``.

    >>> guard = LatentGuard(np.zeros(1, np.float32))
    >>> guard.clean(np.array([[np.nan], [2.0], [np.inf]], np.float32)).ravel().tolist()
    [0.0, 2.0, 2.0]
    >>> guard.replaced
    2
    """

    def __init__(self, default: NDArray[np.float32]) -> None:
        self.replaced = 0
        self._last = default.astype(np.float32)

    def clean(self, z: Latents) -> Latents:
        """The latents, shape ``(frames, D)``, with every number finite; ``z`` is not changed."""
        if not all_finite(z):
            z = self._repair(z)
        if len(z):
            self._last[:] = z[-1]
        return z

    def _repair(self, z: Latents) -> Latents:
        good = np.isfinite(z)
        self.replaced += int(z.size - np.count_nonzero(good))
        repaired = np.empty_like(z)
        last = self._last
        for frame in range(len(z)):
            last = repaired[frame] = np.where(good[frame], z[frame], last)
        return repaired
