"""Sound files in and out: mono float32 inside the program, WAV and FLAC outside."""

import io
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import soundfile
import soxr

from cheiron.core.atomic import sync, temporary_sibling, write_error
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio

_FORMATS = {".wav": "WAV", ".flac": "FLAC"}
# Integer samples only: float files carry a PEAK chunk with the time of writing, so equal sound
# would not give equal bytes.
_SUBTYPES = ("PCM_16", "PCM_24")


def read_audio(source: str | Path | bytes, sample_rate: int) -> Audio:
    """The sound of a file in any format that libsndfile reads, as mono.

    Channels are averaged; other sampling rates are converted with soxr's high-quality filter. A
    WAV whose header promises more than there is, as a recorder leaves it that was switched off,
    gives what is there.

    Args:
        source: A file's path, or the bytes of one.
        sample_rate: Samples per second of the result.

    Returns:
        Finite float32, shape ``(samples,)``, at least one sample.

    Raises:
        CheironError: If there is no such file, it is not sound, is damaged, or holds no samples.

    >>> loud = encode_audio(np.full(440, 0.5, np.float32), 44100, ".flac")
    >>> read_audio(loud, 22050).shape
    (220,)
    """
    label = "the sound in memory" if isinstance(source, bytes) else str(source)
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise CheironError(f"there is no sound file at {label}; check the name.")
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with soundfile.SoundFile(stream) as file:
            expected, rate = file.frames, file.samplerate
            samples = file.read(dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise CheironError(
            f"{label} could not be read as sound ({_reason(error)}); expected a sound file such "
            "as WAV, FLAC, OGG or MP3, so convert it or make it again."
        ) from error
    if len(samples) < expected:
        raise CheironError(
            f"{label} is cut short: it holds {len(samples)} of {expected} samples; copy it again."
        )
    if not np.isfinite(samples).all():
        raise CheironError(f"{label} holds samples that are not numbers; make it again.")
    mono = samples.mean(axis=1, dtype=np.float32)
    if rate != sample_rate:
        mono = soxr.resample(mono, rate, sample_rate, quality="HQ")
    if len(mono) == 0:
        raise CheironError(f"{label} is empty: it holds no samples; leave it out.")
    return np.ascontiguousarray(mono, dtype=np.float32)


def write_audio(path: str | Path, audio: Audio, sample_rate: int, subtype: str = "PCM_24") -> None:
    """Write a whole sound as WAV or FLAC, by the suffix; complete or not at all.

    Equal samples give equal bytes. Samples outside [-1, 1] are clipped.

    Args:
        path: Where; an older file of that name is replaced.
        audio: Shape ``(samples,)``.
        sample_rate: Samples per second.
        subtype: ``"PCM_16"`` or ``"PCM_24"``.

    Raises:
        CheironError: If the suffix or subtype is another, a sample is not finite, or the system
            refuses.
    """
    with AudioWriter(path, sample_rate, subtype) as writer:
        writer.write(audio)


def encode_audio(
    audio: Audio, sample_rate: int, suffix: str = ".flac", subtype: str = "PCM_16"
) -> bytes:
    """The bytes of a sound file, for the inside of an artifact; as :func:`write_audio`."""
    buffer = io.BytesIO()
    kind = _format(Path("audio" + suffix), subtype)
    soundfile.write(buffer, _checked(audio, 0), sample_rate, subtype, format=kind)
    return buffer.getvalue()


class AudioWriter:
    """A mono sound file written block by block, which gets its name only when it is complete.

    Use it as a context manager, or ``open``, ``write`` … and then ``close`` or ``discard``. All
    calls come from one thread.

    Args:
        path: Where; ``.wav`` or ``.flac``.
        sample_rate: Samples per second.
        subtype: ``"PCM_16"`` or ``"PCM_24"``.

    Raises:
        CheironError: If the suffix or subtype is another.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with AudioWriter(Path(folder) / "take.wav", 44100) as writer:
    ...         for _ in range(3):
    ...             writer.write(np.zeros(128, np.float32))
    ...     read_audio(Path(folder) / "take.wav", 44100).shape
    (384,)
    """

    def __init__(self, path: str | Path, sample_rate: int, subtype: str = "PCM_24") -> None:
        self.path = Path(path)
        self.sample_rate = sample_rate
        self._subtype = subtype
        self._format = _format(self.path, subtype)
        self._temporary = temporary_sibling(self.path)
        self._file: soundfile.SoundFile | None = None
        self._written = 0

    def open(self) -> None:
        """Start a temporary file beside ``path``; a second call does nothing."""
        if self._file is None:
            self._file = self._guarded(self._create)
            self._written = 0

    def write(self, block: Audio) -> None:
        """Append samples, shape ``(samples,)``; clipped to [-1, 1].

        Raises:
            CheironError: If the writer is not open, a sample is not finite or the system refuses.
        """
        file = self._file
        if file is None:
            raise CheironError(f"{self.path} is not open for writing; open it first.")
        samples = _checked(block, self._written)
        self._guarded(lambda: file.write(samples))
        self._written += len(samples)

    def close(self) -> None:
        """Finish the file and give it its name; a second call does nothing."""
        file, self._file = self._file, None
        if file is None:
            return

        def finish() -> None:
            file.close()
            if soundfile.info(self._temporary).frames != self._written:
                raise OSError("it was not written completely")
            sync(self._temporary)
            self._temporary.replace(self.path)

        self._guarded(finish)

    def discard(self) -> None:
        """Stop and leave nothing; a file that ``close`` finished stays."""
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        except soundfile.SoundFileError:
            pass  # it is thrown away in any case
        finally:
            self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _create(self) -> soundfile.SoundFile:
        # Python's own open gives the system's reason for a refusal; libsndfile's does not.
        with self._temporary.open("wb"):
            pass
        return soundfile.SoundFile(
            self._temporary, "w", self.sample_rate, 1, self._subtype, format=self._format
        )

    def _guarded(self, action: Callable[[], Any]) -> Any:
        """Do it, or discard the file and say in a sentence why it failed."""
        try:
            return action()
        except (OSError, soundfile.SoundFileError, AssertionError) as error:
            self.discard()  # soundfile asserts that every sample was taken
            if isinstance(error, OSError):
                raise write_error(self.path, error) from error
            raise CheironError(
                f"{self.path} could not be written: {_reason(error)}; "
                "look whether the disk is full, free some space and run it again."
            ) from error


def _format(path: Path, subtype: str) -> str:
    if path.suffix.lower() not in _FORMATS:
        raise CheironError(
            f"{path.name} ends in {path.suffix or 'nothing'!r}; expected .wav or .flac, "
            "so choose another name."
        )
    if subtype not in _SUBTYPES:
        raise CheironError(
            f"sound cannot be written as {subtype!r}; choose one of {', '.join(_SUBTYPES)}."
        )
    return _FORMATS[path.suffix.lower()]


def _checked(block: Audio, start: int) -> Audio:
    if block.ndim != 1:
        raise CheironError(f"sound of the shape {block.shape} was given; expected (samples,).")
    finite = np.isfinite(block)
    if not finite.all():
        raise CheironError(
            f"the sample {start + int(np.argmin(finite))} of the sound is not a number, "
            "so it was not written; look for the cause in what made it."
        )
    return block.astype(np.float32, copy=False)


def _reason(error: BaseException) -> str:
    text = getattr(error, "error_string", "") or str(error) or "the system took no more"
    return text.lower().removeprefix("error :").strip(". ")
