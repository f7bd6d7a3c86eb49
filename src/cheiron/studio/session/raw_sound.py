"""Sound on its way to the disk: nothing but samples, so a kill costs no more than the last write.

``.NAME.RATE.f32`` holds little-endian float32 samples; its name says all that a header would.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cheiron.core.atomic import sync, write_error
from cheiron.core.audio_files import AudioWriter
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio
from cheiron.studio.session.names import is_file_name

_BLOCK = 65536  # samples
_FLAC_LIMIT = 655350  # Hz


@dataclass(frozen=True)
class RawSound:
    """A raw file that is there.

    Args:
        path: Where.
        name: The take's name.
        sample_rate: Samples per second.
    """

    path: Path
    name: str
    sample_rate: int

    @property
    def samples(self) -> int:
        """How many whole samples it holds."""
        return self.path.stat().st_size // 4

    def to_flac(self, path: Path) -> int:
        """Encode it as 24-bit FLAC, complete or not at all; the number of samples.

        Raises:
            CheironError: If the system refuses.
        """
        written = 0
        try:
            with self.path.open("rb") as file, AudioWriter(path, self.sample_rate) as writer:
                while len(data := file.read(4 * _BLOCK)) >= 4:
                    block = np.frombuffer(data, "<f4", len(data) // 4)
                    writer.write(np.nan_to_num(block, posinf=1.0, neginf=-1.0).astype(np.float32))
                    written += len(block)
        except OSError as error:
            raise CheironError(f"{self.path} could not be read: {error.strerror}.") from error
        return written


def raw_path(folder: Path, name: str, sample_rate: int) -> Path:
    """Where the raw file of a take lies."""
    return folder / f".{name}.{sample_rate}.f32"


def find_raw(folder: Path) -> list[RawSound]:
    """The raw files of a folder, oldest first."""
    found: list[tuple[float, RawSound]] = []
    for path in folder.glob(".*.f32"):
        name, _, rate = path.name[1:-4].rpartition(".")
        if is_file_name(name) and rate.isdecimal() and 0 < int(rate) <= _FLAC_LIMIT:
            found.append((path.stat().st_mtime, RawSound(path, name, int(rate))))
    return [raw for _, raw in sorted(found, key=lambda item: item[0])]


class RawWriter:
    """Appends samples to a raw file; every call returns when the system has them.

    Args:
        path: Where; nothing may be there.

    Raises:
        CheironError: If the system refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        except OSError as error:
            raise write_error(path, error) from error

    def write(self, block: Audio) -> None:
        """Append samples.

        Raises:
            CheironError: If the system refuses; as much as it took is kept.
        """
        rest = memoryview(block.astype("<f4", copy=False).tobytes())
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise write_error(self.path, error) from error

    def close(self) -> None:
        """Finish, on the disk too; a second call does nothing."""
        if self._file < 0:
            return
        os.close(self._file)
        self._file = -1
        try:
            sync(self.path)
        except OSError as error:
            raise write_error(self.path, error) from error


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
