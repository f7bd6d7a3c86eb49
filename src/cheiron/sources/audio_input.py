"""A sound card's input, by PortAudio."""

import importlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError

Hear = Callable[[NDArray[np.float32]], None]
"""Takes a block of mono samples, which it copies; called by PortAudio's thread."""


class AudioInput(Protocol):
    """An input that is running."""

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


OpenInput = Callable[[str | None, int, Hear], AudioInput]
"""Opens an input: the device's name or None for the system's, samples at once, who hears it."""


def inputs() -> list[str]:
    """Names of the devices that hear; none where PortAudio is missing."""
    try:
        found: Any = _portaudio().query_devices()
    except CheironError:
        return []
    return [str(device["name"]) for device in found if device["max_input_channels"] > 0]


def open_input(device: str | None, block: int, hear: Hear) -> AudioInput:
    """Start a PortAudio input at the device's own sample rate, its first channel.

    Args:
        device: A part of its name; the system's choice when absent.
        block: Samples at once.
        hear: Who takes them.

    Raises:
        CheironError: If PortAudio is missing or the device is not there or refuses.
    """
    return _Input(_portaudio(), device, block, hear)


class _Input:
    def __init__(self, sounddevice: Any, device: str | None, block: int, hear: Hear) -> None:
        def called(data: Any, _frames: int, _time: Any, _status: Any) -> None:
            hear(data[:, 0])

        try:
            index = _chosen(sounddevice, device)
            self._stream = sounddevice.InputStream(
                device=index,
                channels=1,
                blocksize=block,
                dtype="float32",
                latency="low",
                callback=called,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise CheironError(
                f"the sound input {device or 'of the system'} cannot be opened ({error}); close "
                "the program that uses it, or choose another one."
            ) from error

    @property
    def sample_rate(self) -> int:
        return int(self._stream.samplerate)

    def close(self) -> None:
        self._stream.close(ignore_errors=True)


def _portaudio() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise CheironError(
            "sound input needs the PortAudio library, which is not there; install it "
            "(Debian, Ubuntu: apt install libportaudio2)."
        ) from error


def _chosen(sounddevice: Any, wanted: str | None) -> int | None:
    """PortAudio's number of a device; None for the system's choice."""
    found = [d for d in sounddevice.query_devices() if d["max_input_channels"] > 0]
    if not found:
        raise CheironError("there is no sound input; connect a microphone or an audio interface.")
    if not wanted:
        default = int(sounddevice.default.device[0])
        return default if default >= 0 else int(found[0]["index"])
    for device in found:
        if wanted.casefold() in str(device["name"]).casefold():
            return int(device["index"])
    names = ", ".join(str(d["name"]) for d in found)
    raise CheironError(f"there is no sound input {wanted!r}; choose one of {names}.")
