"""Densities on the sphere S² made of von Mises-Fisher kernels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Unit vectors, shape ``(points, 3)``."""

FINEST = 2e-4
"""Narrowest kernel, in radians (1.3 km on the globe). Where places repeat, the likelihood has no
upper bound as kernels shrink; this is what bounds it."""

UNIFORM = float(-np.log(4 * np.pi))
"""Log density of the uniform distribution."""

_NEIGHBOURS = (2, 4, 8, 16, 32, 64)
_FACTORS = (0.35, 0.7, 1.4)
_FOLDS = 5
_ROUNDS = 500
_CHUNK = 512
_LEAST = 1e-3  # kernels of less weight are left out


@dataclass(frozen=True, eq=False)
class KernelDensity:
    """A mixture of sets of kernels, each with a width of its own for every centre; and uniform.

    ``p(x) = u / (4 pi) + sum_s w_s sum_i m_i vMF(x; centre_i, 1 / width_si²)``, which integrates
    to one by construction.

    Args:
        centres: Shape ``(N, 3)``.
        widths: Radians, shape ``(sets, N)``.
        weights: Shape ``(sets + 1,)``, adding up to 1; the last is that of the uniform.
        mass: What each centre counts, ``(N,)``, adding up to 1; all the same when absent.
    """

    centres: Points
    widths: NDArray[np.float64]
    weights: NDArray[np.float64]
    mass: NDArray[np.float64] | None = None

    def log_prob(self, x: Points) -> NDArray[np.float64]:
        """Log density at unit vectors, shape ``(points,)``."""
        parts = np.exp(self.parts(x))
        return np.log(parts @ self.weights)

    def parts(self, x: Points) -> NDArray[np.float64]:
        """Log density of every set and of the uniform, shape ``(points, sets + 1)``."""
        out = np.full((len(x), len(self.widths) + 1), UNIFORM)
        sharp = 1.0 / np.square(self.widths)
        mass = 1.0 / len(self.centres) if self.mass is None else self.mass
        scale = sharp / (2 * np.pi * -np.expm1(-2 * sharp)) * mass
        for start in range(0, len(x), _CHUNK):
            some = slice(start, start + _CHUNK)
            short = np.minimum(x[some] @ self.centres.T - 1.0, 0.0)
            for number in range(len(sharp)):
                density = np.exp(short * sharp[number]) @ scale[number]
                out[some, number] = np.log(density + 1e-300)
        return out


def fit_adaptive(points: Points, seed: int = 0) -> KernelDensity:
    """Kernels as wide as their neighbourhood is sparse, at several scales at once.

    Each set of kernels has widths in proportion to the distance to the 2nd, 4th … 64th neighbour
    (Breiman, Meisel, Purcell 1977; Abramson 1982). How much each set counts is found by expectation
    maximisation on points that its kernels have not seen, in five folds, which is stacking
    (Smyth, Wolpert 1999). Needs no validation points.

    Args:
        points: Training points, at least ten.
        seed: Of the folds.
    """
    folds = np.random.default_rng(seed).permutation(len(points)) % _FOLDS
    seen = [_kernels(points[folds != fold]).parts(points[folds == fold]) for fold in range(_FOLDS)]
    weights = mixture_weights(np.concatenate(seen))
    weights[-1] += _LEAST  # a place unlike all others is never impossible
    kept = weights > _LEAST
    kept[-1] = True
    weights = weights[kept] / weights[kept].sum()
    return KernelDensity(points, _kernels(points).widths[kept[:-1]], weights)


def fit_fixed(points: Points, validation: Points) -> KernelDensity:
    """Plain kernel density: one width for all, and 2 % uniform; the width by validation."""
    best: tuple[float, KernelDensity] | None = None
    for width in np.geomspace(0.003, 0.3, 20):
        widths = np.full((1, len(points)), width)
        density = KernelDensity(points, widths, np.array([0.98, 0.02]))
        loss = -float(density.log_prob(validation).mean())
        if best is None or loss < best[0]:
            best = loss, density
    assert best is not None
    return best[1]


def mixture_weights(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that make a mixture of given densities most likely, by expectation maximisation.

    Args:
        parts: Log densities, shape ``(points, densities)``.

    >>> mixture_weights(np.log([[1.0, 9.0], [1.0, 9.0]])).round(2).tolist()
    [0.0, 1.0]
    """
    density = np.exp(parts - parts.max(axis=1, keepdims=True))
    weights = np.full(parts.shape[1], 1.0 / parts.shape[1])
    for _ in range(_ROUNDS):
        share = density * weights
        weights = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
    return weights


def _kernels(points: Points) -> KernelDensity:
    """Every set, equally weighted."""
    last = min(_NEIGHBOURS[-1], len(points) - 1)
    near = np.empty((len(points), last + 1))
    for start in range(0, len(points), _CHUNK):
        cosine = points[start : start + _CHUNK] @ points.T
        nearest = -np.partition(-cosine, last, axis=1)[:, : last + 1]
        near[start : start + _CHUNK] = -np.sort(-nearest, axis=1)
    reach = np.arccos(np.clip(near, -1.0, 1.0))
    widths = [c * reach[:, min(k, last)] for k in _NEIGHBOURS for c in _FACTORS]
    clipped = np.clip(np.array(widths), FINEST, 1.0)
    return KernelDensity(points, clipped, np.full(len(widths) + 1, 1.0 / (len(widths) + 1)))


def fit_mixture(
    points: Points, validation: Points, seed: int = 0, sizes: tuple[int, ...] = (10, 30, 100)
) -> KernelDensity:
    """A mixture of von Mises-Fisher distributions by expectation maximisation; size by validation.

    Reference: Banerjee et al.: "Clustering on the Unit Hypersphere using von Mises-Fisher
    Distributions", JMLR 2005.
    """
    rng = np.random.default_rng(seed)
    fits = [_mixture(points, min(size, len(points) // 2), rng) for size in sizes]
    return max(fits, key=lambda density: float(density.log_prob(validation).mean()))


def _mixture(points: Points, size: int, rng: np.random.Generator) -> KernelDensity:
    centres = points[rng.choice(len(points), size, replace=False)]
    sharp, weights = np.full(size, 20.0), np.full(size, 1.0 / size)
    for _ in range(100):
        scale = sharp / (2 * np.pi * -np.expm1(-2 * sharp))
        share = weights * scale * np.exp((points @ centres.T - 1.0) * sharp) + 1e-300
        share /= share.sum(axis=1, keepdims=True)
        total = share.sum(axis=0) + 1e-12
        mean = share.T @ points
        length = np.linalg.norm(mean, axis=1) + 1e-12
        mean_length = np.minimum(length / total, 1.0 - 1e-9)
        centres, weights = mean / length[:, None], total / total.sum()
        sharp = np.clip(mean_length * (3 - mean_length**2) / (1 - mean_length**2), 0.1, 1e4)
    return KernelDensity(centres, 1.0 / np.sqrt(sharp)[None], np.array([1.0, 0.0]), weights)
