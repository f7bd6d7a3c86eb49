"""What hands before a camera do: how fast they move, how they open and close, how far apart."""

import math
from dataclasses import dataclass

from cheiron.core.circle import turn
from cheiron.core.filters import alpha_of
from cheiron.core.space import Axis, Space

_PARTS = ("x", "y", "near", "open", "roll", "yaw")
_TURN = 360.0  # degrees
_DEPTH = 0.5  # what a whole range of near counts for beside a whole picture
_PAIR = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("x", "y", "near", "open"))


@dataclass
class _HandState:
    last: list[float]
    velocity: list[float]


class Hand:
    """Movement of one hand: speed, opening, turning.

    ``SIDE_speed`` is how fast the palm moves, in pictures per second (a whole range of ``near``
    counts as half a picture); ``SIDE_opening`` how fast the hand opens, per second, negative while
    it closes; ``SIDE_turning`` how fast it rolls and yaws, degrees per second. Each is a difference
    of one frame smoothed over ``tau``, so a rate of 15 pictures a second does not show as steps.
    While the hand is out of the picture its place is held, so all three fall to 0.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    side = ""
    tau = 0.06

    def __init__(self, space: Space, rate: float) -> None:
        self._rate, self._alpha = rate, alpha_of(self.tau, rate)
        who = f"{self.side} hand"
        self.axes = (
            Axis(f"{self.side}_speed", 0.0, 3.0, "1/s", help=f"How fast the {who} moves."),
            Axis(f"{self.side}_opening", -8.0, 8.0, "1/s", help=f"How fast the {who} opens."),
            Axis(f"{self.side}_turning", 0.0, 720.0, "°/s", help=f"How fast the {who} turns."),
        )

    @classmethod
    def inputs(cls, space: Space) -> tuple[str, ...]:
        """Place, nearness, openness and angles of this hand; all of them, or nothing."""
        names = tuple(f"{cls.side}_{part}" for part in _PARTS)
        return names if set(names) <= set(space.names) else ()

    def init(self, x: list[float]) -> _HandState:
        """The last row and the smoothed velocity of each part."""
        return _HandState(x, [0.0] * len(x))

    def tick(self, state: _HandState, x: list[float]) -> list[float]:
        """Speed, opening, turning."""
        velocity, last = state.velocity, state.last
        for i, (now, before) in enumerate(zip(x, last, strict=True)):
            step = turn(before, now, _TURN) if i >= 4 else now - before
            velocity[i] += self._alpha * (step * self._rate - velocity[i])
        state.last = x
        right, up, near, opening, roll, yaw = velocity
        return [math.hypot(right, up, _DEPTH * near), opening, math.hypot(roll, yaw)]


class LeftHand(Hand):
    """Movement of the left hand, see :class:`Hand`."""

    side = "left"


class RightHand(Hand):
    """Movement of the right hand, see :class:`Hand`."""

    side = "right"


class BothHands:
    """What two hands are to each other.

    ``hands_apart`` is the distance between the palms in widths of the picture, ``hands_level`` by
    how much the right one is higher, ``hands_nearer`` by how much nearer, and ``hands_unlike`` by
    how much more open; the last three in ranges, 0 when the hands do the same. Nothing is
    smoothed: what comes in already is.

    Args:
        space: Where the sensors are.
        rate: Frames per second.
    """

    axes = (
        Axis("hands_apart", 0.0, 1.0, help="How far apart the palms are, in widths."),
        Axis("hands_level", -1.0, 1.0, help="By how much the right hand is higher."),
        Axis("hands_nearer", -1.0, 1.0, help="By how much the right hand is nearer."),
        Axis("hands_unlike", -1.0, 1.0, help="By how much the right hand is more open."),
    )

    def __init__(self, space: Space, rate: float) -> None:
        pass

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """Place, nearness and openness of both hands; all of them, or nothing."""
        return _PAIR if set(_PAIR) <= set(space.names) else ()

    def init(self, x: list[float]) -> None:
        """Nothing to remember."""

    def tick(self, state: None, x: list[float]) -> list[float]:
        """Apart, level, nearer, unlike."""
        across, level, nearer, unlike = (x[4 + k] - x[k] for k in range(4))
        return [math.hypot(across, level), level, nearer, unlike]
