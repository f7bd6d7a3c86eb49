"""Pictures of recognition."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from cheiron.core.atomic import atomic_path
from cheiron.studio.bench.gesture_stream import SHARES
from cheiron.studio.plots import BACKGROUND, COLOURS, INK, dress

_TITLES = ("vote", "DTW-1NN", "kNN", "MLP", "hmmlearn")


def draw_plots(results: Mapping[str, float], counts: Sequence[int], folder: Path) -> list[Path]:
    """Accuracy over the number of examples, and over the share of a gesture that was seen.

    Returns:
        The files, ``gesture-shots.png`` and ``gesture-early.png``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(6, 4), facecolor=BACKGROUND, layout="constrained")
    axes = figure.subplots()
    for index, title in enumerate(_TITLES):
        there = [n for n in counts if f"{title}.{n}_shots" in results]
        values = [results[f"{title}.{n}_shots"] for n in there]
        if there:
            axes.plot(there, values, "o-", color=COLOURS[index % len(COLOURS)], label=title)
    axes.legend(frameon=False, labelcolor=INK)
    axes.set_xlabel("examples of each gesture", color=INK)
    dress(axes, "recognised, %")
    shots = _save(figure, folder / "gesture-shots.png")
    figure = Figure(figsize=(6, 4), facecolor=BACKGROUND, layout="constrained")
    axes = figure.subplots()
    keys = [f"stream.at_{share:.1f}" for share in SHARES]
    if keys[0] in results:
        axes.plot(SHARES, [results[key] for key in keys], "o-", color=COLOURS[0])
    axes.set_xlabel("share of the gesture", color=INK)
    dress(axes, "recognised as a stream, %")
    return [shots, _save(figure, folder / "gesture-early.png")]


def _save(figure: Figure, path: Path) -> Path:
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, facecolor=BACKGROUND)
    return path
