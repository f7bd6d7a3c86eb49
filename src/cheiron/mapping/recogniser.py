"""Which gesture was that? A vote of a few examples, each seen in several ways."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BAND = 8  # of 40 points that a course may lag behind another
_PAIRS = 3000  # at a time
_SHARPNESS = 8.0  # of drawings: a way speaks where it sees a close match
_BREADTH = 2.0  # of movements, which never come twice alike
_RIDGE = 0.1
_BLUR = 0.02  # squared units of a cloud within which a point may be carried anywhere
_ROUNDS = 12
_SHARES = np.linspace(0.1, 0.7, 5)  # that movement may have in a vote
_ONCE, _AGAIN = 0.5, 0.8  # how exactly a drawing, and a repeated movement, comes again
_DOUBT = 3.0  # errors that must be saved to move all of the weight


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


def squares(a: Array, b: Array) -> Array:
    """Squared Euclidean distances between all rows of ``(N, D)`` and of ``(M, D)``.

    >>> squares(np.zeros((1, 2)), np.ones((1, 2))).tolist()
    [[2.0]]
    """
    norms = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)
    return np.maximum(norms - 2 * a @ b.T, 0.0)


def mirrored(a: Array, b: Array) -> Array:
    """Squared distances of quantiles, each axis as it is or turned round, whichever is nearer.

    A watch on the other wrist turns axes round.

    Args:
        a: Rising quantiles of each axis, symmetric about the median, shape ``(N, Q, D)``.
        b: Shape ``(M, Q, D)``.

    >>> one = np.array([[[1.0], [2.0], [4.0]]]); mirrored(one, -one[:, ::-1]).tolist()
    [[0.0]]
    """
    axes = range(a.shape[2])
    as_is = [squares(a[:, :, axis], b[:, :, axis]) for axis in axes]
    turned = [squares(a[:, :, axis], -b[:, ::-1, axis]) for axis in axes]
    return np.minimum(as_is, turned).sum(axis=0)


class Vote:
    """Kernel ridge classification by the mean of several kernels, from a few examples.

    ``K = sum_g w_g exp(-s d_g / m_g)`` with m_g the median distance between examples in the g-th
    way of looking; the class is the largest component of ``K_*(K + lambda I)^-1 T``. Ways that
    disagree thus outvote each other, and an example that is like no other keeps its say.

    Ways of looking at drawings share one weight, ways of looking at movements the rest. Movements
    get more of it where the examples repeat themselves, and where, each left out in turn, more of
    them would have been recognised so (in closed form: Rasmussen, Williams, "Gaussian Processes for
    Machine Learning", 2006, 5.4.2).

    Args:
        distances: Between all examples, shape ``(G, N, N)``.
        labels: Class of each example, shape ``(N,)``.
        moving: How many ways, the last ones, look at movement; the others at drawing.
        again: How exactly each example repeats itself, 0 to 1.
    """

    def __init__(
        self,
        distances: Array,
        labels: Sequence[int],
        moving: int = 0,
        again: Sequence[float] = (0.0,),
    ) -> None:
        self.classes, owners = np.unique(np.asarray(labels), return_inverse=True)
        count = len(owners)
        other = ~np.eye(count, dtype=bool)
        medians = [float(np.median(d[other])) if count > 1 else 1.0 for d in distances]
        self._drawn = len(distances) - moving
        sharpness = np.repeat([_SHARPNESS, _BREADTH], [self._drawn, moving])
        self._scale = sharpness / np.maximum(medians, 1e-12)
        target = (owners[:, None] == np.arange(len(self.classes))).astype(np.float64)
        self.share = 0.0
        if moving:
            self.share = self._shared(distances, target, float(np.median(again)))
        self._weights = _solved(self._kernel(distances, self.share), target)

    def _shared(self, distances: Array, target: Array, again: float) -> float:
        """What movement has in the vote: as the examples repeat, and as they find each other."""
        expected = float(np.interp(again, (_ONCE, _AGAIN), (_SHARES[0], _SHARES[-1])))
        costs = [
            _left_out(self._kernel(distances, share), target) + _DOUBT * abs(share - expected)
            for share in _SHARES
        ]
        return float(_SHARES[int(np.argmin(costs))])

    def _kernel(self, distances: Array, share: float) -> Array:
        near = np.exp(-distances * self._scale[:, None, None])
        drawn, moved = near[: self._drawn], near[self._drawn :]
        if not len(moved):
            return drawn.mean(axis=0)
        return (1 - share) * drawn.mean(axis=0) + share * moved.mean(axis=0)

    def scores(self, distances: Array) -> Array:
        """How far each gesture is of each class; distances to the examples ``(G, M, N)``."""
        return self._kernel(distances, self.share) @ self._weights

    def classify(self, distances: Array) -> NDArray[np.int64]:
        """The class of each gesture, shape ``(M,)``."""
        return self.classes[self.scores(distances).argmax(axis=1)]


def _solved(kernel: Array, target: Array) -> Array:
    solved = np.linalg.solve(kernel + _RIDGE * np.eye(len(kernel)), target)
    return solved.astype(np.float64)


def _left_out(kernel: Array, target: Array) -> int:
    """How many examples the others of their class, where there are any, would not recognise."""
    inverse = np.linalg.inv(kernel + _RIDGE * np.eye(len(kernel)))
    said = target - inverse @ target / np.diag(inverse)[:, None]
    judged = (target @ target.sum(axis=0)) > 1
    return int((said.argmax(axis=1) != target.argmax(axis=1))[judged].sum())
