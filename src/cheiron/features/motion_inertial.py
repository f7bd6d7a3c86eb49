"""What an accelerometer and a gyroscope say of movement."""

import math
from dataclasses import dataclass

from cheiron.core.filters import alpha_of
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

    def init(self, x: list[float]) -> list[float]:
        """The slow part."""
        return x.copy()

    def tick(self, slow: list[float], x: list[float]) -> list[float]:
        """The next row."""
        if self._measured:
            return x
        for i, value in enumerate(x):
            slow[i] += self._alpha * (value - slow[i])
        return [value - part for value, part in zip(x, slow, strict=True)]


@dataclass
class _IntensityState:
    slow: list[float]
    first: list[float]
    second: list[float]
    power: list[float]


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
        omega = 2 * math.pi * self.frequency / rate
        damping = math.sin(omega) / (2 * self.q)
        self._b = damping / (1 + damping)
        self._a1 = -2 * math.cos(omega) / (1 + damping)
        self._a2 = (1 - damping) / (1 + damping)
        self._alpha = alpha_of(self.tau, rate)

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Linear acceleration, else the accelerometer."""
        return linear_inputs(space)

    def init(self, x: list[float]) -> _IntensityState:
        """Gravity, the two memories of the band-pass at rest, the mean square."""
        slow = self._linear.init(x)
        memory = [-self._b * value for value in self._linear.tick(slow, x)]
        return _IntensityState(slow, memory, memory.copy(), [0.0] * len(x))

    def tick(self, state: _IntensityState, x: list[float]) -> list[float]:
        """The total, then each axis; band-pass in transposed direct form II (b1 = 0, b2 = -b0)."""
        b, a1, a2, alpha = self._b, self._a1, self._a2, self._alpha
        first, second, power = state.first, state.second, state.power
        for i, value in enumerate(self._linear.tick(state.slow, x)):
            fed = b * value
            band = fed + first[i]
            first[i] = second[i] - a1 * band
            second[i] = -fed - a2 * band
            power[i] += alpha * (band * band - power[i])
        return [math.sqrt(math.sqrt(sum(power)) / _G), *map(math.sqrt, power)]


@dataclass
class _AccelerationState:
    slow: list[float]
    last: list[float]
    energy: float = 0.0
    jerk: float = 0.0


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
        self._energy_alpha = alpha_of(self.energy_tau, rate)
        self._jerk_alpha = alpha_of(self.jerk_tau, rate)
        self.axes = (
            Axis("acceleration", 0.0, 10.0, "m/s²", help="How hard the hand is pushed now."),
            Axis("acc_energy", 0.0, 10.0, "m/s²", help="The same, root mean square over 0.1 s."),
            Axis("jerk", 0.0, 200.0, "m/s³", help="How suddenly the push changes."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Linear acceleration, else the accelerometer."""
        return linear_inputs(space)

    def init(self, x: list[float]) -> _AccelerationState:
        """Gravity, the last acceleration, the two mean squares."""
        slow = self._linear.init(x)
        return _AccelerationState(slow, self._linear.tick(slow, x))

    def tick(self, state: _AccelerationState, x: list[float]) -> list[float]:
        """Magnitude, energy, jerk."""
        now = self._linear.tick(state.slow, x)
        size = math.hypot(*now)
        jerk = self._rate * math.dist(now, state.last)
        state.last = now
        state.energy += self._energy_alpha * (size * size - state.energy)
        state.jerk += self._jerk_alpha * (jerk * jerk - state.jerk)
        return [size, math.sqrt(state.energy), math.sqrt(state.jerk)]


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

    def init(self, x: list[float]) -> list[float]:
        """The mean square."""
        return [0.0]

    def tick(self, state: list[float], x: list[float]) -> list[float]:
        """Rate and energy."""
        rate = math.hypot(*x)
        state[0] += self._alpha * (rate * rate - state[0])
        return [rate, math.sqrt(state[0])]
