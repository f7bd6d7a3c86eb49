"""When a hand rests, so that its gesture is over."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cheiron.core.filters import alpha_of
from cheiron.core.recording import Recording

TURNING = 0.12
"""Radians in a second; slower turning is a hand at rest."""

_SLACK = 0.15  # of what an axis was taught with; a hand that stays within it is at rest
_OVER, _PAUSE = 0.5, 1.0  # seconds of rest after which a gesture is over: at its end, anywhere
_LONGER = 0.5  # seconds that a rest may last beyond those that were shown inside a gesture
_FRAME = 0.02  # seconds between the moments that are looked at in what was shown
_TWITCH = 0.5  # seconds of movement that are no gesture yet
_LATELY = 0.5  # seconds in which a hand at rest may wander off by the slack
_MARGIN = 0.1  # seconds of rest that are left around a gesture
_END = 0.8  # from this progress on it is at its end


@dataclass
class RestState:
    """One stream of :class:`Rest`.

    Args:
        anchor: Where the hand lately was; empty before the first frame.
        still: Seconds since it moved; for ever, before anything has moved.
        going: Seconds since the gesture began.
        over: Whether the gesture is over.
    """

    anchor: list[float]
    still: float = math.inf
    going: float = 0.0
    over: bool = True


class Rest:
    """Whether a gesture is over: after half a second of rest at its end, one in the midst of it.

    Where gestures were shown with longer rests inside them, it waits for those. A twitch is no
    gesture: what moves for half a second only is over as soon as what is at its end.

    A hand with a gyroscope rests when it does not turn; any other when every axis stays where it
    is. Before the first movement it rests too.

    Args:
        names: Axes of the movement.
        spread: How far each of them goes in what was taught.
        rate: Frames per second.
        shown: Movements that were taught, with these axes among others.

    >>> rest = Rest(["x"], [1.0], rate=10.0)
    >>> state = rest.init()
    >>> [rest.tick(state, [x], progress=0.9) for x in [0.0, 0.5, 1.0] + 6 * [1.0]]
    [True, False, False, False, False, False, False, False, True]
    """

    def __init__(
        self,
        names: Sequence[str],
        spread: Sequence[float],
        rate: float,
        shown: Sequence[Recording] = (),
    ) -> None:
        self._turning = [i for i, name in enumerate(names) if name.startswith("gyroscope_")]
        self._slack = [_SLACK * s for s in spread]
        self._step = 1.0 / rate
        self._follow = alpha_of(_LATELY, rate)
        inside = max((self._longest(motion, names) for motion in shown), default=0.0)
        self._pause = max(_PAUSE, inside + _LONGER)

    def init(self) -> RestState:
        """Nothing has moved yet."""
        return RestState([])

    def tick(self, state: RestState, x: Sequence[float], progress: float) -> bool:
        """Whether the gesture is over.

        Args:
            state: From ``init``.
            x: The movement now, NaN where missing.
            progress: How much of the gesture is over, in [0, 1].
        """
        state.still = 0.0 if self._moves(state, x) else state.still + self._step
        state.going = 0.0 if state.over else state.going + self._step
        soon = progress >= _END or state.going - state.still < _TWITCH
        state.over = state.still > (_OVER if soon else self._pause)
        return state.over

    def _longest(self, motion: Recording, names: Sequence[str]) -> float:
        """Seconds of the longest rest between two movements."""
        times = motion.times
        frames = np.arange(float(times[0]), float(times[-1]), _FRAME)
        moments = np.unique(np.searchsorted(times, frames))
        rows = np.stack([motion.column(name)[moments] for name in names], axis=1).tolist()
        state = self.init()
        moved = [t for t, row in zip(times[moments], rows, strict=True)
                 if self._moves(state, row)]  # fmt: skip
        return float(np.diff(moved).max(initial=0.0))

    def _moves(self, state: RestState, x: Sequence[float]) -> bool:
        if self._turning:
            return any(abs(x[i]) >= TURNING for i in self._turning)
        if not state.anchor:
            state.anchor = list(x)
            return False
        away = zip(x, state.anchor, self._slack, strict=True)
        moved = any(abs(now - before) > slack for now, before, slack in away)
        share = 1.0 if moved else self._follow
        # An axis that was missing is not moved by coming back.
        state.anchor = [
            before + share * (now - before) if before == before else now
            for now, before in zip(x, state.anchor, strict=True)
        ]
        return moved


def between_rests(motion: Recording, rate: float) -> slice:
    """The rows from the first turning to the last; all of them without a gyroscope or any turning.

    Args:
        motion: Its gyroscope's axes may carry their source's name.
        rate: Rows per second.
    """
    names = [n for n in motion.space.names if n.rsplit(".")[-1].startswith("gyroscope_")]
    turning = np.stack([motion.column(n) for n in names]) if names else np.zeros((1, 0))
    moving = np.flatnonzero((np.abs(turning) >= TURNING).any(axis=0))
    if len(moving) < 2:
        return slice(None)
    margin = round(_MARGIN * rate)
    return slice(max(int(moving[0]) - margin, 0), int(moving[-1]) + 1 + margin)
