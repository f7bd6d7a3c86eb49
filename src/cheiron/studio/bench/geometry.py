"""``cheiron bench geometry``: paths through the latents beside straight lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from cheiron.control.geometry import Geometry
from cheiron.core.atomic import atomic_path
from cheiron.core.protocols import AudioModel
from cheiron.models import load_model
from cheiron.models.landmarks import Landmarks
from cheiron.studio.bench.geometry_run import (
    WAYS,
    Pair,
    figures_of,
    judge_pairs,
    layouts,
    live_milliseconds,
    local_steps,
    metric_milliseconds,
)
from cheiron.studio.bench.report import Bar, check_writable, print_table, verdict, write_report
from cheiron.studio.chain import landmarks_of
from cheiron.studio.geometry_files import require_geometry

BARS: dict[str, Bar] = {
    "geodesic.variation_ratio": Bar(0.5, "<=", "of the straight line's"),
    "geodesic.log_prob_above": Bar(0.9, ">=", "of the pairs"),
    "live.ms_median": Bar(2.0, "<", "ms"),
    "live.ms_p99": Bar(2.0, "<", "ms"),
    "metric.ms_median": Bar(0.3, "<", "ms"),
}
"""What a geometry must reach, by metric."""

_DRAWN = 4


@dataclass(frozen=True, eq=False)
class Judged:
    """What was measured of one model.

    Args:
        name: Of the model.
        figures: For each metric its value with each seed.
        pairs: Of the first seed.
    """

    name: str
    figures: dict[str, NDArray[np.float64]]
    pairs: Sequence[Pair]

    def results(self) -> dict[str, float]:
        """Mean and 95 % interval over seeds, by flat names."""
        found: dict[str, float] = {}
        for metric, values in self.figures.items():
            mean, half = float(values.mean()), _half(values)
            found[f"{self.name}.{metric}"] = mean
            found[f"{self.name}.{metric}_low"] = mean - half
            found[f"{self.name}.{metric}_high"] = mean + half
        return found


@click.command("geometry")
@click.argument("models", nargs=-1)
@click.option(
    "--pairs", default=50, show_default=True, type=click.IntRange(1, 10000),
    help="Pairs of sounds with each seed.",
)  # fmt: skip
@click.option(
    "--seeds", default=5, show_default=True, type=click.IntRange(1, 100),
    help="How often, with other pairs and other noise.",
)  # fmt: skip
@click.option(
    "--corpus", type=click.Path(path_type=Path),
    help="Judge by this corpus or folder of sounds instead of what the geometry kept aside.",
)  # fmt: skip
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)  # fmt: skip
@click.option(
    "--pictures", type=click.Path(path_type=Path, file_okay=False),
    help="Draw a few pairs into this folder: paths on the map, speed, likelihood.",
)  # fmt: skip
@click.option("--trust", is_flag=True, help="Say that .ts files, which are programs, may run.")
def bench_geometry(
    models: tuple[str, ...],
    pairs: int,
    seeds: int,
    corpus: Path | None,
    json_file: Path | None,
    pictures: Path | None,
    trust: bool,
) -> None:
    """Measure the geometry of MODELS (default: sax and storm).

    Between pairs of sounds that the geometry was not made with: how steady the perceptual speed
    is, through the real decoder, and how likely the least likely moment, by clips that were kept
    aside; beside straight lines. Also the live path's time, local steps and the map.
    """
    check_writable(json_file)
    results: dict[str, float] = {}
    for name in models or ("sax", "storm"):
        model = load_model(name, trust=trust)
        geometry = require_geometry(model)
        if corpus is not None:
            geometry = judged_by(model, geometry, corpus)
        judged = measure(model, geometry, pairs, seeds)
        _show(judged)
        results |= judged.results()
        if pictures is not None:
            _draw(judged, geometry, landmarks_of(model), pictures)
    if json_file is not None:
        write_report(json_file, results)


def judged_by(model: AudioModel, geometry: Geometry, corpus: Path) -> Geometry:
    """The same geometry, judged by another corpus."""
    from dataclasses import replace

    from cheiron.studio.space_geometry import read_clips
    from cheiron.training.geometry import judge_of
    from cheiron.training.geometry_material import gather_moments

    judge = geometry.frame.point(gather_moments(model, read_clips(model, corpus)).judge)
    return replace(geometry, judge=judge_of(judge, 0), ends=judge)


def measure(model: AudioModel, geometry: Geometry, pairs: int, seeds: int) -> Judged:
    """Everything that is measured of one model."""
    landmarks, ends = landmarks_of(model), geometry.ends
    first: list[Pair] = []
    runs: list[dict[str, float]] = []
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(model.name, total=float(seeds))
        for seed in range(seeds):
            found = judge_pairs(
                model, geometry, ends, pairs, seed,
                lambda share, seed=seed: bar.update(task, completed=seed + share),
            )  # fmt: skip
            first = first or found
            live = live_milliseconds(geometry, ends, seed)
            metric = metric_milliseconds(geometry, ends)
            runs.append(
                {
                    **figures_of(found),
                    **local_steps(model, geometry, ends, seed),
                    **layouts(model, geometry, landmarks, seed),
                    "live.ms_median": float(np.median(live)),
                    "live.ms_p99": float(np.quantile(live, 0.99)),
                    "metric.ms_median": float(np.median(metric)),
                }
            )
    figures = {name: np.array([run[name] for run in runs]) for name in runs[0]}
    return Judged(model.name, figures, first)


def _show(judged: Judged) -> None:
    figures = judged.figures
    columns = ("variation", "energy_ratio", "length_ratio", "log_prob_min", "log_prob_above")
    rows = [(way, *(_cell(figures.get(f"{way}.{column}")) for column in columns)) for way in WAYS]
    heads = ("", "speed variation", "energy ratio", "length ratio", "lowest log p", "above line's")
    print_table(f"{judged.name}: mean over seeds ± 95 %", heads, rows)
    click.echo()
    rows = [
        (metric, _cell(figures[metric]), *verdict((bar, float(figures[metric].mean()))))
        for metric, bar in BARS.items()
    ]
    print_table("bars", ("", "figure", "bar", "reached"), rows)
    click.echo()
    rest = [(n, _cell(v)) for n, v in figures.items() if n.startswith(("step.", "map."))]
    print_table("local steps (inequality as a factor) and maps", ("", "figure"), rest)
    click.echo()


def _draw(judged: Judged, geometry: Geometry, landmarks: Landmarks | None, folder: Path) -> None:
    from cheiron.studio.geometry_plots import draw_paths

    folder.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(judged.pairs[:_DRAWN], start=1):
        with atomic_path(folder / f"geometry-{judged.name}-{number}.png") as file:
            draw_paths(
                geometry, landmarks, pair.paths["geodesic"], pair.paths["straight"],
                pair.heard["geodesic"], pair.heard["straight"], file,
                f"{judged.name}, pair {number}",
            )  # fmt: skip


def _half(values: NDArray[np.float64]) -> float:
    """Half of the 95 % interval of a mean; 0 with one value."""
    if len(values) < 2:
        return 0.0
    return float(1.96 * values.std(ddof=1) / np.sqrt(len(values)))


def _cell(values: NDArray[np.float64] | None) -> str:
    return "" if values is None else f"{values.mean():.3g} ± {_half(values):.2g}"
