"""Which motion axes are fingers on the map."""

from dataclasses import dataclass

from cheiron.core.space import Space
from cheiron.mapping.live_defaults import Habit

MOST = 5
"""Fingers that are looked for."""

_SOURCE = "pointer"  # whose axes they are where other sources have some of the same name


@dataclass(frozen=True)
class Finger:
    """The axes of one finger.

    Args:
        x: Name of the axis to the right; its range spans the map.
        y: Name of the axis upwards.
        pressure: How hard it presses; empty where that is not known.
        touch: Above one half while it is down; empty where it always is.
    """

    x: str
    y: str
    pressure: str = ""
    touch: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The axes that exist."""
        return tuple(filter(None, (self.x, self.y, self.pressure, self.touch)))


def fingers_of(motion: Space, habit: Habit) -> tuple[Finger, ...]:
    """The fingers that there are, the first one first.

    Args:
        motion: Every motion axis that there is.
        habit: How it is usually played: where there is no pointer, its first two moves are the
            finger.
    """
    found: list[Finger] = []
    for suffix in ("", *map(str, range(2, MOST + 1))):
        x = next((n + suffix for n in ("x", f"{_SOURCE}.x") if n + suffix in motion.names), "")
        source = x.rpartition(".")[0] or _SOURCE
        y, pressure, touch = (
            next((n for n in (name, f"{source}.{name}") if n in motion.names), "")
            for name in (f"y{suffix}", f"pressure{suffix}", f"touch{suffix}")
        )
        if x and y:
            found.append(Finger(x, y, pressure, touch))
    if not found and len(habit.moves) >= 2:
        found.append(Finger(habit.moves[0], habit.moves[1], "", habit.touch))
    return tuple(found)
