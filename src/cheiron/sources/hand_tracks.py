"""Which hand is whose, from frame to frame."""

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from cheiron.core.hand_shape import PALM, SIDES, Side

FORGET = 0.5
"""Seconds after which a hand that was not seen may come back anywhere."""

DOUBT = 0.7
"""Seconds for which the tracker must contradict before it is believed against the movement."""

_NEW = 1.5  # what it costs to call a sighting a hand that was not there; in lengths of a hand
_FAR = 4.0  # what any longer way costs
_LOOKS = 0.3  # what looking like the other hand costs a hand whose way is known
_SAME = 0.4  # lengths of a hand within which two sightings are one hand
_LEAD = 0.15  # seconds for which a movement is thought to go on
_EASE = 0.6  # how much of a new velocity is believed at once


@dataclass(frozen=True, eq=False)
class Sighting:
    """One hand in one picture.

    Args:
        side: Whose it looks like.
        score: How sure that is, in [0, 1].
        points: Landmarks in the picture, shape ``(21, 3)``.
        world: The same in metres, shape ``(21, 3)``.
        aspect: Width of the picture over its height.
    """

    side: Side
    score: float
    points: NDArray[np.float64]
    world: NDArray[np.float64]
    aspect: float

    @cached_property
    def centre(self) -> NDArray[np.float64]:
        """The palm's middle, in widths of the picture."""
        middle = self.points[list(PALM), :2].mean(axis=0)
        return np.array([middle[0], middle[1] / self.aspect])

    @cached_property
    def size(self) -> float:
        """How long the hand is, in widths of the picture."""
        spread = np.std(self.points[:, :2] / np.array([1.0, self.aspect]), axis=0)
        return max(2.5 * float(np.linalg.norm(spread)), 0.02)

    def unlike(self, side: Side) -> float:
        """How much it looks like the other side's, in [0, 1]."""
        return 1.0 - self.score if side == self.side else self.score


@dataclass
class _Track:
    time: float
    centre: NDArray[np.float64]
    velocity: NDArray[np.float64]


class HandTracks:
    """Keeps the left hand the left one, also when both cross and the tracker mistakes them.

    Where a hand was going weighs more than what it looks like, while it is in sight; a hand that
    comes anew is whose it looks like. When the movement says one thing and the looks another for
    longer than ``DOUBT``, the looks are right. Two sightings of one hand count once.

    One thread calls it.

    >>> tracks = HandTracks()
    >>> tracks.place([], time=0.0)
    {'left': None, 'right': None}
    """

    def __init__(self) -> None:
        self._tracks: dict[Side, _Track] = {}
        self._doubted: float | None = None

    def forget(self) -> None:
        """Start anew: another camera, another player."""
        self._tracks.clear()
        self._doubted = None

    def place(self, sightings: list[Sighting], time: float) -> dict[Side, Sighting | None]:
        """Say which sighting is which hand.

        Args:
            sightings: Of one picture.
            time: When it was taken, seconds, rising.
        """
        for side in SIDES:
            track = self._tracks.get(side)
            if track is not None and time - track.time > FORGET:
                del self._tracks[side]
        kept = _distinct(sightings)
        placed = self._best(kept, time)
        if self._contradicts(placed, time):
            self.forget()
            placed = self._best(kept, time)
        for side, sighting in placed.items():
            self._follow(side, sighting, time)
        return {side: placed.get(side) for side in SIDES}

    def _best(self, kept: list[Sighting], time: float) -> dict[Side, Sighting]:
        choices = permutations(SIDES, len(kept))
        best = min(
            choices,
            key=lambda sides: sum(
                self._cost(s, side, time) for s, side in zip(kept, sides, strict=True)
            ),
        )
        return dict(zip(best, kept, strict=True))

    def _cost(self, sighting: Sighting, side: Side, time: float) -> float:
        track = self._tracks.get(side)
        if track is None:
            return _NEW + sighting.unlike(side)
        expected = track.centre + track.velocity * min(time - track.time, _LEAD)
        way = float(np.linalg.norm(sighting.centre - expected)) / sighting.size
        return min(way, _FAR) + _LOOKS * sighting.unlike(side)

    def _contradicts(self, placed: dict[Side, Sighting], time: float) -> bool:
        """Have all hands looked like the others for too long?"""
        if not placed or any(s.unlike(side) < 0.5 for side, s in placed.items()):
            self._doubted = None
            return False
        if self._doubted is None:
            self._doubted = time
        return time - self._doubted > DOUBT

    def _follow(self, side: Side, sighting: Sighting, time: float) -> None:
        centre, track = sighting.centre, self._tracks.get(side)
        if track is None:
            self._tracks[side] = _Track(time, centre, np.zeros(2))
            return
        step = time - track.time
        if step > 0:
            velocity = (centre - track.centre) / step
            track.velocity = track.velocity + _EASE * (velocity - track.velocity)
        track.time, track.centre = time, centre


def _distinct(sightings: list[Sighting]) -> list[Sighting]:
    """At most two, the surest first, none of a hand that is there already."""
    kept: list[Sighting] = []
    for each in sorted(sightings, key=lambda s: -s.score):
        apart = (np.linalg.norm(each.centre - k.centre) > _SAME * k.size for k in kept)
        if len(kept) < 2 and all(apart):
            kept.append(each)
    return kept
