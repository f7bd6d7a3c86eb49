"""A whole session as one file, to keep or to give away.

``NAME.cheiron`` is a zip of the session's files with ``bundle.json``, which holds the size and
SHA-256 of each. Importing trusts nothing in it: no name leads outside, nothing is unpacked beyond
its listed size, and the session appears complete or not at all.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import cheiron
from cheiron.core.artifact_store import is_safe_name
from cheiron.core.atomic import atomic_path, sync, temporary_sibling, write_error
from cheiron.core.errors import CheironError
from cheiron.studio.session.journal import NAME as JOURNAL
from cheiron.studio.session.state_file import NAME, parse, render
from cheiron.studio.session.store import FOLDERS, Session

SUFFIX = ".cheiron"
FORMAT = "cheiron-session"
FORMAT_VERSION = 1
SIZE_LIMIT = 64 * 2**30  # bytes in all; days of takes
_INDEX = "bundle.json"
_INDEX_LIMIT = 16 * 2**20  # bytes
_FILE_LIMIT = 20_000
_PIECE = 2**20  # bytes
_PACKED = (".toml", ".sqlite", ".json")  # sound and tensors hardly shrink
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)


@dataclass(frozen=True)
class _Entry:
    """What the index says of a file."""

    size: int
    sha256: str


def export_session(session: Session, path: str | Path) -> Path:
    """Write an open session as one file; it can be played and recorded meanwhile.

    What is being recorded goes in as far as it is written. The model itself does not; the trash
    stays behind.

    Args:
        session: The session.
        path: Where; the suffix ``.cheiron`` is added where there is none.

    Returns:
        Where it was written.

    Raises:
        CheironError: If the system refuses.
    """
    path = Path(path).expanduser()
    path = path if path.suffix else path.with_suffix(SUFFIX)
    index: dict[str, dict[str, Any]] = {}
    session.history.keep()
    with tempfile.TemporaryDirectory(prefix="cheiron-") as folder, atomic_path(path) as temporary:
        snapshot = Path(folder) / JOURNAL
        session.journal.snapshot(snapshot)
        state = Path(folder) / NAME
        state.write_text(render(session.state), encoding="utf-8")
        with zipfile.ZipFile(temporary, "w", allowZip64=True) as archive:
            for name, file in [(NAME, state), (JOURNAL, snapshot), *_files(session.path)]:
                _pack(archive, name, file, index)
            about = {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "cheiron_version": cheiron.__version__,
                "name": session.name,
                "files": index,
            }
            archive.writestr(_INDEX, json.dumps(about, indent=2, ensure_ascii=False))
    return path


def import_session(path: str | Path, folder: str | Path) -> Path:
    """Unpack a file that :func:`export_session` wrote into a new session's folder.

    Args:
        path: The file.
        folder: The folder to make; nothing may be there.

    Returns:
        The folder, to be opened with :meth:`Session.open`.

    Raises:
        CheironError: If the file is damaged, foreign, newer, hostile or too large, something is
            at the folder already, or the system refuses. Then nothing is left.
    """
    path, folder = Path(path).expanduser(), Path(folder).expanduser().resolve()
    if folder.exists():
        raise CheironError(f"{folder} exists already; choose another name for the session.")
    temporary = temporary_sibling(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _opened(path) as archive:
            entries = _index(path, archive)
            _room(path, folder.parent, sum(entry.size for entry in entries.values()))
            for name, entry in entries.items():
                _unpack(path, archive, name, entry, temporary / name)
        _check_state(path, temporary / NAME)
        sync(temporary)
        temporary.rename(folder)
    except _DAMAGED as error:
        raise _damaged(path, "it cannot be unpacked") from error
    except OSError as error:
        raise write_error(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def is_bundle(path: str | Path) -> bool:
    """Whether a path looks like a session in one file; importing it says more."""
    return Path(path).suffix.lower() == SUFFIX and Path(path).is_file()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files to pack besides state and journal, with their names; a raw take is one of them."""
    for room in FOLDERS:
        for file in sorted((folder / room).rglob("*")):
            name = file.relative_to(folder).as_posix()
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            wanted = (not hidden or file.suffix == ".f32") and is_safe_name(name)
            if wanted and file.is_file() and not file.is_symlink():
                yield name, file


def _pack(
    archive: zipfile.ZipFile, name: str, file: Path, index: dict[str, dict[str, Any]]
) -> None:
    kind = zipfile.ZIP_DEFLATED if file.suffix in _PACKED else zipfile.ZIP_STORED
    try:
        source = file.open("rb")
    except FileNotFoundError:
        return  # a take that was renamed or finished this moment
    with source:
        left = size = file.stat().st_size  # what is appended from now on belongs to the next one
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name)
        info.compress_type = kind
        with archive.open(info, "w", force_zip64=True) as target:
            while left and (piece := source.read(min(_PIECE, left))):
                target.write(piece)
                digest.update(piece)
                left -= len(piece)
    index[name] = {"bytes": size - left, "sha256": digest.hexdigest()}


def _opened(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise CheironError(f"there is no file {path}; expected a session as {SUFFIX} file.")
    start = b""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        return zipfile.ZipFile(path)
    except OSError as error:
        raise CheironError(f"{path} could not be read: {error.strerror}.") from error
    except _DAMAGED as error:
        if start == b"PK\x03\x04":
            raise _damaged(path, "it is cut short") from error
        raise CheironError(
            f"{path} is not a session; expected a {SUFFIX} file that Cheiron exported."
        ) from error


def _index(path: Path, archive: zipfile.ZipFile) -> dict[str, _Entry]:
    """The files that the index lists, each a name that is safe and there once."""
    try:
        with archive.open(_INDEX) as stream:
            text = stream.read(_INDEX_LIMIT + 1)
        about: Any = json.loads(text) if len(text) <= _INDEX_LIMIT else None
    except (KeyError, ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or cast(Any, about).get("format") != FORMAT:
        raise CheironError(
            f"{path} is not a session: it holds no {_INDEX} of Cheiron's; expected a {SUFFIX} "
            "file that Cheiron exported."
        )
    version = cast(Any, about).get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise CheironError(
            f"{path} is of the newer format {version}, and this program reads up to "
            f"{FORMAT_VERSION}; update Cheiron."
        )
    try:
        entries = {
            str(name): _Entry(int(entry["bytes"]), str(entry["sha256"]))
            for name, entry in cast(Any, about)["files"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"its {_INDEX} is incomplete") from error
    _check_names(path, entries, archive.namelist())
    return entries


def _check_names(path: Path, entries: dict[str, _Entry], packed: list[str]) -> None:
    for name in (*entries, *packed):
        room = name.partition("/")[0]
        if not is_safe_name(name) or room not in (NAME, JOURNAL, _INDEX, *FOLDERS):
            raise CheironError(
                f"{path} holds the file {name!r}, which is no part of a session; do not use it."
            )
    if len({name.casefold() for name in packed}) < len(packed):
        raise CheironError(f"{path} holds two files of one name; do not use it.")
    if set(packed) != {*entries, _INDEX} or NAME not in entries:
        raise _damaged(path, f"its files are not those that {_INDEX} lists")
    if len(entries) > _FILE_LIMIT or any(entry.size < 0 for entry in entries.values()):
        raise CheironError(f"{path} lists {len(entries)} files; expected at most {_FILE_LIMIT}.")


def _room(path: Path, place: Path, size: int) -> None:
    if size > SIZE_LIMIT:
        raise CheironError(
            f"{path} would unpack to {size / 2**30:.0f} GB; expected at most "
            f"{SIZE_LIMIT / 2**30:.0f}, so do not use it."
        )
    free = shutil.disk_usage(place).free
    if size > free:
        raise CheironError(
            f"{path} needs {size / 2**20:.0f} MB and {place} has {free / 2**20:.0f}; free some "
            "space or choose another place."
        )


def _unpack(path: Path, archive: zipfile.ZipFile, name: str, entry: _Entry, target: Path) -> None:
    """One file, never more than its listed size, however the zip's own headers lie."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    left = entry.size
    with archive.open(name) as source, target.open("xb") as file:
        while piece := _read(source, left):
            file.write(piece)
            digest.update(piece)
            left -= len(piece)
        file.flush()
    if left != 0 or digest.hexdigest() != entry.sha256:
        raise _damaged(path, f"its file {name!r} is not as it was written")
    sync(target)


def _check_state(path: Path, file: Path) -> None:
    """Whatever is wrong with its state is said now, not when it is opened."""
    try:
        parse(file.read_text(encoding="utf-8"), f"{path}, {NAME}")
    except UnicodeDecodeError as error:
        raise _damaged(path, f"its {NAME} is not text") from error


def _read(source: IO[bytes], left: int) -> bytes:
    """The next piece; one byte more than is left, so that too long a file is noticed."""
    return source.read(min(_PIECE, max(left, 0) + 1)) if left >= 0 else b""


def _damaged(path: Path, what: str) -> CheironError:
    return CheironError(f"{path} is damaged: {what}; copy it again.")
