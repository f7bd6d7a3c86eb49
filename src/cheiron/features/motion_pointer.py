"""Movement of a point, and movement of anything at all."""

from typing import Any

import numpy as np

from cheiron.core.filters import Rows, alpha_of, one_pole
from cheiron.core.space import Axis, Space
from cheiron.features.motion_inertial import family


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
        names = self.inputs(space)
        span = float(max(space.axes[space.index(n)].high - space.axes[space.index(n)].low
                         for n in names))  # fmt: skip
        self._size = len(names)
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

    def init(self) -> Any:
        """The last position, the smoothed velocity, the smoothed acceleration."""
        return None, np.zeros(self._size), np.zeros(self._size)

    def block(self, state: Any, x: Rows) -> tuple[Any, Rows]:
        """Speed and acceleration."""
        last, velocity, change = state
        if len(x) == 0:
            return state, np.empty((0, 2))
        steps = np.diff(x, axis=0, prepend=x[:1] if last is None else last) * self._rate
        before = velocity[None, :]
        velocity, velocities = one_pole(velocity, steps, self._alpha)
        changes = np.diff(velocities, axis=0, prepend=before) * self._rate
        change, changes = one_pole(change, changes, self._change_alpha)
        y = np.stack([np.linalg.norm(velocities, axis=1), np.linalg.norm(changes, axis=1)], axis=1)
        return (x[-1:], velocity, change), y


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
        self._scale = rate / (space.high - space.low).astype(np.float64)
        self.axes = (Axis("activity", 0.0, 5.0, "1/s", help="How much anything moves."),)

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Every axis."""
        return space.names

    def init(self) -> Any:
        """The last row and the mean square."""
        return None, np.zeros(1)

    def block(self, state: Any, x: Rows) -> tuple[Any, Rows]:
        """Root mean square speed over about 0.1 s."""
        last, power = state
        if len(x) == 0:
            return state, np.empty((0, 1))
        steps = np.diff(x, axis=0, prepend=x[:1] if last is None else last) * self._scale
        power, powers = one_pole(power, (steps**2).mean(axis=1, keepdims=True), self._alpha)
        return (x[-1:], power), np.sqrt(powers)
