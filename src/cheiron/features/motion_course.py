"""Where a moving hand turns and travels, how fast it shakes on which time scale, how regularly."""

import math
from dataclasses import dataclass

from cheiron.core.filters import alpha_of
from cheiron.core.space import Axis, Space
from cheiron.features.motion_inertial import LinearAcceleration, family, linear_inputs


class Course:
    """How far the hand has turned since it last rested: the gyroscope, integrated and forgotten.

    The course of a drawn figure without a quaternion and without drift. A moving hand forgets
    within 5 s, a resting one (slower than about 0.15 rad/s) within 0.3 s, so every
    figure begins at 0. In radians.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    moving, resting = 5.0, 0.3
    slow = 0.15  # rad/s

    def __init__(self, space: Space, rate: float) -> None:
        self._step = 1.0 / rate
        self._alpha = alpha_of(0.06, rate)
        self.axes = tuple(
            Axis(f"course_{n[-1]}", -1.5, 1.5, "rad", help="How far the hand has turned lately.")
            for n in family(space, "gyroscope")
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """The gyroscope's axes."""
        return family(space, "gyroscope")

    def init(self, x: list[float]) -> list[float]:
        """How far it has turned, and how fast it turns."""
        return [0.0] * (len(x) + 1)

    def tick(self, state: list[float], x: list[float]) -> list[float]:
        """The integrals."""
        state[-1] += self._alpha * (math.hypot(*x) - state[-1])
        rest = 1.0 / (1.0 + (state[-1] / self.slow) ** 4)
        forget = (1.0 - rest) / self.moving + rest / self.resting
        keep = math.exp(-forget * self._step)
        for i, value in enumerate(x):
            state[i] = keep * state[i] + self._step * value
        return state[:-1]


class Direction:
    """Which way the hand turns, however fast: the smoothed gyroscope over its own size.

    From nothing at rest to 1 in all; half of it at half a radian in a second.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    tau, half = 0.04, 0.5

    def __init__(self, space: Space, rate: float) -> None:
        self._alpha = alpha_of(self.tau, rate)
        self.axes = tuple(
            Axis(f"direction_{n[-1]}", -1.0, 1.0, help="Which way the hand turns, at any speed.")
            for n in family(space, "gyroscope")
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """The gyroscope's axes."""
        return family(space, "gyroscope")

    def init(self, x: list[float]) -> list[float]:
        """The smoothed gyroscope."""
        return x.copy()

    def tick(self, state: list[float], x: list[float]) -> list[float]:
        """Shares of one turning."""
        for i, value in enumerate(x):
            state[i] += self._alpha * (value - state[i])
        size = math.hypot(*state) + self.half
        return [value / size for value in state]


class Velocity:
    """How the hand travels: linear acceleration, integrated and forgotten within 0.4 s, m/s.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    tau = 0.4

    def __init__(self, space: Space, rate: float) -> None:
        self._linear = LinearAcceleration(space, rate)
        self._step = 1.0 / rate
        self._keep = math.exp(-1.0 / (self.tau * rate))
        self.axes = tuple(
            Axis(f"velocity_{a}", -1.0, 1.0, "m/s", help="How the hand travels.") for a in "xyz"
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """All three axes of linear acceleration, else of the accelerometer."""
        names = linear_inputs(space)
        return names if len(names) == 3 else ()

    def init(self, x: list[float]) -> tuple[list[float], list[float]]:
        """Gravity, and no travel."""
        return self._linear.init(x), [0.0] * len(x)

    def tick(self, state: tuple[list[float], list[float]], x: list[float]) -> list[float]:
        """The integrals."""
        slow, travel = state
        for i, value in enumerate(self._linear.tick(slow, x)):
            travel[i] = self._keep * travel[i] + self._step * value
        return travel.copy()


@dataclass
class _ScalesState:
    slow: list[float]
    low: list[list[float]]
    power: list[float]


class Scales:
    """Energy of the acceleration on four time scales, an octave and a half apart.

    A causal dyadic decomposition: each scale is the difference of two one-pole low-passes (a
    wavelet without look-ahead), its root mean square taken over four times its own time.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    taus = (0.02, 0.056, 0.16, 0.45, 1.27)

    def __init__(self, space: Space, rate: float) -> None:
        self._linear = LinearAcceleration(space, rate)
        self._alphas = [alpha_of(tau, rate) for tau in self.taus]
        self._slow = [alpha_of(4 * tau, rate) for tau in self.taus[:-1]]
        self.axes = tuple(
            Axis(f"scale_{1 / (2 * math.pi * math.sqrt(a * b)):.1f}hz", 0.0, 5.0, "m/s²",
                 help="Acceleration around this frequency.")
            for a, b in zip(self.taus[:-1], self.taus[1:], strict=True)
        )  # fmt: skip

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Linear acceleration, else the accelerometer."""
        return linear_inputs(space)

    def init(self, x: list[float]) -> _ScalesState:
        """Gravity, the low-passes at rest, the mean squares."""
        slow = self._linear.init(x)
        first = self._linear.tick(slow, x)
        return _ScalesState(slow, [first.copy() for _ in self.taus], [0.0] * len(self._slow))

    def tick(self, state: _ScalesState, x: list[float]) -> list[float]:
        """One root mean square for each scale, from the fastest."""
        for i, value in enumerate(self._linear.tick(state.slow, x)):
            for alpha, low in zip(self._alphas, state.low, strict=True):
                low[i] += alpha * (value - low[i])
        for k, alpha in enumerate(self._slow):
            fine, coarse = state.low[k], state.low[k + 1]
            square = sum((a - b) ** 2 for a, b in zip(fine, coarse, strict=True))
            state.power[k] += alpha * (square - state.power[k])
        return [math.sqrt(power) for power in state.power]


@dataclass
class _PulseState:
    low: list[float]
    slow: list[float]
    power: list[float]
    last: list[float]
    waited: float = 0.0
    period: float = math.nan
    strength: float = 0.0


class Pulse:
    """Whether turning to and fro is regular, how fast, and where in the swing it is now.

    The strongest axis of the gyroscope, band-passed, is timed from one rising zero crossing to the
    next; periods that agree within a fifth make it regular.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    fastest, slowest = 0.12, 2.0  # seconds of one swing

    def __init__(self, space: Space, rate: float) -> None:
        self._step = 1.0 / rate
        self._low, self._slow = alpha_of(0.03, rate), alpha_of(0.5, rate)
        self.axes = (
            Axis("periodicity", 0.0, 1.0, help="How regularly the hand swings."),
            Axis("pulse", 0.0, 8.0, "Hz", help="Swings per second; 0 while irregular."),
            Axis("phase", 0.0, 1.0, help="Where in its swing the hand is."),
        )

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """The gyroscope's axes."""
        return family(space, "gyroscope")

    def init(self, x: list[float]) -> _PulseState:
        """Filters at rest."""
        return _PulseState(x.copy(), x.copy(), [0.0] * len(x), [0.0] * len(x))

    def tick(self, state: _PulseState, x: list[float]) -> list[float]:
        """Periodicity, pulse, phase."""
        band: list[float] = []
        for i, value in enumerate(x):
            state.low[i] += self._low * (value - state.low[i])
            state.slow[i] += self._slow * (value - state.slow[i])
            band.append(state.low[i] - state.slow[i])
            state.power[i] += self._slow * (band[i] * band[i] - state.power[i])
        main = max(range(len(x)), key=state.power.__getitem__)
        floor = 0.2 * math.sqrt(state.power[main])
        state.waited += self._step
        crossed = state.last[main] < 0.0 <= band[main]
        state.last = band
        if crossed and state.waited > self.fastest:
            self._swing(state, floor)
        elif state.waited > self.slowest:
            state.strength, state.period = 0.0, math.nan
        if state.strength < 0.05 or floor < 0.01:
            return [0.0 if floor < 0.01 else state.strength, 0.0, 0.0]
        phase = min(state.waited / state.period, 1.0)
        return [state.strength, 1.0 / state.period, phase]

    def _swing(self, state: _PulseState, floor: float) -> None:
        """One more swing is over."""
        off = abs(state.waited - state.period) / state.period if state.period > 0 else 1.0
        state.strength += 0.4 * (max(0.0, 1.0 - off / 0.2) - state.strength)
        known = state.period == state.period  # NaN is not equal to itself
        state.period = 0.5 * (state.period + state.waited) if known else state.waited
        state.waited = 0.0
