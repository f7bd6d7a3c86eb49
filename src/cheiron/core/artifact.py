"""What learning hands to playing: a folder, or one zip of it, whose every byte is accounted for.

``manifest.json`` says what the artifact is and holds the size and SHA-256 of each file. Nothing in
an artifact is ever executed or unpickled.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from cheiron.core.artifact_store import MANIFEST, Store, is_safe_name, open_store
from cheiron.core.atomic import atomic_path, sync, temporary_sibling, write_error
from cheiron.core.errors import CheironError
from cheiron.core.folder_swap import put_in_place, recover
from cheiron.core.manifest import FORMAT_VERSION, damaged, make_manifest, parse_manifest, to_json

__all__ = ["FORMAT_VERSION", "Artifact", "pack", "tensors_to_bytes", "write_artifact"]


@dataclass(frozen=True)
class Artifact:
    """An artifact that was found whole: right format, version and kind, every file as hashed.

    Make one with :meth:`open` or :func:`write_artifact`.

    Args:
        path: The folder or the zip.
        manifest: Everything ``manifest.json`` says.
    """

    path: Path
    manifest: dict[str, Any]
    _store: Store

    @classmethod
    def open(cls, path: str | Path, kind: str | None = None) -> "Artifact":
        """Read a manifest and check every file it lists.

        Args:
            path: A folder with ``manifest.json``, or a zip of such a folder.
            kind: What it must be, such as ``"audio-model"``; None accepts any.

        Raises:
            CheironError: If it is missing, foreign, damaged, newer than this program or of
                another kind.
        """
        path = Path(path)
        recover(path)
        return cls._load(path, open_store(path), kind)

    @classmethod
    def _load(cls, path: Path, store: Store, kind: str | None) -> "Artifact":
        artifact = cls(path, parse_manifest(store), store)
        if kind is not None and artifact.kind != kind:
            raise CheironError(
                f"{store.label} is of the kind {artifact.kind!r}; expected {kind!r}, "
                "so choose another artifact."
            )
        for filename in artifact.files:
            artifact.read(filename)
        return artifact

    @property
    def kind(self) -> str:
        """What it is, such as ``"audio-model"``."""
        return self.manifest["kind"]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.manifest["name"]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files."""
        return tuple(self.manifest["files"])

    @property
    def folders(self) -> tuple[str, ...]:
        """Artifacts within this one, such as ``"spaces/pca"``; open them with :meth:`inside`."""
        suffix = "/" + MANIFEST
        return tuple(sorted(n[: -len(suffix)] for n in self._store.names() if n.endswith(suffix)))

    def read(self, filename: str) -> bytes:
        """The bytes of a file, checked against the manifest.

        Raises:
            CheironError: If the artifact lists no such file or its bytes are not those listed.
        """
        if filename not in self.manifest["files"]:
            raise CheironError(
                f"{self._store.label} has no file {filename!r}; "
                f"it has {', '.join(self.files) or 'none'}."
            )
        expected = self.manifest["files"][filename]
        data = self._store.read(filename, limit=expected["bytes"])
        if data is None:
            raise damaged(self._store, f"its file {filename!r} is missing")
        if len(data) != expected["bytes"]:
            raise damaged(self._store, f"its file {filename!r} has the wrong size")
        if hashlib.sha256(data).hexdigest() != expected["sha256"]:
            raise damaged(self._store, f"its file {filename!r} was changed since it was written")
        return data

    def tensors(self, filename: str) -> dict[str, NDArray[Any]]:
        """The arrays of a safetensors file by name.

        Raises:
            CheironError: If there is no such file or it is not safetensors.
        """
        data = self.read(filename)
        try:
            return safetensors.numpy.load(data)
        except Exception as error:  # the library has its own error types
            raise damaged(self._store, f"its file {filename!r} holds no tensors") from error

    def file(self, filename: str) -> Path | None:
        """Where a file lies on the disk; None inside a zip."""
        return self._store.file(filename) if filename in self.manifest["files"] else None

    def inside(self, folder: str, kind: str | None = None) -> "Artifact":
        """Open an artifact that lies within this one, in a folder or in a zip alike.

        Raises:
            CheironError: As :meth:`open`.
        """
        if not is_safe_name(folder):
            raise CheironError(f"{folder!r} is not the name of a folder inside an artifact.")
        return self._load(self.path / folder, self._store.inside(folder), kind)


def write_artifact(
    path: str | Path,
    *,
    kind: str,
    name: str,
    fields: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> Artifact:
    """Write an artifact folder; it appears complete or not at all.

    An artifact that is already there is replaced, with everything inside it. A kill at any moment
    leaves the old one or the new one.

    Args:
        path: The folder to make; its parent is made as well.
        kind: What it is, such as ``"audio-model"``.
        name: What people call it.
        fields: What else the manifest says: plain data, NumPy scalars and arrays. Numbers that
            are not finite become null.
        files: Contents by file name, POSIX, relative.

    Returns:
        The artifact, read back and checked.

    Raises:
        CheironError: If the system refuses, or something that is no artifact has that name.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     artifact = write_artifact(
    ...         Path(folder) / "bell", kind="audio-model", name="bell",
    ...         fields={"hop": 128}, files={"card.md": b"A bell."})
    ...     artifact.manifest["hop"], artifact.read("card.md")
    (128, b'A bell.')
    """
    path = Path(path)
    manifest = make_manifest(kind, name, fields, files)
    recover(path)
    _refuse_foreign(path)
    temporary = temporary_sibling(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for filename, data in {**files, MANIFEST: manifest}.items():
            _write_file(temporary / filename, data)
        for folder in {(temporary / filename).parent for filename in files} | {temporary}:
            sync(folder)
        put_in_place(temporary, path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Artifact.open(path, kind)


def tensors_to_bytes(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """A safetensors file of named arrays; equal arrays give equal bytes.

    >>> len(tensors_to_bytes({"z": np.zeros((2, 3), np.float32)})) % 8
    0
    """
    return safetensors.numpy.save({k: np.ascontiguousarray(v) for k, v in tensors.items()})


def pack(folder: str | Path, zip_path: str | Path) -> Artifact:
    """Put an artifact folder, with the artifacts inside it, into one zip.

    Equal artifacts give equal bytes. Files that no manifest lists are left out.

    Raises:
        CheironError: If the folder is no whole artifact or the zip cannot be written.
    """
    artifact = Artifact.open(folder)
    parts = {"": artifact, **{f"{name}/": artifact.inside(name) for name in artifact.folders}}
    with (
        atomic_path(zip_path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for prefix, part in parts.items():
            _pack_file(archive, prefix + MANIFEST, to_json(part.manifest))
            for filename in part.files:
                _pack_file(archive, prefix + filename, part.read(filename))
    return Artifact.open(zip_path, artifact.kind)


def _pack_file(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date and no compression: the bytes depend on neither the clock nor zlib's version.
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def _write_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    sync(path)


def _refuse_foreign(path: Path) -> None:
    if not path.exists() or (path / MANIFEST).is_file():
        return
    if path.is_dir() and not any(path.iterdir()):
        return
    raise CheironError(
        f"{path} exists and is not an artifact; choose another name or move it away first."
    )
