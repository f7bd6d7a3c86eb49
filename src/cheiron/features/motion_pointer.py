"""Movement of a point, and movement of anything at all."""

import math
from dataclasses import dataclass

from cheiron.core.filters import alpha_of
from cheiron.core.space import Axis, Space
from cheiron.features.motion_inertial import family


@dataclass
class _PointerState:
    last: list[float]
    velocity: list[float]
    change: list[float]


class Pointer:
    """Speed and acceleration of a point whose position is given (x and y, perhaps z).

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    speed_tau = 0.03
    change_tau = 0.05

    def __init__(self, space: Space, rate: float) -> None:
        self._rate = rate
        self._alpha = alpha_of(self.speed_tau, rate)
        self._change_alpha = alpha_of(self.change_tau, rate)
        used = [space.axes[space.index(name)] for name in self.inputs(space)]
        span = max(axis.high - axis.low for axis in used)
        self.axes = (
            Axis("speed", 0.0, 3 * span, "1/s", help="How fast the point moves."),
            Axis("pointer_acceleration", 0.0, 30 * span, "1/s²", help="How its velocity changes."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """x, y, z or position_x …; at least two, or nothing."""
        plain = tuple(n for n in ("x", "y", "z") if n in space.names)
        names = plain if len(plain) >= 2 else family(space, "position")
        return names if len(names) >= 2 else ()

    def init(self, x: list[float]) -> _PointerState:
        """The last position, the smoothed velocity, the smoothed acceleration."""
        return _PointerState(x, [0.0] * len(x), [0.0] * len(x))

    def tick(self, state: _PointerState, x: list[float]) -> list[float]:
        """Speed and acceleration."""
        velocity, change, rate = state.velocity, state.change, self._rate
        for i, (now, before) in enumerate(zip(x, state.last, strict=True)):
            step = self._alpha * ((now - before) * rate - velocity[i])
            velocity[i] += step
            change[i] += self._change_alpha * (step * rate - change[i])
        state.last = x
        return [math.hypot(*velocity), math.hypot(*change)]


@dataclass
class _ActivityState:
    last: list[float]
    power: float = 0.0


class Activity:
    """How much anything moves: the speed of all axes, each in its own ranges per second.

    The one feature that exists for every recording, whatever its columns are called.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    tau = 0.1

    def __init__(self, space: Space, rate: float) -> None:
        self._alpha = alpha_of(self.tau, rate)
        self._scale = [rate / (axis.high - axis.low) for axis in space.axes]
        self.axes = (Axis("activity", 0.0, 5.0, "1/s", help="How much anything moves."),)

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Every axis."""
        return space.names

    def init(self, x: list[float]) -> _ActivityState:
        """The last row and the mean square."""
        return _ActivityState(x)

    def tick(self, state: _ActivityState, x: list[float]) -> list[float]:
        """Root mean square speed over about 0.1 s."""
        total = 0.0
        for now, before, scale in zip(x, state.last, self._scale, strict=True):
            step = (now - before) * scale
            total += step * step
        state.last = x
        state.power += self._alpha * (total / len(x) - state.power)
        return [math.sqrt(state.power)]
