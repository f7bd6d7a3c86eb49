"""Places on a line that is travelled from end to end, and how much each counts in between."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from cheiron.core.errors import CheironError

LEAST = 1e-3
"""The smallest distance between two places."""


class TimeLine:
    """Places in [0, 1]; between two neighbours one gives way to the other, gently at both ends.

    Args:
        places: Rising, at least one.

    Raises:
        CheironError: If there is none, or they do not rise within [0, 1].

    >>> line = TimeLine([0.0, 0.5, 1.0])
    >>> line.at(0.5), line.at(0.75), line.at(2.0), line.nearest(0.3)
    ((1, 0.0), (1, 0.5), (2, 0.0), 1)
    """

    def __init__(self, places: Sequence[float]) -> None:
        self.places = tuple(float(place) for place in places)
        ends = (-LEAST, *self.places, 1.0 + LEAST)
        if not places or any(not b - a >= LEAST / 2 for a, b in pairwise(ends)):
            there = ", ".join(f"{place:g}" for place in self.places) or "none"
            raise CheironError(
                f"scenes stand at {there}; expected rising positions from 0 to 1, at least "
                f"{LEAST:g} apart."
            )

    def at(self, place: float) -> tuple[int, float]:
        """The place at or before this one, and the share of the next, in [0, 1)."""
        places = self.places
        left = bisect_right(places, place) - 1
        if left < 0:
            return 0, 0.0
        if left == len(places) - 1:
            return left, 0.0
        u = (place - places[left]) / (places[left + 1] - places[left])
        return left, u * u * (3.0 - 2.0 * u)

    def nearest(self, place: float) -> int:
        """Which of the places is next to this one."""
        return min(range(len(self.places)), key=lambda i: abs(self.places[i] - place))


def spaced(wanted: Sequence[float | None]) -> tuple[float, ...]:
    """Places for all, where only some were given: the others stand evenly between them.

    The first and the last stand at the ends unless they were given. What was given is moved as
    little as it must be, so that the places rise.

    >>> spaced([None, None, None]), spaced([None, 0.2, None, None]), spaced([None])
    ((0.0, 0.5, 1.0), (0.0, 0.2, 0.6, 1.0), (0.0,))
    """
    count = len(wanted)
    known = [None if w is None else min(max(float(w), 0.0), 1.0) for w in wanted]
    if count and known[0] is None:
        known[0] = 0.0
    if count > 1 and known[-1] is None:
        known[-1] = 1.0
    places: list[float] = []
    for index, place in enumerate(known):
        if place is None:
            after = next(i for i in range(index, count) if known[i] is not None)
            end = known[after] or 0.0
            place = places[-1] + (end - places[-1]) / (after - index + 1)
        lowest = places[-1] + LEAST if places else 0.0
        place = min(max(place, lowest), 1.0 - LEAST * (count - 1 - index))
        places.append(round(place, 6))
    return tuple(places)
