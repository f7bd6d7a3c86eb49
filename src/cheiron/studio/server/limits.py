"""How much a page may say in a second."""


class Bucket:
    """Lets ``rate`` messages a second pass, and ``burst`` at once.

    Args:
        rate: Messages a second.
        burst: Most that may pass without a pause.

    >>> bucket = Bucket(rate=10, burst=2)
    >>> [bucket.take(now) for now in (0.0, 0.0, 0.0, 0.1)]
    [True, True, False, True]
    """

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._level = burst
        self._time: float | None = None

    def take(self, now: float, count: int = 1) -> bool:
        """May one more, or so many, pass at this moment (seconds, never falling)?"""
        if self._time is not None:
            self._level = min(self.burst, self._level + (now - self._time) * self.rate)
        self._time = now
        if self._level < count - 1e-9:
            return False
        self._level -= count
        return True

    def wait(self) -> float:
        """Seconds from the last :meth:`take` until one more may pass."""
        return max(0.0, (1.0 - self._level) / self.rate)
