"""The picture of a corpus: levels, spectrograms, loudness, pitch, silence."""

from pathlib import Path
from typing import Any

import numpy as np

from cheiron.core.atomic import atomic_path
from cheiron.core.protocols import Audio
from cheiron.studio.plots import BACKGROUND, COLOURS, INK, draw_spectrogram, dress
from cheiron.training.corpus import Clip, Corpus
from cheiron.training.survey import Survey, note_name

_TILES = 10
_TILE_SECONDS, _GAP_SECONDS, _FADE_SECONDS = 1.5, 0.06, 0.02
_SEPARATED = 150  # clips; more lines than that would hide the levels
_FLOOR = -60.0  # dB


def plot_corpus(corpus: Corpus, survey: Survey, path: Path) -> None:
    """Draw what is in a corpus.

    Args:
        corpus: The corpus.
        survey: What was measured of it.
        path: PNG file; it appears complete or not at all.

    Raises:
        CheironError: If it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 9), dpi=110, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(3, 3, height_ratios=(1, 1.7, 1.1))
    _levels(figure.add_subplot(grid[0, :]), corpus, survey)
    _mosaic(figure.add_subplot(grid[1, :]), corpus)
    _loudness(figure.add_subplot(grid[2, 0]), survey)
    _pitch(figure.add_subplot(grid[2, 1]), survey)
    _minutes(figure.add_subplot(grid[2, 2]), corpus)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND)


def _levels(axes: Any, corpus: Corpus, survey: Survey) -> None:
    """Peak level over the whole corpus, clip after clip."""
    dress(axes, "peak (dB)")
    axes.set_axisbelow(True)
    scale = 1 / (60 * corpus.sample_rate)
    at = 0.0
    for clip, peaks in zip(corpus.clips, survey.peaks, strict=True):
        edges = at + np.minimum(np.arange(len(peaks) + 1) * survey.stripe, clip.length) * scale
        colour = COLOURS[1] if clip.held_out else COLOURS[0]
        axes.stairs(peaks, edges, baseline=_FLOOR, fill=True, color=colour, lw=0)
        at += clip.length * scale
        if len(corpus.clips) <= _SEPARATED:
            axes.axvline(at, color=BACKGROUND, lw=0.8)
    axes.set_xlim(0, at)
    axes.set_ylim(_FLOOR, 0)
    held_out = ", held out in yellow" if corpus.held_out else ""
    axes.set_title(
        f"{at:.1f} minutes in {len(corpus.clips)} clips{held_out}", color=INK, fontsize=11
    )
    axes.set_xlabel("minutes", color=INK)


def _mosaic(axes: Any, corpus: Corpus) -> None:
    """Spectrograms of some clips side by side, each around its loudest moment."""
    index = np.unique(np.linspace(0, len(corpus.clips) - 1, _TILES).round().astype(int))
    gap = np.zeros(round(_GAP_SECONDS * corpus.sample_rate), np.float32)
    pieces: list[Audio] = []
    marks: list[tuple[float, str]] = []
    at = 0
    for clip in (corpus.clips[i] for i in index):
        piece = _loudest(corpus, clip)
        marks.append(((at + piece.size / 2) / corpus.sample_rate, _short(clip.name)))
        pieces += [piece, gap]
        at += piece.size + gap.size
    draw_spectrogram(axes, np.concatenate(pieces[:-1]), corpus.sample_rate)
    axes.grid(False)
    axes.set_xticks([x for x, _ in marks], [name for _, name in marks], fontsize=8)


def _loudest(corpus: Corpus, clip: Clip) -> Audio:
    audio = corpus.audio(clip)
    length = round(_TILE_SECONDS * corpus.sample_rate)
    first = int(np.argmax(np.abs(audio))) - length // 4
    piece = audio[max(0, min(first, audio.size - length)) :][:length]
    # Without fades every cut would be a click, a bright line across the picture.
    fade = np.minimum(1.0, np.arange(1, piece.size + 1) / (_FADE_SECONDS * corpus.sample_rate))
    return (piece * fade * fade[::-1]).astype(np.float32)


def _short(name: str) -> str:
    stem = Path(name).stem
    return stem if len(stem) <= 14 else stem[:13] + "…"


def _loudness(axes: Any, survey: Survey) -> None:
    dress(axes, "share")
    axes.set_axisbelow(True)
    values = np.maximum(survey.loudness, -80.0)
    weights = np.full(values.size, 1 / values.size)
    axes.hist(values, bins=np.arange(-80, 1, 2), weights=weights, color=COLOURS[0])
    axes.set_xlabel("loudness (A-weighted dB)", color=INK)


def _pitch(axes: Any, survey: Survey) -> None:
    dress(axes, "share")
    axes.set_axisbelow(True)
    axes.set_xlabel("pitch", color=INK)
    if survey.pitch_range is None:
        axes.set_xticks([])
        axes.set_yticks([])
        text = f"no pitch\n({100 * survey.voiced:.0f} % of it is periodic)"
        axes.text(0.5, 0.5, text, color=INK, ha="center", va="center", transform=axes.transAxes)
        return
    notes = 69 + 12 * np.log2(survey.f0[np.isfinite(survey.f0)].astype(np.float64) / 440)
    low, high = np.floor(notes.min()), np.ceil(notes.max())
    weights = np.full(notes.size, 1 / notes.size)
    axes.hist(notes, bins=np.arange(low - 0.5, high + 1), weights=weights, color=COLOURS[2])
    ticks = np.arange(np.ceil(low / 12) * 12, high + 1, 12)
    ticks = ticks if ticks.size else np.array([round((low + high) / 2)])
    axes.set_xticks(ticks, [note_name(440 * 2 ** ((n - 69) / 12)) for n in ticks])


def _minutes(axes: Any, corpus: Corpus) -> None:
    """How much is trained on, held out and was cut away."""
    dress(axes, "")
    axes.set_axisbelow(True)
    scale = 1 / (60 * corpus.sample_rate)
    bars = {
        "training": sum(c.length for c in corpus.training) * scale,
        "held out": sum(c.length for c in corpus.held_out) * scale,
        "silence cut": sum(c.trimmed for c in corpus.clips) * scale,
    }
    drawn = axes.barh(list(bars), list(bars.values()), color=(COLOURS[0], COLOURS[1], "#4c566a"))
    labels = [f"{value:.1f}" for value in bars.values()]
    axes.bar_label(drawn, labels, color=INK, padding=4)
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.set_xlabel("minutes", color=INK)
    if corpus.left_out:
        axes.set_title(f"{len(corpus.left_out)} files left out", color=INK, fontsize=10)
