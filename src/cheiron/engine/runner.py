"""The live engine: sensors to sound, on time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from cheiron.core.frame import Frame
from cheiron.core.protocols import Audio, LiveOutput, Tap
from cheiron.engine.chain import Voice
from cheiron.engine.figures import Figures, TickTimes
from cheiron.engine.lead import CAUTION
from cheiron.engine.line import Line, clock
from cheiron.engine.mixer import Mixer
from cheiron.engine.monitor import Monitor
from cheiron.engine.playback import Playback
from cheiron.engine.priority import CONTROL, realtime
from cheiron.engine.ring import SampleRing

Sensors = Callable[[float], Frame | None]
"""The fused sensor frame at a moment of the control clock; None before any sensor spoke."""

_LONGEST_NAP = 0.05  # s, after which the thread looks whether it is to stop
_BREATH = 0.0002  # s, what others get between two blocks when the decoder is too slow
_RING = 65536  # samples: more than any output asks for at once
_RATE = 48000  # Hz, while there is no output


@dataclass(frozen=True)
class Moment:
    """The latest tick, for eyes.

    Args:
        time: Seconds on the engine's clock.
        motion: The fused sensor frame; None before any sensor spoke.
        control: Control point, shape ``(control.size,)``; NaN where undefined; empty without a
            voice.
        latent: Latents, shape ``(D,)``; empty without a voice.
        confidence: How far the control point is to be trusted, in [0, 1].
    """

    time: float
    motion: Frame | None
    control: NDArray[np.float32]
    latent: NDArray[np.float32]
    confidence: float


class Runner:
    """Runs a voice on an output: one frame at a time, each a constant time before it is heard.

    Threads: the *control thread*, started by :meth:`start`, reads the sensors, makes each block
    and writes it to the ring; the *output's thread* pulls from it. Everything here may be called
    by any other thread; :meth:`start`, :meth:`stop`, :meth:`connect` and :meth:`play` may take
    some milliseconds and may wait for each other, never for the control thread's work.
    :meth:`moment`, :meth:`figures` and :meth:`release` belong to one reader, the publisher.

    Args:
        sensors: Called by the control thread once a frame; must not wait.

    Attributes:
        taps: Listen in; replace the tuple to change it. One that raises is taken out.
        tap_rate: Samples per second of the block that taps are being told; theirs to read.
        monitor: The latest samples that were played.

    >>> runner = Runner(lambda now: None)
    >>> runner.start()
    >>> runner.stop()
    >>> runner.figures().underruns
    0
    """

    def __init__(self, sensors: Sensors) -> None:
        self.taps: tuple[Tap, ...] = ()
        self.tap_rate = _RATE
        self.monitor = Monitor()
        self._sensors = sensors
        self._lock = threading.RLock()
        self._gain, self._muted, self._caution = 1.0, False, CAUTION.default
        self._times, self._late = TickTimes(), 0
        self._past_underruns = self._past_stalls = 0
        line = Line(None, self._playback(_RATE), _RATE, 128)
        self._set = _Set(line, Mixer(_RATE))
        self._motion: Frame | None = None
        self._now = 0.0
        self._trouble = ""
        self._thread: threading.Thread | None = None
        self._running = self._moving = False

    @property
    def sample_rate(self) -> int:
        """Samples per second that the output takes; 48000 while there is none."""
        return self._set.line.sample_rate

    @property
    def voice(self) -> Voice | None:
        """The voice that was given last, at the output's rate.

        To change the chain only, play a new voice with ``voice.decoder`` of this one.
        """
        return self._set.mixer.newest()

    @property
    def problem(self) -> str:
        """What does not work, in a sentence; empty while all is well."""
        output = self._set.line.output
        return self._set.mixer.problem or (output.problem if output else "") or self._trouble

    @property
    def gain(self) -> float:
        """Master gain; 1 leaves the sound as it is. Acts over 20 ms."""
        return self._gain

    @gain.setter
    def gain(self, gain: float) -> None:
        self._gain = max(gain, 0.0)
        self._set.line.playback.gain = self._gain

    @property
    def caution(self) -> float:
        """How much delay may be added against drop-outs: :data:`cheiron.engine.lead.CAUTION`."""
        return self._caution

    @caution.setter
    def caution(self, caution: float) -> None:
        self._caution = caution
        self._set.line.lead.caution = caution

    @property
    def muted(self) -> bool:
        """Whether nothing is to be heard. Acts over 20 ms."""
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._muted = muted
        self._set.line.playback.muted = muted

    def start(self) -> None:
        """Start the control thread; a second call does nothing."""
        with self._lock:
            if self._thread is None:
                self._running = True
                self._thread = threading.Thread(target=self._run, name="control", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Fade out, close the output and end the control thread; a second call does nothing."""
        with self._lock:
            self._disconnect()
            self._running = False
            if self._thread is not None:
                self._thread.join()
                self._thread = None

    def play(self, voice: Voice) -> None:
        """Cross-fade to another voice within 50 ms, at the next frame.

        A voice that was made for another rate than the output's is made again for it.
        """
        with self._lock:
            if voice.decoder.sample_rate != self.sample_rate:
                voice = voice.at(self.sample_rate)
            self._set.mixer.play(voice)

    def connect(self, output: LiveOutput | None) -> None:
        """Play on another output, after a fade of 20 ms; the old one is closed before.

        The voice is made again if the rate changes.

        Args:
            output: Not open yet; None for none.

        Raises:
            CheironError: If it cannot be opened; then there is none.
        """
        with self._lock:
            self._disconnect()
            if output is None:
                return
            playback = self._playback(self.sample_rate)
            output.open(playback.pull)
            self._install(Line(output, playback, output.sample_rate, output.block))

    def moment(self) -> Moment:
        """The latest tick."""
        voice, empty = self._set.mixer.voice, np.zeros(0, np.float32)
        if voice is None:
            return Moment(self._now, self._motion, empty, empty, 0.0)
        control, latent = voice.control.copy(), voice.latent.copy()
        return Moment(self._now, self._motion, control, latent, voice.confidence)

    def figures(self) -> Figures:
        """How it is doing."""
        line, mixer = self._set.line, self._set.mixer
        voice, period = mixer.voice, mixer.period
        median, high = self._times.quantiles(0.5, 0.999)
        lead = line.lead.seconds
        inner = voice.chain.latency + voice.decoder.delay if voice is not None else 0.0
        return Figures(
            block_median=median,
            block_999=high,
            budget=period,
            ring_fill=line.ring.available / line.sample_rate,
            underruns=self._past_underruns + line.playback.underruns,
            stalls=self._past_stalls + line.lead.stalls,
            late=self._late,
            latency=period / 2 + lead + inner,
            lead=lead,
            device_latency=line.output.latency if line.output else nan,
            reduction=voice.decoder.reduction if voice is not None else 0.0,
            mended=voice.mended + voice.decoder.mended if voice is not None else 0,
        )

    def release(self) -> None:
        """Let go of voices that sound no more; now and then, from a thread that may be late."""
        self._set.mixer.release()

    def _playback(self, sample_rate: int) -> Playback:
        playback = Playback(SampleRing(_RING), sample_rate, self.monitor)
        playback.gain, playback.muted = self._gain, self._muted
        return playback

    def _silent_line(self) -> Line:
        return Line(None, self._playback(self.sample_rate), self.sample_rate, 128)

    def _install(self, line: Line) -> None:
        """Change line and voice as one."""
        voice = self.voice
        if voice is not None and voice.decoder.sample_rate != line.sample_rate:
            voice = voice.at(line.sample_rate)
        mixer = self._set.mixer
        if mixer.sample_rate != line.sample_rate:
            mixer = Mixer(line.sample_rate, voice)
        self._set = _Set(line, mixer)
        # What was turned while the output was being opened went to the line before.
        line.playback.gain, line.playback.muted = self._gain, self._muted

    def _disconnect(self) -> None:
        line = self._set.line
        if line.output is None:
            return
        line.playback.muted = True
        if not line.pace.stalled(clock()):
            time.sleep(0.03 + 2 * line.output.block / line.sample_rate)
        self._set = _Set(self._silent_line(), self._set.mixer)
        line.output.close()
        self._past_underruns += line.playback.underruns
        self._past_stalls += line.lead.stalls

    def _follow_rate(self, line: Line) -> None:
        """The device came back at another rate: make the voice for it, on another thread."""
        line.playback.flush()
        if not self._moving:
            self._moving = True
            threading.Thread(target=self._move, args=(line,), daemon=True).start()
        time.sleep(_LONGEST_NAP / 10)

    def _move(self, line: Line) -> None:
        with self._lock:
            output = line.output
            try:
                if output is not None and self._set.line is line:
                    self._past_stalls += line.lead.stalls
                    self._install(Line(output, line.playback, output.sample_rate, output.block))
            finally:
                self._moving = False  # else nobody would try again

    def _run(self) -> None:
        """The control thread."""
        realtime(CONTROL)
        behind = 0
        while self._running:
            line, mixer = self._set.line, self._set.mixer
            if line.output is not None and line.output.sample_rate != line.sample_rate:
                self._follow_rate(line)
                continue
            now = clock()
            due = line.due(now)
            if due > now:
                behind = 0
                time.sleep(min(due - now, _LONGEST_NAP))
                if due - now > _LONGEST_NAP:
                    continue
            elif now - due > mixer.period:
                self._late, behind = self._late + 1, behind + 1
                due = now
                if behind > 3:
                    time.sleep(_BREATH)
            self._tick(line, mixer, due)

    def _tick(self, line: Line, mixer: Mixer, now: float) -> None:
        began = clock()
        now = max(now, self._now)  # a new output or lead may be earlier; time is not
        motion = self._read(now)
        block = mixer.tick(now, motion)
        done = clock()
        line.write(block, done)
        self._times.note(done - began)
        self._motion, self._now = motion, now
        if self.taps:
            self.tap_rate = mixer.sample_rate
            self._tell(motion, block)

    def _read(self, now: float) -> Frame | None:
        try:
            return self._sensors(now)
        except Exception as error:  # a sensor may raise anything; the sound goes on
            self._trouble = f"the sensors cannot be read ({error}); close a source and open it."
            return self._motion

    def _tell(self, motion: Frame | None, block: Audio) -> None:
        for tap in self.taps:
            try:
                if motion is not None:
                    tap.motion(motion)
                tap.sound(block)
            except Exception as error:  # a recorder that fails must not end the sound
                self._trouble = f"something that listens in failed ({error}); start it again."
                self.taps = tuple(other for other in self.taps if other is not tap)


@dataclass(frozen=True)
class _Set:
    """What the control thread works with; replaced as one."""

    line: Line
    mixer: Mixer
