"""Adding to an artifact that is already written."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cheiron.core.artifact import Artifact, write_artifact
from cheiron.core.atomic import sibling, write_error
from cheiron.core.errors import CheironError
from cheiron.core.folder_swap import put_in_place

_OWN = ("format", "format_version", "cheiron_version", "kind", "name", "files")


def extend(artifact: Artifact, fields: Mapping[str, Any], files: Mapping[str, bytes]) -> Artifact:
    """Write an artifact folder again with further manifest fields and files.

    What it holds stays unless it is given anew, and so do the artifacts inside it.

    Args:
        artifact: A folder; not a zip.
        fields: Manifest fields to add or replace.
        files: Contents to add or replace, by file name.

    Returns:
        The new artifact.

    Raises:
        CheironError: If the artifact is a zip or cannot be written.
    """
    if artifact.path.is_file():
        raise CheironError(f"{artifact.path} is a zip; unpack it to add something to it.")
    inside = {folder: artifact.inside(folder) for folder in artifact.folders}
    contents = {folder: _contents(inner) for folder, inner in inside.items()}
    # Made beside it, so that a kill leaves the old one or the new one, each whole.
    partial = sibling(artifact.path, ".{}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _write(partial, artifact, fields, {**_contents(artifact), **files})
        for folder, inner in inside.items():
            _write(partial / folder, inner, {}, contents[folder])
        put_in_place(partial, artifact.path)
    except OSError as error:
        raise write_error(artifact.path, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Artifact.open(artifact.path, artifact.kind)


def _contents(artifact: Artifact) -> dict[str, bytes]:
    return {name: artifact.read(name) for name in artifact.files}


def _write(
    path: Path, artifact: Artifact, fields: Mapping[str, Any], files: Mapping[str, bytes]
) -> Artifact:
    kept = {key: value for key, value in artifact.manifest.items() if key not in _OWN}
    return write_artifact(
        path, kind=artifact.kind, name=artifact.name, fields={**kept, **fields}, files=files
    )
