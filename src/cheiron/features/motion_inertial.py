"""What an accelerometer and a gyroscope say of movement."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.filters import Rows, alpha_of, one_pole
from cheiron.core.space import Axis, Space

_GRAVITY_TAU = 0.5  # seconds; how fast gravity is thought to turn where no sensor gives it
_G = 9.81  # m/s²


def family(space: Space, sensor: str, axes: str = "xyz") -> tuple[str, ...]:
    """The axes ``sensor_x`` … of a space that exist.

    >>> family(Space.of("phone", ["gyroscope_z", "gyroscope_x"]), "gyroscope")
    ('gyroscope_x', 'gyroscope_z')
    """
    return tuple(f"{sensor}_{a}" for a in axes if f"{sensor}_{a}" in space.names)


def linear_inputs(space: Space) -> tuple[str, ...]:
    """The axes that acceleration without gravity is found from; empty when there are none."""
    return family(space, "linear_acceleration") or family(space, "accelerometer")


class LinearAcceleration:
    """Acceleration without gravity, m/s²: as measured, or the accelerometer less its slow part.

    Args:
        space: Where :func:`linear_inputs` found its axes.
        rate: Frames per second.
    """

    def __init__(self, space: Space, rate: float) -> None:
        self.names = linear_inputs(space)
        self._measured = not self.names[0].startswith("accelerometer")
        self._alpha = alpha_of(_GRAVITY_TAU, rate)

    def init(self) -> NDArray[np.float64]:
        """Nothing has come yet."""
        return np.full(len(self.names), np.nan)

    def block(self, state: NDArray[np.float64], x: Rows) -> tuple[NDArray[np.float64], Rows]:
        """The next rows, one column for each axis."""
        if self._measured:
            return state, x
        state, slow = one_pole(state, x, self._alpha)
        return state, x - slow


class Intensity:
    """Intensity of movement: the acceleration around 5 Hz, axis by axis, and a compressed total.

    Each axis passes a second-order band-pass (5 Hz, Q 1, 0 dB at its centre; R. Bristow-Johnson's
    audio EQ cookbook), then a root mean square over about 50 ms. The total is their norm in g
    under a square root, so that small movements count too. The frequency and Q are those of
    IRCAM's patches for motion sensors.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    frequency = 5.0
    q = 1.0
    tau = 0.05

    def __init__(self, space: Space, rate: float) -> None:
        self._linear = LinearAcceleration(space, rate)
        self.axes = (
            Axis("intensity", 0.0, 1.0, help="Shaking and striking, compressed, all axes."),
            *(
                Axis(f"intensity_{n[-1]}", 0.0, 5.0, "m/s²", help="Shaking along one axis.")
                for n in self._linear.names
            ),
        )
        omega = 2 * np.pi * self.frequency / rate
        damping = np.sin(omega) / (2 * self.q)
        self._b = damping / (1 + damping)
        self._a1 = -2 * np.cos(omega) / (1 + damping)
        self._a2 = (1 - damping) / (1 + damping)
        self._alpha = alpha_of(self.tau, rate)

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Linear acceleration, else the accelerometer."""
        return linear_inputs(space)

    def init(self) -> Any:
        """A fresh state: gravity, the two memories of the band-pass, the mean square."""
        n = len(self._linear.names)
        return self._linear.init(), None, np.zeros(n)

    def block(self, state: Any, x: Rows) -> tuple[Any, Rows]:
        """The total, then one column for each axis."""
        gravity, memory, power = state
        gravity, linear = self._linear.block(gravity, x)
        if memory is None and len(linear):  # as if the first value had always been there
            memory = (-self._b * linear[0], -self._b * linear[0])
        memory, band = self._band_pass(memory, linear)
        power, powers = one_pole(power, band * band, self._alpha)
        rms = np.sqrt(powers)
        total = np.sqrt(np.linalg.norm(rms, axis=1, keepdims=True) / _G)
        return (gravity, memory, power), np.concatenate([total, rms], axis=1)

    def _band_pass(self, memory: Any, x: Rows) -> tuple[Any, Rows]:
        """Transposed direct form II; b1 = 0 and b2 = -b0."""
        y = x * self._b
        fed = -y
        for row, feed in zip(y, fed, strict=True):
            first, second = memory
            row += first
            memory = (second - self._a1 * row, feed - self._a2 * row)
        return memory, y


class Acceleration:
    """Acceleration without gravity: its magnitude, its energy and its jerk.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    energy_tau = 0.1
    jerk_tau = 0.03

    def __init__(self, space: Space, rate: float) -> None:
        self._linear = LinearAcceleration(space, rate)
        self._rate = rate
        self._alphas = np.array([alpha_of(self.energy_tau, rate), alpha_of(self.jerk_tau, rate)])
        self.axes = (
            Axis("acceleration", 0.0, 10.0, "m/s²", help="How hard the hand is pushed now."),
            Axis("acc_energy", 0.0, 10.0, "m/s²", help="The same, root mean square over 0.1 s."),
            Axis("jerk", 0.0, 200.0, "m/s³", help="How suddenly the push changes."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Linear acceleration, else the accelerometer."""
        return linear_inputs(space)

    def init(self) -> Any:
        """A fresh state: gravity, the last acceleration, the two mean squares."""
        return self._linear.init(), None, np.zeros(2)

    def block(self, state: Any, x: Rows) -> tuple[Any, Rows]:
        """Magnitude, energy, jerk."""
        gravity, last, power = state
        gravity, linear = self._linear.block(gravity, x)
        if len(linear) == 0:
            return state, np.empty((0, 3))
        last = linear[:1] if last is None else last
        change = np.diff(linear, axis=0, prepend=last) * self._rate
        squares = np.stack([(linear**2).sum(axis=1), (change**2).sum(axis=1)], axis=1)
        power, powers = one_pole(power, squares, self._alphas)
        y = np.concatenate([np.sqrt(squares[:, :1]), np.sqrt(powers)], axis=1)
        return (gravity, linear[-1:], power), y


class Gyroscope:
    """How fast the hand turns, whichever way.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    tau = 0.05

    def __init__(self, space: Space, rate: float) -> None:
        self._alpha = alpha_of(self.tau, rate)
        self.axes = (
            Axis("gyro_rate", 0.0, 10.0, "rad/s", help="Speed of turning now."),
            Axis("gyro_energy", 0.0, 10.0, "rad/s", help="The same, root mean square over 50 ms."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """The gyroscope's axes."""
        return family(space, "gyroscope")

    def init(self) -> NDArray[np.float64]:
        """The mean square."""
        return np.zeros(1)

    def block(self, state: NDArray[np.float64], x: Rows) -> tuple[NDArray[np.float64], Rows]:
        """Rate and energy."""
        squares = (x**2).sum(axis=1, keepdims=True)
        state, powers = one_pole(state, squares, self._alpha)
        return state, np.sqrt(np.concatenate([squares, powers], axis=1))
