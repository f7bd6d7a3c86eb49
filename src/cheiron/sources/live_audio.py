"""Live sound as a gesture: what is played or sung moves the point in the control space."""

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.filters import alpha_of
from cheiron.core.frame import Frame
from cheiron.core.mailbox import Mailbox
from cheiron.core.protocols import Audio, AudioModel, ControlSpace, Latents
from cheiron.core.space import Axis, Space
from cheiron.sources.audio_input import AudioInput, OpenInput, open_input
from cheiron.sources.sender_clock import SenderClock

PREFIX = "in."
"""What the names of its axes begin with."""

_FLOOR = -80.0  # dB, of the level axis
_HYSTERESIS = 6.0  # dB between opening and closing of the gate
_RAMP = 0.05  # seconds in which values come to rest, or leave it
_SILENT = 2.0  # seconds without a block after which the device is taken to be gone
_MOST_WAITING = 64  # blocks; more are thrown away, since old sound is no gesture
_MOST_HOPS = 8  # hops of the model that are analysed at once


class LiveAudioSource:
    """An input of the sound card, analysed by the model that plays.

    Every hop of the model gives a frame: the control point of what was heard, each axis under its
    name with ``in.`` before it, and ``in.level``, the level in dB. While the level is below
    the gate, the values go to rest (the axes' defaults), so that silence and noise move nothing.

    PortAudio's thread only hands blocks over; a thread of ours resamples, encodes and publishes,
    and opens the device again when it comes back; :meth:`latest` may be called from any thread,
    the rest from one.

    Args:
        model: Encodes; it needs an encoder.
        space: The control space of that model.
        device: A part of the input's name; the system's choice when absent.
        block: Samples that the device gives at once.
        gate: Level in dB (full scale) below which it counts as silence.
        device_input: Opens the input; PortAudio's when absent.
        clock: Monotonic seconds, the engine's clock.

    Raises:
        CheironError: If the space belongs to another model.
    """

    def __init__(
        self,
        model: AudioModel,
        space: ControlSpace,
        device: str | None = None,
        block: int = 256,
        gate: float = -50.0,
        device_input: OpenInput = open_input,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if space.latent.size != model.latent.size:
            raise CheironError(
                f"the control space has {space.latent.size} latents, {model.name} has "
                f"{model.latent.size}; choose a control space of this model."
            )
        self.device, self.block, self.gate = device, block, gate
        self.space = _heard_space(space.control)
        self.mailbox = Mailbox()
        self.problem = ""
        self.dropped = 0
        self._model, self._control = model, space
        self._open_input, self._clock = device_input, clock
        self._input: AudioInput | None = None
        self._gone: list[AudioInput] = []
        self._blocks: queue.SimpleQueue[tuple[AudioInput | None, Audio, float]] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {"device": self.device, "block": self.block, "gate": self.gate}

    def open(self) -> None:
        """Start listening; a second call does nothing.

        Raises:
            CheironError: If the model has no encoder, PortAudio is missing, or the device is not
                there or refuses.
        """
        if self._thread is not None:
            return
        encoder = self._model.init_encoder()
        self._closed.clear()
        self._start()
        self._thread = threading.Thread(
            target=self._run, args=(encoder,), name="live audio", daemon=True
        )
        self._thread.start()

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self) -> None:
        """Stop listening; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closed.set()
        thread.join(timeout=5.0)
        if self._input is not None:
            self._input.close()
            self._input = None

    def _start(self) -> None:
        mine: list[AudioInput] = []

        def hear(samples: NDArray[np.float32]) -> None:
            """PortAudio's thread: copy and hand over."""
            if self._blocks.qsize() < _MOST_WAITING:
                self._blocks.put((mine[0] if mine else None, samples.copy(), self._clock()))
            else:
                self.dropped += 1

        made = self._open_input(self.device, self.block, hear)
        mine.append(made)
        self._input = made

    # What follows runs on our thread.

    def _run(self, encoder: Any) -> None:
        analyst, of = _Analyst(self._model, encoder, self._control, self.gate), None
        heard = self._clock()
        while not self._closed.is_set():
            try:
                source, block, arrival = self._blocks.get(timeout=0.1)
            except queue.Empty:
                if self._clock() - heard > _SILENT:
                    self._revive()
                    heard = self._clock()
                continue
            if source is not self._input or self._input is None:
                continue
            if of is not self._input:
                of = self._input
                analyst.begin(of.sample_rate)
            heard, self.problem = arrival, ""
            for moment, values in analyst.take(block, arrival):
                self.mailbox.put(Frame(moment, values, self.space), self._clock())

    def _revive(self) -> None:
        """The device has fallen silent for good: open it anew.

        The old stream is kept, not closed: PortAudio may have been started again meanwhile, and
        then it exists no more.
        """
        self.problem = (
            f"the sound input {self.device or 'of the system'} gives nothing; connect it again "
            "or choose another one."
        )
        if self._input is not None:
            self._gone.append(self._input)
            self._input = None
        with contextlib.suppress(CheironError):
            self._start()


class _Analyst:
    """Blocks of sound in, timed rows out."""

    def __init__(self, model: AudioModel, encoder: Any, space: ControlSpace, gate: float) -> None:
        self._model, self._encoder, self._space = model, encoder, space
        self._gate = gate
        self._rest = space.control.default
        self._ramp = alpha_of(_RAMP, model.sample_rate / model.hop)
        self._open, self._share, self._time = False, 0.0, -math.inf
        self.begin(model.sample_rate)

    def begin(self, rate: int) -> None:
        """A device that gives so many samples per second starts."""
        self._rate, self._count, self._clock = rate, 0, SenderClock()
        self._pending = np.zeros(0, np.float32)
        # Cubic interpolation: enough to be analysed, and unlike better ones it holds nothing back.
        self._resampler = (
            None
            if rate == self._model.sample_rate
            else soxr.ResampleStream(rate, self._model.sample_rate, 1, "float32", "QQ")
        )

    def take(self, block: Audio, arrival: float) -> list[tuple[float, NDArray[np.float32]]]:
        """The rows that a block completes, each with the moment of its last sample."""
        self._count += len(block)
        stamp = self._count / self._rate
        end = self._clock.local(stamp, arrival)
        block = np.where(np.isfinite(block), block, np.float32(0))
        fresh = block if self._resampler is None else self._resampler.resample_chunk(block)
        self._pending = np.concatenate([self._pending, fresh])
        rows: list[tuple[float, NDArray[np.float32]]] = []
        while (hops := min(len(self._pending) // self._model.hop, _MOST_HOPS)) > 0:
            piece = self._pending[: hops * self._model.hop]
            self._pending = self._pending[len(piece) :]
            self._encoder, z = self._model.encode_step(self._encoder, piece)
            left = len(self._pending)
            for hop, values in enumerate(self._rows(z, piece.reshape(hops, -1))):
                after = left + (hops - 1 - hop) * self._model.hop
                moment = (arrival if end is None else end) - after / self._model.sample_rate
                self._time = max(moment, self._time + 1e-6)
                rows.append((self._time, values))
        return rows

    def _rows(self, z: Latents, sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        points = self._space.to_control(np.array(z))
        power = (sound.astype(np.float64) ** 2).mean(axis=1)
        rows: list[NDArray[np.float32]] = []
        for point, level in zip(points, 10 * np.log10(power + 1e-12), strict=True):
            self._open = bool(level > self._gate - (_HYSTERESIS if self._open else 0.0))
            self._share += self._ramp * (float(self._open) - self._share)
            known = np.where(np.isfinite(point), point, self._rest)
            moved = self._rest + self._share * (known - self._rest)
            rows.append(np.append(moved, max(float(level), _FLOOR)).astype(np.float32))
        return rows


def _heard_space(control: Space) -> Space:
    axes = [replace(axis, name=PREFIX + axis.name) for axis in control.axes]
    name = PREFIX + "level"
    while name in {axis.name for axis in axes}:
        name += "_"
    level = Axis(name, _FLOOR, 0.0, "dB", default=_FLOOR, help="Level of what is heard.")
    return Space("audio", (*axes, level))
