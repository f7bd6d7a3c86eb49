"""Where an artifact's bytes come from: a folder or a zip, behind one small interface."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from cheiron.core.errors import CheironError

MANIFEST = "manifest.json"
_MANIFEST_LIMIT = 16 * 2**20  # bytes; a larger one is not ours
_DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip


class Store(Protocol):
    """Files by POSIX name."""

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        ...

    def names(self) -> list[str]:
        """Every file in it."""
        ...

    def read(self, name: str, limit: int) -> bytes | None:
        """A file's bytes, never many more than ``limit``; None if there is no such file."""
        ...

    def manifest(self) -> bytes:
        """The manifest's bytes; raises CheironError where there is none."""
        ...

    def file(self, name: str) -> Path | None:
        """A file's place on the disk, if it has one."""
        ...

    def inside(self, folder: str) -> "Store":
        """The part below a folder."""
        ...


def is_safe_name(name: str) -> bool:
    r"""Whether a name stays inside its folder on every system.

    >>> [is_safe_name(n) for n in ("a/b.onnx", "../a", "/a", "a\\b", "C:a", "a//b", "")]
    [True, False, False, False, False, False, False]
    """
    parts = name.split("/")
    return not any(c in name for c in "\\:\0") and not {"", ".", ".."} & set(parts)


def open_store(path: Path) -> Store:
    """The store at a path.

    Raises:
        CheironError: If there is nothing, or a file that is no zip.
    """
    if path.is_dir():
        return FolderStore(path)
    if not path.exists():
        raise CheironError(f"there is nothing at {path}; expected an artifact (a folder or a zip).")
    if not zipfile.is_zipfile(path):
        advice = "is cut short; copy it again" if _starts_like_zip(path) else (
            f"is not an artifact; expected a folder with {MANIFEST} or a zip of one"
        )  # fmt: skip
        raise CheironError(f"{path} {advice}.")
    return ZipStore(path, _zip_root(path))


@dataclass(frozen=True)
class FolderStore:
    """Files of a folder."""

    path: Path

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return str(self.path)

    def names(self) -> list[str]:
        """Every file in it."""
        files = (p for p in self.path.rglob("*") if p.is_file())
        return [p.relative_to(self.path).as_posix() for p in files]

    def read(self, name: str, limit: int) -> bytes | None:
        """A file's bytes; None if there is no such file."""
        file = self.path / name
        try:
            with file.open("rb") as stream:
                return stream.read(limit + 1)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            raise CheironError(f"{file} could not be read: {error.strerror}.") from error

    def manifest(self) -> bytes:
        """The manifest's bytes."""
        return _require_manifest(self, self.read(MANIFEST, _MANIFEST_LIMIT))

    def file(self, name: str) -> Path | None:
        """A file's place on the disk."""
        return self.path / name

    def inside(self, folder: str) -> "FolderStore":
        """The part below a folder."""
        return FolderStore(self.path / folder)


@dataclass(frozen=True)
class ZipStore:
    """Files of a zip below ``root`` (empty, or ending in a slash); never extracted."""

    path: Path
    root: str = ""

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return str(self.path / self.root) if self.root else str(self.path)

    def names(self) -> list[str]:
        """Every file in it."""
        names = [n for n in _zip_names(self.path) if n.startswith(self.root)]
        return [n[len(self.root) :] for n in names if not n.endswith("/")]

    def read(self, name: str, limit: int) -> bytes | None:
        """A file's bytes; None if there is no such file."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.root + name) as stream:
                return stream.read(limit + 1)  # a lying header cannot make us inflate more
        except KeyError:
            return None
        except _DAMAGED_ZIP as error:
            raise CheironError(
                f"{self.path} is damaged: {name!r} cannot be unpacked; copy it again."
            ) from error

    def manifest(self) -> bytes:
        """The manifest's bytes."""
        return _require_manifest(self, self.read(MANIFEST, _MANIFEST_LIMIT))

    def file(self, name: str) -> Path | None:
        """Nothing in a zip has a place of its own."""
        return None

    def inside(self, folder: str) -> "ZipStore":
        """The part below a folder."""
        return ZipStore(self.path, f"{self.root}{folder}/")


def _require_manifest(store: Store, data: bytes | None) -> bytes:
    if data is None or len(data) > _MANIFEST_LIMIT:
        raise CheironError(
            f"{store.label} is not an artifact: it holds no {MANIFEST}; choose a folder or zip "
            "that Cheiron wrote."
        )
    return data


def _starts_like_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def _zip_names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _DAMAGED_ZIP as error:
        raise CheironError(f"{path} is a damaged zip; copy it again.") from error
    for name in names:
        if not is_safe_name(name.removesuffix("/")):
            raise CheironError(
                f"{path} holds the file {name!r}, which lies outside it; do not use this zip."
            )
    return names


def _zip_root(path: Path) -> str:
    """Where the manifest is: at the top, or in the one folder that a file manager zipped."""
    manifests = [PurePosixPath(n) for n in _zip_names(path) if n.split("/")[-1] == MANIFEST]
    tops = [m for m in manifests if len(m.parts) == 2]
    if PurePosixPath(MANIFEST) in manifests or len(tops) != 1:
        return ""
    return f"{tops[0].parts[0]}/"
