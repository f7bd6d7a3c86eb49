"""What local exploration moves around: a loop, the live input, or nothing."""

import math
from dataclasses import dataclass, replace
from typing import Protocol

from cheiron.core.space import Space
from cheiron.mapping.level import Level
from cheiron.mapping.live import Setting
from cheiron.mapping.loop import Directions, Loop

LIVE = "in."
"""What the names of axes begin with that say the control point of live sound."""


class Centre(Protocol):
    """A control point that moves by itself, and the directions in which it may be left."""

    @property
    def frames(self) -> int:
        """Length of its loop; 0 where it has none."""
        ...

    @property
    def directions(self) -> Directions:
        """Where its gesture leads."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """Motion axes that it needs."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the player should know, in sentences."""
        ...

    def bound(self, space: Space) -> "Centre":
        """The same, for motion rows of one space."""
        ...

    def at(self, row: list[float], phase: float) -> list[float]:
        """The control point, given the motion row and the phase in frames."""
        ...


@dataclass(frozen=True)
class LoopCentre:
    """A loop at its phase.

    Args:
        loop: The loop.
    """

    loop: Loop
    reads: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Its length."""
        return len(self.loop)

    @property
    def directions(self) -> Directions:
        """Those around each phase."""
        return self.loop.directions

    def bound(self, space: Space) -> "LoopCentre":
        """Itself: it reads no motion."""
        return self

    def at(self, row: list[float], phase: float) -> list[float]:
        """The loop's control point."""
        return self.loop.at(phase)


@dataclass(frozen=True)
class LiveCentre:
    """The control point of what is sung or played into the model.

    Args:
        reads: The motion axes that hold it, as far as they exist.
        directions: One set for all places.
        rest: The row before anything has come.
        names: The motion axis of each control axis.
        columns: Where these are in the motion row; -1 where one does not exist.
    """

    reads: tuple[str, ...]
    directions: Directions
    rest: tuple[float, ...]
    names: tuple[str, ...]
    columns: tuple[int, ...] = ()
    frames: int = 0
    notes: tuple[str, ...] = ()

    def bound(self, space: Space) -> "LiveCentre":
        """The same, its axes looked up in ``space``."""
        there = space.names
        return replace(
            self, columns=tuple(there.index(n) if n in there else -1 for n in self.names)
        )

    def at(self, row: list[float], phase: float) -> list[float]:
        """What came last; at rest before anything has come."""
        found = [row[i] if i >= 0 else math.nan for i in self.columns]
        if all(value != value for value in found):  # NaN is not equal to itself
            return list(self.rest)
        return found


@dataclass(frozen=True)
class StillCentre:
    """Silence, where there is nothing to move around.

    Args:
        rest: The row at rest.
        directions: One set for all places.
        notes: Why it is still.
    """

    rest: tuple[float, ...]
    directions: Directions
    notes: tuple[str, ...]
    reads: tuple[str, ...] = ()
    frames: int = 0

    def bound(self, space: Space) -> "StillCentre":
        """Itself: it reads no motion."""
        return self

    def at(self, row: list[float], phase: float) -> list[float]:
        """The row at rest."""
        return list(self.rest)


def centre_of(setting: Setting) -> Centre:
    """The loop if there is one, else the live input, else stillness."""
    control = setting.control
    if setting.loop is not None:
        return LoopCentre(Loop(control, setting.loop.values, setting.rate, setting.feel))
    directions = Directions(control, setting.places.points, 0.0, feel=setting.feel)
    rest = Level.of(control, setting.examples).quiet
    there = set(setting.motion.names)
    named = tuple(LIVE + name for name in control.names)
    reads = tuple(name for name in named if name in there)
    if reads:
        return LiveCentre(reads, directions, rest, named)
    return StillCentre(
        rest,
        directions,
        ("there is nothing to explore yet: choose a loop or open the live audio input.",),
    )
