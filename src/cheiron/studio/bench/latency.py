"""``cheiron bench latency``: from a gesture to changed sound, through the whole instrument."""

import multiprocessing
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.engine.lead import CAUTION
from cheiron.learning.jobs import Outcome
from cheiron.mapping.connection import Connection as Cable
from cheiron.studio.bench.browser import open_page
from cheiron.studio.bench.gestures import PRESS, REST, send_gestures
from cheiron.studio.bench.onsets import Probe, quantiles
from cheiron.studio.bench.page_latency import measure_page
from cheiron.studio.bench.phone_latency import measure_phone
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report
from cheiron.studio.bench.sound_server import dummy_jack
from cheiron.studio.bench.stage import conducted, free_port, staged
from cheiron.studio.bench.steal import Steal
from cheiron.studio.bench.trivial import trivial_callback
from cheiron.studio.live.running import Live
from cheiron.studio.session.state import OutputChoice, SessionState, SourceChoice

P50, P99, SPREAD = Bar(6.0, "<=", "ms"), Bar(10.0, "<=", "ms"), Bar(1.0, "<=", "ms")
UNDERRUNS = Bar(0.0, "<=")
PAGE = Bar(40.0, "<=", "ms")
PHONE = Bar(15.0, "<=", "ms")

_ADDRESS = "/cheiron/bench"
_AXIS = "bench"
_WITHIN = 0.1  # seconds in which a press must be heard
_SETTLE = 4.0  # seconds until everything has started
_PER_GESTURE = PRESS + REST + 0.02
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Measured:
    """What one run over a device gave.

    Args:
        delays: Seconds from each press to its sound; NaN where it was not heard.
        underruns: Of our own.
        late: Blocks that were begun late.
        xruns: That the device reported to us.
        trivial_xruns: That it reported to a callback that does nothing, at the same time.
        trivial_spread: Standard deviation of that callback's interval, ms.
        minutes: How long both ran.
        claimed: What the instrument says of its own latency, ms.
        stolen: Percent of the time that a hypervisor took away.
    """

    delays: NDArray[np.float64]
    underruns: int
    late: int
    xruns: int
    trivial_xruns: int
    trivial_spread: float
    minutes: float
    claimed: float
    stolen: float


@click.command("latency")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option("--gestures", default=500, show_default=True, help="How many to measure.")
@click.option("--model", default="sax", show_default=True, help="What sounds.")
@click.option(
    "--device",
    help="Sound device to measure on; by default a JACK server without a sound card is started.",
)
@click.option("--block", default=128, show_default=True, help="Samples asked for at once.")
@click.option(
    "--caution",
    type=click.FloatRange(0.0, 1.0),
    help="Only with this much caution (see the page's Feel); by default first with all, then "
    "without any.",
)
@click.option("--quiet", is_flag=True, help="Without a page and without a busy learner.")
@click.option("--page-minutes", default=5.0, show_default=True, help="For the page's own sound.")
@click.option(
    "--part",
    type=click.Choice(["all", "device", "page", "phone"]),
    default="all",
    show_default=True,
    help="What to measure.",
)
def bench_latency(
    json_file: Path | None,
    gestures: int,
    model: str,
    device: str | None,
    block: int,
    caution: float | None,
    quiet: bool,
    page_minutes: float,
    part: str,
) -> None:
    """Measure the delay from a gesture to changed sound, with everything running.

    Another process sends OSC packets on the loopback address; the sound is looked at where the
    device takes it. Meanwhile a page is open and the learner keeps the other core busy. What the
    device adds is not in it. It is done twice: as it is shipped, where the engine waits longer on
    a computer that is often late, and without that caution. Then the same for the page's own
    sound: from a pointer event in headless Chromium to changed sound in its audio thread. And from
    a simulated phone, which speaks TLS and has a clock of its own, to changed sound; the waiting
    for its sensor is counted apart.
    """
    check_writable(json_file)
    results: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    if part in ("all", "device"):
        with dummy_jack(block=block) if device is None else nullcontext(""):
            for share in (1.0, 0.0) if caution is None else (caution,):
                measured = measure_device(model, device, block, gestures, not quiet, share)
                _report_device(measured, f"caution {share:g}", rows, results)
    if part in ("all", "page"):
        _report_page(measure_page(model, page_minutes), rows, results)
    if part in ("all", "phone"):
        with dummy_jack(block=block) if device is None else nullcontext(""):
            share = 1.0 if caution is None else caution
            _report_phone(measure_phone(model, device, block, gestures, share), rows, results)
    print_table("latency", ("gesture to changed sound", "value", "bar", "reached"), rows)
    if json_file is not None:
        write_report(json_file, results)


def measure_device(
    model: str, device: str | None, block: int, gestures: int, busy: bool, caution: float
) -> Measured:
    """Press and release over OSC, and look when it is heard.

    Args:
        model: What sounds; it needs a knob for loudness and to be silent at its low end.
        device: Sound device; the default when absent.
        block: Samples asked for at once.
        gestures: How many.
        busy: Whether a page is open and the learner works.
        caution: How much delay may be added against drop-outs, 0 to 1.
    """
    port = free_port()
    axis = {"address": _ADDRESS, "index": 0, "name": _AXIS, "low": 0.0, "high": 1.0}
    osc = SourceChoice("osc", {"port": port, "axes": [axis]})
    state = SessionState(
        model=model,
        mapping="direct",
        connections=(Cable(_AXIS, "loudness", (0.0, 1.0)),),
        sources=(SourceChoice("pointer"), SourceChoice("keys"), osc),
        output=OutputChoice("device", device or "", block),
        params={CAUTION.name: caution},
    )
    seconds = 2 * _SETTLE + gestures * _PER_GESTURE + 30
    probe = Probe(seconds, 48000)
    with staged(state, probe) as live:
        if live.instrument.speaker.kind != "device":
            raise CheironError(live.instrument.speaker.problem)
        probe.sample_rate = live.instrument.runner.sample_rate
        return conducted(live, lambda: _gestures(live, probe, port, gestures, device, block, busy))


def _gestures(
    live: Live, probe: Probe, port: int, count: int, device: str | None, block: int, busy: bool
) -> Measured:
    page = open_page(live.address) if busy else nullcontext()
    burnt: list[Outcome] = []
    with page, process(trivial_callback, device, block) as trivial:
        if busy:
            live.learner.start("burn", {"seconds": 3600.0}, burnt.append)
        time.sleep(_SETTLE)
        before, xruns = live.instrument.runner.figures(), _xruns(live)
        began, steal = time.monotonic(), Steal()
        with process(send_gestures, port, _ADDRESS, count, 1) as sender:
            moments: list[float] = sender.recv()
        time.sleep(0.5)
        elapsed = time.monotonic() - began
        stolen = steal.percent
        after, xruns = live.instrument.runner.figures(), _xruns(live) - xruns
        trivial.send("stop")
        trivial_xruns, trivial_seconds, spread = trivial.recv()
    if burnt:
        raise CheironError(f"the learner did not stay busy: {burnt[0].message} Measure again.")
    delays = np.array([probe.onset_after(moment, _WITHIN) for moment in moments])
    return Measured(
        delays=delays,
        underruns=after.underruns - before.underruns,
        late=after.late - before.late,
        xruns=xruns,
        trivial_xruns=round(trivial_xruns * elapsed / max(trivial_seconds, 1e-9)),
        trivial_spread=spread,
        minutes=elapsed / 60,
        claimed=1e3 * after.latency,
        stolen=stolen,
    )


def _xruns(live: Live) -> int:
    return int(getattr(live.instrument.speaker.output, "xruns", 0))


@contextmanager
def process(target: Any, *arguments: Any) -> Generator[Connection]:
    """A process with a connection to it as its last argument; gone at the end."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=target, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.join(2)
        if process.is_alive():
            process.terminate()
            process.join()
        ours.close()


def _report_device(
    measured: Measured, label: str, rows: list[tuple[str, ...]], results: dict[str, float]
) -> None:
    heard = 1e3 * measured.delays[np.isfinite(measured.delays)]
    if not len(heard):
        raise CheironError("no gesture was heard; look at the log and try another model or device.")
    p50, p99 = quantiles(1e3 * measured.delays, (0.5, 0.99))
    figures = {
        "heard": len(heard) / len(measured.delays),
        "p50_ms": p50,
        "p99_ms": p99,
        "sd_ms": heard.std(),
        "min_ms": heard.min(),
        "max_ms": heard.max(),
        "claimed_ms": measured.claimed,
        "underruns": measured.underruns,
        "late": measured.late,
        "xruns_per_minute": measured.xruns / measured.minutes,
        "trivial_xruns_per_minute": measured.trivial_xruns / measured.minutes,
        "trivial_interval_sd_ms": measured.trivial_spread,
        "stolen_percent": measured.stolen,
    }
    results |= {f"device, {label}/{name}": float(value) for name, value in figures.items()}
    judged = {"p50_ms": P50, "p99_ms": P99, "sd_ms": SPREAD, "underruns": UNDERRUNS}
    for name, value in figures.items():
        bars = ((judged[name], float(value)),) if name in judged else ()
        rows.append((f"{label}: {name.replace('_', ' ')}", f"{value:.2f}", *verdict(*bars)))


def _report_page(
    figures: dict[str, float], rows: list[tuple[str, ...]], results: dict[str, float]
) -> None:
    results |= {f"page/{name}": value for name, value in figures.items()}
    judged = {"p50_ms": PAGE, "gaps": UNDERRUNS}
    for name, value in figures.items():
        bars = ((judged[name], value),) if name in judged else ()
        rows.append((f"page: {name.replace('_', ' ')}", f"{value:.2f}", *verdict(*bars)))


def _report_phone(
    figures: dict[str, float], rows: list[tuple[str, ...]], results: dict[str, float]
) -> None:
    results |= {f"phone/{name}": value for name, value in figures.items()}
    for name, value in figures.items():
        bars = ((PHONE, value),) if name == "p99_ms" else ()
        rows.append((f"phone: {name.replace('_', ' ')}", f"{value:.2f}", *verdict(*bars)))
