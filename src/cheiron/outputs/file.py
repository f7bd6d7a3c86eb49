"""Sound into a file."""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from cheiron.core.audio_files import AudioWriter
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio


class FileOutput:
    """A mono WAV or FLAC file, which gets its name only when it is complete.

    Killed or failed on the way, it leaves nothing under that name and an older file untouched.
    All calls come from one thread.

    Args:
        path: Where; ``.wav`` or ``.flac``.
        sample_rate: Samples per second.

    Raises:
        CheironError: If the suffix is another, or the folder is not there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with FileOutput(Path(folder) / "out.wav", 44100) as output:
    ...         output.write(np.zeros(128, np.float32))
    ...     (Path(folder) / "out.wav").exists()
    True
    """

    def __init__(self, path: str | Path, sample_rate: int) -> None:
        self.path = Path(path)
        if self.path.is_dir():
            raise CheironError(f"{path} is a folder; expected the name of a sound file.")
        self._writer = AudioWriter(self.path, sample_rate)

    def open(self) -> None:
        """Start; fails at once where nothing can be written."""
        self._writer.open()

    def write(self, block: Audio) -> None:
        """Take one block."""
        self._writer.write(np.ascontiguousarray(block, dtype=np.float32))

    def close(self) -> None:
        """Finish; the file has its name afterwards."""
        self._writer.close()

    def discard(self) -> None:
        """Stop and leave nothing."""
        self._writer.discard()

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
