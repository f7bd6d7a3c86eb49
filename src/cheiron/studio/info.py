"""``cheiron info``: what an artifact is, read from its manifest, with every hash verified."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console, RenderableType
from rich.table import Table

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.models import find_model
from cheiron.models.trust import is_trusted

_OVERVIEW = ("kind", "name", "family", "preset", "parameters", "format_version", "cheiron_version")
_SECTIONS = ("metrics", "landmarks", "config", "provenance")


@click.command()
@click.argument("artifact")
def info(artifact: str) -> None:
    """Show what ARTIFACT is and verify it.

    ARTIFACT is the folder or zip of a model or control space, the name of a shipped model, or a
    TorchScript file (.ts), which is described without being loaded.
    """
    console = Console(highlight=False, markup=False)
    for part in describe(artifact):
        console.print(part)


def describe(artifact: str) -> Iterator[RenderableType]:
    """Tables that say what an artifact is.

    Raises:
        CheironError: If it is missing, damaged, newer than this program or not an artifact.
    """
    path = find_model(artifact)
    if path.suffix.lower() == ".ts":
        yield _pairs(path.name, _script(path))
    else:
        yield from describe_artifact(Artifact.open(path))


def describe_artifact(artifact: Artifact) -> Iterator[RenderableType]:
    """Tables of one artifact, then of the artifacts inside it."""
    manifest = artifact.manifest
    yield _pairs(artifact.name, chain(_overview(manifest), _decoded_by(artifact)))
    for name, space in _spaces(manifest):
        yield _axes(name, space)
    for section in _SECTIONS:
        if manifest.get(section):
            yield _pairs(section, _flat(manifest[section]))
    yield _files(manifest["files"])
    for folder in artifact.folders:
        yield f"\ninside it: {folder}"
        yield from describe_artifact(artifact.inside(folder))


def _overview(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in _OVERVIEW:
        if field in manifest:
            yield field.replace("_", " "), _text(manifest[field])
    rate: Any = manifest.get("sample_rate")
    if isinstance(rate, int) and rate > 0:
        yield "sample rate", f"{rate} Hz"
        for field in ("hop", "latency"):
            samples: Any = manifest.get(field)
            if isinstance(samples, int):
                yield field, f"{samples} samples ({1000 * samples / rate:.1f} ms)"


def _decoded_by(artifact: Artifact) -> Iterator[tuple[str, str]]:
    """What decodes it here; nothing for what is no model or cannot be played."""
    if artifact.kind == "audio-model":
        from cheiron.models.onnx_model import OnnxModel

        with suppress(CheironError):
            yield "decoded by", OnnxModel(artifact).decoded_by


def _spaces(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Whatever in a manifest is a space.

    Raises:
        CheironError: If it says that it is one and is not.
    """
    for field, value in manifest.items():
        if isinstance(value, Mapping) and "axes" in value:
            space = cast(Mapping[str, Any], value)
            Space.from_json(space)
            yield field, space


def _axes(name: str, space: Mapping[str, Any]) -> Table:
    axes = cast(list[dict[str, Any]], space["axes"])
    table = _table(
        f"{name} space, {len(axes)} axes ({space.get('manifold', 'euclidean')})",
        ("axis", "kind", "from", "to", "at rest", "unit", "what it is"),
    )
    for axis in axes:
        numbers = (_text(axis.get(end)) for end in ("low", "high", "default"))
        words = (str(axis.get(field, "")) for field in ("unit", "help"))
        table.add_row(str(axis.get("name")), str(axis.get("kind", "")), *numbers, *words)
    return table


def _files(files: Mapping[str, Mapping[str, Any]]) -> Table:
    total = sum(entry["bytes"] for entry in files.values())
    table = _table(
        f"files, {total / 1e6:.2f} MB, every hash verified", ("file", "bytes", "SHA-256")
    )
    for name, entry in files.items():
        table.add_row(name, f"{entry['bytes']:,}", entry["sha256"][:16] + "…")
    return table


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested plain data as (dotted name, text)."""
    if isinstance(value, Mapping):
        for key, inner in cast(Mapping[str, Any], value).items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list):
        items = [_text(item) for item in cast(list[Any], value)]
        few = items if len(items) <= 6 else [*items[:5], f"… {len(items)} in all"]
        return ", ".join(few)
    return "–" if value is None else str(value)


def _pairs(title: str, pairs: Iterator[tuple[str, str]]) -> Table:
    table = _table(title, ())
    for name, text in pairs:
        table.add_row(name, text)
    return table


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(*columns, title=title, title_justify="left", show_header=bool(columns), box=None)
    if not columns:
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
    return table


def _script(path: Path) -> Iterator[tuple[str, str]]:
    """What can be said of a TorchScript file, which is a program, without running it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheironError(f"{path} could not be read: {error.strerror}.") from error
    digest = hashlib.sha256(data).hexdigest()
    form = "TorchScript file of RAVE or nn~" if zipfile.is_zipfile(io.BytesIO(data)) else "damaged"
    yield "kind", f"{form}; a program, not loaded"
    yield "bytes", f"{len(data):,}"
    yield "SHA-256", digest
    yield (
        "trusted",
        "yes" if is_trusted(digest) else "no; say so once with --trust when you play it",
    )
