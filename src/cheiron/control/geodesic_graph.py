"""Shortest paths over a graph of corpus points, fast enough to be asked for while playing."""

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

Index = NDArray[np.int64]

BEACONS = 24
"""Nodes from which every distance is known beforehand."""


@dataclass(frozen=True, eq=False)
class Graph:
    """An undirected graph with lengths, and what makes searching it fast.

    The search is A* with the triangle inequality over a few beacons (ALT: Goldberg & Harrelson,
    SODA 2005): ``|d(beacon, end) - d(beacon, node)|`` never exceeds what is left of the way.

    Args:
        pairs: Edges, each once, shape ``(edges, 2)``.
        lengths: Shape ``(edges,)``, at least 0; inf is no way.
        nodes: How many nodes.
        from_beacons: Distance from each beacon to each node, shape ``(beacons, nodes)``.

    >>> path = Graph.of(np.array([[0, 1], [1, 2], [0, 2]]), np.array([1.0, 1.0, 3.0]), 3)
    >>> path.shortest({0: 0.0}, {2: 0.5})
    ([0, 1, 2], 2.5)
    """

    pairs: Index
    lengths: Points
    nodes: int
    from_beacons: Points

    @classmethod
    def of(cls, pairs: Index, lengths: Points, nodes: int) -> "Graph":
        """The graph with its beacons chosen: each as far as can be from those before."""
        bare = cls(pairs, lengths, nodes, np.zeros((0, nodes)))
        found: list[Points] = []
        beacon = 0
        for _ in range(min(BEACONS, nodes)):
            away = np.array(bare.distances(beacon))
            found.append(away)
            nearest = np.min(found, axis=0)
            beacon = int(np.where(np.isfinite(nearest), nearest, -1.0).argmax())
        return cls(pairs, lengths, nodes, np.array(found))

    def distances(self, start: int) -> list[float]:
        """The distance of every node from one, inf where there is no way."""
        away = [float("inf")] * self.nodes
        away[start] = 0.0
        heap = [(0.0, start)]
        while heap:
            reached, node = heapq.heappop(heap)
            if reached > away[node]:
                continue
            for other, length in self._near[node]:
                total = reached + length
                if total < away[other]:
                    away[other] = total
                    heapq.heappush(heap, (total, other))
        return away

    def shortest(
        self, starts: dict[int, float], ends: dict[int, float], limit: float = float("inf")
    ) -> tuple[list[int], float] | None:
        """The shortest way from any start to any end; None where none is shorter than a limit.

        Args:
            starts: Nodes and what it costs to get to them.
            ends: Nodes and what it costs from there.
            limit: What is as long as this is not looked for.

        Returns:
            The nodes in order, and the length with both costs.
        """
        left = self._left(ends)
        best: dict[int, float] = {}
        came: dict[int, int] = {}
        heap = [(cost + left[node], cost, node, -1) for node, cost in starts.items()]
        heapq.heapify(heap)
        near, end = self._near, self.nodes
        while heap:
            least, reached, node, before = heapq.heappop(heap)
            if least >= limit:
                return None
            if node in came:
                continue
            came[node] = before
            if node == end:
                return _back(came, before), reached
            if node in ends:
                heapq.heappush(heap, (reached + ends[node], reached + ends[node], end, node))
            for other, length in near[node]:
                total = reached + length
                if other not in came and total < best.get(other, _FAR):
                    best[other] = total
                    if total + left[other] < limit:
                        heapq.heappush(heap, (total + left[other], total, other, node))
        return None

    def _left(self, ends: dict[int, float]) -> list[float]:
        """At least how far it is from each node to the end."""
        if not len(self.from_beacons):
            return [0.0] * self.nodes
        index = np.fromiter(ends, np.int64, len(ends))
        costs = np.fromiter(ends.values(), np.float32, len(ends))
        away = self._beacons
        at_ends = away[:, index]
        known = np.isfinite(at_ends).all(axis=1)
        if not known.all():
            away, at_ends = away[known], at_ends[known]
        beyond = (at_ends + costs).min(axis=1)[:, None] - away  # the end lies behind the node
        before = away - (at_ends - costs).max(axis=1)[:, None]  # the node lies behind the end
        bound = np.maximum(beyond, before).max(axis=0, initial=0.0)
        # A hair less: rounding must not make the bound exceed the way.
        bound *= np.float32(0.99999)
        return bound.tolist()

    @cached_property
    def _beacons(self) -> NDArray[np.float32]:
        """Distances from the beacons, half as large in memory; no way is as far as can be."""
        return self.from_beacons.astype(np.float32)

    @cached_property
    def _near(self) -> list[list[tuple[int, float]]]:
        """Neighbours of each node with their lengths."""
        found: list[list[tuple[int, float]]] = [[] for _ in range(self.nodes)]
        for (a, b), length in zip(self.pairs.tolist(), self.lengths.tolist(), strict=True):
            if length < _FAR:
                found[a].append((b, length))
                found[b].append((a, length))
        return found


_FAR = float("inf")


def neighbours(x: Points, count: int) -> Index:
    """Edges between every point and its nearest ones, and as few more as make it one piece.

    Args:
        x: Shape ``(points, D)``, at least two points.
        count: Neighbours of each.

    Returns:
        Edges, each once, the smaller index first, shape ``(edges, 2)``.
    """
    squares = _squares(x)
    np.fill_diagonal(squares, np.inf)
    count = min(count, len(x) - 1)
    near = np.argpartition(squares, count - 1, axis=1)[:, :count]
    rows = np.repeat(np.arange(len(x)), count)
    pairs = np.sort(np.stack([rows, near.ravel()], axis=1), axis=1)
    pairs = np.unique(pairs, axis=0).astype(np.int64)
    piece = _pieces(pairs, len(x))
    while piece.max() > 0:
        inside = piece == 0
        between = np.where(inside[:, None] & ~inside[None], squares, np.inf)
        a, b = np.unravel_index(int(between.argmin()), between.shape)
        bridge = np.sort(np.array([[a, b]]), axis=1)
        pairs = np.concatenate([pairs, bridge])
        piece = _pieces(pairs, len(x))
    return pairs


def nearest(x: Points, nodes: Points, count: int) -> Index:
    """The nodes nearest to one point, the nearest first.

    Args:
        x: Shape ``(D,)``.
        nodes: Shape ``(nodes, D)``.
        count: How many.
    """
    away = ((nodes - x) ** 2).sum(axis=1)
    count = min(count, len(nodes))
    found = np.argpartition(away, count - 1)[:count]
    return found[np.argsort(away[found])]


def _back(came: dict[int, int], node: int) -> list[int]:
    path: list[int] = []
    while node >= 0:
        path.append(node)
        node = came[node]
    return path[::-1]


def _squares(x: Points) -> Points:
    norms = (x * x).sum(axis=1)
    return np.maximum(norms[:, None] + norms - 2 * x @ x.T, 0.0)


def _pieces(pairs: Index, nodes: int) -> Index:
    """A number for each node that those which hang together share; the piece of node 0 is 0."""
    label = np.arange(nodes)
    while True:
        low = label.copy()
        np.minimum.at(low, pairs[:, 0], label[pairs[:, 1]])
        np.minimum.at(low, pairs[:, 1], label[pairs[:, 0]])
        low = low[low]
        if np.array_equal(low, label):
            return label
        label = low
