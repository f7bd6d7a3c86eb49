"""Pictures of a rendering: what the hand did, what the knobs did, what was heard."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.atomic import atomic_path
from cheiron.core.marks import meaning
from cheiron.core.protocols import Audio
from cheiron.core.recording import Recording
from cheiron.engine.offline import Rendering
from cheiron.mapping.connection import Connection

BACKGROUND, INK, GRID = "#14161a", "#d8dee9", "#2b303a"
COLOURS = ("#88c0d0", "#ebcb8b", "#a3be8c", "#d08770", "#b48ead", "#81a1c1", "#bf616a", "#8fbcbb")
_WINDOW = 2048
_COLUMNS = 1600  # of the spectrogram, at most; a screen shows no more
_FLOOR_DB, _LOWEST_HZ = -90.0, 40.0


def plot_rendering(
    rendering: Rendering, connections: Sequence[Connection], path: str | Path
) -> None:
    """Draw motion axes, control curves and spectrogram over one time axis.

    Args:
        rendering: What came out.
        connections: Which motion axes drove which control axes; only these are drawn.
        path: PNG file; it appears complete or not at all.

    Raises:
        CheironError: If it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    _, features, controls, _ = rendering.trace.written
    figure = Figure(figsize=(12, 8), dpi=120, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(1, 1, 1.6))
    seconds = np.arange(len(features)) * rendering.duration / max(len(features), 1)
    sources = list(dict.fromkeys(c.source for c in connections))
    _curves(top, "gesture", seconds, features, sources)
    _curves(middle, "controls", seconds, controls, [c.target for c in connections])
    draw_spectrogram(bottom, rendering.audio, rendering.sample_rate)
    bottom.set_xlim(0.0, max(rendering.duration, 1e-3))
    bottom.set_xlabel("seconds", color=INK)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND)


def spectrogram_db(audio: Audio, sample_rate: int) -> tuple[NDArray[np.float64], float]:
    """Hann-windowed magnitudes in dB, 0 for a full-scale sine.

    Args:
        audio: Shape ``(samples,)``.
        sample_rate: Samples per second.

    Returns:
        Levels, shape ``(bins, columns)``, and the seconds from column to column.

    >>> tone = np.sin(2 * np.pi * np.arange(8192) / 32).astype(np.float32)
    >>> levels, _ = spectrogram_db(tone, 44100)
    >>> levels.shape, round(float(levels.max()))
    ((1025, 17), 0)
    """
    hop = max(_WINDOW // 4, -(-len(audio) // _COLUMNS))
    padded = np.pad(audio, (_WINDOW // 2, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::hop][
        : len(audio) // hop + 1
    ]
    window = np.hanning(_WINDOW).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(windows * window, axis=1)) * (2 / window.sum())
    return 20 * np.log10(np.maximum(spectrum, 1e-7)).T, hop / sample_rate


def plot_reconstructions(
    rows: Sequence[tuple[str, Audio, Audio]], sample_rate: int, file: IO[bytes]
) -> None:
    """Draw spectrograms of originals above what a model made of them.

    Args:
        rows: Name, original and reconstruction of each sound.
        sample_rate: Samples per second.
        file: Where the PNG goes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (4.2 * len(rows), 6.0)
    figure = Figure(figsize=size, dpi=80, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(2, len(rows), squeeze=False)
    for column, (name, original, output) in enumerate(rows):
        for row, audio in enumerate((original, output)):
            draw_spectrogram(grid[row][column], audio, sample_rate)
            grid[row][column].set_ylabel("")
        grid[0][column].set_title(name, color=INK, fontsize=10)
    grid[0][0].set_ylabel("original", color=INK)
    grid[1][0].set_ylabel("reconstruction", color=INK)
    figure.savefig(file, format="png", facecolor=BACKGROUND)


def _curves(
    axes: Any, title: str, seconds: NDArray[Any], recording: Recording, names: Sequence[str]
) -> None:
    """Lines of some axes, each scaled to its own range so that all are legible together."""
    for index, name in enumerate(names):
        values = recording.column(name).astype(np.float64)
        axis = recording.space.axes[recording.space.index(name)]
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if finite.size else (axis.low, axis.high)
        scaled = (values - low) / (high - low) if high > low else np.full_like(values, 0.5)
        least, most = meaning(axis, [low, high]).tolist()
        label = f"{name} {least:.3g}…{most:.3g} {axis.unit}".rstrip()
        axes.plot(seconds, scaled, color=COLOURS[index % len(COLOURS)], lw=1.3, label=label)
    axes.set_ylim(-0.05, 1.05)
    axes.set_yticks([])
    legend = axes.legend(
        loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9, frameon=False, labelcolor=INK
    )
    legend.set_in_layout(True)
    dress(axes, title)


def draw_spectrogram(axes: Any, audio: Audio, sample_rate: int) -> None:
    """Draw a sound's spectrogram, with a logarithmic frequency axis.

    Args:
        axes: Of matplotlib.
        audio: Shape ``(samples,)``.
        sample_rate: Samples per second.
    """
    levels, step = spectrogram_db(audio, sample_rate)
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / sample_rate)
    columns = np.arange(levels.shape[1]) * step
    # Logarithmic rows, picked from the bins: an image draws 50 times faster than a mesh.
    rows = np.geomspace(_LOWEST_HZ, sample_rate / 2, 512)
    picked = levels[np.clip(np.round(rows / frequencies[1]).astype(int), 0, len(levels) - 1)]
    axes.imshow(
        picked,
        origin="lower", aspect="auto", cmap="magma", vmin=_FLOOR_DB, vmax=-10.0,
        interpolation="nearest", extent=(0.0, float(columns[-1] + step), 0.0, 1.0),
    )  # fmt: skip
    marks = [f for f in (50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000) if f < sample_rate / 2]
    span = np.log(rows[-1] / rows[0])
    axes.set_yticks([np.log(f / rows[0]) / span for f in marks])
    axes.set_yticklabels([f"{f // 1000} k" if f >= 1000 else str(f) for f in marks])
    dress(axes, "sound (Hz)")


def dress(axes: Any, title: str) -> None:
    """Give axes the look of every picture here.

    Args:
        axes: Of matplotlib.
        title: What its vertical axis is.
    """
    axes.set_facecolor(BACKGROUND)
    axes.set_ylabel(title, color=INK)
    axes.tick_params(colors=INK)
    axes.grid(True, axis="x", color=GRID, lw=0.6)
    for spine in axes.spines.values():
        spine.set_color(GRID)
