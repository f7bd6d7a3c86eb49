"""``cheiron bench speed``: how fast everything is, on one thread."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from cheiron.core.protocols import AudioModel
from cheiron.models import load_model, shipped_models
from cheiron.studio.bench.install_size import performing_megabytes
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report
from cheiron.studio.bench.subjects import (
    block_milliseconds,
    has_torch,
    onnx_encoder,
    own_decoders,
    random_model,
    torch_decoders,
)
from cheiron.studio.bench.timing import Timing, interleave
from cheiron.studio.render import render_gesture

_RENDERS, _STARTS = 3, 5  # repetitions of what is slow; their median counts
_NAMES = {
    "kernel": "compiled kernel",
    "onnx": "ONNX Runtime",
    "eager": "PyTorch eager",
    "torchscript": "TorchScript",
}
_HELP = "from cheiron.studio.cli import main; main()"

LIVE = Bar(10.0, ">=", "x")
"""Median speed of a shipped model; its p99.9 must also be below half its block."""
RATIO = Bar(2.0, ">=", "x TorchScript")
"""ONNX Runtime against TorchScript for a network of the size of RAVE v1."""
RENDER = Bar(10.0, ">=", "x")
START = Bar(0.5, "<", "s")
INSTALL = Bar(400.0, "<", "MB")


@dataclass
class Report:
    """What was measured so far.

    Attributes:
        results: Metric name to number.
        rows: What to print.
        notes: What was left out, and why.
    """

    results: dict[str, float] = field(default_factory=dict[str, float])
    rows: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    notes: list[str] = field(default_factory=list[str])

    def add(self, name: str, label: str, timing: Timing, *bars: tuple[Bar, float]) -> None:
        """Record how long a block takes."""
        self.results |= timing.results(name)
        tail = [f"{timing.quantile(share):.3f}" for share in (0.5, 0.99, 0.999)]
        self.rows.append((label, *tail, f"{timing.times_real_time:.1f}", *verdict(*bars)))

    def figure(self, name: str, label: str, value: float, bar: Bar) -> None:
        """Record a single number."""
        self.results[name] = value
        shown = f"{value:.2f}" if value < 10 else f"{value:.0f}"
        text = f"{label}: {shown} {bar.unit}"
        self.rows.append((text, "", "", "", "", *verdict((bar, value))))


@click.command("speed")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option(
    "--seconds",
    default=3.0,
    show_default=True,
    type=click.FloatRange(min=0.0),
    help="For each thing that is timed; p99.9 wants at least 1000 blocks.",
)
def bench_speed(json_file: Path | None, seconds: float) -> None:
    """Measure how fast the models, the chain and the program are.

    One thread. What is compared runs in turns, in short bursts, so that noise meets all of it.
    """
    check_writable(json_file)
    report = Report()
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        steps = list(_steps(report, seconds))
        task = bar.add_task("measuring", total=len(steps))
        for name, step in steps:
            bar.update(task, description=name)
            step()
            bar.advance(task)
    columns = ("one thread", "median ms", "p99", "p99.9", "x real time", "bar", "reached")
    print_table("speed", columns, report.rows)
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    if json_file is not None:
        write_report(json_file, report.results)


def _steps(report: Report, seconds: float) -> Iterator[tuple[str, Callable[[], None]]]:
    models = shipped_models()
    for name in models:
        yield name, lambda name=name: shipped(report, load_model(name), seconds)
    if not models:
        report.notes.append("this copy of Cheiron came without models, so none is timed.")
    if has_torch():
        yield (
            "low-latency",
            lambda: preset(report, "low-latency", ("eager", "torchscript"), seconds),
        )
        yield "rave-v1", lambda: preset(report, "rave-v1", ("torchscript",), seconds)
    else:
        report.notes.append(
            "the learning install is absent, so neither PyTorch nor the presets are timed."
        )
    for name in models:
        yield "render", lambda name=name: rendering(report, name)
    yield "help", lambda: start(report)
    yield (
        "install",
        lambda: report.figure(
            "install.megabytes", "performing install", performing_megabytes(), INSTALL
        ),
    )


def shipped(report: Report, model: AudioModel, seconds: float) -> None:
    """Time a model that comes with Cheiron: its decoder every way, its encoder, and the bars."""
    timings = _decoders(model, ("eager", "torchscript"), seconds)
    played = next(iter(timings))
    own = timings[played]
    tail = Bar(round(own.block / 2, 3), "<", "ms")
    bars = ((LIVE, own.times_real_time), (tail, own.quantile(0.999)))
    for kind, timing in timings.items():
        label = f"{model.name} decode, {_NAMES[kind]}"
        report.add(f"{model.name}.decode.{kind}", label, timing, *(bars if kind == played else ()))
    block = block_milliseconds(model)
    encoder = interleave({"onnx": onnx_encoder(model)}, block, seconds)["onnx"]
    report.add(f"{model.name}.encode.onnx", f"{model.name} encode, {_NAMES['onnx']}", encoder)


def preset(report: Report, name: str, kinds: tuple[str, ...], seconds: float) -> None:
    """Time a preset with random weights: our own ways and some of PyTorch's."""
    # Windows keeps the weights of a loaded graph open.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        timings = _decoders(random_model(name, Path(folder)), kinds, seconds)
    for kind, timing in timings.items():
        report.add(f"{name}.decode.{kind}", f"{name} decode, {_NAMES[kind]}", timing)
    if name == "rave-v1":
        ratio = timings["torchscript"].median / timings["onnx"].median
        metric = f"{name}.decode.onnx.times_torchscript"
        report.figure(metric, f"{name}, ONNX Runtime", ratio, RATIO)


def rendering(report: Report, name: str) -> None:
    """Time the whole chain on the demo gesture, reading, loading and writing included."""
    gesture = Path(str(files("cheiron"))) / "assets" / "gestures" / "demo.csv"
    with tempfile.TemporaryDirectory() as folder:
        speeds = [
            render_gesture(name, gesture, Path(folder) / "out.wav").times_real_time
            for _ in range(_RENDERS)
        ]
    value = statistics.median(speeds)
    report.figure(f"render.{name}.times_real_time", f"cheiron render {name}", value, RENDER)


def start(report: Report) -> None:
    """Time ``cheiron --help`` in a fresh process."""
    spent: list[float] = []
    for _ in range(_STARTS):
        begin = time.perf_counter()
        command = [sys.executable, "-c", _HELP, "--help"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        spent.append(time.perf_counter() - begin)
    report.figure("help.seconds", "cheiron --help", statistics.median(spent), START)


def _decoders(model: AudioModel, kinds: tuple[str, ...], seconds: float) -> dict[str, Timing]:
    with _one_thread():
        ways = {**own_decoders(model), **torch_decoders(model, kinds)}
        return interleave(ways, block_milliseconds(model), seconds)


def _one_thread() -> AbstractContextManager[None]:
    if not has_torch():
        return nullcontext()
    from cheiron.export.torch_steps import one_thread

    return one_thread()
