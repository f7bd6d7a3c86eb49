"""``cheiron doctor``: what is installed, what is missing and how to get it."""

import importlib
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from cheiron import __version__
from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError
from cheiron.studio.doctor_live import examine_live
from cheiron.studio.finding import Finding, State
from cheiron.studio.install import learn_command, repair_command, restore_command

_REQUIRED = (
    "aiohttp",
    "click",
    "filelock",
    "matplotlib",
    "mido",
    "numpy",
    "onnxruntime",
    "psutil",
    "rich",
    "safetensors",
    "soundfile",
    "soxr",
    "tomlkit",
)
_LEARNING = ("torch", "onnx", "onnxscript")
_FORMATS = ("WAV", "FLAC", "OGG", "MP3", "AIFF")
_MARKS: dict[State, str] = {"ok": "✓", "info": " ", "absent": "–", "broken": "✗"}
_STYLES: dict[State, str] = {"ok": "green", "info": "", "absent": "yellow", "broken": "bold red"}


@click.command()
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the findings to this file.",
)
@click.pass_context
def doctor(ctx: click.Context, json_file: Path | None) -> None:
    """Show what is installed, what is missing and how to get it.

    The exit status is 0 when performing works; training may still need the learning install.
    """
    findings = list(examine())
    works = performing_works(findings)
    _show(findings, works)
    if json_file is not None:
        report = {"performing_works": works, "findings": [asdict(f) for f in findings]}
        with atomic_path(json_file) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    ctx.exit(0 if works else 1)


def examine() -> Iterator[Finding]:
    """Look at everything, one finding at a time."""
    yield from _system()
    required = [_required(package) for package in _REQUIRED]
    yield from required
    for package in _LEARNING:
        yield _learning(package)
    yield _formats()
    if performing_works(required):  # what follows is built on them
        yield _kernel()
        yield from _models()
        yield _config_folder()
        yield from examine_live()


def performing_works(findings: Iterable[Finding]) -> bool:
    """Whether nothing that performing needs is broken."""
    return all(finding.state != "broken" for finding in findings)


def _system() -> Iterator[Finding]:
    yield Finding("cheiron", "ok", __version__)
    yield Finding(
        "Python", "ok", f"{platform.python_version()} ({platform.python_implementation()})"
    )
    yield Finding("system", "info", f"{platform.platform()}, {platform.machine()}")
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("CPU threads", "info", f"{usable} usable of {os.cpu_count()}")


def _required(package: str) -> Finding:
    try:
        importlib.import_module(package)
        return Finding(package, "ok", importlib.metadata.version(package))
    except (ImportError, OSError) as error:
        reason = str(error) or type(error).__name__
        found = f"cannot be loaded: {reason}"
        return Finding(package, "broken", found, repair_command())


def _learning(package: str) -> Finding:
    try:
        # The version only: importing PyTorch takes seconds.
        return Finding(package, "ok", f"{importlib.metadata.version(package)} (for learning)")
    except importlib.metadata.PackageNotFoundError:
        found = "not installed; training and export need it, performing does not"
        return Finding(package, "absent", found, learn_command())


def _formats() -> Finding:
    try:
        soundfile: Any = importlib.import_module("soundfile")
    except (ImportError, OSError):
        return Finding("audio files", "broken", "libsndfile cannot be loaded")
    known = soundfile.available_formats()
    able = [name for name in _FORMATS if name in known]
    found = f"libsndfile {soundfile.__libsndfile_version__}: {', '.join(able)}"
    return Finding("audio files", "ok", f"{found} and {len(known) - len(able)} more")


def _kernel() -> Finding:
    """What decodes in a tenth of ONNX Runtime's time."""
    from cheiron.models.native import SWITCH, NotCoveredError, load_library

    topic = "compiled kernel"
    try:
        library = load_library()
    except CheironError as error:
        return Finding(topic, "broken", str(error))
    except NotCoveredError as why:
        advice = "" if SWITCH in str(why) else repair_command()
        return Finding(topic, "absent", f"{why}; ONNX Runtime decodes, more slowly", advice)
    return Finding(topic, "ok", library.variant or "for any processor of this kind")


def _models() -> Iterator[Finding]:
    """Each shipped model: are its hashes fine, and does it sound?"""
    from cheiron.models import shipped_models

    models = shipped_models()
    if not models:
        yield Finding("shipped models", "broken", "none in this copy", restore_command())
    for name, path in models.items():
        topic = f"model {name}"
        try:
            speed, decoder = _speed(path)
            found = f"every hash fine, {speed:.0f} x real time ({decoder})"
            yield Finding(topic, "ok", found)
        except CheironError as error:
            yield Finding(topic, "broken", str(error), restore_command())


def _speed(path: Path) -> tuple[float, str]:
    """Seconds of sound that a model makes in a second, at rest, and what decodes it."""
    import numpy as np

    from cheiron.models.onnx_model import OnnxModel

    model = OnnxModel.load(path)
    z = np.tile(model.latent.default, (max(1, model.sample_rate // model.hop), 1))
    start = time.perf_counter()
    samples = len(model.decode(z))
    spent = time.perf_counter() - start
    return samples / model.sample_rate / spent, model.decoded_by


def _config_folder() -> Finding:
    """Where decisions are remembered; the nearest folder that exists must be writable."""
    from cheiron.models.trust import config_folder

    folder = config_folder()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if existing.is_dir() and os.access(existing, os.W_OK):
        return Finding("settings folder", "ok", str(folder))
    advice = "set CHEIRON_CONFIG to a folder that you may write"
    return Finding("settings folder", "absent", f"{folder} cannot be written", advice)


def _show(findings: Sequence[Finding], works: bool) -> None:
    table = Table(box=None, show_header=False)
    for finding in findings:
        style = _STYLES[finding.state]
        table.add_row(_MARKS[finding.state], finding.topic, finding.found, style=style)
    Console(highlight=False, markup=False).print(table)
    for finding in findings:
        if finding.advice:  # outside the table, unbroken, to be copied
            click.echo(f"\n{finding.topic}:\n  {finding.advice}")
    verdict = "Performing works." if works else "Performing does not work yet: see ✗ above."
    click.echo(f"\n{verdict}")
