"""Pictures of control: what was asked for against what is heard, and knobs turned alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.atomic import atomic_path
from cheiron.studio.bench.control_material import Material
from cheiron.studio.bench.control_run import Judged
from cheiron.studio.bench.control_trial import edited
from cheiron.studio.plots import BACKGROUND, COLOURS, INK, draw_spectrogram, dress

_SWEEP = 3.0  # seconds
_TASKS = 3  # columns of the picture of curves


def draw_all(judged: Sequence[Judged], material: Material, folder: Path) -> list[Path]:
    """Draw two pictures for each subject.

    Args:
        judged: Subjects.
        material: What they were judged on.
        folder: Where the PNG files go; made if need be.

    Returns:
        The files: ``MODEL-SUBJECT-curves.png`` and ``MODEL-SUBJECT-sweeps.png``.

    Raises:
        CheironError: If they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for one in judged:
        stem = f"{material.model.name}-{one.subject.title}".replace(" ", "-").replace("/", "-")
        for kind, draw in (("curves", draw_curves), ("sweeps", draw_sweeps)):
            path = folder / f"{stem}-{kind}.png"
            draw(one, material, path)
            paths.append(path)
    return paths


def draw_curves(judged: Judged, material: Material, path: Path) -> None:
    """Targets (dashed) and measured curves of a few tasks, one row for each descriptor."""
    tasks = [judged.shown[i] for i in _few(len(judged.shown))]
    figure, grid = _figure(len(material.names), len(tasks), 2.0)
    for column, heard in enumerate(tasks):
        own = material.excerpts[heard.ask.excerpt]
        seconds = np.arange(len(heard.measured)) / material.rate
        for row, name in enumerate(material.names):
            axes = grid[row][column]
            asked = np.isfinite(heard.ask.wanted[0, row])
            goal = heard.ask.wanted[:, row] if asked else own.curves[:, row]
            colour = COLOURS[row % len(COLOURS)] if asked else INK
            axes.plot(seconds, heard.measured[:, row], color=colour, lw=1.0, alpha=0.9)
            axes.plot(seconds, goal, color=INK, lw=1.2, ls="--" if asked else ":")
            axes.set_ylim(-0.03, 1.03)
            dress(axes, name if column == 0 else "")
        text = f"{own.name}: {heard.ask.count} changed"
        grid[0][column].set_title(text, color=INK, fontsize=9)
        grid[-1][column].set_xlabel("seconds (dashed: asked for; dotted: as it was)", color=INK)
    _save(figure, path)


def draw_sweeps(judged: Judged, material: Material, path: Path) -> None:
    """Spectrograms of each knob moved from 0 to 1 alone, on the first excerpt."""
    excerpt = material.excerpts[0]
    subject, names = judged.subject, material.names
    figure, grid = _figure(len(subject.columns), 2, 2.6)
    frames = min(len(excerpt.z), round(_SWEEP * material.rate))
    z, seconds = excerpt.z[:frames], np.arange(frames) / material.rate
    for row, column in enumerate(subject.columns):
        wanted = np.full((frames, len(names)), np.nan)
        wanted[:, column] = np.linspace(0.0, 1.0, frames)
        sound = material.model.decode(edited(subject, z, wanted, material))
        left, right = grid[row]
        draw_spectrogram(left, sound, material.model.sample_rate)
        left.set_ylabel(f"{names[column]} 0…1", color=INK)
        _lines(right, seconds, material.positions(sound), names, column)
    _save(figure, path)


def _lines(
    axes: Any, seconds: NDArray[Any], curves: NDArray[np.float64], names: Sequence[str], turned: int
) -> None:
    for k, name in enumerate(names):
        width = 2.2 if k == turned else 0.9
        axes.plot(seconds, curves[:, k], color=COLOURS[k % len(COLOURS)], lw=width, label=name)
    axes.set_ylim(-0.03, 1.03)
    dress(axes, "heard")
    axes.legend(loc="upper left", fontsize=7, frameon=False, labelcolor=INK, ncols=3)


def _few(count: int) -> list[int]:
    return sorted({int(i) for i in np.linspace(0, count - 1, min(_TASKS, count))})


def _figure(rows: int, columns: int, height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (5.2 * columns, height * rows + 0.6)
    figure = Figure(figsize=size, dpi=90, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _save(figure: Any, path: Path) -> None:
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND)
