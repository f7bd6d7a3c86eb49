"""Many Gaussians at once: densities with axes missing, regression of one part on another."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LOG_2PI = math.log(2 * math.pi)
_MASKS = 16  # sets of missing axes whose densities are kept


@dataclass(frozen=True, eq=False)
class Density:
    """Densities of K Gaussians on the same D axes, written as one matrix product.

    With ``P_k = L_k^{-1}`` (L the Cholesky factor of the covariance), the squared Mahalanobis
    distance is ``|P_k x - P_k mu_k|^2``. For diagonal covariances P holds one row of 1 / std.

    Args:
        whiten: Shape ``(K * D, D)``, or ``(K, D)`` where ``diagonal``.
        offset: Whitened means, shape ``(K, D)``.
        constant: Log normalisers, shape ``(K,)``.
        diagonal: Which of the two.
    """

    whiten: Array
    offset: Array
    constant: Array
    diagonal: bool

    @classmethod
    def of(cls, means: Array, covariances: Array, diagonal: bool = False) -> "Density":
        """From means ``(K, D)`` and covariances ``(K, D, D)``."""
        count, size = means.shape
        if diagonal:
            std = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
            constant = -np.log(std).sum(axis=1) - 0.5 * size * _LOG_2PI
            return cls(1.0 / std, means / std, constant, True)
        lower = np.linalg.cholesky(covariances)
        whiten: Array = np.linalg.inv(lower).astype(np.float64)
        constant = -np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        offset = np.einsum("kij,kj->ki", whiten, means)
        return cls(
            whiten.reshape(count * size, size), offset, constant - 0.5 * size * _LOG_2PI, False
        )

    def distance(self, x: Array) -> Array:
        """Squared Mahalanobis distances of one point ``(D,)``, shape ``(K,)``."""
        if self.diagonal:
            away = x * self.whiten - self.offset
        else:
            away = (self.whiten @ x).reshape(self.offset.shape) - self.offset
        return np.einsum("kd,kd->k", away, away)

    def log(self, x: Array) -> Array:
        """Log densities of one point ``(D,)``, shape ``(K,)``."""
        return self.constant - 0.5 * self.distance(x)

    def log_rows(self, x: Array) -> Array:
        """Log densities of many points ``(N, D)``, shape ``(N, K)``."""
        if self.diagonal:
            precision = self.whiten**2
            square = (
                x**2 @ precision.T
                - 2 * x @ (self.offset * self.whiten).T
                + (self.offset**2).sum(axis=1)
            )
        else:
            away = (x @ self.whiten.T).reshape(len(x), *self.offset.shape) - self.offset
            square = np.einsum("nkd,nkd->nk", away, away)
        return self.constant - 0.5 * np.maximum(square, 0.0)


class Gaussians:
    """K Gaussians on the joint axes of movement x (the first) and sound y (the others).

    ``E[y | x, k] = mu_y + S_yx S_xx^-1 (x - mu_x)`` and
    ``V[y | x, k] = S_yy - S_yx S_xx^-1 S_xy``. Axes of x that are NaN are integrated out.

    Reference: Sung: "Gaussian mixture regression and classification", Rice University 2004;
    Calinon, Guenter, Billard, IEEE Trans. SMC-B 37, 2007.

    Args:
        means: Shape ``(K, D)``.
        covariances: Shape ``(K, D, D)``, positive definite.
        inputs: How many of the D axes are movement.
        diagonal: Whether the covariances hold nothing beside their diagonals.
    """

    def __init__(self, means: Array, covariances: Array, inputs: int, diagonal: bool) -> None:
        self.means, self.covariances = means, covariances
        self.inputs, self.diagonal = inputs, diagonal
        self._everything = self._part(np.ones(inputs, dtype=bool))
        self._parts: dict[bytes, Part] = {}

    def part(self, x: Array) -> "Part":
        """What the axes of a point that are there allow."""
        there = ~np.isnan(x)
        if there.all():
            return self._everything
        key = there.tobytes()
        if key not in self._parts:
            if len(self._parts) >= _MASKS:
                self._parts.clear()
            self._parts[key] = self._part(there)
        return self._parts[key]

    def _part(self, there: NDArray[np.bool_]) -> "Part":
        seen = np.flatnonzero(there)
        outputs = np.arange(self.inputs, self.means.shape[1])
        inside = self.covariances[:, seen[:, None], seen]
        cross = self.covariances[:, outputs[:, None], seen]
        own = np.diagonal(self.covariances, axis1=1, axis2=2)[:, outputs]
        density = Density.of(self.means[:, seen], inside, self.diagonal)
        if self.diagonal:
            slope, spread = None, own
        else:
            solved: Array = np.linalg.solve(inside, cross.transpose(0, 2, 1)).astype(np.float64)
            slope = np.ascontiguousarray(solved.transpose(0, 2, 1))
            spread = np.maximum(own - np.einsum("kij,kij->ki", slope, cross), 1e-12)
        x, y = (np.ascontiguousarray(self.means[:, which]) for which in (seen, outputs))
        return Part(seen, density, x, y, slope, np.ascontiguousarray(spread))


@dataclass(frozen=True, eq=False)
class Part:
    """The Gaussians on those movement axes that are there.

    Args:
        seen: Which axes.
        density: Of those.
        x: Means of movement, ``(K, seen)``.
        y: Means of sound, ``(K, outputs)``.
        slope: Regression matrices ``(K, outputs, seen)``; None where there is none.
        variance: Conditional variances of sound, ``(K, outputs)``.
    """

    seen: NDArray[np.intp]
    density: Density
    x: Array
    y: Array
    slope: Array | None
    variance: Array

    def regress(self, x: Array, weights: Array) -> tuple[Array, Array]:
        """Mean and variance of the sound at a point, each Gaussian weighted.

        Args:
            x: The point, shape ``(inputs,)``.
            weights: Shape ``(K,)``, sum 1.
        """
        if self.slope is None:
            each = self.y
        else:
            each = self.y + np.einsum("kij,kj->ki", self.slope, x[self.seen] - self.x)
        mean = weights @ each
        # Law of total variance: what each leaves open, and how far they disagree.
        return mean, weights @ (self.variance + (each - mean) ** 2)


def regularised(covariance: Array, absolute: float, relative: Array | float) -> Array:
    """Covariances with something added to the diagonal: a constant, and a share of the spread.

    Args:
        covariance: Shape ``(..., D, D)``.
        absolute: Variance added to every axis.
        relative: Variance added to each axis, a number or ``(D,)``.
    """
    size = covariance.shape[-1]
    return covariance + (absolute + np.broadcast_to(relative, (size,))) * np.eye(size)
