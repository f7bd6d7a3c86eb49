"""Which gesture was that? A vote of a few examples, each seen in several ways."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BAND = 8  # of 40 points that a course may lag behind another
_PAIRS = 3000  # at a time
_SHARPNESS = 8.0
_RIDGE = 0.1
_BLUR = 0.02  # squared units of a cloud within which a point may be carried anywhere
_ROUNDS = 12


def warped(a: Array, b: Array) -> Array:
    """Dynamic time warping of all courses against all others, many pairs at once.

    Reference: Sakoe, Chiba, IEEE Trans. ASSP 26, 1978; the band is theirs.

    Args:
        a: Shape ``(N, T, D)``.
        b: Shape ``(M, T, D)``.

    Returns:
        Sums of squared distances along the best warp, shape ``(N, M)``.

    >>> x = np.zeros((1, 5, 1)); warped(x, x + 1.0)
    array([[5.]])
    """
    first, second = (i.ravel() for i in np.indices((len(a), len(b))))
    out = np.empty(len(first))
    for begin in range(0, len(first), _PAIRS):
        part = slice(begin, begin + _PAIRS)
        out[part] = _warp(a[first[part]], b[second[part]])
    return out.reshape(len(a), len(b))


def _warp(a: Array, b: Array) -> Array:
    """One pair after another, anti-diagonal by anti-diagonal."""
    x, y = a.astype(np.float32), b.astype(np.float32)
    size = x.shape[1]
    square = (x**2).sum(axis=2)[:, :, None] + (y**2).sum(axis=2)[:, None]
    apart = np.ascontiguousarray((square - 2 * x @ y.transpose(0, 2, 1)).transpose(1, 2, 0))
    cost = np.full((size + 1, size + 1, len(a)), np.inf, np.float32)
    cost[0, 0] = 0.0
    for diagonal in range(2, 2 * size + 1):
        i = np.arange(max(1, diagonal - size), min(size, diagonal - 1) + 1)
        i = i[np.abs(2 * i - diagonal) <= _BAND]
        j = diagonal - i
        before = np.minimum(np.minimum(cost[i - 1, j], cost[i, j - 1]), cost[i - 1, j - 1])
        cost[i, j] = apart[i - 1, j - 1] + before
    return cost[size, size].astype(np.float64)


def clouds(a: Array, b: Array) -> Array:
    """Mean squared distance of each point to the nearest of the other cloud, both ways.

    The order in which the points were drawn does not count.

    Args:
        a: Shape ``(N, P, D)``.
        b: Shape ``(M, P, D)``.
    """
    out = np.empty((len(a), len(b)))
    for index, points in enumerate(a):
        square = (points**2).sum(axis=1)[:, None] + (b**2).sum(axis=2)[:, None]
        apart = square - 2 * np.einsum("pd,mqd->mpq", points, b)
        out[index] = apart.min(axis=2).mean(axis=1) + apart.min(axis=1).mean(axis=1)
    return np.maximum(out, 0.0)


def transports(a: Array, b: Array) -> Array:
    """Mean squared way that points go when one cloud is carried over into the other.

    Every point is carried and every place filled, so that a cloud that lacks a stroke lies far
    away, which :func:`clouds` hardly sees. Entropic transport, a dozen rounds.

    Reference: Cuturi: "Sinkhorn distances", NeurIPS 2013.

    Args:
        a: Shape ``(N, P, D)``.
        b: Shape ``(M, P, D)``.

    >>> transports(np.zeros((1, 4, 2)), np.ones((1, 4, 2))).round(3).tolist()
    [[2.0]]
    """
    x, y = a.astype(np.float32), b.astype(np.float32)
    out = np.empty((len(x), len(y)))
    square = (y**2).sum(axis=2)[:, None]
    count = x.shape[1]
    for index, points in enumerate(x):
        apart = (points**2).sum(axis=1)[:, None] + square - 2 * points @ y.transpose(0, 2, 1)
        # The nearest is taken off before the exponential, so that nothing far away vanishes.
        low = apart.min(axis=2, keepdims=True)
        near = np.exp((low - apart) / np.float32(_BLUR)) + np.float32(1e-12)
        here = there = np.full((len(y), count, 1), 1.0 / count, np.float32)
        for _ in range(_ROUNDS):
            here = 1.0 / (count * (near @ there))
            there = 1.0 / (count * (here.transpose(0, 2, 1) @ near)).transpose(0, 2, 1)
        carried = here * near * there.transpose(0, 2, 1)
        out[index] = (carried * np.maximum(apart, 0.0)).sum(axis=(1, 2))
    return out


class Vote:
    """Kernel ridge classification by the mean of several kernels, from a few examples.

    ``K = mean_g exp(-s d_g / m_g)`` with m_g the median distance between examples in the g-th way
    of looking; the class is the largest component of ``K_*(K + lambda I)^-1 T``. Ways that
    disagree thus outvote each other, and an example that is like no other keeps its say.

    Args:
        distances: Between all examples, shape ``(G, N, N)``.
        labels: Class of each example, shape ``(N,)``.
    """

    def __init__(self, distances: Array, labels: Sequence[int]) -> None:
        self.classes, owners = np.unique(np.asarray(labels), return_inverse=True)
        count = len(owners)
        other = ~np.eye(count, dtype=bool)
        medians = [float(np.median(d[other])) if count > 1 else 1.0 for d in distances]
        self._scale = _SHARPNESS / np.maximum(medians, 1e-12)
        target = (owners[:, None] == np.arange(len(self.classes))).astype(np.float64)
        self._weights = np.linalg.solve(self._kernel(distances) + _RIDGE * np.eye(count), target)

    def _kernel(self, distances: Array) -> Array:
        return np.exp(-distances * self._scale[:, None, None]).mean(axis=0)

    def scores(self, distances: Array) -> Array:
        """How far each gesture is of each class; distances to the examples ``(G, M, N)``."""
        return self._kernel(distances) @ self._weights

    def classify(self, distances: Array) -> NDArray[np.int64]:
        """The class of each gesture, shape ``(M,)``."""
        return self.classes[self.scores(distances).argmax(axis=1)]
