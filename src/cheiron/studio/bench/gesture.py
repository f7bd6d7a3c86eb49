"""``cheiron bench gesture``: whether a gesture shown a few times is understood."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from cheiron.core.errors import CheironError
from cheiron.mapping.recogniser import squares, warped
from cheiron.studio.bench.gesture_data import WATCH, Takes, every_second, read_takes, watch_takes
from cheiron.studio.bench.gesture_plots import draw_plots
from cheiron.studio.bench.gesture_recognise import (
    draws_of,
    learned_baselines,
    of_drawings,
    of_nearest,
    of_vote,
    raw_courses,
    robustness,
    statistics,
)
from cheiron.studio.bench.gesture_sound import drift, regression
from cheiron.studio.bench.gesture_stream import SHARES, early, moves_of, times_taken
from cheiron.studio.bench.gesture_ways import Seen, distances, see
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report

BARS = {1: Bar(85, ">=", "%"), 3: Bar(95, ">=", "%"), 5: Bar(98, ">=", "%")}
"""Recognition from so many examples."""

_EARLY_SHOTS = 5
_PEOPLE = {"all": range(1, 11), "1-5": range(1, 6), "6-10": range(6, 11)}


@click.command("gesture")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder or zip of recorded gestures as CSV, with a column label or a folder for each; "
    "or seglearn, the watch data of that package.",
)
@click.option(
    "--takes",
    "which",
    type=click.Choice(["all", "even", "odd"]),
    default="all",
    show_default=True,
    help="Every second take of each gesture only; settings are chosen on the even ones.",
)
@click.option(
    "--people",
    type=click.Choice(["all", "1-5", "6-10"]),
    default="all",
    show_default=True,
    help="Of seglearn: half of the people only; settings are chosen on 1-5.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How often examples are drawn anew; intervals are over these.",
)
@click.option(
    "--shots",
    default="1,3,5,10",
    show_default=True,
    help="How many examples of each gesture, with commas between them.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option(
    "--plots",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw accuracy over examples and over the share of a gesture into this folder.",
)
def bench_gesture(
    data: Path,
    which: str,
    people: str,
    seeds: int,
    shots: str,
    json_file: Path | None,
    plots: Path | None,
) -> None:
    """Measure recognition, following and sound of gestures shown a few times.

    Examples are drawn by seed, all other takes are tests. Settings are fixed in the program; no
    label of a test is used, and nothing is learned from tests.
    """
    check_writable(json_file)
    counts = _counts(shots)
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("reading", total=1.0)
        takes = _takes(data, which, people, lambda share: bar.update(line, completed=0.3 * share))
        bar.update(line, description="measuring")
        results, notes = measure(takes, counts, seeds)
    _show(results, counts, len(takes.names))
    for note in notes:
        click.echo(f"note: {note}.", err=True)
    if plots is not None:
        for file in draw_plots(results, counts, plots):
            click.echo(f"drawn: {file}", err=True)
    if json_file is not None:
        write_report(json_file, results)


def _takes(data: Path, which: str, people: str, progress: Callable[[float], None]) -> Takes:
    if str(data) == WATCH:
        takes = watch_takes(_PEOPLE[people])
    elif people != "all":
        raise CheironError(
            f"--people {people} is for the data {WATCH}, which say who moved; leave it out."
        )
    else:
        takes = read_takes(data, progress)
    return takes if which == "all" else every_second(takes, int(which == "odd"))


def measure(takes: Takes, counts: Sequence[int], seeds: int) -> tuple[dict[str, float], list[str]]:
    """Every figure of the bench, in percent, seconds, milliseconds; and what to know of them."""
    seen = [see(r) for r in takes.recordings]
    pairs = distances(seen, seen)
    again = np.array([s.movement.again for s in seen])
    courses = raw_courses(takes.recordings)
    plain = warped(courses, courses)
    table = statistics(takes.recordings)
    rough = squares(table, table)
    results: dict[str, float] = {"chance": 100.0 / len(takes.names)}
    notes: list[str] = []
    usable = [n for n in counts if draws_of(takes.labels, n, 1)]
    notes += [f"{n} examples leave no take to test" for n in counts if n not in usable]
    for count in usable:
        draws = draws_of(takes.labels, count, seeds)
        found = {
            "vote": of_vote(pairs, again, takes.labels, draws),
            "drawings": of_drawings(pairs, takes.labels, draws),
            "DTW-1NN": of_nearest(plain, takes.labels, draws),
            "kNN": of_nearest(rough, takes.labels, draws),
        }
        learned, missing = learned_baselines(courses, takes.labels, draws)
        notes += [n for n in missing if n not in notes]
        for title, each in (found | learned).items():
            _put(results, f"{title}.{count}_shots", each)
    if usable:
        _streams(takes, seen, min(_EARLY_SHOTS, max(usable)), seeds, results)
    results |= times_taken()
    return results, notes


def _streams(
    takes: Takes, seen: list[Seen], shots: int, seeds: int, results: dict[str, float]
) -> None:
    draws = draws_of(takes.labels, shots, seeds)
    for how, accuracy in robustness(takes, seen, draws).items():
        results[f"robust.{how}"] = 100 * accuracy
    moves = moves_of(takes)
    curves = np.array([early(moves, takes.labels, *draw_) for draw_ in draws])
    for index, share in enumerate(SHARES):
        _put(results, f"stream.at_{share:.1f}", curves[:, index].tolist())
    results["stream.half_of_final"] = 100 * float(curves[:, 4].mean() / curves[:, -1].mean())
    whole = results[f"vote.{shots}_shots"]
    results["stream.half_of_vote"] = 1e4 * float(curves[:, 4].mean()) / whole
    errors = [regression(moves, takes.labels, *draw_) for draw_ in draws]
    for title in errors[0]:
        _put(results, f"regression.{title}", [e[title] for e in errors], 1)
    for how, error in drift(takes, moves, *draws[0]).items():
        results[f"drift.{how}"] = error


def _put(results: dict[str, float], key: str, each: Sequence[float], unit: float = 100) -> None:
    """Mean and half of the 95 % interval over seeds, in percent if not said otherwise."""
    values: NDArray[np.float64] = unit * np.asarray(each, dtype=np.float64)
    results[key] = float(values.mean())
    if len(values) > 1:
        results[f"{key}.interval"] = float(1.96 * values.std(ddof=1) / np.sqrt(len(values)))


def _show(results: dict[str, float], counts: Sequence[int], gestures: int) -> None:
    rows: list[tuple[str, ...]] = []
    for count in counts:
        for title in ("vote", "drawings", "DTW-1NN", "kNN", "MLP", "hmmlearn"):
            key = f"{title}.{count}_shots"
            if key not in results:
                continue
            bar = BARS.get(count) if title == "vote" else None
            judged = verdict((bar, results[key])) if bar else ("", "")
            spread = results.get(f"{key}.interval", 0.0)
            rows.append(
                (f"{title}, {count} shown", f"{results[key]:.1f} ± {spread:.1f} %", *judged)
            )
    print_table(
        f"{gestures} gestures, chance {results['chance']:.1f} %",
        ("recognised", "", "bar", ""),
        rows,
    )
    rows = [
        (key, f"{value:.3g}", *_judged(key, value, results))
        for key, value in results.items()
        if key.startswith(("stream", "robust", "regression", "drift"))
        or key.endswith(("_s", "_ms"))
        if not key.endswith("interval")
    ]
    print_table("\nwhile it goes on", ("", "", "bar", ""), rows)


def _judged(key: str, value: float, results: dict[str, float]) -> tuple[str, str]:
    if key.startswith("stream.half_of"):
        return verdict((Bar(90, ">=", "%"), value))
    if key.endswith("train_s"):
        return verdict((Bar(1, "<", "s"), value))
    if key.endswith("step_ms"):
        return verdict((Bar(0.2, "<=", "ms"), value))
    if key == "regression.hmm":
        others = [results[k] for k in ("regression.neighbours", "regression.MLP") if k in results]
        return verdict((Bar(0.7 * min(others), "<="), value))
    return "", ""


def _counts(shots: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(part) for part in shots.split(","))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1:
        raise CheironError(f"--shots {shots!r} must be numbers from 1, with commas between them.")
    return counts
