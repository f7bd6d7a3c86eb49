"""The movement of a phone, sent by a page that it has open."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.mailbox import PAUSE, Mailbox
from cheiron.core.space import Space
from cheiron.sources.phone_clock import PhoneClock
from cheiron.sources.phone_motion import SAMPLE, PhoneMotion, phone_axes

MOST_SEATS = 8
"""How many phones may play at once."""

_SHORTEST = 1e-3  # seconds; no phone measures more often, so this is two events told at once
_GAP = 1.7  # usual steps between two samples from which one was lost
_USUAL = 0.05  # how fast the usual step is learnt


class PhoneSource:
    """A phone's accelerometer, gyroscope and orientation, and its page as a button.

    The axes are those that motion features know: ``accelerometer_x`` …, ``linear_acceleration_x``
    … and ``gravity_x`` … in m/s², ``gyroscope_x`` … in rad/s, ``quaternion_w`` … (device to world)
    and ``button``. They belong to the body of the phone, so they stay what they are when the
    picture on its screen turns. The phone's time stamps are moved to the engine's clock, offset and
    skew taken out. While the phone sleeps or is gone every axis is undefined and :attr:`problem`
    says why.

    :meth:`push`, :meth:`come` and :meth:`leave` are called by one thread, :meth:`latest` by any.

    Args:
        seat: Which phone of several, from 1; each is a source of its own.
        clock: Monotonic seconds, the engine's clock.

    Raises:
        CheironError: If there is no such seat.

    >>> source = PhoneSource()
    >>> flat = [20.0, 0, 0, 0, 0, 0, 9.81, 0, 0, 90.0, 0, 0, 0]
    >>> source.push([flat], arrival=3.0)
    True
    >>> frame = source.latest()
    >>> frame.time, round(float(frame.values[frame.space.index("gyroscope_z")]), 2)
    (3.0, 1.57)
    """

    def __init__(self, seat: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        if type(seat) is not int or not 1 <= seat <= MOST_SEATS:
            raise CheironError(
                f"a phone was given the seat {seat!r}; expected a whole number from 1 to "
                f"{MOST_SEATS}."
            )
        self.seat = seat
        self.space = Space("phone", phone_axes())
        self.mailbox = Mailbox()
        self.problem = ""
        self.away = True
        """Is there no phone, so that all axes are undefined?"""
        self.latency = math.nan
        """Seconds from the phone to here, half of the best round trip; NaN while none is known."""
        self.lost = 0
        """Samples that did not come, told by the steps of the time stamps."""
        self.malformed = 0
        self._clock = clock
        self._time = -math.inf
        self._stamp = -math.inf
        self._step = math.nan
        self.come()

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {"seat": self.seat}

    @property
    def skew(self) -> float:
        """How much slower the phone's clock runs than the engine's, as a share."""
        return self._phone.skew

    def open(self) -> None:
        """Nothing to do: the phone sends by itself."""

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self) -> None:
        """Let go of all axes."""
        self.leave("")

    def come(self) -> None:
        """A phone has opened the page: its clock and its sensors may be others."""
        self.problem = ""
        self._phone, self._motion = PhoneClock(), PhoneMotion()
        self._stamp, self._step = -math.inf, math.nan

    def leave(self, why: str) -> None:
        """The phone says nothing any more: every axis is undefined until it does.

        Args:
            why: A sentence for the player.
        """
        was, self.away, self.problem = self.away, True, why
        if not was:
            now = self._clock()
            nothing = np.full(self.space.size, np.nan, np.float32)
            self._publish(now, nothing, now)

    def push(
        self,
        samples: Sequence[Sequence[float | None]],
        arrival: float,
        trip: float = math.nan,
        button: float = 0.0,
    ) -> bool:
        """Take a batch of samples; whether it was one. A bad one is counted in ``malformed``.

        Args:
            samples: Oldest first, each as :data:`~cheiron.sources.phone_motion.SAMPLE` says; the
                first number is the phone's time in seconds.
            arrival: When they came, seconds on the engine's clock.
            trip: The best round trip to the phone, in seconds; NaN while none is known.
            button: 1 while a finger is on the phone's page.
        """
        if not samples or any(len(sample) != SAMPLE for sample in samples):
            self.malformed += 1
            return False
        half = trip / 2 if trip >= 0 else 0.0
        self.latency = half if trip >= 0 else math.nan
        for sample in samples:
            if sample[0] is None or sample[0] <= self._stamp - PAUSE:
                self._stamp = -math.inf  # a clock that was set anew
            if sample[0] is None or sample[0] <= self._stamp:
                self.malformed += 1
                continue
            moment = self._phone.local(sample[0], arrival, 2 * half)
            self._count(sample[0])
            row = np.array(self._motion.row(sample, button), np.float32)
            self._publish(arrival if moment is None else moment, row, arrival)
        self.away, self.problem = False, ""
        return True

    def _count(self, stamp: float) -> None:
        """Learn the usual step; a longer one means that samples were lost."""
        step, self._stamp = stamp - self._stamp, stamp
        if not _SHORTEST <= step <= PAUSE:
            return
        if math.isnan(self._step):
            self._step = step
        if step > _GAP * self._step:
            self.lost += round(step / self._step) - 1
        self._step += _USUAL * (min(step, 2 * self._step) - self._step)

    def _publish(self, moment: float, values: Any, arrival: float) -> None:
        self._time = max(moment, self._time + 1e-6)
        self.mailbox.put(Frame(self._time, values, self.space), arrival)
