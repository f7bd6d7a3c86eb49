"""Mappings by demonstration while somebody plays: what they read, when they sound."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.board import ParamBoard
from cheiron.core.param import Param
from cheiron.core.recording import TickStage
from cheiron.core.space import Space
from cheiron.mapping.gate import gate
from cheiron.mapping.level import Level
from cheiron.mapping.live import Plan, Setting
from cheiron.mapping.live_defaults import find
from cheiron.mapping.rest import Rest, RestState
from cheiron.mapping.taught import Taught, TaughtState
from cheiron.mapping.taught_kinds import TRUST
from cheiron.mapping.touch import ATTACK, RELEASE

_COURSE = tuple(f"{kind}_{axis}" for kind in ("gyroscope", "course") for axis in "xyz")
_FINGER = ("x", "y")
_FAMILIES = (_COURSE, _FINGER)
_MOST = 24
_HYSTERESIS = 0.7  # of the trust below which a sound that is open closes again
_TOUCH = "touch"


@dataclass
class Echo:
    """What a mapping has just understood; the control thread writes it, the publisher reads.

    Args:
        names: The gestures.
        heard: Their likelihoods, sum 1, and the progress of the best; replaced as one.
    """

    names: tuple[str, ...] = ()
    heard: tuple[NDArray[np.float64], float] = (np.zeros(0), 0.0)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was learned from the demonstrations.

    Args:
        mapping: After ``fit``; None while there is nothing to learn from.
        touch: Axis without which nothing is meant; empty where the sensors have none.
        notes: What the player should know, in sentences.
    """

    mapping: Taught | None = None
    touch: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class FollowedState:
    """One stream of :class:`Followed`.

    Args:
        inner: Of the taught mapping.
        awake: How far the sound is open, 0 to 1.
        touched: Whether the player touched in the last frame.
        sure: Whether it was sure enough in the last frame.
        rest: Whether the hand rests.
        played: How probable each gesture was when the hand last moved.
        meant: 1 while it does not rest, 0 once it does; confidence falls with it.
    """

    inner: TaughtState
    rest: RestState
    played: NDArray[np.float64]
    awake: float = 0.0
    touched: bool = False
    sure: bool = False
    meant: float = 0.0


class Followed(TickStage):
    """A taught mapping as it is played: silent while nobody moves as was taught.

    The sound closes within ``touch.release`` when the confidence falls below ``taught.trust``,
    when a sensor goes away or nobody touches, and when the hand rests: after half a second at the
    end of its gesture, after one elsewhere (where it was taught postures without a gyroscope, a
    hand that holds one goes on sounding). A hand that rests plays no gesture, and confidence falls.
    The sound opens when the movement is understood again; the first touch, or the first movement
    after a rest, begins a gesture. So it neither jumps nor sticks.

    Args:
        space: Motion axes, as far as today's sensors have those of the lesson.
        control: All knobs; those that the mapping does not write, such as texture, stay undefined.
        lesson: With a mapping that was fitted.
        taught: The lesson's mapping.
        level: What quiet means.
        params: What it learned by, to be shown.
        board: Its params; its own, at their defaults, when absent.
    """

    latency = 0.0

    def __init__(
        self,
        space: Space,
        control: Space,
        lesson: Lesson,
        taught: Taught,
        level: Level,
        params: tuple[Param, ...] = (),
        board: ParamBoard | None = None,
    ) -> None:
        self.in_space, self.out_space, self.rate = space, control, taught.rate
        self.params = (TRUST, ATTACK, RELEASE, *params)
        self.echo = Echo(taught.names)
        self._taught, self._level = taught, level
        self._board = board or ParamBoard(self.params)
        there = {name: find(space, name) for name in (*taught.in_space.names, lesson.touch)}
        self._columns = [
            space.index(there[name]) if there[name] else -1 for name in taught.in_space.names
        ]
        touch = there[lesson.touch] if lesson.touch else ""
        self._touch = space.index(touch) if touch else -1
        names, scales = taught.in_space.names, taught.scales
        rests = taught.timed or any(name.startswith("gyroscope_") for name in names)
        shown = [demonstration.motion for demonstration in taught.demonstrations]
        self._rest = None
        if rests and scales:
            self._rest = Rest(names, scales.x_std.tolist(), taught.rate, shown)
        self._nobody = np.full(len(taught.names), 1.0 / max(len(taught.names), 1))
        self._into = [control.index(name) for name in taught.out_space.names]
        self._unknown = [math.nan] * control.size
        self._nothing = [math.nan] * len(self._columns)

    def init(self) -> FollowedState:
        """A fresh state for one stream: silent, and no gesture has begun."""
        rest = RestState([], over=self._rest is not None)
        return FollowedState(self._taught.init(), rest, self._nobody)

    def tick(self, state: FollowedState, time: float, x: list[float]) -> list[float]:
        """The control row of the next motion row."""
        touched = self._touch < 0 or x[self._touch] > 0.5
        x = [*x, math.nan]  # what -1 finds
        found = [x[c] for c in self._columns] if touched else self._nothing
        rested = state.rest.over
        if self._rest:
            self._rest.tick(state.rest, found, self._taught.progress(state.inner))
        over = state.rest.over
        begun = touched and not state.touched and self._touch >= 0
        if begun or (rested and not over):
            self._taught.begin(state.inner, state.played)
            state.inner.heard = state.inner.heard and state.awake > 0.0
        state.touched = touched
        row = self._unknown.copy()
        for index, value in zip(
            self._into, self._taught.tick(state.inner, time, found), strict=True
        ):
            row[index] = value
        inner = state.inner
        heard = (self._taught.likelihoods(inner), self._taught.progress(inner))
        self.echo.heard = (self._nobody, 0.0) if over else heard
        if touched and not state.rest.still:
            state.played = heard[0]
        values = self._board.values
        trust = values[TRUST.name] * (_HYSTERESIS if state.sure else 1.0)
        state.sure = inner.heard and self._taught.confidence(inner) >= trust
        attack, release = values[ATTACK.name], values[RELEASE.name]
        goal = 1.0 if touched and state.sure and not over else 0.0
        state.awake = gate(state.awake, goal, attack, release, self.rate)
        state.meant = gate(state.meant, 0.0 if over else 1.0, attack, release, self.rate)
        return self._level.gated(row, state.awake)

    def confidence(self, state: FollowedState) -> float:
        """How far the last output is to be trusted, in [0, 1]."""
        return state.meant * self._taught.confidence(state.inner) if state.touched else 0.0


@dataclass(frozen=True)
class Reading:
    """Which axes of a movement tell gestures apart.

    Args:
        names: What the mapping calls them.
        found: What the sensors call them.
        touch: Axis that says when a gesture is meant; empty where there is none.
        touch_found: What the sensors call that one.
    """

    names: tuple[str, ...]
    found: tuple[str, ...]
    touch: str = ""
    touch_found: str = ""


def axes_to_learn(motion: Space, sensors: tuple[str, ...]) -> Reading:
    """Which axes to learn from.

    How the hand turns and has turned lately where there is a gyroscope; the place of a finger;
    else the sensors' own axes, at most 24.

    Args:
        motion: Features, then the sensors' own axes.
        sensors: Names of the sensors' own axes.

    >>> pen = Space.of("motion", ["speed", "pointer.x", "pointer.y", "pointer.touch"])
    >>> axes_to_learn(pen, pen.names[1:]).names
    ('x', 'y')
    """
    for family in _FAMILIES:
        found = tuple(find(motion, name) for name in family)
        if all(found):
            touch = find(motion, _TOUCH) if family == _FINGER else ""
            return Reading(family, found, _TOUCH if touch else "", touch)
    plain = tuple(name for name in sensors if not name.startswith("in."))[:_MOST]
    return Reading(plain, plain)


def plan_taught(setting: Setting, lesson: Lesson, params: tuple[Param, ...]) -> Plan:
    """How to play by a lesson with the sensors that there are.

    Args:
        setting: Everything around the mapping.
        lesson: What was learned, maybe nothing.
        params: What it learned by.
    """
    taught = lesson.mapping
    level = Level.of(setting.control, setting.examples)
    if taught is None:
        return Plan(
            (), lambda space: Resting(space, setting.control, level, params), notes=lesson.notes
        )
    wanted = (*taught.in_space.names, *((lesson.touch,) if lesson.touch else ()))
    reads = tuple(found for name in wanted if (found := find(setting.motion, name)))
    missing = [n for n in taught.in_space.names if not find(setting.motion, n)]
    notes = lesson.notes
    if missing:
        notes = (
            *notes,
            f"the gestures were taught with {', '.join(missing)}, which no open source has; open "
            "that source, or teach them again with today's.",
        )
    return Plan(
        reads,
        lambda space: Followed(
            space, setting.control, lesson, taught, level, params, setting.board
        ),
        notes=notes,
    )


class Resting(TickStage):
    """A mapping that was taught nothing yet: silence, and no confidence.

    Args:
        space: Motion axes.
        control: Knobs that it writes.
        level: What quiet means.
        params: To be shown.
    """

    latency = 0.0

    def __init__(
        self, space: Space, control: Space, level: Level, params: tuple[Param, ...]
    ) -> None:
        self.in_space, self.out_space = space, control
        self.params = (TRUST, *params)
        self.echo = Echo()
        rest = control.default.tolist()
        self._row = [d if q != q else q for d, q in zip(rest, level.quiet_row(), strict=True)]

    def init(self) -> None:
        """It remembers nothing."""

    def tick(self, state: None, time: float, x: list[float]) -> list[float]:
        """Silence."""
        return self._row

    def confidence(self, state: None) -> float:
        """None at all."""
        return 0.0
