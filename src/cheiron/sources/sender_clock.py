"""When a message was sent, on the engine's clock."""

_AGREE = 1.0  # seconds between two offsets that may still come from one clock
_PERSUADE = 3  # stamps in a row that must agree on a new offset before it is believed
_MEMORY = 20.0  # seconds after which an offset is forgotten, so that clocks may drift apart


class SenderClock:
    """Turns another machine's time stamps into the engine's seconds.

    What arrives was sent a little earlier, never later, so the smallest ``arrival - stamp`` of the
    last 10 to 20 seconds is the offset between the two clocks plus the fastest way through the
    network; a message that took longer is told apart by being later than that. So a delay of the
    network does not become a movement. A stamp that fits nothing before it is absurd; three of
    them in a row that fit each other are a clock that was set anew, such as a page that was
    loaded again.

    One thread calls it.

    >>> clock = SenderClock()
    >>> clock.local(100.0, 5.0), clock.local(100.25, 5.5), clock.local(9e9, 5.75)
    (5.0, 5.25, None)
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._next: float | None = None
        self._began = 0.0
        self._strangers: list[float] = []

    def local(self, stamp: float, arrival: float) -> float | None:
        """When that was on the engine's clock, at most ``arrival``.

        Args:
            stamp: The sender's seconds, from any zero.
            arrival: When it came, the engine's seconds.

        Returns:
            Seconds; None where the stamp is absurd, so that nothing can be said.
        """
        offset = arrival - stamp
        if self._offset is None:
            self._start(offset, arrival)
        elif abs(offset - self._offset) > _AGREE:
            if not self._is_new_clock(offset):
                return None
            self._start(min(self._strangers), arrival)
        self._strangers = []
        self._lower(offset, arrival)
        return min(stamp + (self._offset or 0.0), arrival)

    def _start(self, offset: float, arrival: float) -> None:
        self._offset, self._next, self._began = offset, None, arrival

    def _is_new_clock(self, offset: float) -> bool:
        strangers = self._strangers
        if strangers and abs(offset - strangers[-1]) > _AGREE:
            strangers.clear()
        strangers.append(offset)
        return len(strangers) >= _PERSUADE

    def _lower(self, offset: float, arrival: float) -> None:
        """Keep the minimum of this half of the memory and, for the time after, of the next."""
        if self._offset is None or offset < self._offset:
            self._offset = offset
        if self._next is None or offset < self._next:
            self._next = offset
        if arrival - self._began > _MEMORY / 2:
            self._offset, self._next, self._began = self._next, None, arrival
