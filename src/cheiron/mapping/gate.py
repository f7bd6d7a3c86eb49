"""What mappings share about time: gates that open and close, and input that grows old."""

import math
from dataclasses import dataclass

from cheiron.core.filters import alpha_of

STALE = 0.25
"""Seconds without anything new after which the input is no longer trusted fully."""

_FADE = 0.5  # seconds from the first doubt to none left


def gate(now: float, goal: float, attack: float, release: float, rate: float) -> float:
    """The next value of a gate in [0, 1].

    It opens fast at first and slower towards the end, so that a sound starts at once (95 % after
    ``attack``), and closes in a straight line, so that it is shut after ``release`` exactly.

    Args:
        now: Its value in the frame before.
        goal: Where it is to go.
        attack: Seconds.
        release: Seconds from 1 to 0.
        rate: Frames per second.

    >>> gate(0.5, 0.0, attack=0.01, release=0.1, rate=100.0)
    0.4
    """
    if goal > now:
        after = now + alpha_of(attack / 3, rate) * (goal - now)
        return goal if goal - after < 1e-3 else after
    return max(goal, now - 1.0 / (release * rate))


@dataclass
class Freshness:
    """How long ago the input last said anything new.

    Args:
        heard: Time of the newest frame.
        waited: Frames of this clock since then.
    """

    heard: float = -math.inf
    waited: int = 0

    def tick(self, time: float) -> None:
        """Take the time of a frame."""
        if time > self.heard:
            self.heard, self.waited = time, 0
        else:
            self.waited += 1

    def confidence(self, rate: float) -> float:
        """1 while the input is fresh; falls to 0 between 0.25 s and 0.75 s without anything new."""
        doubt = (self.waited / rate - STALE) / _FADE
        return min(max(1.0 - doubt, 0.0), 1.0)
