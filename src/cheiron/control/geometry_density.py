"""How likely a point is under what a model was made for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

_KEYS = ("weights", "means", "whiten")


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of Gaussians.

    ``log p(x) = log sum_k w_k |U_k| exp(-|U_k (x - m_k)|^2 / 2) + constant``

    Args:
        weights: Shape ``(K,)``, adding up to 1.
        means: Shape ``(K, D)``.
        whiten: ``U``, with ``U^T U`` the inverse covariance, shape ``(K, D, D)``.

    >>> one = Mixture(np.ones(1), np.zeros((1, 2)), np.eye(2)[None])
    >>> round(float(one.log_prob(np.zeros((1, 2)))[0]), 3), one.gradient(np.ones((1, 2))).tolist()
    (-1.838, [[-1.0, -1.0]])
    """

    weights: Points
    means: Points
    whiten: Points

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, NDArray[Any]], prefix: str) -> "Mixture":
        """What :meth:`tensors` gave.

        Raises:
            KeyError: If a part is missing.
        """
        return cls(*(tensors[f"{prefix}.{key}"].astype(np.float64) for key in _KEYS))

    def tensors(self, prefix: str) -> dict[str, NDArray[np.float32]]:
        """Its numbers by name."""
        return {f"{prefix}.{key}": getattr(self, key).astype(np.float32) for key in _KEYS}

    def log_prob(self, x: Points) -> Points:
        """Log density, shape ``(count,)``."""
        return self._terms(x)[0]

    def gradient(self, x: Points) -> Points:
        """Its gradient, shape ``(count, D)``."""
        return self.both(x)[1]

    def both(self, x: Points) -> tuple[Points, Points]:
        """Log density and gradient, computed together."""
        level, share, white = self._terms(x)
        pull = np.matmul(white, self.whiten)  # (K, count, D): U^T U (x - m)
        return level, -np.einsum("kn,knd->nd", share, pull)

    @cached_property
    def _constants(self) -> Points:
        volume = np.linalg.slogdet(self.whiten)[1]
        return np.log(self.weights) + volume - 0.5 * self.means.shape[1] * log(2 * pi)

    @cached_property
    def _turned(self) -> Points:
        """``U^T`` in one piece."""
        return np.ascontiguousarray(self.whiten.transpose(0, 2, 1))

    def _terms(self, x: Points) -> tuple[Points, Points, Points]:
        """Log density, each component's share of it, and the whitened differences."""
        white = np.matmul(x[None] - self.means[:, None], self._turned)
        each = self._constants[:, None] - 0.5 * np.einsum("knd,knd->kn", white, white)
        top = each.max(axis=0)
        share = np.exp(each - top)
        total = share.sum(axis=0)
        return top + np.log(total), share / total, white


@dataclass(frozen=True, eq=False)
class Kernels:
    """A kernel density: one round Gaussian at each of some known points, all of one width.

    It is what paths are judged by, never what they are made with.

    Args:
        points: Shape ``(count, D)``.
        width: Standard deviation of each.

    >>> density = Kernels(np.zeros((1, 1)), 1.0)
    >>> round(float(density.log_prob(np.zeros((1, 1)))[0]), 3)
    -0.919
    """

    points: Points
    width: float

    def log_prob(self, x: Points) -> Points:
        """Log density, shape ``(count,)``."""
        squares = (
            (x * x).sum(axis=1)[:, None]
            + (self.points * self.points).sum(axis=1)
            - 2.0 * x @ self.points.T
        )
        each = -0.5 * np.maximum(squares, 0.0) / self.width**2
        top = each.max(axis=1)
        total = np.log(np.exp(each - top[:, None]).mean(axis=1))
        size = x.shape[1]
        return top + total - size * (log(self.width) + 0.5 * log(2 * pi))
