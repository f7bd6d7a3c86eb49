"""Moving through scenes: the place on their time line, and the knobs that they hold."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cheiron.core.circle import turn, wrapped
from cheiron.core.filters import alpha_of
from cheiron.core.recording import TickStage
from cheiron.core.space import Axis, Space
from cheiron.core.timeline import TimeLine
from cheiron.mapping.connection import Connection
from cheiron.mapping.direct import DirectMapping, DirectState
from cheiron.mapping.live import LiveStage

_GLIDE = 0.02  # seconds in which the place follows a hand
_NEAR = 1e-4  # of the time line: near enough to be there


@dataclass(frozen=True)
class Journey:
    """A way along the time line at even speed.

    Args:
        start: When it begins, seconds on the control clock.
        seconds: How long it takes.
        origin: Where from.
        goal: Where to.

    >>> Journey(10.0, 4.0, 0.0, 1.0).at(11.0)
    0.25
    """

    start: float
    seconds: float
    origin: float
    goal: float

    def at(self, time: float) -> float:
        """The place at a moment."""
        if self.seconds <= 0.0 or time >= self.start + self.seconds:
            return self.goal
        share = max(time - self.start, 0.0) / self.seconds
        return self.origin + share * (self.goal - self.origin)


class SceneBoard:
    """Where on the time line the player wants to be, for all stages built while somebody plays.

    Any thread may write, the control thread reads :attr:`journey` and :attr:`locked`; each is
    swapped whole.
    """

    def __init__(self) -> None:
        self.journey = Journey(0.0, 0.0, 0.0, 0.0)
        """The way there; one that takes no time where it is to be taken at once."""
        self.locked = False
        """Whether the hand wins over cables."""

    @property
    def goal(self) -> float:
        """Where it leads in the end."""
        return self.journey.goal

    def turn(self, goal: float, locked: bool | None = None) -> None:
        """Go there at once; ``locked`` stays as it was when None."""
        goal = min(max(float(goal), 0.0), 1.0)
        self.journey = Journey(0.0, 0.0, goal, goal)
        self.locked = self.locked if locked is None else locked

    def go(self, journey: Journey) -> None:
        """Go there on a journey."""
        self.journey, self.locked = journey, False


@dataclass(frozen=True)
class Holding:
    """A knob that a scene holds.

    Args:
        value: Where, in the unit of the knobs that are played.
        locked: Whether it wins over the mapping; else it fills in where nothing drives the knob.
    """

    value: float
    locked: bool = True


@dataclass
class SceneState:
    """One stream; made by :meth:`SceneMapping.init`.

    Args:
        inner: State of the mapping.
        cables: State of the cables to the place.
        place: Where it is; NaN before the first tick.
    """

    inner: Any
    cables: DirectState
    place: float = math.nan


class SceneMapping(TickStage):
    """A mapping with the place on the time line beside its knobs.

    A cable that leads to the place moves it; without one it is where the board says. Knobs that
    the scenes hold go from what one holds to what the next one holds, in the measure in which the
    one gives way to the other.

    The control thread calls it; the board may change at any time.

    Args:
        space: Motion axes, of both.
        inner: The mapping underneath, without the place.
        place: The axis of the place.
        board: Where the player wants to be.
        line: Where the scenes stand; None where there are none, only the place.
        held: For each scene the knobs that it holds, by their position in the inner mapping's row.
        connections: Cables to the place.
        rate: Frames per second.
    """

    def __init__(
        self,
        space: Space,
        inner: LiveStage,
        place: Axis,
        board: SceneBoard,
        line: TimeLine | None,
        held: Sequence[Mapping[int, Holding]],
        connections: Sequence[Connection],
        rate: float,
    ) -> None:
        knobs = inner.out_space
        self.in_space = space
        self.out_space = Space(knobs.name, (*knobs.axes, place))
        self.latency, self.params = inner.latency, inner.params
        self._inner, self._board, self._line = inner, board, line
        self._cables = DirectMapping(space, Space("scenes", (place,)), connections, rate)
        self._wired = bool(connections)
        self._alpha = alpha_of(_GLIDE / 3, rate)
        self._held = [dict(each) for each in held]
        self._touched = sorted({column for each in held for column in each})
        self._round = [(axis.low, axis.period) for axis in knobs.axes]
        self._rest = [math.nan if a.kind == "texture" else a.default for a in knobs.axes]

    def init(self) -> SceneState:
        """A fresh state for one stream."""
        return SceneState(self._inner.init(), self._cables.init())

    def tick(self, state: SceneState, time: float, x: list[float]) -> list[float]:
        """The mapping's control row with the scenes' knobs in it, and the place."""
        row = self._inner.tick(state.inner, time, x)
        place = self._go(state, time, x)
        if self._touched and self._line is not None:
            left, share = self._line.at(place)
            row = row.copy()
            for column in self._touched:
                row[column] = self._between(left, share, column, row[column])
        return [*row, place]

    def confidence(self, state: SceneState) -> float:
        """How far the mapping underneath is to be trusted, in [0, 1]."""
        return self._inner.confidence(state.inner)

    def _go(self, state: SceneState, time: float, x: list[float]) -> float:
        goal = self._board.journey.at(time)
        if self._wired:
            driven = self._cables.tick(state.cables, time, x)[0]
            if driven == driven and not self._board.locked:  # NaN is not equal to itself
                goal = min(max(driven, 0.0), 1.0)
        ahead = goal - state.place
        if abs(ahead) > _NEAR:  # false before the first tick
            state.place += self._alpha * ahead
        else:
            state.place = goal
        return state.place

    def _between(self, left: int, share: float, column: int, mapped: float) -> float:
        one = self._of(left, column, mapped)
        if share == 0.0:
            return one
        other = self._of(left + 1, column, mapped)
        rest = self._rest[column]
        one, other = (rest if value != value else value for value in (one, other))
        if one != one or other != other:  # texture that one of them leaves to chance
            return one if share < 0.5 else other
        low, period = self._round[column]
        return wrapped(one + share * turn(one, other, period), low, period)

    def _of(self, scene: int, column: int, mapped: float) -> float:
        """What one scene makes of a knob."""
        hold = self._held[scene].get(column)
        return hold.value if hold is not None and (hold.locked or mapped != mapped) else mapped
