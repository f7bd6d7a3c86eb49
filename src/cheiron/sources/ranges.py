"""Ranges of axes that nobody has described, learnt from what came."""

import math

_WILD = 1e9  # beyond it is an error of the sender, not a range
_PATIENCE = 2  # messages in a row outside the range before it grows


def nice(size: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 … at or above ``size``; at least 1.

    >>> nice(0.3), nice(1.2), nice(9.81), nice(127.0)
    (1.0, 2.0, 10.0, 127.0)
    """
    if size <= 1.0:
        return 1.0
    if size in (127.0, 255.0, 16383.0):  # what controllers end at
        return size
    power = 10.0 ** math.floor(math.log10(size))
    return next(power * step for step in (1.0, 2.0, 5.0, 10.0) if size <= power * step * (1 + 1e-9))


class LearntRange:
    """Grows in few large steps, so that the space changes a few times and then never again.

    It begins as 0 to 1. A value below 0 makes it symmetric; a value beyond an end moves the end to
    the next of 1, 2, 5, 10 … A value must come twice in a row to count, and beyond 1e9 never
    does, so one wild packet does no harm.

    >>> learnt = LearntRange()
    >>> [learnt.see(value) for value in (0.5, 9.0, 9.5, -9.8, -9.8)]
    [False, False, True, False, True]
    >>> learnt.low, learnt.high
    (-10.0, 10.0)
    """

    def __init__(self) -> None:
        self.low, self.high = 0.0, 1.0
        self._outside = 0

    def see(self, value: float) -> bool:
        """Take a value; whether the range changed."""
        if self.low <= value <= self.high or not abs(value) <= _WILD:
            self._outside = 0
            return False
        self._outside += 1
        if self._outside < _PATIENCE:
            return False
        self._outside = 0
        self.high = max(self.high, nice(abs(value)))
        self.low = -self.high if value < 0 or self.low < 0 else 0.0
        return True
