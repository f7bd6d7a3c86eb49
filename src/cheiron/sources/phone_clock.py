"""A phone's time stamps on the engine's clock: offset and skew, both estimated and removed."""

from collections import deque
from collections.abc import Sequence

_BIN = 0.5  # seconds; of each only the stamp that came fastest is kept
_BINS = 120  # a minute: long enough to see a few parts in a million, short enough to follow drift
_SPAN = 10.0  # seconds of stamps before a skew is believed
_MOST = 5e-4  # no clock that is not broken is off by more
_AGREE = 1.0  # seconds between two offsets that may still come from one clock
_PERSUADE = 3  # stamps in a row that must agree on a new offset before it is believed
_LATE = 0.04  # seconds above the line
_LATE_BINS = 4  # that far above it in a row: the clock stood still, as when a phone has slept

Point = tuple[float, float]


class PhoneClock:
    """Turns a phone's seconds into the engine's, though the two clocks run at different rates.

    No message comes before it was sent, so all points (stamp, arrival - stamp) lie above a line
    whose slope is the skew and whose height is the offset and the fastest way through the network.
    Of all lines below the points the one with the smallest sum of distances is taken: the edge of
    their lower convex hull that spans the mean stamp (Moon, Skelly and Towsley 1999). Half of the
    best round trip, which the network knows, is that fastest way, and is taken off again.

    A stamp that fits nothing is absurd; three in a row that fit each other are a clock that was
    set anew, and so are two seconds of stamps that are all late.

    One thread calls it.

    >>> clock = PhoneClock()
    >>> clock.local(100.0, 5.0), clock.local(100.25, 5.5), clock.local(9e9, 5.75)
    (5.0, 5.25, None)
    >>> round(clock.local(100.5, 5.5, trip=0.01), 6)
    5.495
    """

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=_BINS)
        self._least: Point | None = None
        self._began = 0.0
        self._origin = 0.0
        self._base = 0.0
        self._late = 0
        self._strangers: list[Point] = []
        self._started = False
        self.skew = 0.0
        """Seconds by which the phone falls behind in each of its own; 1e-6 is one in a million."""

    def local(self, stamp: float, arrival: float, trip: float = 0.0) -> float | None:
        """When that was on the engine's clock, at most ``arrival``.

        Args:
            stamp: The phone's seconds, from any zero.
            arrival: When it came, the engine's seconds.
            trip: The best round trip, in seconds; 0 while none is known.

        Returns:
            Seconds; None where the stamp is absurd, so that nothing can be said.
        """
        offset = arrival - stamp
        if not self._started:
            self._start([(stamp, offset)])
        elif abs(offset - self._line(stamp)) > _AGREE:
            if not self._is_new_clock(stamp, offset):
                return None
            self._start(self._strangers)
        self._strangers = []
        self._base += min(0.0, offset - self._line(stamp))
        self._note(stamp, offset)
        return min(stamp + self._line(stamp) - trip / 2, arrival)

    def _line(self, stamp: float) -> float:
        return self._base + self.skew * (stamp - self._origin)

    def _start(self, points: Sequence[Point]) -> None:
        self._started = True
        self._points.clear()
        self._origin, self._began = points[0][0], points[-1][0]
        self._base, self._least = min(offset for _, offset in points), None
        self.skew, self._late = 0.0, 0

    def _is_new_clock(self, stamp: float, offset: float) -> bool:
        if self._strangers and abs(offset - self._strangers[-1][1]) > _AGREE:
            self._strangers.clear()
        self._strangers.append((stamp, offset))
        return len(self._strangers) >= _PERSUADE

    def _note(self, stamp: float, offset: float) -> None:
        """Keep the fastest of each bin; look at the line anew when one is full."""
        if stamp - self._began >= _BIN and self._least is not None:
            least, self._least, self._began = self._least, None, stamp
            self._points.append(least)
            late = least[1] - self._line(least[0]) > _LATE
            self._late = self._late + 1 if late else 0
            if self._late >= _LATE_BINS:
                recent = list(self._points)[-_LATE_BINS:]
                self._start(recent)
                self._points.extend(recent)
            else:
                self._fit()
        if self._least is None or offset < self._least[1]:
            self._least = stamp, offset

    def _fit(self) -> None:
        points = list(self._points)
        mean = sum(stamp for stamp, _ in points) / len(points)
        self.skew, self._origin = 0.0, mean
        if points[-1][0] - points[0][0] >= _SPAN:
            left, right = _spanning(_lower_hull(points), mean)
            self.skew = min(max((right[1] - left[1]) / (right[0] - left[0]), -_MOST), _MOST)
        self._base = min(offset - self.skew * (stamp - mean) for stamp, offset in points)


def _lower_hull(points: Sequence[Point]) -> list[Point]:
    """The lower convex hull of points whose first coordinate rises (Andrew 1979)."""
    hull: list[Point] = []
    for x, y in points:
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (x1 - x0) * (y - y0) > (y1 - y0) * (x - x0):
                break
            hull.pop()
        if not hull or x > hull[-1][0]:
            hull.append((x, y))
    return hull


def _spanning(hull: Sequence[Point], mean: float) -> tuple[Point, Point]:
    """The edge that the mean lies under."""
    right = next((i for i, (x, _) in enumerate(hull) if x >= mean and i > 0), len(hull) - 1)
    return hull[right - 1], hull[right]
