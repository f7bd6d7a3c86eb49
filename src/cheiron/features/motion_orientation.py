"""How the hand is held: from a quaternion, or from gravity alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.filters import Rows, alpha_of, one_pole
from cheiron.core.space import Axis, Space
from cheiron.features.motion_inertial import family

_DOWN_TAU = 0.2  # seconds; the accelerometer's slow part stands in for gravity


class Orientation:
    """Pitch, roll and yaw in degrees from a unit quaternion (device to world, w x y z).

    Aerospace order (yaw about z, pitch about y, roll about x). Roll and yaw are unwrapped, so a
    second turn goes on beyond 180 instead of jumping to -180.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    def __init__(self, space: Space, rate: float) -> None:
        self.axes = (
            Axis("orientation_pitch", -90.0, 90.0, "°", help="Nose up or down."),
            Axis("orientation_roll", -180.0, 180.0, "°", help="Rolled to the side; unwrapped."),
            Axis("orientation_yaw", -180.0, 180.0, "°", help="Turned on the spot; unwrapped."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """All four numbers of the quaternion, or nothing."""
        names = family(space, "quaternion", "wxyz")
        return names if len(names) == 4 else ()

    def init(self) -> NDArray[np.float64]:
        """The last unwrapped roll and yaw."""
        return np.full(2, np.nan)

    def block(self, state: NDArray[np.float64], x: Rows) -> tuple[NDArray[np.float64], Rows]:
        """Pitch, roll, yaw."""
        if len(x) == 0:
            return state, np.empty((0, 3))
        norm = np.linalg.norm(x, axis=1, keepdims=True)
        w, i, j, k = (x / np.where(norm > 0, norm, 1.0)).T
        pitch = np.degrees(np.arcsin(np.clip(2 * (w * j - k * i), -1.0, 1.0)))
        roll = np.degrees(np.arctan2(2 * (w * i + j * k), 1 - 2 * (i * i + j * j)))
        yaw = np.degrees(np.arctan2(2 * (w * k + i * j), 1 - 2 * (j * j + k * k)))
        turns = np.stack([roll, yaw], axis=1)
        steps = np.diff(turns, axis=0, prepend=np.where(np.isnan(state), turns[0], state)[None, :])
        wraps = np.cumsum(np.round(steps / 360.0), axis=0)
        # The first step is measured from an unwrapped value, so it already counts earlier turns.
        turns = turns - 360.0 * wraps
        return turns[-1].copy(), np.concatenate([pitch[:, None], turns], axis=1)


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

    def init(self) -> NDArray[np.float64]:
        """The last direction of gravity."""
        return np.full(3, np.nan)

    def block(self, state: NDArray[np.float64], x: Rows) -> tuple[Any, Rows]:
        """Pitch and roll."""
        down = x
        if self._alpha < 1:
            state, down = one_pole(state, x, self._alpha)
        gx, gy, gz = down.T
        pitch = np.arctan2(gx, np.hypot(gy, gz))
        roll = np.arctan2(gy, np.hypot(gx, gz))
        return state, np.degrees(np.stack([pitch, roll], axis=1))
