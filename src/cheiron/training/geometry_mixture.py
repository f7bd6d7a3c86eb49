"""Fit the densities of a geometry: one that paths are made with, one that they are judged by."""

import numpy as np

from cheiron.control.geometry_density import Kernels, Mixture, Points
from cheiron.training.cover import medoids

COMPONENTS = 32
"""Gaussians of a mixture, at most."""

_LEAST = 0.01  # variance in any direction, in standard deviations of the corpus squared
_ROUNDS = 40
_PER_COMPONENT = 40  # points that each one needs at least
_WIDTHS = (0.1, 0.14, 0.2, 0.28, 0.4, 0.56, 0.8)


def fit_mixture(x: Points, seed: int = 0, components: int = COMPONENTS) -> Mixture:
    """A mixture of full-covariance Gaussians by expectation maximisation.

    Args:
        x: Shape ``(count, D)``, standardised.
        seed: Fixes where it begins.
        components: How many, at most.

    >>> x = np.random.default_rng(0).normal(size=(400, 2))
    >>> bool(fit_mixture(x).log_prob(x).mean() > -3.0)
    True
    """
    count, size = x.shape
    components = max(1, min(components, count // _PER_COMPONENT))
    means = x[medoids(x, components, np.random.default_rng(seed))]
    near = ((x[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)
    share = np.eye(len(means))[near]
    mixture = _maximised(x, share, size)
    for _ in range(_ROUNDS):
        share = mixture._terms(x)[1].T  # pyright: ignore[reportPrivateUsage]
        mixture = _maximised(x, share, size)
    return mixture


def fit_kernels(x: Points, others: Points) -> Kernels:
    """Kernels on some points, as wide as makes other points likeliest.

    Args:
        x: Where they stand, shape ``(count, D)``.
        others: Points of other clips.
    """
    tried = [Kernels(x, width) for width in _WIDTHS]
    return max(tried, key=lambda kernels: float(kernels.log_prob(others).mean()))


def _maximised(x: Points, share: Points, size: int) -> Mixture:
    """The mixture that fits given shares best."""
    mass = share.sum(axis=0) + 1e-9
    means = (share.T @ x) / mass[:, None]
    whiten = np.empty((len(mass), size, size))
    for k, (weight, mean) in enumerate(zip(mass, means, strict=True)):
        away = x - mean
        covariance = (share[:, k, None] * away).T @ away / weight + _LEAST * np.eye(size)
        whiten[k] = np.linalg.inv(np.linalg.cholesky(covariance))
    return Mixture(mass / mass.sum(), means, whiten)
