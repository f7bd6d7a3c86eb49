"""``cheiron bench soak``: hours of playing in minutes, and what is left of the machine."""

import logging
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import psutil
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from cheiron.core.errors import CheironError
from cheiron.studio.bench.onsets import Probe
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report
from cheiron.studio.bench.soak_player import Player
from cheiron.studio.bench.sound_server import dummy_jack
from cheiron.studio.bench.stage import conducted, free_port, staged
from cheiron.studio.bench.steal import Steal
from cheiron.studio.live.running import Live
from cheiron.studio.session.state import OutputChoice, SessionState, SourceChoice

DRIFT = Bar(5.0, "<=", "%")
NONE = Bar(0.0, "<=")
MEMORY = Bar(300.0, "<", "MB")
CPU = Bar(40.0, "<", "% of one core")
FIRST = Bar(3.0, "<", "s")

_IDLE_SECONDS = 20.0
_WARM_SECONDS = 60.0
"""Memory counts from then on: models are loaded, every page has been open once."""

_STARTED = time.time() - psutil.Process().create_time()
"""Seconds that the interpreter and the imports took."""


class _Errors(logging.Handler):
    """Keeps what is logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.sentences.append(f"log: {record.getMessage()}")


Progressed = Callable[[float], None]


@dataclass
class Log:
    """What was seen, once a second.

    Attributes:
        memory: Of the engine, MB.
        tree: Of all processes, MB.
        times: Seconds.
        errors: What went wrong, in words.
    """

    memory: list[float] = field(default_factory=list[float])
    tree: list[float] = field(default_factory=list[float])
    times: list[float] = field(default_factory=list[float])
    errors: list[str] = field(default_factory=list[str])


@click.command("soak")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option("--minutes", default=30.0, show_default=True, help="How long.")
@click.option("--device", help="Sound device; by default a JACK server without a sound card.")
@click.option("--block", default=128, show_default=True, help="Samples asked for at once.")
@click.option("--seed", default=0, show_default=True, help="Fixes the gestures.")
def bench_soak(
    json_file: Path | None, minutes: float, device: str | None, block: int, seed: int
) -> None:
    """Play for a long time: random gestures, model changes, page reloads, takes.

    Says whether memory stays flat, whether a block ever came too late, and whether anything went
    wrong; also the memory and the processor's share with a sound held and nobody playing.
    """
    check_writable(json_file)
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("playing", total=minutes * 60)
        with dummy_jack(block=block) if device is None else nullcontext(""):

            def told(seconds: float) -> None:
                bar.update(task, completed=seconds)

            results, errors = soak(minutes, device, block, seed, told)
    judged = {
        "memory_drift_percent": DRIFT,
        "underruns": NONE,
        "errors": NONE,
        "memory_mb": MEMORY,
        "idle_cpu_percent": CPU,
        "first_sound_s": FIRST,
    }
    rows: list[tuple[str, ...]] = []
    for name, value in results.items():
        bars = ((judged[name], value),) if name in judged else ()
        rows.append((name.replace("_", " "), f"{value:.2f}", *verdict(*bars)))
    print_table("soak", ("figure", "value", "bar", "reached"), rows)
    for error in errors:
        click.echo(f"error: {error}", err=True)
    if json_file is not None:
        write_report(json_file, results)


def soak(
    minutes: float, device: str | None, block: int, seed: int, progress: Progressed
) -> tuple[dict[str, float], list[str]]:
    """Play, and watch.

    Args:
        minutes: How long, after the measurement of the idle instrument.
        device: Sound device; the default when absent.
        block: Samples asked for at once.
        seed: Fixes the gestures.
        progress: Told the seconds that are over.

    Returns:
        Figures by name, and what went wrong.
    """
    port = free_port()
    axes = [
        {"address": f"/soak/{axis}", "index": 0, "name": f"soak_{axis}", "low": 0.0, "high": 1.0}
        for axis in ("a", "b")
    ]
    state = SessionState(
        model="sax",
        sources=(
            SourceChoice("pointer"),
            SourceChoice("keys"),
            SourceChoice("osc", {"port": port, "axes": axes}),
        ),
        output=OutputChoice("device", device or "", block),
    )
    probe, heard = Probe(30.0, 48000), _Errors()
    logging.getLogger("cheiron").addHandler(heard)
    # The program itself had to start too; JACK, which a user has running, does not count.
    began = time.monotonic() - _STARTED
    with staged(state, probe) as live:
        if live.instrument.speaker.kind != "device":
            raise CheironError(live.instrument.speaker.problem)
        player = Player(live, port, random.Random(seed))
        _overhear(live, player.errors)

        def play() -> tuple[dict[str, float], list[str]]:
            try:
                return _run(player, probe, began, minutes * 60, progress)
            finally:
                player.close()

        try:
            results, errors = conducted(live, play)
        finally:
            logging.getLogger("cheiron").removeHandler(heard)
    errors += heard.sentences
    return results | {"errors": float(len(errors))}, errors


def _run(
    player: Player, probe: Probe, began: float, seconds: float, progress: Progressed
) -> tuple[dict[str, float], list[str]]:
    live, log = player.live, Log()
    first = _first_sound(player, probe, began)
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    idle_cpu = _idle(player, processes)
    player.load_page()
    idle_cpu_with_page = _idle(player, processes)
    start = time.monotonic()
    before = live.instrument.runner.figures()
    device_before = _xruns(live)
    engine, steal = psutil.Process(), Steal()
    while (elapsed := time.monotonic() - start) < seconds:
        player.second(int(elapsed))
        log.times.append(elapsed)
        log.memory.append(engine.memory_info().rss / 1e6)
        log.tree.append(_tree_memory(engine))
        progress(elapsed)
    player.close()
    after = live.instrument.runner.figures()
    log.errors += player.errors + _logged(live)
    results = {
        "first_sound_s": first,
        "idle_cpu_percent": idle_cpu,
        "idle_cpu_with_page_percent": idle_cpu_with_page,
        "minutes": seconds / 60,
        "memory_mb": float(np.median(log.memory)),
        "memory_all_processes_mb": float(np.median(log.tree)),
        "memory_drift_percent": drift(np.array(log.times), np.array(log.memory)),
        "memory_all_drift_percent": drift(np.array(log.times), np.array(log.tree)),
        "underruns": float(after.underruns - before.underruns),
        "late_blocks": float(after.late - before.late),
        "device_xruns": float(_xruns(live) - device_before),
        "mended": float(after.mended),
        "block_median_ms": 1e3 * after.block_median,
        "block_999_ms": 1e3 * after.block_999,
        "model_changes": float(player.models),
        "page_reloads": float(player.reloads),
        "takes": float(player.takes),
        "stolen_percent": steal.percent,
    }
    return results, log.errors


def drift(times: NDArray[np.float64], memory: NDArray[np.float64]) -> float:
    """How far memory strays from its start, once warm: percent between the ends' medians.

    >>> drift(np.arange(600.0), np.full(600, 100.0))
    0.0
    """
    warm = memory[times >= min(_WARM_SECONDS, times[-1] / 4)] if len(times) else memory
    part = max(1, len(warm) // 5)
    if not len(warm):
        return float("nan")
    first, last = float(np.median(warm[:part])), float(np.median(warm[-part:]))
    return 100.0 * abs(last - first) / first


def _first_sound(player: Player, probe: Probe, began: float) -> float:
    """Seconds from the start of everything to the first audible sample, pressing at once."""
    while time.monotonic() < began + 20:
        player.press(True)
        loud = np.flatnonzero(np.abs(probe.sound) > 1e-4)
        if len(loud):
            return probe.time_of(int(loud[0])) - began
        time.sleep(0.02)
    return float("nan")


def _overhear(live: Live, errors: list[str]) -> None:
    """Count what the player is told went wrong as well."""
    said = live.instrument.note

    def note(level: str, text: str) -> None:
        if level == "error":
            errors.append(f"note: {text}")
        said(level, text)

    live.instrument.note = note


def _idle(player: Player, processes: list[psutil.Process]) -> float:
    """Percent of one core that the instrument takes with a sound held and nobody playing."""
    time.sleep(3)
    before = sum(_cpu_seconds(p) for p in processes)
    start = time.monotonic()
    while time.monotonic() < start + _IDLE_SECONDS:
        player.press(True)
        time.sleep(0.25)
    used = sum(_cpu_seconds(p) for p in processes) - before
    return 100.0 * used / (time.monotonic() - start)


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        if process.name().startswith("jackd"):
            return 0.0
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _tree_memory(engine: psutil.Process) -> float:
    """The engine, the server and the learner; neither the browser nor the sound server."""
    total = engine.memory_info().rss
    for child in engine.children():
        try:
            if "python" in child.name():
                total += child.memory_info().rss
        except psutil.Error:
            continue
    return total / 1e6


def _xruns(live: Live) -> int:
    return int(getattr(live.instrument.speaker.output, "xruns", 0))


def _logged(live: Live) -> list[str]:
    problem = live.instrument.runner.problem or live.instrument.session.problem
    return [problem] if problem else []
