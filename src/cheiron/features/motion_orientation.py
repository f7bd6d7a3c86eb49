"""How the hand is held: from a quaternion, or from gravity alone."""

import math

from cheiron.core.filters import alpha_of
from cheiron.core.space import Axis, Space
from cheiron.features.motion_inertial import family

_ROLL = "Rolled to the side; unwrapped."
_YAW = "Turned on the spot; unwrapped."
_DOWN_TAU = 0.2  # seconds; the accelerometer's slow part stands in for gravity


class Orientation:
    """Pitch, roll and yaw in degrees from a unit quaternion (device to world, w x y z).

    Aerospace order (yaw about z, pitch about y, roll about x). Roll and yaw are unwrapped, so a
    second turn goes on beyond 180 instead of jumping to -180. Both have a period of 360, so a knob
    that comes round follows them round.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    def __init__(self, space: Space, rate: float) -> None:
        self.axes = (
            Axis("orientation_pitch", -90.0, 90.0, "°", help="Nose up or down."),
            Axis("orientation_roll", -180.0, 180.0, "°", help=_ROLL, period=360.0),
            Axis("orientation_yaw", -180.0, 180.0, "°", help=_YAW, period=360.0),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """All four numbers of the quaternion, or nothing."""
        names = family(space, "quaternion", "wxyz")
        return names if len(names) == 4 else ()

    def init(self, x: list[float]) -> list[float]:
        """The last unwrapped roll and yaw."""
        return [0.0, 0.0]

    def tick(self, state: list[float], x: list[float]) -> list[float]:
        """Pitch, roll, yaw."""
        norm = math.hypot(*x) or 1.0
        w, i, j, k = (value / norm for value in x)
        pitch = math.asin(min(max(2 * (w * j - k * i), -1.0), 1.0))
        roll = math.degrees(math.atan2(2 * (w * i + j * k), 1 - 2 * (i * i + j * j)))
        yaw = math.degrees(math.atan2(2 * (w * k + i * j), 1 - 2 * (j * j + k * k)))
        state[0] = roll - 360.0 * round((roll - state[0]) / 360.0)
        state[1] = yaw - 360.0 * round((yaw - state[1]) / 360.0)
        return [math.degrees(pitch), *state]


class Tilt:
    """Pitch and roll in degrees from the direction of gravity; no turn on the spot.

    Both are angles against the horizontal, within ±90, so neither ever jumps.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    def __init__(self, space: Space, rate: float) -> None:
        measured = self.inputs(space)[0].startswith("gravity")
        self._alpha = 1.0 if measured else alpha_of(_DOWN_TAU, rate)
        self.axes = (
            Axis("tilt_pitch", -90.0, 90.0, "°", help="The x axis above the horizontal."),
            Axis("tilt_roll", -90.0, 90.0, "°", help="The y axis above the horizontal."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Three axes of gravity, else of the accelerometer, else nothing."""
        for sensor in ("gravity", "accelerometer"):
            names = family(space, sensor)
            if len(names) == 3:
                return names
        return ()

    def init(self, x: list[float]) -> list[float]:
        """The last direction of gravity."""
        return x.copy()

    def tick(self, state: list[float], x: list[float]) -> list[float]:
        """Pitch and roll."""
        for i, value in enumerate(x):
            state[i] += self._alpha * (value - state[i])
        gx, gy, gz = state
        pitch = math.atan2(gx, math.hypot(gy, gz))
        roll = math.atan2(gy, math.hypot(gx, gz))
        return [math.degrees(pitch), math.degrees(roll)]
