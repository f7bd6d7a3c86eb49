"""``cheiron bench hands``: how fast the page finds hands, and whether it still answers."""

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from cheiron.core.errors import CheironError
from cheiron.sources.hands import HandsSource
from cheiron.studio.bench.browser import open_page
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report
from cheiron.studio.bench.stage import conducted, staged
from cheiron.studio.live.running import Live
from cheiron.studio.session.state import OutputChoice, SessionState, SourceChoice

RATE, FRAME = Bar(15.0, ">=", "/s"), Bar(100.0, "<=", "ms")

FILM = Path(__file__).parents[2] / "assets" / "hands" / "two_hands.mjpeg"
"""Two rendered hands, 30 pictures a second: one closes and opens, the other leaves and returns."""

_PATIENCE = 90.0  # seconds until the first hand is found
_SETTLE = 8.0  # seconds in which a second worker may come

# Notes the intervals between frames of the page: while they are even, the page answers.
_WATCH = """() => {
  const bench = { frames: [], last: performance.now() };
  window.bench = bench;
  const next = (now) => {
    bench.frames.push(now - bench.last);
    bench.last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""


@click.command("hands")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option(
    "--film",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=FILM,
    show_default="two rendered hands",
    help="What the camera shows, .mjpeg or .y4m; begun again at its end.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1.0, 3600.0),
    default=20.0,
    show_default=True,
    help="How long to measure.",
)
@click.option("--model", default="sax", show_default=True, help="What sounds meanwhile.")
def bench_hands(json_file: Path | None, film: Path, seconds: float, model: str) -> None:
    """Measure hands from a camera: pictures a second, delay, and how evenly the page draws.

    Headless Chromium without a graphics card looks at a film in place of a camera, with the whole
    instrument running. Counted are the pictures whose hands arrive at the instrument; where the
    film shows no hand that can be recognised, nothing arrives and it is said.
    """
    check_writable(json_file)
    results = measure_hands(film, seconds, model)
    rate, frame = results["rate"], results["frame_p99_ms"]
    rows = [
        ("pictures a second at the instrument", f"{rate:.1f}", *verdict((RATE, rate))),
        ("hands in them, of two", f"{results['hands']:.2f}", "", ""),
        ("to find the hands in one, median", f"{results['took_ms']:.0f} ms", "", ""),
        ("workers", f"{results['workers']:.0f}", "", ""),
        ("from the camera to the instrument", f"{results['latency_ms']:.0f} ms", "", ""),
        ("between arrivals, deviation", f"{results['jitter_ms']:.1f} ms", "", ""),
        ("between frames of the page, median", f"{results['frame_p50_ms']:.0f} ms", "", ""),
        ("the same, 99 % are below", f"{frame:.0f} ms", *verdict((FRAME, frame))),
    ]
    print_table("hands before a camera", ("", "measured", "bar", "reached"), rows)
    if json_file is not None:
        write_report(json_file, results)


def measure_hands(film: Path, seconds: float, model: str) -> dict[str, float]:
    """Let the page look at a film of hands while the instrument plays.

    Args:
        film: ``.mjpeg`` or ``.y4m``.
        seconds: How long.
        model: What sounds.

    Returns:
        Figures by name.

    Raises:
        CheironError: If there is no headless browser, or no hand is found.
    """
    state = SessionState(
        model=model,
        sources=(SourceChoice("pointer"), SourceChoice("hands")),
        output=OutputChoice("none"),
    )
    with staged(state) as live:
        return conducted(live, lambda: _watch(live, film, seconds))


def _watch(live: Live, film: Path, seconds: float) -> dict[str, float]:
    source = _source(live)
    with open_page(live.address, camera=film) as page:
        start_camera(page)
        deadline = time.monotonic() + _PATIENCE
        while source.mailbox.latest() is None:
            if time.monotonic() > deadline:
                raise CheironError(
                    f"no hand was found in {film} within {_PATIENCE:.0f} s; show another film."
                )
            page.wait_for_timeout(200)
        page.wait_for_timeout(1e3 * _SETTLE)
        page.evaluate(_WATCH)
        before, began = source.mailbox.latest(), time.monotonic()
        took: list[float] = []
        seen: list[int] = []
        workers = 0
        while time.monotonic() - began < seconds:
            page.wait_for_timeout(250)
            now = page.evaluate("window.cheiron.hands()")
            took.append(now["took"])
            seen.append(now["hands"])
            workers = now["workers"]
        after, lasted = source.mailbox.latest(), time.monotonic() - began
        frames = np.array(page.evaluate("window.bench.frames")[1:])
    if before is None or after is None or after.count == before.count:
        raise CheironError(f"no hand arrived from {film}; show a film whose hands can be seen.")
    count, steps = after.count - before.count, after.intervals - before.intervals
    mean = (after.total - before.total) / max(steps, 1)
    square = (after.squares - before.squares) / max(steps, 1)
    return {
        "rate": count / lasted,
        "hands": float(np.mean(seen)),
        "took_ms": float(np.median(took)),
        "workers": float(workers),
        "latency_ms": 1e3 * (after.late - before.late) / count,
        "jitter_ms": 1e3 * max(square - mean * mean, 0.0) ** 0.5,
        "frame_p50_ms": float(np.median(frames)),
        "frame_p99_ms": float(np.quantile(frames, 0.99)),
        "frame_most_ms": float(frames.max()),
        "seconds": lasted,
    }


def start_camera(page: Any) -> None:
    """Press the button of the page's panel of hands.

    Args:
        page: Playwright's page of an instrument.
    """
    page.wait_for_selector("#tab-hands")
    page.locator("#tab-hands").click()
    page.get_by_role("button", name="Start the camera").click()


def _source(live: Live) -> HandsSource:
    source = live.instrument.rack.source("hands")
    if not isinstance(source, HandsSource):
        raise CheironError("the source of hands could not be opened; try `cheiron play`.")
    return source
