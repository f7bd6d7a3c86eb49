"""``cheiron bench manifold``: densities of places on the globe, beside their baselines."""

from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from cheiron.core.errors import CheironError
from cheiron.studio.bench.manifold_judge import METHODS, Judged, judge
from cheiron.studio.bench.manifold_picture import draw_map
from cheiron.studio.bench.metrics import bootstrap
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report
from cheiron.training.manifold_places import Places, read_places

BARS = {"quakes_all": Bar(-0.40, "<="), "flood": Bar(0.42, "<=")}
"""Best published figures, by the name of the set."""

_CHANCE = "uniform"


@click.command("manifold")
@click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of CSV files with latitude and longitude in degrees.",
)
@click.option(
    "--sets", metavar="NAMES", help="Which of them, by name and comma (default: all of them)."
)
@click.option(
    "--seeds", default=5, show_default=True, type=click.IntRange(1, 100), help="Splits of each set."
)
@click.option(
    "--minutes",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.01, 60.0),
    help="Processor time for training the flow, for each split.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw each set's density on a map of the world into this folder.",
)
def bench_manifold(
    folder: Path,
    sets: str | None,
    seeds: int,
    minutes: float,
    json_file: Path | None,
    pictures: Path | None,
) -> None:
    """Measure densities on the sphere by held-out places.

    Each set is split at random into 80 % to fit on, 10 % to choose by and 10 % to judge by, once
    for each seed. The figure is the mean negative log-likelihood of the last part, in nats, with
    respect to the area of the unit sphere; the one that is judged was chosen on the second part.
    """
    check_writable(json_file, pictures)
    found = read_sets(folder, sets)
    results: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    for places in found:
        splits = _judge_all(places, seeds, minutes)
        rows += _rows(places, splits)
        results |= _results(places, splits)
        if pictures is not None:
            pictures.mkdir(exist_ok=True)
            best = splits[0]
            draw_map(pictures / f"{places.name}.png", places.name, best.density, best.training)
    print_table(
        f"Negative log-likelihood of held-out places, {seeds} splits, 95 % interval",
        ("set", "density", "validation", "test", "from", "to", "bar", "reached"),
        rows,
    )
    if json_file is not None:
        write_report(json_file, results)


def read_sets(folder: Path, names: str | None) -> list[Places]:
    """The CSV files of a folder, or those of them that are named.

    Raises:
        CheironError: If there are none, or one that is named is missing or holds no places.
    """
    there = sorted(path.stem for path in folder.glob("*.csv"))
    if not there:
        raise CheironError(f"there is no CSV file in {folder}; give a folder that holds some.")
    chosen = [name.strip() for name in names.split(",")] if names else there
    for name in chosen:
        if name not in there:
            raise CheironError(
                f"there is no set {name!r} in {folder}; choose from {', '.join(there)}."
            )
    return [read_places(folder / f"{name}.csv") for name in chosen]


def _judge_all(places: Places, seeds: int, minutes: float) -> list[Judged]:
    note = f", {places.left_out} rows without coordinates left out" if places.left_out else ""
    click.echo(f"{places.name}: {len(places.points)} places{note}")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(places.name, total=seeds)
        return [
            judge(places, seed, minutes, lambda s, n=seed: bar.update(task, completed=n + s))
            for seed in range(seeds)
        ]


def _rows(places: Places, splits: list[Judged]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for method, title in METHODS.items():
        validation = float(np.mean([s.validation[method] for s in splits]))
        test = bootstrap([s.test[method] for s in splits])
        judged = method == "chosen" and places.name in BARS
        last = verdict((BARS[places.name], test.mean)) if judged else verdict()
        if method == "chosen":
            kinds = sorted({s.chosen for s in splits})
            title = f"{title}: {', '.join(METHODS[kind] for kind in kinds)}"
        numbers = (validation, test.mean, test.low, test.high)
        rows.append((places.name, title, *(f"{n:.3f}" for n in numbers), *last))
    return rows


def _results(places: Places, splits: list[Judged]) -> dict[str, float]:
    found: dict[str, float] = {}
    for method in METHODS:
        name = f"manifold.{places.name}" + ("" if method == "chosen" else f".{method}")
        test = bootstrap([s.test[method] for s in splits])
        found[f"{name}.nll"], found[f"{name}.nll_low"] = test.mean, test.low
        found[f"{name}.nll_high"] = test.high
        found[f"{name}.validation_nll"] = float(np.mean([s.validation[method] for s in splits]))
        for seed, one in enumerate(splits):
            found[f"{name}.seed{seed}.nll"] = one.test[method]
    found[f"manifold.{places.name}.flow_share"] = float(np.mean([s.share for s in splits]))
    found[f"manifold.{places.name}.flow_integral"] = float(np.mean([s.integral for s in splits]))
    found[f"manifold.{places.name}.places"] = float(len(places.points))
    return found
