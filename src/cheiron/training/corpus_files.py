"""The files of a corpus that is being made: sounds found, gathered, and written as one array."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio

_HEADERLESS = {".raw"}
_ALIASES = {".oga", ".opus", ".aif", ".aifc", ".snd"}
_UNREADABLE = {".m4a", ".aac", ".wma"}  # found all the same, so that somebody is told
_LEAST_PEAK = 1e-4


@dataclass(frozen=True)
class Sound:
    """One file that was read.

    Args:
        path: The file.
        start: Its first sample in the pool.
        length: Samples.
    """

    path: Path
    start: int
    length: int


@dataclass(frozen=True)
class Pool:
    """Everything that was read, as it was but mono and resampled, in one file of float32.

    Args:
        path: That file.
        sounds: What is in it.
        left_out: Files that were not taken, with the reason.
        peak: Largest absolute sample of all.
    """

    path: Path
    sounds: tuple[Sound, ...]
    left_out: tuple[tuple[str, str], ...]
    peak: float


def find_audio(folder: Path) -> list[Path]:
    """Every file below a folder whose extension is one of sound, sorted; hidden ones do not count.

    Formats that libsndfile cannot read are among them where people keep music in them.
    """
    known = {f".{e.lower()}" for e in soundfile.available_formats()}
    known = (known | _ALIASES | _UNREADABLE) - _HEADERLESS

    def counts(path: Path) -> bool:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        return path.suffix.lower() in known and not hidden and path.is_file()

    return sorted(path for path in folder.rglob("*") if counts(path))


def gather(paths: Iterable[Path], pool: Path, sample_rate: int) -> Pool:
    """Read files, one at a time, into a pool.

    Args:
        paths: What to read.
        pool: File to write.
        sample_rate: Samples per second of the result.

    Raises:
        OSError: If the disk does not take it.
    """
    sounds: list[Sound] = []
    left_out: list[tuple[str, str]] = []
    peak, at = 0.0, 0
    with pool.open("wb") as file:
        for path in paths:
            try:
                audio = read_audio(path, sample_rate)
            except CheironError as error:
                left_out.append((path.name, str(error).removeprefix(f"{path} ").rstrip(".")))
                continue
            loudest = float(np.abs(audio).max())
            if loudest < _LEAST_PEAK:
                left_out.append((path.name, "silent"))
                continue
            file.write(audio.tobytes())
            sounds.append(Sound(path, at, audio.size))
            peak, at = max(peak, loudest), at + audio.size
    return Pool(pool, tuple(sounds), tuple(left_out), peak)


def write_samples(path: Path, pool: Pool, change: Callable[[Sound, Audio], Audio | None]) -> None:
    """Write the sounds of a pool, one at a time, as a one-dimensional ``.npy`` file of float32.

    Args:
        path: File to write.
        pool: Where they are.
        change: What to write for each sound; None leaves it out.

    Raises:
        OSError: If the disk does not take it.
    """
    total = 0
    with path.open("wb") as file, pool.path.open("rb") as source:
        _write_header(file, 0)
        for sound in pool.sounds:
            source.seek(4 * sound.start)
            piece = change(sound, np.fromfile(source, np.float32, sound.length))
            if piece is not None:
                file.write(piece.astype(np.float32).tobytes())
                total += piece.size
        file.seek(0)
        _write_header(file, total)


def _write_header(file: BinaryIO, samples: int) -> None:
    # NumPy leaves room for a longer shape, so the header keeps its size. A memory map would be
    # simpler to fill, but on a full disk it kills the program instead of raising an error.
    header = {"descr": "<f4", "fortran_order": False, "shape": (samples,)}
    np.lib.format.write_array_header_1_0(file, header)
