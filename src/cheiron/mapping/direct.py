"""The direct mapping: each control axis follows one motion axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from cheiron.core.circle import turn, wrapped
from cheiron.core.errors import CheironError
from cheiron.core.filters import alpha_of
from cheiron.core.recording import TickStage
from cheiron.core.space import Axis, Space
from cheiron.mapping.connection import CURVES, Connection, Rest
from cheiron.mapping.gate import Freshness
from cheiron.mapping.live import Plan, Setting
from cheiron.mapping.live_direct import resting_live, usual, wired


@dataclass
class DirectState:
    """What one stream has said so far; made by :meth:`DirectMapping.init`.

    Args:
        smooth: Last value of each connection; NaN where nothing has come yet.
        awake: How far from rest, 0 to 1.
        freshness: How old the input is.
    """

    smooth: list[float]
    awake: float = 0.0
    freshness: Freshness = field(default_factory=Freshness)


class DirectMapping(TickStage):
    """One-to-one connections with range, curve and smoothing.

    Input beyond its range is clipped. Axes that nobody drives come out as NaN, *undefined*: what
    they then do is the control stage's affair. A value that goes missing is held. A control axis
    that comes round is smoothed the short way, and one that follows a motion axis that comes round
    by whole turns is not clipped but turns with it.

    Args:
        space: Motion features.
        control: Control axes.
        connections: At most one for each control axis.
        rate: Frames per second.
        rest: Where all axes go without effort; they stay where they are driven when absent.

    Raises:
        CheironError: If a connection names an axis that is not there, or two drive one axis.

    >>> motion = Space.of("motion", ["speed"], 0.0, 2.0)
    >>> control = Space.of("control", ["pitch", "loudness"], 0.0, 1.0)
    >>> direct = DirectMapping(motion, control, [Connection("speed", "loudness")], rate=100.0)
    >>> direct.tick(direct.init(), 0.0, [1.0])
    [nan, 0.5]
    """

    help: ClassVar[str] = "Connect one movement to one knob."
    steering: ClassVar[tuple[Axis, ...]] = ()

    def __init__(
        self,
        space: Space,
        control: Space,
        connections: Sequence[Connection],
        rate: float,
        rest: Rest | None = None,
    ) -> None:
        self.in_space, self.out_space, self._rate = space, control, rate
        self.connections = tuple(connections)
        names = [c.target for c in connections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CheironError(
                f"two connections drive the control axis {twice[0]!r}; expected one for each axis."
            )
        self._cables: list[_Cable] = [_cable(space, control, c, rate) for c in connections]
        self._undriven = [math.nan] * control.size
        self._round = [(axis.low, axis.period) for axis in control.axes]
        self.rest = rest
        self._effort: _Cable | None = None
        if rest is not None:
            # Texture stays undefined: the control stage draws it.
            self._undriven = [math.nan if a.kind == "texture" else a.default for a in control.axes]
            gate = Connection(rest.source, control.names[0], rest.inputs, (0.0, 1.0), "smooth")
            gate = replace(gate, smooth=rest.smooth)
            self._effort = _cable(space, control, gate, rate)

    @classmethod
    def plan(cls, setting: Setting) -> Plan:
        """The player's connections; what suits the sensors where there are none."""
        cables, notes = wired(setting)
        cables = cables or usual(setting)
        rest = resting_live(setting)
        reads = [c.source for c in cables] + ([rest.source] if rest else [])
        return Plan(
            tuple(dict.fromkeys(reads)),
            lambda space: cls(space, setting.control, cables, setting.rate, rest),
            cables,
            notes,
        )

    def init(self) -> DirectState:
        """A fresh state for one stream."""
        return DirectState([math.nan] * len(self.connections))

    def tick(self, state: DirectState, time: float, x: list[float]) -> list[float]:
        """The control row, NaN where nobody drives."""
        state.freshness.tick(time)
        out = self._undriven.copy()
        for index, cable in enumerate(self._cables):
            value, last = x[cable.source], state.smooth[index]
            if value == value:  # not NaN
                value = cable.at(value)
                last = value if last != last else cable.smoothed(last, value)
                state.smooth[index] = last
            out[cable.target] = last
        if self.rest is not None and self._effort is not None:
            effort = x[self._effort.source]
            if effort == effort:
                state.awake += self._effort.alpha * (self._effort.at(effort) - state.awake)
            out = [
                wrapped(quiet + state.awake * turn(quiet, value, period), low, period)
                for value, quiet, (low, period) in zip(
                    out, self.rest.point, self._round, strict=True
                )
            ]
        return out

    def confidence(self, state: DirectState) -> float:
        """1 while the input is fresh; falls to 0 between 0.25 s and 0.75 s without anything new."""
        return state.freshness.confidence(self._rate)


@dataclass(frozen=True)
class _Cable:
    """A connection in numbers."""

    source: int
    target: int
    start: float
    per_input: float
    curve: Callable[[float], float]
    low: float
    span: float
    alpha: float
    floor: float
    period: float
    endless: bool

    def at(self, value: float) -> float:
        """The control value of a motion value."""
        travel = (value - self.start) * self.per_input
        if self.endless:
            share = travel % 1.0
            value = self.low + (travel - share + self.curve(share)) * self.span
        else:
            value = self.low + self.curve(min(max(travel, 0.0), 1.0)) * self.span
        return wrapped(value, self.floor, self.period)

    def smoothed(self, last: float, value: float) -> float:
        """On the way from one control value to the next."""
        last += self.alpha * turn(last, value, self.period)
        return wrapped(last, self.floor, self.period)


def _cable(space: Space, control: Space, connection: Connection, rate: float) -> _Cable:
    source = _find(space, connection.source, "motion")
    target = _find(control, connection.target, "control")
    start, end = connection.inputs or (space.axes[source].low, space.axes[source].high)
    ends = connection.outputs or (control.axes[target].low, control.axes[target].high)
    low, high = ends[::-1] if connection.invert else ends
    curve, alpha = CURVES[connection.curve], alpha_of(connection.smooth, rate)
    motion, knob, span = space.axes[source], control.axes[target], high - low
    return _Cable(
        source, target, start, 1.0 / (end - start), curve, low, span, alpha,
        knob.low, knob.period, _endless(motion, knob, end - start, span),
    )  # fmt: skip


def _endless(motion: Axis, knob: Axis, inputs: float, outputs: float) -> bool:
    """Whether one turn of the motion makes whole turns of the knob, so that no seam is heard."""
    if not (motion.period and knob.period):
        return False
    turns = motion.period / inputs * outputs / knob.period
    whole_inputs = motion.period / inputs  # the curve begins anew with each travel
    return abs(turns - round(turns)) < 1e-3 and abs(whole_inputs - round(whole_inputs)) < 1e-3


def _find(space: Space, name: str, kind: str) -> int:
    if name not in space.names:
        raise CheironError(
            f"there is no {kind} axis {name!r}; choose one of {', '.join(space.names)}."
        )
    return space.index(name)
