"""One output with everything that belongs to it: ring, playback, clock, lead."""

from time import perf_counter

from cheiron.core.protocols import Audio, LiveOutput
from cheiron.engine.lead import Lead
from cheiron.engine.pace import Pace
from cheiron.engine.playback import CallLog, Playback

_SLOP = 0.0005  # s
_MARKS = 256  # blocks whose time of writing is remembered


class Line:
    """Decides when a block must be made for one output, and hands it over.

    Without an output, or while the output asks for nothing (a device that was pulled out), time
    goes on by the wall clock and blocks go to the monitor only.

    The control thread calls :meth:`due` and :meth:`write`; the output's thread calls
    ``playback.pull``.

    Args:
        output: Open already, and pulling from the playback; None for none.
        playback: Its other end.
        sample_rate: Samples per second.
        block: Samples that the output asks for at once.
    """

    def __init__(
        self, output: LiveOutput | None, playback: Playback, sample_rate: int, block: int
    ) -> None:
        self.output, self.playback = output, playback
        self.sample_rate, self._block = sample_rate, block
        self.ring = playback.ring
        self.pace, self.lead = Pace(sample_rate, block), Lead(block / sample_rate)
        self._read = playback.log.count
        self._free, self._free_due = True, 0.0
        self._ends = [0] * _MARKS
        self._done = [0.0] * _MARKS
        self._leads = [0.0] * _MARKS
        self._mark = self._check = 0
        self._called = 0.0
        self._missed = playback.underruns
        self._miss = 0.0

    def due(self, now: float) -> float:
        """When the next block is to be begun, seconds."""
        self._follow(now)
        if self._free:
            self._free_due = self._free_due or now
            return self._free_due
        lead = self.lead.seconds
        # More waits in the ring than the lead: after a drop-out the output is not as far as the
        # clock believes, so the clock must not have the ring filled up.
        surplus = self.ring.available / self.sample_rate - lead - _SLOP
        due = self.pace.time_of(self.ring.written) - lead
        return max(due, now + surplus) if surplus > 0 else due

    def write(self, block: Audio, done: float) -> None:
        """Hand over a block that is ready.

        Args:
            block: At the output's sample rate.
            done: When it was ready.
        """
        if self._free:
            self._free_due = max(self._free_due, done - 0.05) + len(block) / self.sample_rate
            self.playback.monitor.write(block)
            return
        self.ring.write(block)
        slot = self._mark % _MARKS
        self._ends[slot], self._done[slot] = self.ring.written, done
        self._leads[slot] = self.lead.seconds
        self._mark += 1
        self._judge()

    def _follow(self, now: float) -> None:
        """Learn from the calls since the last look."""
        log = self.playback.log
        count = log.count
        if count == self._read:
            if not self._free and self.pace.stalled(now):
                self._free, self._free_due = True, now
                self.playback.flush()
            return
        if self._free:
            self._free = False
            self.pace, self._read = Pace(self.sample_rate, self._block), count - 1
            self.playback.flush()
        for i in range(max(self._read, count - CallLog.SIZE), count):
            self._take(log, i % CallLog.SIZE)
        self._read = count

    def _take(self, log: CallLog, slot: int) -> None:
        time, asked = float(log.times[slot]), int(log.asked[slot])
        taken = max(int(log.taken[slot]), self.playback.flushed)
        self.pace.called(time, asked, taken)
        elapsed, self._called = time - self._called, time
        if int(log.given[slot]) < asked:
            if self.playback.underruns != self._missed:
                self._missed, self._miss = self.playback.underruns, time
                self._judge()
            return
        while self._check < self._mark and self._ends[self._check % _MARKS] < taken:
            self._check += 1
        if self._check < self._mark:
            mark = self._check % _MARKS
            self.lead.met(time - self._done[mark], self._leads[mark], elapsed)

    def _judge(self) -> None:
        """Tell the lead how late the frame was that was missed, once it is there."""
        if not self._miss:
            return
        first = self._mark
        while first > max(0, self._mark - _MARKS) and self._done[(first - 1) % _MARKS] > self._miss:
            first -= 1
        if first < self._mark:
            self.lead.missed(self._done[first % _MARKS] - self._miss)
            self._miss = 0.0


def clock() -> float:
    """Seconds on the clock of the engine; the same as that of the sensors."""
    return perf_counter()
