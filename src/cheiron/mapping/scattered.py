"""Smooth interpolation between scattered points."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_REACH = 1.2  # the farthest point that counts, in distances to the k-th neighbour
_SAME = 1e-12  # squared distance below which two points are one
_CELLS = 32  # along each side of a unit square


class Scattered:
    """Values known at some points, and everywhere between them.

    Inverse-distance weights of local support (Franke and Little's form of Shepard's method):
    ``w_i = (1 / d_i - 1 / r)^2`` for points nearer than ``r``, which follows the distance to the
    k-th neighbour. At a point the value is exactly its own; in between it changes without jumps
    and stays within what the neighbours say.

    Reference: Franke, Nielson: "Smooth interpolation of large sets of scattered data",
    International Journal for Numerical Methods in Engineering 15, 1980.

    Args:
        points: Shape ``(N, D)``, at least one.
        values: Shape ``(N, K)``.
        neighbours: How many points speak at any place, about.

    >>> line = Scattered(np.array([[0.0], [1.0]]), np.array([[5.0], [7.0]]))
    >>> line.at([0.0]), line.at([0.5])
    ([5.0], [6.0])
    """

    def __init__(self, points: NDArray[Any], values: NDArray[Any], neighbours: int = 6) -> None:
        self._points = np.ascontiguousarray(points, dtype=np.float64)
        ones = np.ones((len(points), 1))  # so that one product gives the sum of the weights too
        self._values = np.concatenate([np.asarray(values, dtype=np.float64), ones], axis=1)
        self._norms = (self._points**2).sum(axis=1)
        self._nth = min(neighbours, len(points)) - 1

    def at(self, place: list[float]) -> list[float]:
        """The values at a place of D coordinates."""
        # |p - x|^2 = |x|^2 + (|p|^2 - 2 p.x); the first term is the same for all points.
        square = self._points @ [-2.0 * x for x in place]
        square += self._norms
        common = sum([x * x for x in place])
        ranked = square.copy()
        ranked.partition(self._nth)
        reach = _REACH * _REACH * (float(ranked[self._nth]) + common)
        near = (square < reach - common).nonzero()[0]
        nearest = near[square[near].argmin()] if near.size else square.argmin()
        if square[nearest] + common < _SAME:
            return self._values[nearest, :-1].tolist()
        weights = (square[near] + common) ** -0.5
        weights -= reach**-0.5
        weights *= weights
        return _mean(weights, self._values[near])


class ScatteredOnSquare:
    """:class:`Scattered` for points on the unit square, three times as fast.

    The square is cut into cells; each knows the few points that can speak inside it, so that
    finding the nearest needs no look at all the others.

    Args:
        points: Shape ``(N, 2)``, at least one.
        values: Shape ``(N, K)``.
        neighbours: How many points speak at any place, about.
    """

    def __init__(self, points: NDArray[Any], values: NDArray[Any], neighbours: int = 6) -> None:
        points = np.asarray(points, dtype=np.float64)
        ones = np.ones((len(points), 1))
        self._values = np.concatenate([np.asarray(values, dtype=np.float64), ones], axis=1)
        self._nth = min(neighbours, len(points)) - 1
        self._cells = _cells_of(points.tobytes(), self._nth)

    def at(self, x: float, y: float) -> list[float]:
        """The values at a place; one outside the square counts as the nearest on its edge."""
        x, y = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
        last = _CELLS - 1
        cell = self._cells[min(int(y * _CELLS), last) * _CELLS + min(int(x * _CELLS), last)]
        squares = [(x - u) * (x - u) + (y - v) * (y - v) for _, u, v in cell]
        reach = _REACH * _REACH * sorted(squares)[self._nth]
        edge = reach**-0.5 if reach > 0.0 else 0.0
        near: list[int] = []
        weights: list[float] = []
        for square, (index, _, _) in zip(squares, cell, strict=True):
            if square < _SAME:
                return self._values[index, :-1].tolist()
            if square < reach:
                near.append(index)
                weights.append((square**-0.5 - edge) ** 2)
        return _mean(np.array(weights), self._values[near])


@lru_cache(maxsize=8)
def _cells_of(points: bytes, nth: int) -> list[list[tuple[int, float, float]]]:
    """The points that can speak in each cell, row by row.

    They are remembered, for one map of a model serves all its control spaces, and this takes a
    tenth of a second.
    """
    there = np.frombuffer(points).reshape(-1, 2)
    cells: list[list[tuple[int, float, float]]] = []
    half = 0.5**0.5 / _CELLS  # from the middle of a cell to its corner
    for row in range(_CELLS):
        for column in range(_CELLS):
            middle = ((column + 0.5) / _CELLS, (row + 0.5) / _CELLS)
            away = np.hypot(*(there - middle).T)
            reach = _REACH * (np.partition(away, nth)[nth] + half) + half
            near = np.flatnonzero(away <= reach)
            cells.append([(int(i), *there[i].tolist()) for i in near])
    return cells


def _mean(weights: NDArray[np.float64], values: NDArray[np.float64]) -> list[float]:
    """The weighted mean of rows whose last column is 1."""
    *sums, total = (weights @ values).tolist()
    return [value / total for value in sums]
