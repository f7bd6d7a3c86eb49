"""Files that appear under their name only when they are complete."""

import errno
import os
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cheiron.core.errors import CheironError

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space and run it again",
    errno.EDQUOT: "your disk quota is used up; free some space and run it again",
    errno.EFBIG: "the file grew past the size limit; raise the limit or choose another disk",
    errno.EACCES: "this place may not be written to; choose another one",
    errno.EPERM: "this place may not be written to; choose another one",
    errno.EROFS: "this disk is read-only; choose another one",
    errno.ENOENT: "its folder does not exist; create it or choose another one",
}


def write_error(path: Path, error: OSError) -> CheironError:
    """The sentence for a write that the system refused.

    >>> print(write_error(Path("take.wav"), OSError(errno.ENOSPC, "No space left on device")))
    take.wav could not be written: the disk is full; free some space and run it again.
    """
    reason = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return CheironError(f"{path} could not be written: {reason}.")


def sibling(path: Path, name: str) -> Path:
    """The place beside ``path``, be it ``.``, ``..`` or ``/``; ``{}`` becomes its own name.

    >>> sibling(Path("models/bell"), ".{}.previous").as_posix()
    'models/.bell.previous'
    """
    path = path.resolve() if path.name in ("", "..") else path
    return path.parent / name.replace("{}", path.name)  # the root has no name to replace


def temporary_sibling(path: Path) -> Path:
    """A new hidden name beside ``path`` with the same suffix (writers go by the suffix)."""
    path = path.resolve() if path.name in ("", "..") else path
    return path.with_name(f".{path.stem}.{uuid.uuid4().hex[:12]}.tmp{path.suffix}")


def sync(path: Path) -> None:
    """Wait until a file or, where the system can, a folder has reached the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_path(path: str | Path) -> Generator[Path, None, None]:
    """A temporary file to write, which takes the name ``path`` when the block ends well.

    After an error or an interruption inside the block nothing is left and an older file under
    that name is untouched.

    Raises:
        CheironError: If the system refuses the write (full disk, no permission, no folder).

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("complete")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    path = Path(path)
    temporary = temporary_sibling(path)
    try:
        yield temporary
        sync(temporary)
        temporary.replace(path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
