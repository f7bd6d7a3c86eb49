"""How far in the past a source has to be read so that its late frames are not missed."""

import math
from collections import deque
from itertools import pairwise

from cheiron.core.mailbox import Letter

MOST = 0.030
"""Seconds; who is later than that is held instead of waited for."""

_FRAMES = 128  # how many frames the spread is taken from
_SHARE = 0.95  # of the frames come in time
_EVERY = 0.25  # seconds between two looks
_FEW = 16  # frames before the first look
_BOTHERS = 5e-4  # seconds of spread; a smaller one is not worth waiting for
_MOST_BASE = 0.25  # seconds
_MISTAKEN = 0.05  # seconds of usual lateness that are given up at once
_UP, _DOWN = 0.02, 0.005  # seconds of delay per second


class AutomaticDelay:
    """The delay of one source: its usual lateness and the spread of it, or a fixed one.

    Lateness is arrival minus frame time. Where it is always the same, the delay equals it, and a
    reading is the newest frame: nothing is added. Where it varies, the delay grows by the spread
    (the 95th percentile above the smallest), so that nearly every frame is there when the reading
    comes to it, and by up to as much again, but no more than the time between two frames, so that
    the next one is there too and the reading glides. It grows by at most 30 ms, 20 ms a second
    upwards and 5 downwards.

    The control thread calls all of it.

    Args:
        fixed: Seconds, when it is not to adapt.
    """

    def __init__(self, fixed: float | None = None) -> None:
        self._fixed = fixed
        self._late: deque[float] = deque(maxlen=_FRAMES)
        self._times: deque[float] = deque(maxlen=_FRAMES)
        self._base = self._wanted_base = 0.0
        self._spread = self._wanted_spread = 0.0
        self._looked = self._asked = -math.inf
        self._fresh = False

    @property
    def delay(self) -> float:
        """Seconds waited for late frames; what the source always is late is left out."""
        return self._spread if self._fixed is None else self._fixed

    def see(self, letter: Letter) -> None:
        """Take a frame that has arrived."""
        self._late.append(letter.arrival - letter.frame.time)
        self._times.append(letter.frame.time)
        self._fresh = True

    def at(self, now: float) -> float:
        """Seconds between a reading at ``now`` and the moment that it speaks of."""
        if self._fixed is not None:
            return self._fixed
        if self._fresh and now - self._looked >= _EVERY and len(self._late) >= _FEW:
            self._looked, self._fresh = now, False
            self._look()
        passed = min(now - self._asked, _EVERY)
        self._asked = now
        if self._spread != self._wanted_spread:
            self._spread = _towards(self._wanted_spread, self._spread, passed)
        if self._base != self._wanted_base:
            self._base = _towards(self._wanted_base, self._base, passed)
        return self._base + self._spread

    def _look(self) -> None:
        late = sorted(self._late)
        spread = late[int(_SHARE * (len(late) - 1))] - late[0]
        steps = sorted(b - a for a, b in pairwise(self._times))
        wait = spread + min(spread, steps[len(steps) // 2])
        self._wanted_spread = min(wait, MOST) if spread > _BOTHERS else 0.0
        self._wanted_base = min(max(late[0], 0.0), _MOST_BASE)
        if self._wanted_base < self._base - _MISTAKEN:
            self._base = self._wanted_base


def _towards(wanted: float, value: float, passed: float) -> float:
    """A change of delay bends time, so it is slow."""
    return value + max(-_DOWN * passed, min(_UP * passed, wanted - value))
