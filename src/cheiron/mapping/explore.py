"""Local exploration: play around a loop instead of through the whole space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from cheiron.core.board import ParamBoard
from cheiron.core.circle import round_axes, wrapped
from cheiron.core.filters import alpha_of
from cheiron.core.param import Param
from cheiron.core.recording import TickStage
from cheiron.core.space import Axis, Space
from cheiron.mapping.centre import Centre, centre_of
from cheiron.mapping.connection import Connection
from cheiron.mapping.direct import DirectMapping, DirectState
from cheiron.mapping.fingers import Finger, fingers_of
from cheiron.mapping.gate import Freshness, gate
from cheiron.mapping.level import Level
from cheiron.mapping.live import Plan, Setting
from cheiron.mapping.live_defaults import habit_of
from cheiron.mapping.touch import ATTACK, RELEASE

RATE = Param("explore.rate", "x", -2.0, 2.0, 1.0, "linear", "How fast the loop runs, and where to.")
RADIUS = Param("explore.radius", "", 0.0, 1.0, 0.4, "linear", "How far the gesture leads away.")
SMOOTH = Param("explore.smooth", "s", 0.0, 2.0, 0.05, "linear", "How slowly it leads away.")
SILENT = Param("explore.gate", "", 0.0, 1.0, 0.0, "linear", "From 0.5: needs a touch to sound.")

STEERING = Space(
    "steering",
    (
        Axis("explore.1", -1.0, 1.0, help="Along the loop's first local direction."),
        Axis("explore.2", -1.0, 1.0, help="Along the second one."),
        Axis("explore.3", -1.0, 1.0, help="Along the third one."),
        Axis("explore.scrub", 0.0, 1.0, help="To a place in the loop."),
    ),
)
"""What a gesture can do to a loop; connections may lead to these axes."""

_REACH = 3.0  # standard deviations at a radius of 1
_CATCH = 0.03  # seconds in which the loop follows a finger that scrubs
_STILL = 1e-6  # what is left of a gesture that has ended


@dataclass
class ExploreState:
    """What one stream has said so far; made by :meth:`LocalExploration.init`.

    Args:
        steering: State of the cables.
        phase: Place in the loop, in frames; NaN before the first tick.
        away: How far the gesture leads along each direction, -1 to 1.
        awake: How far the sound is open, 0 to 1.
        freshness: How old the input is.
    """

    steering: DirectState
    phase: float = math.nan
    away: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    awake: float = 0.0
    freshness: Freshness = field(default_factory=Freshness)


class LocalExploration(TickStage):
    """The gesture moves the sound around a loop, or around what comes in live.

    The control point is that of the loop, moved along the directions in which the loop itself
    varies around that moment, at most ``explore.radius`` times three local standard deviations and
    never out of the axes' ranges. Without a gesture the loop is what it was. Loudness and texture
    stay the loop's own.

    References: Nabi, Esling, Peeters, Bevilacqua: "Embodied exploration of deep latent spaces in
    interactive dance-music performance", MOCO 2024; Scurto, Postel: "Soundwalking deep latent
    spaces", NIME 2023.

    Args:
        space: Motion axes.
        control: The control axes.
        rate: Frames per second.
        centre: What to move around.
        connections: Cables to axes of ``STEERING``.
        fingers: An axis of a finger counts only while that finger is down.
        level: What quiet means.
        board: Its params; its own, at their defaults, when absent.

    Raises:
        CheironError: If a connection names an axis that is not there.
    """

    params = (RATE, RADIUS, SMOOTH, SILENT, ATTACK, RELEASE)
    help: ClassVar[str] = "Play around a loop or the live input instead of the whole space."
    steering: ClassVar[tuple[Axis, ...]] = STEERING.axes

    def __init__(
        self,
        space: Space,
        control: Space,
        rate: float,
        centre: Centre,
        connections: Sequence[Connection],
        fingers: Sequence[Finger] = (),
        level: Level | None = None,
        board: ParamBoard | None = None,
    ) -> None:
        self.in_space, self.out_space, self.rate = space, control, rate
        self.connections = tuple(connections)
        self._centre, self._level = centre, level or Level.of(control)
        self._board = board or ParamBoard(self.params)
        self._steering = DirectMapping(space, STEERING, connections, rate)
        self._gates = [-1] * STEERING.size
        for cable in connections:
            touch = _touch_of(cable.source, fingers)
            self._gates[STEERING.index(cable.target)] = space.index(touch) if touch else -1
        self._touch = [space.index(f.touch) for f in fingers if f.touch]
        low, high = control.low.tolist(), control.high.tolist()
        for index, _, _ in round_axes(control):  # no ends there
            low[index], high[index] = -math.inf, math.inf
        self._ends = [(i, low[i], high[i]) for i in centre.directions.columns]
        self._round = round_axes(control)

    @classmethod
    def plan(cls, setting: Setting) -> Plan:
        """Around the loop, else around the live input, else silence and a note."""
        habit = habit_of(setting.motion, setting.sensors)
        fingers = fingers_of(setting.motion, habit)
        cables = tuple(c for c in setting.connections if c.target in STEERING.names)
        cables = cables or _usual(habit.moves, fingers)
        centre = centre_of(setting)
        level = Level.of(setting.control, setting.examples)
        touches = tuple(f.touch for f in fingers if f.touch)
        reads = (*(c.source for c in cables), *touches, *centre.reads)
        return Plan(
            tuple(dict.fromkeys(reads)),
            lambda space: cls(
                space, setting.control, setting.rate, centre.bound(space), cables, fingers,
                level, setting.board,
            ),
            cables,
            centre.notes,
        )  # fmt: skip

    def init(self) -> ExploreState:
        """A fresh state for one stream; a loop starts at its beginning."""
        return ExploreState(self._steering.init())

    def tick(self, state: ExploreState, time: float, x: list[float]) -> list[float]:
        """The control row."""
        state.freshness.tick(time)
        steering = self._steering.tick(state.steering, time, x)
        for index, column in enumerate(self._gates):
            if column >= 0 and not x[column] > 0.5:
                steering[index] = math.nan
        values = self._board.values
        state.phase = self._next_phase(state.phase, steering[-1], values[RATE.name])
        row = self._centre.at(x, 0.0 if state.phase != state.phase else state.phase)
        self._lead(state, steering, values[SMOOTH.name])
        if any(state.away):
            self._move(row, state, values[RADIUS.name])
        return self._gated(row, state, x)

    def confidence(self, state: ExploreState) -> float:
        """1 while the input is fresh; falls to 0 between 0.25 s and 0.75 s without anything new."""
        return state.freshness.confidence(self.rate)

    def _next_phase(self, phase: float, scrub: float, pace: float) -> float:
        """Where the loop is in this frame."""
        frames = self._centre.frames
        if frames == 0:
            return phase
        if scrub == scrub:  # NaN is not equal to itself
            goal = scrub * (frames - 1)
            if phase != phase:
                return goal
            return phase + alpha_of(_CATCH, self.rate) * (goal - phase)
        return 0.0 if phase != phase else (phase + pace) % frames

    def _lead(self, state: ExploreState, steering: list[float], smooth: float) -> None:
        """Glide to where the gesture leads; nothing when it leads nowhere."""
        alpha = alpha_of(smooth, self.rate)
        for index, before in enumerate(state.away):
            goal = steering[index]
            now = before + alpha * ((goal if goal == goal else 0.0) - before)
            state.away[index] = now if abs(now) > _STILL else 0.0

    def _move(self, row: list[float], state: ExploreState, radius: float) -> None:
        """Displace the row, inside the axes' ranges or as far out as the centre is itself."""
        reach = _REACH * radius
        phase = 0.0 if state.phase != state.phase else state.phase
        moves = self._centre.directions.led(phase, [reach * away for away in state.away])
        for (index, low, high), move in zip(self._ends, moves, strict=True):
            own = row[index]
            moved = own + move
            if moved < low:
                moved = min(low, own)
            elif moved > high:
                moved = max(high, own)
            row[index] = moved
        for index, floor, period in self._round:
            row[index] = wrapped(row[index], floor, period)

    def _gated(self, row: list[float], state: ExploreState, x: list[float]) -> list[float]:
        """Silent without a touch, where that is wanted and touches can be felt."""
        values = self._board.values
        goal = 1.0
        if self._touch and values[SILENT.name] >= 0.5:
            goal = 1.0 if any(x[column] > 0.5 for column in self._touch) else 0.0
        elif state.awake == 0.0:
            state.awake = 1.0
        state.awake = gate(state.awake, goal, values[ATTACK.name], values[RELEASE.name], self.rate)
        return row if state.awake >= 1.0 else self._level.gated(row, state.awake)


def _touch_of(axis: str, fingers: Sequence[Finger]) -> str:
    """The touch of the finger that an axis belongs to; empty where it belongs to none."""
    return next((f.touch for f in fingers if axis in f.names and axis != f.touch), "")


def _usual(moves: Sequence[str], fingers: Sequence[Finger]) -> tuple[Connection, ...]:
    """The first three moves lead along the directions; a second finger scrubs."""
    cables = [Connection(move, STEERING.names[i]) for i, move in enumerate(moves[:3])]
    if len(fingers) > 1:
        cables.append(Connection(fingers[1].x, "explore.scrub"))
    return tuple(cables)
