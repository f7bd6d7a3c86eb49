"""The consumer's end: what runs inside the audio callback."""

from threading import get_ident
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio
from cheiron.engine.monitor import Monitor
from cheiron.engine.priority import CALLBACK, realtime
from cheiron.engine.ring import SampleRing

_RISE = 0.005  # s, fade in after a gap
_FALL = 0.005  # s, fade out into a gap
_TURN = 0.02  # s, from one gain to another


class CallLog:
    """When blocks were asked for; written by the output's thread, read by the control thread.

    Attributes:
        count: Calls so far; call ``i`` stands at ``i % SIZE``.
        times: Seconds of :func:`time.perf_counter` at which the call began.
        asked: Samples that were asked for.
        given: Samples of them that came from the ring.
        taken: The ring's ``taken`` after the call.
    """

    SIZE = 1024
    __slots__ = ("asked", "count", "given", "taken", "times")

    def __init__(self) -> None:
        self.count = 0
        self.times: NDArray[np.float64] = np.zeros(self.SIZE)
        self.asked: NDArray[np.int64] = np.zeros(self.SIZE, np.int64)
        self.given: NDArray[np.int64] = np.zeros(self.SIZE, np.int64)
        self.taken: NDArray[np.int64] = np.zeros(self.SIZE, np.int64)


class Playback:
    """Fills the output's blocks from a ring: copies, fades, counts, and nothing else.

    When the ring runs dry the sound fades to silence within the block, which counts as an
    underrun; it returns, with a fade of 5 ms, as soon as a whole block is there. The silence
    before the first sound, or after :meth:`flush`, is no underrun.

    :meth:`pull` is called on the output's own thread and never waits. ``gain`` and ``muted`` may
    be set by any thread; they act over 20 ms. The control thread calls :meth:`flush`.

    Args:
        ring: Where the sound comes from.
        sample_rate: Samples per second, for the lengths of the fades.
        monitor: Shows what is heard; a new one when absent.

    Attributes:
        gain: Master gain, at least 0; 1 leaves the sound as it is.
        muted: Whether nothing is to be heard.
        underruns: How often the ring ran dry.
        flushed: Ring position before which nothing is played any more.
        log: When it was called.

    >>> ring = SampleRing(512)
    >>> playback, out = Playback(ring, 48000), np.ones(128, np.float32)
    >>> playback.pull(out)
    >>> float(abs(out).max()), playback.underruns
    (0.0, 0)
    """

    def __init__(
        self, ring: SampleRing, sample_rate: int = 48000, monitor: Monitor | None = None
    ) -> None:
        self.ring, self.monitor, self.log = ring, monitor or Monitor(), CallLog()
        self.gain, self.muted = 1.0, False
        self.underruns = 0
        self._rise = _ramp(_RISE, sample_rate)
        self._fall = max(1, int(_FALL * sample_rate))
        self._steps = np.arange(1, max(2, int(_TURN * sample_rate)) + 1, dtype=np.float32)
        self._scratch = np.zeros_like(self._steps)
        self._dry, self._risen = True, 0
        self._last = 0.0
        self.flushed = 0
        self._level = self._target = 1.0
        self._turning = 0
        self._thread = 0

    @property
    def dry(self) -> bool:
        """Whether silence is played for want of sound."""
        return self._dry

    def flush(self) -> None:
        """Forget what waits in the ring; what is written from now on starts with a fade."""
        self.flushed = self.ring.written

    def pull(self, out: Audio) -> None:
        """Fill a block in place, shape ``(samples,)``."""
        now = perf_counter()
        if self._thread != get_ident():  # the first call, or the output opened again
            self._thread = get_ident()
            realtime(CALLBACK)
        given = self._fill(out)
        self._amplify(out)
        self.monitor.write(out)
        log = self.log
        slot = log.count % CallLog.SIZE
        log.times[slot], log.taken[slot] = now, self.ring.taken
        log.asked[slot], log.given[slot] = len(out), given
        log.count += 1

    def _fill(self, out: Audio) -> int:
        ring, count = self.ring, len(out)
        if ring.taken < self.flushed:
            ring.skip(self.flushed)
            if not self._dry:
                self._run_dry(out, 0)
                return 0
        if self._dry:
            if ring.written - ring.taken < max(count, 1):
                out.fill(0.0)
                return 0
            self._dry, self._risen = False, 0
        given = ring.read(out)
        if given == count:
            self._last = float(out[-1]) if count else self._last
            self._fade_in(out)
            return given
        self.underruns += 1
        self._last = float(out[given - 1]) if given else self._last
        self._run_dry(out, given)
        return given

    def _run_dry(self, out: Audio, given: int) -> None:
        """Hold the last sample behind what was given, and fade within the block."""
        out[given:] = self._last
        self._fade_in(out)
        fade = min(len(out), self._fall)
        start = min(given, len(out) - fade)
        ramp = np.multiply(self._steps[:fade], -1.0 / max(fade, 1), out=self._scratch[:fade])
        ramp += 1.0
        out[start : start + fade] *= ramp
        out[start + fade :] = 0.0
        self._dry, self._last = True, 0.0

    def _fade_in(self, out: Audio) -> None:
        if self._risen < len(self._rise):
            part = self._rise[self._risen : self._risen + len(out)]
            out[: len(part)] *= part
            self._risen += len(part)

    def _amplify(self, out: Audio) -> None:
        target = 0.0 if self.muted else self.gain
        if target != self._target:
            self._target, self._turning = target, len(self._steps)
        count = min(self._turning, len(out))
        if count:
            slope = (self._target - self._level) / self._turning
            ramp = np.multiply(self._steps[:count], slope, out=self._scratch[:count])
            ramp += self._level
            out[:count] *= ramp
            self._turning -= count
            self._level = float(ramp[-1]) if self._turning else self._target
        if self._level != 1.0 and not self._turning:
            out[count:] *= self._level
        if self._level > 1.0 or self._target > 1.0:
            np.clip(out, -1.0, 1.0, out=out)


def _ramp(seconds: float, sample_rate: int) -> NDArray[np.float32]:
    """Raised cosine from nearly 0 to 1."""
    count = max(2, int(seconds * sample_rate))
    phase = np.pi * np.arange(1, count + 1) / count
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
