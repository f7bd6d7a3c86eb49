"""Playing on the map: press on a place and hear what is there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import ClassVar

from cheiron.core.board import ParamBoard
from cheiron.core.filters import alpha_of
from cheiron.core.param import Param
from cheiron.core.recording import TickStage
from cheiron.core.space import Axis, Space
from cheiron.mapping.fingers import Finger, fingers_of
from cheiron.mapping.gate import Freshness, gate
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.mapping.level import Level
from cheiron.mapping.live import Plan, Setting
from cheiron.mapping.live_defaults import habit_of
from cheiron.mapping.touch import ATTACK, RELEASE

GLIDE = Param("map.glide", "s", 0.0, 2.0, 0.0, "linear", "How slowly the sound follows.")
ACCENT = Param("map.accent", "dB", 0.0, 24.0, 12.0, "linear", "What full pressure adds.")
EVEN = Param("map.even", "", 0.0, 1.0, 0.5, "linear", "How equally loud all places are.")

_LIFT = 0.03  # seconds in which one of several fingers comes in or goes
_LEAST_GLIDE = 0.004
_FIRM = 0.03  # seconds of firm touch before a pressure is believed
_PLAIN = (0.0, 0.5, 1.0)  # pressures that devices without a sensor for it say


@dataclass
class FingerState:
    """One finger: where it was last, whether it is down and how much of the sound is its."""

    x: float = math.nan
    y: float = math.nan
    share: float = 0.0
    point: list[float] = field(default_factory=list[float])


@dataclass
class MapState:
    """What one stream has said so far; made by :meth:`MapMapping.init`.

    Args:
        fingers: One for each.
        point: Where the sound is; empty before the first touch.
        awake: How far the gate is open, 0 to 1.
        accent: Present accent, -1 to 1.
        firm: Frames of firm touch in a row.
        senses: Whether the pressure is a true one.
        freshness: How old the input is.
    """

    fingers: list[FingerState]
    point: list[float] = field(default_factory=list[float])
    awake: float = 0.0
    accent: float = 0.0
    firm: int = 0
    senses: bool = False
    freshness: Freshness = field(default_factory=Freshness)


class MapMapping(TickStage):
    """The place of a finger on the map is the sound; touching opens it, letting go closes it.

    Several fingers sound as the mean of their places, each weighted by how hard it presses. Where
    the sensor tells pressure, harder is louder. Without a touch only the loudness goes to its low
    end; a control space without an axis called ``loudness`` goes to its quietest point as a whole.
    Axes of the kind ``texture`` stay undefined.

    Args:
        space: Motion axes, among them those of the fingers.
        control: The control axes.
        rate: Frames per second.
        places: The map.
        fingers: Which axes they are; may be empty: then it rests.
        level: How loud it is, and what quiet means.
        board: Its params; its own, at their defaults, when absent.
    """

    params = (ATTACK, RELEASE, GLIDE, ACCENT, EVEN)
    help: ClassVar[str] = "Press on the map and hear that place."
    steering: ClassVar[tuple[Axis, ...]] = ()

    def __init__(
        self,
        space: Space,
        control: Space,
        rate: float,
        places: LandmarkMap,
        fingers: Sequence[Finger],
        level: Level,
        board: ParamBoard | None = None,
    ) -> None:
        self.in_space, self.out_space, self.rate = space, control, rate
        self.fingers = tuple(fingers)
        self._places, self._level = places, level
        self._board = board or ParamBoard(self.params)
        self._inputs = [_Inputs.of(space, finger) for finger in fingers]

    @classmethod
    def plan(cls, setting: Setting) -> Plan:
        """Fingers where there is a pointer, else the first two axes of what there is."""
        habit = habit_of(setting.motion, setting.sensors)
        fingers = fingers_of(setting.motion, habit)
        notes: tuple[str, ...] = ()
        if not fingers:
            notes = ("nothing moves on the map: no open source has two axes; open the pointer.",)
        level = Level.of(setting.control, setting.examples)
        return Plan(
            tuple(name for finger in fingers for name in finger.names),
            lambda space: cls(
                space, setting.control, setting.rate, setting.places, fingers, level, setting.board
            ),
            notes=notes,
        )

    def init(self) -> MapState:
        """A fresh state for one stream."""
        return MapState([FingerState() for _ in self._inputs])

    def tick(self, state: MapState, time: float, x: list[float]) -> list[float]:
        """The control row, NaN for texture."""
        state.freshness.tick(time)
        values, rate = self._board.values, self.rate
        was_quiet = state.awake == 0.0
        touch = self._touch(state, x, was_quiet)
        state.awake = gate(state.awake, touch, values[ATTACK.name], values[RELEASE.name], rate)
        if touch > 0.0:
            glide = alpha_of(max(values[GLIDE.name], _LEAST_GLIDE), rate)
            self._follow(state, 1.0 if was_quiet else glide)
        if not state.point:
            return self._level.quiet_row()
        accent = values[ACCENT.name] * state.accent
        row = self._level.shaped(state.point, values[EVEN.name], accent)
        return self._level.gated(row, state.awake)

    def confidence(self, state: MapState) -> float:
        """1 while the input is fresh; falls to 0 between 0.25 s and 0.75 s without anything new."""
        return state.freshness.confidence(self.rate)

    def _touch(self, state: MapState, x: list[float], was_quiet: bool) -> float:
        """How far the gate should open; moves the fingers' shares of the sound."""
        goals: list[tuple[FingerState, float]] = []
        touch = pressure = 0.0
        for inputs, finger in zip(self._inputs, state.fingers, strict=True):
            if inputs.touch < 0 or x[inputs.touch] > 0.0:  # false where it is NaN
                down, pressed = inputs.read(x, finger)
                goals.append((finger, down * (pressed if pressed > 0.0 else 1.0)))
                touch, pressure = max(touch, down), max(pressure, down * pressed)
            elif finger.share > 0.0:
                goals.append((finger, 0.0))
        if touch > 0.0:  # with all fingers up, the last sound rings out as it was
            step = 2.0 if was_quiet else 1.0 / max(_LIFT * self.rate, 1.0)
            for finger, goal in goals:
                finger.share += min(max(goal - finger.share, -step), step)
        self._feel(state, touch, pressure)
        return touch

    def _feel(self, state: MapState, touch: float, pressure: float) -> None:
        """The accent; it waits until the sensor has said a pressure that no mere switch says."""
        state.firm = state.firm + 1 if touch >= 1.0 else 0
        if state.firm > _FIRM * self.rate and pressure not in _PLAIN:
            state.senses = True
        if state.senses and touch > 0.0:
            goal = 2.0 * min(pressure, 1.0) - 1.0
            state.accent += alpha_of(_LIFT / 3, self.rate) * (goal - state.accent)

    def _follow(self, state: MapState, alpha: float) -> None:
        """Move the point towards the fingers' mean."""
        sounding = [f for f in state.fingers if f.share > 0.0 and f.x == f.x and f.y == f.y]
        if not sounding:
            return
        for finger in sounding:
            if not finger.point:
                finger.point = self._places.to_control(finger.x, finger.y)
        goal = sounding[0].point
        if len(sounding) > 1:
            total = sum(map(attrgetter("share"), sounding))
            goal = [0.0] * len(goal)
            for finger in sounding:
                part = finger.share / total
                goal = [g + part * p for g, p in zip(goal, finger.point, strict=True)]
        if alpha >= 1.0 or not state.point:
            state.point = goal
        else:
            state.point = [a + alpha * (b - a) for a, b in zip(state.point, goal, strict=True)]


@dataclass(frozen=True)
class _Inputs:
    """A finger in numbers: columns (-1 where there is none) and ranges."""

    x: int
    y: int
    pressure: int
    touch: int
    low: tuple[float, float]
    span: tuple[float, float]

    @classmethod
    def of(cls, space: Space, finger: Finger) -> "_Inputs":
        x, y = (space.axes[space.index(name)] for name in (finger.x, finger.y))
        return cls(
            space.index(finger.x),
            space.index(finger.y),
            space.index(finger.pressure) if finger.pressure else -1,
            space.index(finger.touch) if finger.touch else -1,
            (x.low, y.low),
            (x.high - x.low, y.high - y.low),
        )

    def read(self, row: list[float], finger: FingerState) -> tuple[float, float]:
        """How far it is down and how hard it presses; takes its place while it is down."""
        down = row[self.touch] if self.touch >= 0 else 1.0
        x, y = row[self.x], row[self.y]
        pressure = row[self.pressure] if self.pressure >= 0 else 1.0
        if x != x or y != y:  # NaN is not equal to itself
            return 0.0, 0.0
        u = min(max((x - self.low[0]) / self.span[0], 0.0), 1.0)
        v = min(max((y - self.low[1]) / self.span[1], 0.0), 1.0)
        if u != finger.x or v != finger.y:
            finger.x, finger.y, finger.point = u, v, []
        return min(down, 1.0), pressure if pressure == pressure else 1.0
