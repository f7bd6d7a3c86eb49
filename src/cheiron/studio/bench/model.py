"""``cheiron bench model``: how close a model comes to sounds it was not trained on."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from cheiron.core.artifact import Artifact
from cheiron.core.artifact_extend import extend
from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError
from cheiron.models import find_model, load_model
from cheiron.studio.bench.baseline import require_librosa
from cheiron.studio.bench.held_out import hold_out_patterns, read_held_out
from cheiron.studio.bench.metrics import Estimate
from cheiron.studio.bench.quality import BARS, METRICS, Judged, Quality, judge, spread
from cheiron.studio.bench.report import check_writable, print_table, verdict, write_report

_PLOTTED = 3
_READING = 0.05  # of the progress bar
_TITLES = {
    "model": "this model",
    "griffin_lim": "Griffin-Lim from 16 mel bands",
    "untrained": "this network, untrained",
    "silence": "silence",
}
_CARD_HEADING = "## Figures of `cheiron bench model`"
_LABELS = {"distance": "spectral distance", "loudness_db": "loudness, dB", "f0_cents": "f0, cents"}


@click.command("model")
@click.argument("model")
@click.option(
    "--audio",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder that the model was trained on; its files are scaled by one gain to peak 0.9.",
)
@click.option(
    "--hold-out",
    "patterns",
    multiple=True,
    metavar="GLOB",
    help="Names of the files to judge by; repeat for more (default: those the model was trained "
    "without).",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw spectrograms of three files into this PNG file.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Write the figures into the model's own manifest and card (an artifact folder).",
)
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def bench_model(
    model: str,
    folder: Path,
    patterns: tuple[str, ...],
    json_file: Path | None,
    plot: Path | None,
    record: bool,
    trust: bool,
) -> None:
    """Measure how well MODEL reconstructs held-out sound.

    MODEL is the name of a shipped model, an artifact (folder or zip) or a RAVE / nn~ file (.ts).
    Each held-out file is encoded, decoded and compared with the original, beside a mel inversion,
    the same network before training, and silence.
    """
    require_librosa()
    check_writable(json_file, plot)
    if record and not find_model(model).is_dir():
        raise CheironError(f"{model} is no artifact folder, so --record has nowhere to write.")
    sounding = load_model(model, trust=trust)
    globs = hold_out_patterns(sounding, patterns)
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("judging", total=1.0)
        held_out = read_held_out(
            folder, globs, sounding.sample_rate,
            lambda share: bar.update(task, completed=_READING * share),
        )  # fmt: skip
        quality = judge(
            sounding,
            held_out,
            lambda share: bar.update(task, completed=_READING + (1 - _READING) * share),
        )
    _show(sounding.name, quality)
    if plot is not None:
        _plot(quality, sounding.sample_rate, plot)
    if record:
        record_figures(Artifact.open(find_model(model), "audio-model"), quality)
    if json_file is not None:
        write_report(json_file, quality.results(sounding.name))


def _show(name: str, quality: Quality) -> None:
    rows = [_file_row(file) for file in quality.files]
    print_table(name, ("file", *_LABELS.values(), "silence, dBFS"), rows)
    rows = [
        (_TITLES[maker], *(_interval(quality.estimate(maker, metric)) for metric in METRICS))
        for maker in quality.makers
    ]
    click.echo()
    print_table("mean over files [95 %]", ("", *_LABELS.values()), rows)
    bars = BARS.get(name, {})
    if bars:
        click.echo()
        results = quality.results(name)
        rows = [
            (
                metric,
                _number(results[f"{name}.{metric}"]),
                *verdict((bar, results[f"{name}.{metric}"])),
            )
            for metric, bar in bars.items()
        ]
        print_table("bars", ("", "figure", "bar", "reached"), rows)
    for note in quality.notes:
        click.echo(f"note: {note}.".replace("..", "."), err=True)


def record_figures(artifact: Artifact, quality: Quality) -> None:
    """Write the means into a model's manifest (``metrics``) and its card.

    Args:
        artifact: The model, a folder.
        quality: What was measured.
    """
    means = {
        maker: {metric: quality.estimate(maker, metric).mean for metric in METRICS}
        for maker in quality.makers
    }
    lines = [_CARD_HEADING, "", f"| | {' | '.join(_LABELS.values())} |", "|---|---|---|---|"]
    for maker in quality.makers:
        cells = [_interval(quality.estimate(maker, metric)) for metric in METRICS]
        lines.append(f"| {_TITLES[maker]} | {' | '.join(cells)} |")
    worst = max(file.silence_dbfs for file in quality.files)
    lines += ["", f"Mean over {len(quality.files)} held-out files with 95 % intervals; "
              f"{worst:.0f} dBFS or less where the input is silent."]  # fmt: skip
    card = artifact.read("card.md").decode() if "card.md" in artifact.files else ""
    card = card.split(_CARD_HEADING)[0].rstrip() + "\n\n" + "\n".join(lines) + "\n"
    metrics = {**(artifact.manifest.get("metrics") or {}), "bench": means}
    extend(artifact, {"metrics": metrics}, {"card.md": card.encode()})


def _file_row(file: Judged) -> tuple[str, ...]:
    scores = file.scores["model"]
    values = [_number(getattr(scores, metric)) for metric in METRICS]
    return (file.name, *values, f"{file.silence_dbfs:.0f}")


def _interval(estimate: Estimate) -> str:
    if estimate.mean != estimate.mean:  # NaN: no file has one
        return "-"
    low, high = _number(estimate.low), _number(estimate.high)
    return f"{_number(estimate.mean)} [{low}, {high}]"


def _number(value: float) -> str:
    """Three significant digits, and no exponent.

    >>> _number(0.7512), _number(12.34), _number(-123.4), _number(float("nan"))
    ('0.751', '12.3', '-123', '-')
    """
    if value != value:
        return "-"
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{digits}f}"


def _plot(quality: Quality, sample_rate: int, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from cheiron.studio.plots import draw_spectrogram

    files = spread(quality.files, _PLOTTED)
    titles = {"original": "original", "model": "reconstruction", "griffin_lim": "Griffin-Lim"}
    figure = Figure(
        figsize=(15, 3.6 * len(files)), dpi=110, facecolor="#14161a", layout="constrained"
    )
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(files), len(titles), squeeze=False)
    for row, file in zip(grid, files, strict=True):
        sounds = {"original": file.original, **file.sounds}
        for axes, (maker, title) in zip(row, titles.items(), strict=True):
            draw_spectrogram(axes, sounds[maker], sample_rate)
            axes.set_title(f"{file.name}: {title}", color="#d8dee9", fontsize=10)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=figure.get_facecolor())
