"""A few points that cover many, and a flat map of them on which none hides another."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

_ROUNDS = 12
_PUSHES = 300
_ROOM = 0.75  # wanted distance on the map, in spacings of a square grid


def medoids(points: Points, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Points in the middle of the clusters of a k-means.

    It starts from points drawn far from each other (Arthur & Vassilvitskii 2007), so rare points
    are covered too.

    Args:
        points: What to cover.
        count: How many to choose; fewer where there are fewer different points.
        rng: Fixes the draw.

    Returns:
        Their indices, rising, each once.

    >>> four = np.array([[0.0], [0.1], [5.0], [5.0]])
    >>> [int(four[i, 0]) for i in medoids(four, 2, np.random.default_rng(0))]
    [0, 5]
    """
    if not len(points) or count < 1:
        return np.zeros(0, np.int64)
    centres = points[_far_apart(points, count, rng)]
    squares = (points * points).sum(axis=1)
    for _ in range(_ROUNDS):
        nearest = np.argmin((centres * centres).sum(axis=1) - 2 * points @ centres.T, axis=1)
        sizes = np.bincount(nearest, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, points)
        centres = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
    distances = squares[:, None] - 2 * points @ centres.T
    return np.unique(np.argmin(distances, axis=0)).astype(np.int64)


def spread_out(points: Points) -> NDArray[np.float32]:
    """Places on a map in [0, 1]: neighbours stay neighbours, nobody covers anybody.

    The two directions of most variance, made a map by :func:`fill_map`.

    Args:
        points: What to lay out.

    Returns:
        Shape ``(count, 2)``; equal points give equal maps on every run.
    """
    return fill_map(_two_widest(points) if len(points) else np.zeros((0, 2)))


def fill_map(flat: Points) -> NDArray[np.float32]:
    """Places on a map in [0, 1] of points that lie in a plane, however they crowd there.

    Each coordinate is replaced by its rank so that the map is filled, halfway to a grid, then
    places are pushed apart where two are too close.

    Args:
        flat: Shape ``(count, 2)``.

    Returns:
        Shape ``(count, 2)``.
    """
    count = len(flat)
    if count < 2:
        return np.full((count, 2), 0.5, np.float32)
    place = ((_ranks(flat) + 0.5) / count + _grid(flat)) / 2
    room = _ROOM / np.ceil(np.sqrt(count))
    margin = room / 2
    for _ in range(_PUSHES):
        apart = place[:, None] - place[None]
        distance = np.sqrt((apart**2).sum(axis=2))
        np.fill_diagonal(distance, np.inf)
        if distance.min() >= 0.9 * room:  # the last tenth takes for ever
            break
        lack = np.maximum(room - distance, 0.0)
        push = apart * (lack / np.maximum(distance, 1e-9))[..., None]
        place = np.clip(place + 0.4 * push.sum(axis=1), margin, 1 - margin)
    return place.astype(np.float32)


def _ranks(values: Points) -> NDArray[np.intp]:
    order = np.argsort(values, axis=0, kind="stable")
    return np.argsort(order, axis=0, kind="stable")


def _grid(flat: Points) -> Points:
    """Cells of a square grid: columns by the first coordinate, in each of them rows by the second.

    Equal columns hold different rows, so that even points on a line, or all in one place, part.
    """
    side = int(np.ceil(np.sqrt(len(flat))))
    column = _ranks(flat[:, 0]) // side
    order = np.lexsort((flat[:, 1], column))
    row = np.empty(len(flat), np.intp)
    row[order] = np.arange(len(flat)) % side
    return (np.stack([column, row], axis=1) + 0.5) / side


def _far_apart(points: Points, count: int, rng: np.random.Generator) -> list[int]:
    """Indices, each drawn with a chance that grows with the squared distance to those before."""
    chosen = [int(rng.integers(len(points)))]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(count, len(points)) and nearest.max() > 1e-12:
        chosen.append(int(rng.choice(len(points), p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _two_widest(points: Points) -> Points:
    centred = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    widest = vectors[:, ::-1][:, :2]
    widest = widest * np.sign(widest[np.argmax(np.abs(widest), axis=0), range(widest.shape[1])])
    flat = centred @ widest
    return np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
