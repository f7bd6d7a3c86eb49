"""What ``manifest.json`` says, and how it is read without trusting it."""

import hashlib
import json
from collections.abc import Mapping
from math import isfinite
from pathlib import PurePosixPath
from typing import Any, cast

import numpy as np

import cheiron
from cheiron.core.artifact_store import MANIFEST, Store, is_safe_name
from cheiron.core.errors import CheironError

FORMAT = "cheiron-artifact"
FORMAT_VERSION = 1
_OWN_FIELDS = ("format", "format_version", "cheiron_version", "kind", "name", "files")


def make_manifest(
    kind: str, name: str, fields: Mapping[str, Any], files: Mapping[str, bytes]
) -> bytes:
    """The manifest's bytes for these contents.

    Raises:
        CheironError: If a file's name would lie outside the artifact.
        ValueError: If ``fields`` redefines what the artifact itself says.
    """
    taken = [field for field in fields if field in _OWN_FIELDS]
    if taken:
        raise ValueError(f"the manifest field {taken[0]!r} is the artifact's own")
    for filename in files:
        if not is_safe_name(filename) or PurePosixPath(filename).name == MANIFEST:
            raise CheironError(f"{filename!r} cannot be the name of a file in an artifact.")
    listed = {
        filename: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for filename, data in files.items()
    }
    own = (FORMAT, FORMAT_VERSION, cheiron.__version__, kind, name, listed)
    return to_json({**dict(zip(_OWN_FIELDS, own, strict=True)), **fields})


def to_json(manifest: Mapping[str, Any]) -> bytes:
    """Plain JSON: NumPy values unpacked, numbers that are not finite as null.

    >>> to_json({"f0": np.float32("nan"), "range": np.array([0, 1])}).split()
    [b'{', b'"f0":', b'null,', b'"range":', b'[', b'0,', b'1', b']', b'}']
    """
    text = json.dumps(_plain(manifest), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = cast(Any, value).tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in cast(list[Any], value)]
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has no NaN, and browsers read these files as well
    return value


def parse_manifest(store: Store) -> dict[str, Any]:
    """The manifest of a store, checked for format, version, form and safe names.

    Raises:
        CheironError: If it is missing, foreign, newer, damaged or points outside.
    """
    data = store.manifest()
    try:
        manifest: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise damaged(store, f"its {MANIFEST} is not readable") from error
    if not isinstance(manifest, dict) or cast(Any, manifest).get("format") != FORMAT:
        raise CheironError(
            f"{store.label} has a {MANIFEST}, but not one of Cheiron's; expected a model that "
            "was trained or exported by Cheiron."
        )
    manifest = cast(dict[str, Any], manifest)
    version = manifest.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise CheironError(
            f"{store.label} is of the newer format {version}, and this program reads up to "
            f"{FORMAT_VERSION}; update Cheiron (the file was made by version "
            f"{manifest.get('cheiron_version', 'unknown')})."
        )
    if type(version) is not int or version < 1 or not _well_formed(manifest):
        raise damaged(store, f"its {MANIFEST} is incomplete")
    for filename in manifest["files"]:
        if not is_safe_name(filename):
            raise CheironError(
                f"{store.label} lists the file {filename!r}, which lies outside it; "
                "do not use this artifact."
            )
    return manifest


def _well_formed(manifest: dict[str, Any]) -> bool:
    files = manifest.get("files")
    return (
        isinstance(manifest.get("kind"), str)
        and isinstance(manifest.get("name"), str)
        and isinstance(files, dict)
        and all(
            isinstance(entry, dict)
            and isinstance(cast(Any, entry).get("sha256"), str)
            and type(cast(Any, entry).get("bytes")) is int
            and cast(Any, entry)["bytes"] >= 0
            for entry in cast(dict[str, Any], files).values()
        )
    )


def damaged(store: Store, what: str) -> CheironError:
    """The sentence for an artifact whose bytes are not as written."""
    return CheironError(f"{store.label} is damaged: {what}; copy or make it again.")
