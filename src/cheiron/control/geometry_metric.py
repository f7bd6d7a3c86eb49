"""The pull-back metric: how long a step of the latents is to the ear."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geometry_density import Mixture
from cheiron.control.geometry_surrogate import Surrogate
from cheiron.core.errors import CheironError

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

_LEAST = 0.01  # of the usual metric, where log p is high: no direction is free
_FLOOR = 0.1  # of the usual metric: what limits an equal step
_WALL = 300.0  # of the usual metric, in the middle of a forbidden region
_EDGE = 0.15  # of a region's radius beyond its border from where it is felt


@dataclass(frozen=True, eq=False)
class Forbidden:
    """A region where the player does not want to be.

    Args:
        centre: A point, shape ``(D,)``.
        radius: In standard deviations of the corpus.
    """

    centre: NDArray[np.floating]
    radius: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre).all() and 0 < self.radius < np.inf):
            raise CheironError(
                f"a forbidden region has the radius {self.radius}; expected a finite centre and a "
                "radius above zero, in standard deviations."
            )


@dataclass(frozen=True)
class Penalty:
    """Where paths would rather not be: ``beta h(x)``.

    ``h`` is small where the density is what it is in most of the corpus and grows with the square
    of how far the log density falls below that, so that the worst moment of a path counts most.

    Args:
        usual: The metric's usual size: its mean eigenvalue in the middle of the corpus.
        level: Log density at which ``h`` begins to grow.
        slope: Fall of the log density that adds the usual metric once.
        beta: How much it counts.
    """

    usual: float
    level: float
    slope: float
    beta: float = 1.0


@dataclass(frozen=True, eq=False)
class Metric:
    """``G(x) = J(x)^T W J(x) + beta h(x) I`` in standardised coordinates.

    References: Arvanitidis, Hansen, Hauberg: "Latent space oddity", ICLR 2018; Arvanitidis,
    Hauberg, Schölkopf: "Geometrically enriched latent spaces", AISTATS 2021.

    Args:
        surrogate: ``W^1/2 phi``, the weights already in it.
        density: Of the corpus.
        penalty: How low density counts.
        forbidden: Regions in standardised coordinates.
    """

    surrogate: Surrogate
    density: Mixture
    penalty: Penalty
    forbidden: tuple[Forbidden, ...] = ()

    def tensor(self, x: Points) -> Points:
        """G at some points, shape ``(count, D, D)``; 0.1 ms for one point of 16 dimensions."""
        jacobian = self.surrogate.jacobian(x)
        tensor = np.matmul(jacobian.transpose(0, 2, 1), jacobian).astype(np.float64)
        diagonal = np.arange(x.shape[1])
        tensor[:, diagonal, diagonal] += self.reluctance(x)[:, None]
        return tensor

    def heard(self, x: Points, floor: float = _FLOOR) -> Points:
        """What is heard alone: ``J^T W J`` and a floor, for steps that are equal to the ear.

        Where a step is hardly heard, ``G^{-1/2}`` would be so large that it says nothing true: the
        floor limits steps to about three times the usual one.

        Args:
            x: Shape ``(count, D)``.
            floor: Least eigenvalue, in usual ones.

        Returns:
            Shape ``(count, D, D)``.
        """
        jacobian = self.surrogate.jacobian(x)
        tensor = np.matmul(jacobian.transpose(0, 2, 1), jacobian).astype(np.float64)
        diagonal = np.arange(x.shape[1])
        tensor[:, diagonal, diagonal] += floor * self.penalty.usual
        return tensor

    def reluctance(self, x: Points) -> Points:
        """``beta h``, shape ``(count,)``."""
        p = self.penalty
        excess = (p.level - self.density.log_prob(x)) / p.slope
        grown = p.beta * p.usual * (_LEAST + np.logaddexp(0.0, excess) ** 2)
        for region in self.forbidden:
            grown += p.usual * _WALL * _inside(x, region)[0] ** 2
        return grown

    def reluctance_gradient(self, x: Points) -> tuple[Points, Points]:
        """``beta h`` and its gradient, shapes ``(count,)`` and ``(count, D)``."""
        p = self.penalty
        level, slope = self.density.both(x)
        excess = (p.level - level) / p.slope
        soft = np.logaddexp(0.0, excess)
        grown = p.beta * p.usual * (_LEAST + soft**2)
        rise = 2.0 * soft / (1.0 + np.exp(-np.clip(excess, -50.0, 50.0)))
        gradient = (-p.beta * p.usual / p.slope * rise)[:, None] * slope
        for region in self.forbidden:
            depth, outwards = _inside(x, region)
            grown += p.usual * _WALL * depth**2
            gradient += (2 * p.usual * _WALL * depth)[:, None] * outwards
        return grown, gradient

    def lengths(self, start: Points, stop: Points, parts: int = 4) -> Points:
        """Metric length of straight segments, each cut into ``parts``; shape ``(count,)``.

        It is inf where a segment enters a forbidden region.
        """
        shares = np.linspace(0.0, 1.0, parts + 1)
        x = start[:, None] + shares[:, None] * (stop - start)[:, None]
        flat = x.reshape(-1, x.shape[2])
        phi = self.surrogate(flat).reshape(*x.shape[:2], -1)
        heard = (np.diff(phi, axis=1) ** 2).sum(axis=2)
        middles = 0.5 * (x[:, 1:] + x[:, :-1])
        shy = self.reluctance(middles.reshape(-1, x.shape[2])).reshape(heard.shape)
        step = ((stop - start) ** 2).sum(axis=1) / parts**2
        total = np.sqrt(heard + shy * step[:, None]).sum(axis=1)
        blocked = self.blocked(flat).reshape(x.shape[:2]).any(axis=1)
        return np.where(blocked, np.inf, total)

    def blocked(self, x: Points) -> NDArray[np.bool_]:
        """Whether points lie in a forbidden region, shape ``(count,)``."""
        inside = np.zeros(len(x), bool)
        for region in self.forbidden:
            inside |= np.linalg.norm(x - region.centre, axis=1) < region.radius
        return inside


def root_of(weights: Sequence[float] | NDArray[np.floating], size: int) -> Points:
    """A square root of the player's weights over perceptual features.

    Args:
        weights: One number for each feature, at least 0, or a symmetric positive semi-definite
            matrix.
        size: How many features there are.

    Returns:
        ``R`` with ``R^T R = W``, shape ``(size, size)``.

    Raises:
        CheironError: If it is neither.

    >>> root_of([4.0, 0.0], 2).tolist()
    [[2.0, 0.0], [0.0, 0.0]]
    """
    w = np.asarray(weights, np.float64)
    wrong = CheironError(
        f"perceptual weights of the shape {w.shape} were given; expected {size} numbers of at "
        f"least 0, or a symmetric matrix of {size} x {size} without negative eigenvalues."
    )
    if not np.isfinite(w).all():
        raise wrong
    if w.shape == (size,) and (w >= 0).all():
        return np.diag(np.sqrt(w))
    if w.shape != (size, size) or not np.allclose(w, w.T):
        raise wrong
    values, vectors = np.linalg.eigh(w)
    if values.min() < -1e-8 * max(values.max(), 1e-12):
        raise wrong
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def _inside(x: Points, region: Forbidden) -> tuple[Points, Points]:
    """How deep points are in a region, 0 outside and 1 in its middle, and that depth's gradient."""
    away = x - region.centre
    distance = np.maximum(np.linalg.norm(away, axis=1), 1e-9)
    reach = region.radius * (1.0 + _EDGE)
    depth = np.maximum(1.0 - distance / reach, 0.0)
    slope = np.where(depth > 0, -1.0 / (reach * distance), 0.0)
    return depth, slope[:, None] * away
