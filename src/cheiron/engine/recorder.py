"""Recording while it is played: the control thread hands over, another thread writes."""

import threading
from collections import deque
from collections.abc import Callable
from itertools import groupby
from typing import Protocol

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Audio
from cheiron.core.recording import Times, Values
from cheiron.core.space import Space
from cheiron.engine.priority import prefer
from cheiron.engine.ring import SampleRing

INTERVAL = 0.04  # seconds between two writes: half of what a kill may cost
PATIENCE = 8.0  # seconds of a stalled disk that the buffers bridge
_FRAME_RATE = 500  # frames a second that they have room for
_CHUNK = 16384  # samples written at once


class RecordSink(Protocol):
    """Where a recording is kept; every method is called by the recorder's thread.

    What a method was given is safe from a kill when it returns. It may raise anything: that stops
    the recording, not the sound.
    """

    def write_motion(self, times: Times, values: Values, space: Space) -> None:
        """Keep frames: seconds, shape ``(rows,)``, never falling, and ``(rows, space.size)``."""
        ...

    def write_sound(self, block: Audio) -> None:
        """Keep samples, shape ``(samples,)``; valid during the call only."""
        ...

    def finish(self) -> None:
        """Nothing more comes; called once, also after a method has raised."""
        ...


class Recorder:
    """A :class:`~cheiron.core.protocols.Tap` that keeps what passes, while it is told to.

    The control thread calls :meth:`motion` and :meth:`sound`; they copy into memory of fixed size
    and never wait. The commands' thread calls :meth:`start` and :meth:`stop`. For each recording
    one thread of the recorder's own empties the memory every 40 ms into the sink, finishes it and
    ends. A disk that stalls is bridged for ``patience`` seconds; then the recording ends there,
    complete up to that moment, rather than going on with a hole.

    Args:
        patience: Seconds of sound and motion that it has room for.
        interval: Seconds between two writes.

    Attributes:
        patience: As given.
    """

    def __init__(self, patience: float = PATIENCE, interval: float = INTERVAL) -> None:
        self.patience = patience
        self._interval = interval
        self._open: _Intake | None = None  # what the control thread fills; None when idle
        self._last: _Intake | None = None
        self._thread: threading.Thread | None = None

    @property
    def recording(self) -> bool:
        """Whether what passes is kept."""
        return self._open is not None

    @property
    def busy(self) -> bool:
        """Whether a recording is still being written or finished; a new one has to wait."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """Length of the sound taken in by the latest recording."""
        return self._last.ring.written / self._last.sample_rate if self._last is not None else 0.0

    @property
    def buffered(self) -> float:
        """Seconds of sound that wait for the disk, 0 to ``patience``."""
        return self._last.ring.available / self._last.sample_rate if self._last is not None else 0.0

    @property
    def problem(self) -> str:
        """Why the latest recording ended by itself, in a sentence; empty while all is well."""
        return self._last.problem if self._last is not None else ""

    def motion(self, frame: Frame) -> None:
        """Take in a frame, on the control thread."""
        intake = self._open
        if intake is not None and not intake.motion(frame):
            self._open = None

    def sound(self, block: Audio) -> None:
        """Take in a block, on the control thread."""
        intake = self._open
        if intake is not None and not intake.sound(block):
            self._open = None

    def start(
        self, sink: RecordSink, sample_rate: int, done: Callable[[str], None] | None = None
    ) -> None:
        """Begin to keep what passes.

        Args:
            sink: Where to.
            sample_rate: Samples per second of the blocks.
            done: Called with :attr:`problem` when all is written, on the recorder's thread.

        Raises:
            CheironError: If a recording goes on or is still being written.
        """
        if self.recording or self.busy:
            raise CheironError(
                "a recording is still going on or being written; stop it and wait a moment."
            )
        intake = _Intake(self.patience, sample_rate)
        writer = _Writer(intake, sink, self._interval, self._halt, done or (lambda _: None))
        self._thread = threading.Thread(target=writer.run, name="recorder", daemon=True)
        self._last = self._open = intake
        self._thread.start()

    def stop(self, wait: float = 0.0) -> bool:
        """End the recording; its last blocks are still written, on the recorder's thread.

        Args:
            wait: Seconds to wait for that.

        Returns:
            Whether all is written and finished.
        """
        self._halt()
        if self._thread is not None and wait > 0:
            self._thread.join(wait)
        return not self.busy

    def _halt(self) -> None:
        self._open = None
        if self._last is not None:
            self._last.ended.set()


class _Intake:
    """The memory of one recording: filled by the control thread, emptied by the writer's."""

    def __init__(self, patience: float, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.ring = SampleRing(max(1, round(patience * sample_rate)))
        self.frames: deque[tuple[float, Values, Space]] = deque()
        self.problem = ""
        self.ended = threading.Event()
        self._frame_limit = max(1, round(patience * _FRAME_RATE))
        self._patience = patience

    def motion(self, frame: Frame) -> bool:
        """Take it in; False where there was no room."""
        if len(self.frames) >= self._frame_limit:
            return self._full()
        self.frames.append((frame.time, frame.values.copy(), frame.space))
        return True

    def sound(self, block: Audio) -> bool:
        """Take it in, whole or not at all; False where there was no room."""
        if self.ring.capacity - self.ring.available < len(block):
            return self._full()
        self.ring.write(block)
        return True

    def _full(self) -> bool:
        # The first sentence stands; the writer may have met the reason by now.
        self.problem = self.problem or (
            f"The recording stopped after {self.ring.written / self.sample_rate:.1f} s: the disk "
            f"took nothing for {self._patience:g} s, and no more waits for it in memory; "
            "record to a faster disk."
        )
        self.ended.set()
        return False


class _Writer:
    """Empties an intake into a sink, on a thread of its own."""

    def __init__(
        self,
        intake: _Intake,
        sink: RecordSink,
        interval: float,
        halt: Callable[[], None],
        done: Callable[[str], None],
    ) -> None:
        self._intake = intake
        self._sink = sink
        self._interval = interval
        self._halt = halt
        self._done = done
        self._scratch = np.zeros(_CHUNK, np.float32)
        self._before: tuple[float, Values] | None = None

    def run(self) -> None:
        """Until the recording has ended and is finished."""
        prefer()
        try:
            last = False
            while not last:
                last = self._intake.ended.wait(self._interval)
                self._drain_sound()
                self._drain_motion()
        except Exception as error:
            self._blame(error)
        finally:
            self._halt()
        try:
            self._sink.finish()
        except Exception as error:
            self._blame(error)
        self._done(self._intake.problem)

    def _drain_sound(self) -> None:
        while count := self._intake.ring.read(self._scratch):
            self._sink.write_sound(self._scratch[:count])

    def _drain_motion(self) -> None:
        frames = self._intake.frames
        taken = [frames.popleft() for _ in range(len(frames))]
        for _, group in groupby(taken, key=lambda frame: id(frame[2])):
            rows = list(group)
            space = rows[0][2]
            kept = [row for time, values, _ in rows if (row := self._new(time, values))]
            if kept:
                times, values = zip(*kept, strict=True)
                self._sink.write_motion(np.array(times), np.stack(values), space)

    def _new(self, time: float, values: Values) -> tuple[float, Values] | None:
        """A row to keep; None where the clock only read once more what it had read before."""
        before = self._before
        if not np.isfinite(time):
            return None
        if before is not None:
            time = max(time, before[0])
            if time == before[0] and values.tobytes() == before[1].tobytes():
                return None
        self._before = (time, values)
        return self._before

    def _blame(self, error: Exception) -> None:
        reason = str(error).rstrip(".") or type(error).__name__
        seconds = self._intake.ring.taken / self._intake.sample_rate
        self._intake.problem = self._intake.problem or (
            f"The recording stopped after {seconds:.1f} s: {reason}. What was recorded is kept."
        )
