"""A gesture in all ways of looking at it, and the vote of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.recording import Recording
from cheiron.features.drawing import Drawing, draw
from cheiron.features.movement import Movement, move, unsigned
from cheiron.mapping.recogniser import Vote, clouds, mirrored, squares, transports, warped

Array = NDArray[np.float64]

MOVING = 5
"""How many ways, the last ones of :func:`distances`, look at movement."""


@dataclass(frozen=True, eq=False)
class Seen:
    """One gesture as a figure that was drawn, and as a movement that went on."""

    drawing: Drawing
    movement: Movement


def see(recording: Recording) -> Seen:
    """Look at a recording in every way.

    Raises:
        CheironError: If there is no gyroscope, it is shorter than half a second, or never turns.
    """
    return Seen(draw(recording), move(recording))


def distances(a: Sequence[Seen], b: Sequence[Seen]) -> Array:
    """Between gestures in each way of looking, shape ``(G, len(a), len(b))``."""
    drawn = _drawn([s.drawing for s in a], [s.drawing for s in b])
    return np.stack(drawn + _moved([s.movement for s in a], [s.movement for s in b]))


def vote_of(pairs: Array, owners: NDArray[np.int64], again: Array) -> Vote:
    """The vote of examples, from their :func:`distances`, classes and ``Movement.again``."""
    return Vote(pairs, owners.tolist(), MOVING, again.tolist())


def _drawn(a: Sequence[Drawing], b: Sequence[Drawing]) -> list[Array]:
    ways: list[Array] = []
    for name in ("path", "firm", "turning", "push", "speed"):
        mine, theirs = ([getattr(d, name) for d in side] for side in (a, b))
        if not any(x is None for x in (*mine, *theirs)):
            ways.append(warped(np.stack(mine), np.stack(theirs)))
    pictures = np.stack([d.picture for d in a]) @ np.stack([d.picture for d in b]).T
    ways.append(2.0 - 2.0 * np.minimum(pictures, 1.0))
    mine, theirs = (np.stack([d.cloud for d in side]) for side in (a, b))
    return [*ways, clouds(mine, theirs), transports(mine, theirs)]


def _moved(a: Sequence[Movement], b: Sequence[Movement]) -> list[Array]:
    def flat(rows: list[Array]) -> Array:
        return np.stack(rows).reshape(len(rows), -1)

    def apart(mine: list[Array], theirs: list[Array]) -> Array:
        return squares(flat(mine), flat(theirs))

    return [
        apart([m.together for m in a], [m.together for m in b]),
        apart([unsigned(m.together) for m in a], [unsigned(m.together) for m in b]),
        mirrored(np.stack([m.held for m in a]), np.stack([m.held for m in b])),
        apart([m.spread for m in a], [m.spread for m in b]),
        apart([m.tempo for m in a], [m.tempo for m in b]),
    ]
