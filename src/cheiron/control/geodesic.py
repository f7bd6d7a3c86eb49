"""Paths through a control space's latents that sound like steady travel."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic_graph import Graph, nearest
from cheiron.control.geometry_metric import Forbidden, Metric
from cheiron.core.errors import CheironError

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

_DOORS = 5  # nodes by which a point may enter the graph
_PARTS = 2  # of a way to such a node, when it is measured
_DIRECT = 6  # of the straight line
_ROUNDS = 2  # of corner cutting
_STEPS = 129  # points of a finished path
_LIVE_STEPS = 48  # about as many of one that is asked for while playing


@dataclass(frozen=True, eq=False)
class Path:
    """A curve, travelled from 0 to 1.

    Args:
        points: Along it, shape ``(count, D)``, at least two.
        travel: How far the travel is at each, rising from 0 to 1, shape ``(count,)``.
        length: Metric length.
    """

    points: Points
    travel: Points
    length: float = 0.0

    def at(self, travel: NDArray[np.floating]) -> Points:
        """Points at some moments of the travel, shape ``(len(travel), D)``."""
        moments = np.clip(np.asarray(travel, np.float64), 0.0, 1.0)
        columns = [np.interp(moments, self.travel, column) for column in self.points.T]
        return np.stack(columns, axis=1)

    def paced(self, phi: Points) -> "Path":
        """The same curve at constant perceptual speed.

        Args:
            phi: Perceptual features of its ``points``, shape ``(count, K)``.
        """
        return replace(
            self, travel=_paced(self.points, np.linalg.norm(np.diff(phi, axis=0), axis=1))
        )


def straight(a: NDArray[np.floating], b: NDArray[np.floating], count: int = _STEPS) -> Path:
    """The straight line from one point to another."""
    travel = np.linspace(0.0, 1.0, count)
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return Path(a + travel[:, None] * (b - a), travel)


@dataclass(frozen=True, eq=False)
class Atlas:
    """Points that are known, the ways between them, and the metric: where paths are found.

    Args:
        nodes: In standardised coordinates, shape ``(nodes, D)``.
        graph: Edges between them with their metric lengths.
        metric: The metric.
    """

    nodes: Points
    graph: Graph
    metric: Metric

    @classmethod
    def of(cls, nodes: Points, pairs: NDArray[np.int64], metric: Metric) -> "Atlas":
        """Measure the edges of a graph in a metric; takes about half a second for 2000 nodes."""
        lengths = metric.lengths(nodes[pairs[:, 0]], nodes[pairs[:, 1]])
        return cls(nodes, Graph.of(pairs, lengths, len(nodes)), metric)

    def under(self, metric: Metric) -> "Atlas":
        """The same nodes in another metric: other weights, other forbidden regions."""
        return Atlas.of(self.nodes, self.graph.pairs, metric)

    def path(self, a: NDArray[np.floating], b: NDArray[np.floating]) -> Path:
        """The shortest way over the graph, its corners cut, at constant perceptual speed.

        For use while playing: 1 to 2 ms.

        Args:
            a: Where it begins, shape ``(D,)``.
            b: Where it ends.

        Raises:
            CheironError: If an end lies in a forbidden region, or there is no way round one.
        """
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        refuse_forbidden(self.metric.forbidden, a, b)
        if np.array_equal(a, b):
            return Path(np.stack([a, b]), np.array([0.0, 1.0]))
        corners = self._corners(a, b)
        points = _rounded(corners)
        if self.metric.forbidden and self.metric.blocked(points).any():
            points = corners  # the edges themselves are known to be free
        phi = self.metric.surrogate(points)
        steps = np.linalg.norm(np.diff(phi, axis=0), axis=1)
        return Path(points, _paced(points, steps), float(steps.sum()))

    def _corners(self, a: Points, b: Points) -> Points:
        """The ends and the nodes between them."""
        near_a, near_b = nearest(a, self.nodes, _DOORS), nearest(b, self.nodes, _DOORS)
        # One call for all: the straight line is cut into as many of the same short pieces.
        cuts = a + np.linspace(0.0, 1.0, _DIRECT // _PARTS + 1)[:, None] * (b - a)
        doors_a, doors_b = self.nodes[near_a], self.nodes[near_b]
        starts = np.concatenate([np.repeat(a[None], len(near_a), axis=0), doors_b, cuts[:-1]])
        stops = np.concatenate([doors_a, np.repeat(b[None], len(near_b), axis=0), cuts[1:]])
        costs = self.metric.lengths(starts, stops, _PARTS)
        into, out, line = np.split(costs, [len(near_a), len(near_a) + len(near_b)])
        direct = float(line.sum())
        doors_in = {int(n): float(c) for n, c in zip(near_a, into, strict=True) if np.isfinite(c)}
        doors_out = {int(n): float(c) for n, c in zip(near_b, out, strict=True) if np.isfinite(c)}
        found = self.graph.shortest(doors_in, doors_out, direct)
        if found is None and not np.isfinite(direct):
            raise CheironError(
                "there is no way between these two sounds that stays out of the forbidden regions; "
                "make a region smaller or take one away."
            )
        if found is None:
            return np.stack([a, b])
        return np.concatenate([a[None], self.nodes[found[0]], b[None]])


def refuse_forbidden(forbidden: tuple[Forbidden, ...], a: Points, b: Points) -> None:
    """Refuse a path that would begin or end where the player does not want to be.

    Raises:
        CheironError: If an end lies in a region.
    """
    for word, point in (("begins", a), ("ends", b)):
        for number, region in enumerate(forbidden, start=1):
            away = float(np.linalg.norm(point - region.centre))
            if away < region.radius:
                raise CheironError(
                    f"the path {word} inside forbidden region {number} ({away:.2f} of its radius "
                    f"{region.radius:.2f} from its middle); make the region smaller or choose "
                    "another sound."
                )


def _paced(points: Points, steps: Points) -> Points:
    """Travel in proportion to what is heard; never quite still, so that it can be inverted."""
    crow = np.linalg.norm(np.diff(points, axis=0), axis=1)
    total, whole = float(steps.sum()), float(crow.sum())
    if total <= 0.0 and whole <= 0.0:
        return np.linspace(0.0, 1.0, len(points))
    shares = steps / total if total > 0.0 else np.zeros_like(steps)
    shares = shares + 1e-6 * (crow / whole if whole > 0.0 else 0.0)
    travel = np.concatenate([[0.0], np.cumsum(shares)])
    return travel / travel[-1]


def _rounded(corners: Points) -> Points:
    """Corners cut twice (Chaikin 1974), the ends kept, then evenly many points on each piece."""
    points = corners
    for _ in range(_ROUNDS):
        if len(points) < 3:
            break
        early = 0.75 * points[:-1] + 0.25 * points[1:]
        late = 0.25 * points[:-1] + 0.75 * points[1:]
        inner = np.stack([early, late], axis=1).reshape(-1, points.shape[1])
        points = np.concatenate([points[:1], inner[1:-1], points[-1:]])
    parts = max(2, -(-_LIVE_STEPS // max(len(points) - 1, 1)))
    shares = (np.arange(parts) / parts)[:, None]
    dense = points[:-1, None] + shares * (points[1:] - points[:-1])[:, None]
    return np.concatenate([dense.reshape(-1, points.shape[1]), points[-1:]])
