"""A flat map of landmarks on which what sounds alike is near."""

import numpy as np
from numpy.typing import NDArray

from cheiron.training.cover import Points, fill_map

_ROUNDS = 300


def lay_out(phi: Points) -> NDArray[np.float32]:
    """Places on a map in [0, 1] by perceptual distances: what sounds alike is near, none hides.

    Classical scaling (Torgerson 1952) begins, majorisation of the stress (SMACOF: de Leeuw 1977)
    ends; then the map is filled as every map here is, see
    :func:`cheiron.training.cover.fill_map`.

    Args:
        phi: Perceptual features of what to lay out, shape ``(count, K)``.

    Returns:
        Shape ``(count, 2)``.
    """
    if len(phi) < 3:
        return fill_map(np.zeros((len(phi), 2)))
    return fill_map(flat_map(distances_of(phi)))


def distances_of(phi: Points) -> Points:
    """Distances between all pairs, shape ``(count, count)``."""
    return np.sqrt(((phi[:, None] - phi[None]) ** 2).sum(axis=2))


def flat_map(distances: Points) -> Points:
    """Points of the plane whose distances are as near as can be to those given.

    Args:
        distances: Shape ``(count, count)``, symmetric, zero on its diagonal.

    >>> line = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    >>> flat = flat_map(line)
    >>> bool(np.allclose(np.hypot(*(flat[:, None] - flat[None]).T), line, atol=1e-3))
    True
    """
    count = len(distances)
    centring = np.eye(count) - 1.0 / count
    values, vectors = np.linalg.eigh(-0.5 * centring @ distances**2 @ centring)
    top = vectors[:, ::-1][:, :2]
    top = top * np.sign(top[np.argmax(np.abs(top), axis=0), range(2)])
    flat = top * np.sqrt(np.maximum(values[::-1][:2], 1e-12))
    for _ in range(_ROUNDS):
        away = _apart(flat)
        ratio = np.where(away > 1e-12, distances / np.maximum(away, 1e-12), 0.0)
        pull = -ratio
        pull[np.arange(count), np.arange(count)] += ratio.sum(axis=1)
        flat = pull @ flat / count
    return flat


def stress(distances: Points, flat: Points) -> float:
    """Kruskal's stress-1 of a map at its best scale: 0 where distances agree."""
    away = _apart(flat)
    scale = (away * distances).sum() / max((away**2).sum(), 1e-12)
    return float(np.sqrt(((scale * away - distances) ** 2).sum() / (distances**2).sum()))


def trustworthiness(distances: Points, flat: Points, neighbours: int = 10) -> float:
    """How far neighbours on a map are true neighbours: 1 at best (Venna & Kaski 2001)."""
    count = len(distances)
    far = distances.copy()
    np.fill_diagonal(far, -1.0)
    ranks = np.argsort(np.argsort(far, axis=1), axis=1)  # 0 is the point itself
    away = _apart(flat)
    np.fill_diagonal(away, np.inf)
    near = np.argsort(away, axis=1)[:, :neighbours]
    excess = np.maximum(np.take_along_axis(ranks, near, axis=1) - neighbours, 0).sum()
    return float(1 - 2.0 / (count * neighbours * (2 * count - 3 * neighbours - 1)) * float(excess))


def _apart(flat: Points) -> Points:
    return np.hypot(*(flat[:, None] - flat[None]).transpose(2, 0, 1))
