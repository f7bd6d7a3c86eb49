"""When a sample will be asked for: a clock that follows the audio callback."""

from math import pi, sqrt

_SETTLING = 0.5  # s after a start in which the loop follows faster
_BANDWIDTH_SETTLING, _BANDWIDTH = 6.0, 1.0  # Hz
_DRIFT = 0.05  # the clock of an output is believed to be within this of its nominal rate
_LOST = 0.03  # s (and one block) off the prediction, beyond which the loop starts anew
_MOVED = 0.001  # s off the prediction: more than jitter, if it lasts
_CALLS = 4  # calls in a row that are late by so much, after which the grid has moved
_STALL = 0.15  # s (and four blocks) without a call, after which nobody is listening


class Pace:
    """A delay-locked loop from the times of callbacks to the time of any sample.

    Callbacks come when the system lets them; the samples themselves leave at a steady rate. The
    loop filters the first into the second: with ``e`` the time of a call less its prediction,
    ``t += b e``, ``period += c e / samples``, where ``b = sqrt(2) w``, ``c = w^2`` and
    ``w = 2 pi (bandwidth) (time between calls)``. Scheduling by this clock instead of "when the
    callback has run" keeps the delay from sensor to sound the same for every frame, though frames
    and blocks have different lengths.

    Reference: F. Adriaensen: "Using a DLL to filter time", Linux Audio Conference 2005.

    All calls come from the control thread.

    Args:
        sample_rate: Nominal samples per second.
        block: Nominal samples of one call.

    Attributes:
        jitter: Mean magnitude of ``e``, seconds.
    """

    def __init__(self, sample_rate: int, block: int) -> None:
        self._nominal = 1.0 / sample_rate
        self._block = block * self._nominal
        self._period = self._nominal
        self._time = self._born = 0.0
        self._begin = self._end = 0  # the samples that the last call asked for, of all asked for
        self._offset = 0  # of these less ring positions
        self._late, self._least = 0, 1.0
        self.jitter = 0.0

    @property
    def started(self) -> bool:
        """Whether anybody has asked for sound yet."""
        return self._end > 0

    def called(self, time: float, asked: int, taken: int) -> None:
        """Take the next call of the log: when, for how much, and the ring position after it."""
        if not self._end:
            self._restart(time)
        elif asked:
            self._follow(time)
        self._begin = self._end
        self._end += asked
        self._offset = self._end - taken

    def time_of(self, position: int) -> float:
        """When the sample at this position of the ring is due, seconds.

        The first sample of a block is due when the block is asked for, the others follow at the
        sample rate.
        """
        return self._time + (position + self._offset - self._begin) * self._period

    def stalled(self, now: float) -> bool:
        """Whether calls have stopped coming."""
        return now - self._time > _STALL + 4 * self._block

    def _follow(self, time: float) -> None:
        samples = self._end - self._begin
        elapsed = samples * self._period
        expected = self._time + elapsed
        error = time - expected
        self.jitter += 0.02 * (abs(error) - self.jitter)
        if abs(error) > _LOST + self._block:
            self._restart(time)
            return
        if shift := self._shift(error):
            self._time = expected + shift
            return
        young = time - self._born < _SETTLING
        w = min(2 * pi * (_BANDWIDTH_SETTLING if young else _BANDWIDTH) * elapsed, 0.5)
        self._time = expected + sqrt(2) * w * error
        low, high = self._nominal * (1 - _DRIFT), self._nominal * (1 + _DRIFT)
        self._period = min(max(self._period + w * w * error / samples, low), high)

    def _shift(self, error: float) -> float:
        """How far the whole grid of calls has moved, as after a drop-out; 0 if it has not.

        A call may be late by chance but hardly early: one that is early shows the grid, and so
        does the earliest of several that were all late.
        """
        if error <= _MOVED:
            self._late, self._least = 0, 1.0
            return error if error < -_MOVED else 0.0
        self._late, self._least = self._late + 1, min(self._least, error)
        if self._late < _CALLS:
            return 0.0
        shift, self._late, self._least = self._least, 0, 1.0
        return shift

    def _restart(self, time: float) -> None:
        self._time = self._born = time
        self._period = self._nominal
