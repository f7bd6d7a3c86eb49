"""Sound to a sound card, by PortAudio."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, Pull
from cheiron.core.quiet import quiet
from cheiron.outputs.portaudio import JACK, portaudio, rescan

_PATIENCE = 1.0  # s without a call after which a stream counts as dead
_EVERY = 1.0  # s between two attempts to open a device again
_abandoned: list[Any] = []  # streams of JACK servers that ended: closing one waits ten minutes
_LOST = "the sound device {} is gone; connect it again or choose another one."
_LOST_JACK = (
    "the JACK server ended, and a running program cannot reach a new one through PortAudio; "
    "play through the page, or start JACK and then cheiron again."
)
_MOST = 16384  # samples of one call


@dataclass(frozen=True)
class Device:
    """An output of this computer.

    Args:
        name: What the system calls it.
        channels: How many it has.
        sample_rate: Its default, samples per second.
        host: The system's interface to it, such as ALSA or JACK.
        index: PortAudio's number of it.
        default: Whether the system would choose it.
    """

    name: str
    channels: int
    sample_rate: int
    host: str
    index: int
    default: bool


def devices() -> tuple[Device, ...]:
    """Every device that sound can go to.

    Raises:
        CheironError: If PortAudio is not installed.
    """
    sounddevice = portaudio()
    with quiet():
        hosts, found = sounddevice.query_hostapis(), sounddevice.query_devices()
    chosen = sounddevice.default.device[1]
    if chosen < 0:
        chosen = next((h["default_output_device"] for h in hosts), -1)
    return tuple(
        Device(
            str(entry["name"]),
            int(entry["max_output_channels"]),
            int(entry["default_samplerate"]),
            str(hosts[entry["hostapi"]]["name"]),
            index,
            index == chosen,
        )
        for index, entry in enumerate(found)
        if entry["max_output_channels"] > 0
    )


def choose(found: tuple[Device, ...], wanted: str | None) -> Device:
    """The device of a name or a part of one, without regard to case; the default for None.

    Raises:
        CheironError: If there is none; lists those there are.
    """
    if not found:
        raise CheironError(f"{nothing()}, or play through the page instead.")
    if wanted is None:
        return next((d for d in found if d.default), found[0])
    key = wanted.casefold()
    exact = [d for d in found if key in (d.name.casefold(), _full(d).casefold())]
    for device in (*exact, *(d for d in found if key in _full(d).casefold())):
        return device
    listed = ", ".join(map(_full, found))
    raise CheironError(f"there is no sound device {wanted!r}; choose one of {listed}.")


def nothing() -> str:
    """What to say, and what to do, where there is no device at all; the end is left open."""
    server = os.environ.get("JACK_DEFAULT_SERVER")
    if server is None:
        return "there is no sound device; connect one"
    return (
        f"there is no sound device, and the JACK server {server!r} does not answer; start it, "
        "connect a device"
    )


def _full(device: Device) -> str:
    return f"{device.name} ({device.host})"


class DeviceOutput:
    """A sound card; mono to both channels of its first pair.

    A watcher thread looks once a second whether the device still asks for sound. When it was
    pulled out or its server ended, ``problem`` says so, and it is opened again as soon as it is
    back, possibly at another ``sample_rate``. Then PortAudio starts anew, which closes the other
    streams of this process. A JACK server that ended is not met again, see
    :func:`cheiron.outputs.portaudio.rescan`.

    PortAudio's own thread calls ``pull``; :meth:`open` and :meth:`close` belong to one thread.

    Args:
        device: Name or part of it; the system's default when absent.
        sample_rate: Samples per second; the device's default when absent, or where the device
            refuses it.
        block: Samples that it asks for at once.

    Attributes:
        xruns: Drop-outs that the device reported since it was opened first, not our own.
        name: What the device is called; empty before it is open.
    """

    def __init__(
        self, device: str | None = None, sample_rate: int | None = None, block: int = 256
    ) -> None:
        self._wanted, self._wanted_rate, self._block = device, sample_rate, block
        self.xruns = 0
        self.name = ""
        self._sample_rate = sample_rate or 48000
        self._latency = 0.0
        self._problem = ""
        self._stream: Any = None
        self._host, self._dead = "", False
        self._pull: Pull | None = None
        self._scratch = np.zeros(_MOST, np.float32)
        self._called = 0.0
        self._closing = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def sample_rate(self) -> int:
        """Samples per second; may change when a device comes back."""
        return self._sample_rate

    @property
    def block(self) -> int:
        """Samples that it asks for at once."""
        return self._block

    @property
    def latency(self) -> float:
        """Seconds from a pull to the ear, as far as the device says."""
        return self._latency

    @property
    def problem(self) -> str:
        """Why nothing is heard, in a sentence; empty while all is well."""
        return self._problem

    def open(self, pull: Pull) -> None:
        """Start asking for sound.

        Raises:
            CheironError: If PortAudio is missing, or the device is not there or refuses.
        """
        self._pull = pull
        self._start()
        self._closing.clear()
        self._watcher = threading.Thread(target=self._watch, name="device watcher", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Stop; a second call does nothing."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        self._stop()

    def _start(self) -> None:
        sounddevice = portaudio()
        device = choose(devices(), self._wanted)
        if _abandoned and JACK in device.host:
            raise CheironError(_LOST_JACK)
        rates = dict.fromkeys((self._wanted_rate or device.sample_rate, device.sample_rate))
        reason = ""
        for rate in rates:
            try:
                with quiet():
                    stream = sounddevice.OutputStream(
                        samplerate=rate,
                        blocksize=self._block,
                        device=device.index,
                        channels=min(2, device.channels),
                        dtype="float32",
                        latency="low",
                        callback=self._callback,
                    )
                    # Known before the first call, which asks in these terms.
                    self._sample_rate, self._called = rate, perf_counter()
                    stream.start()
            except sounddevice.PortAudioError as error:
                reason = str(error)
                continue
            self._stream, self.name, self._latency = stream, device.name, float(stream.latency)
            self._host, self._problem, self._dead = device.host, "", False
            return
        raise CheironError(
            f"the sound device {device.name} ({device.host}) cannot be opened: {reason}; choose "
            "another one, or close the program that uses it."
        )

    def _stop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None and self._dead and JACK in self._host:
            _abandoned.append(stream)
        elif stream is not None:
            with quiet():
                stream.close(ignore_errors=True)

    def _callback(self, out: Audio, frames: int, time: Any, status: Any) -> None:
        """Runs on PortAudio's thread: copy, count, nothing else."""
        self._called = perf_counter()
        if status.output_underflow:
            self.xruns += 1
        mono, pull = self._scratch[:frames], self._pull
        if pull is not None:
            pull(mono)
        out[:] = mono[:, np.newaxis]

    def _watch(self) -> None:
        while not self._closing.wait(_EVERY):
            stream = self._stream
            fresh = perf_counter() - self._called < _PATIENCE
            if fresh and stream is not None and stream.active:
                self._problem, self._dead = "", False  # a computer that had slept
                continue
            jack = JACK in self._host
            if not self._dead:
                self._dead = True
                self._problem = _LOST_JACK if jack else _LOST.format(self.name)
            if not jack:
                self._revive()

    def _revive(self) -> None:
        with suppress(Exception):  # whatever a device raises that is still gone: try again later
            self._stop()
            rescan()
            self._start()
