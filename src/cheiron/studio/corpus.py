"""``cheiron corpus``: make a folder of sound ready for training, and see what is in it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

if TYPE_CHECKING:
    from cheiron.training.corpus import Corpus
    from cheiron.training.survey import Survey

PICTURE = "corpus.png"

_LISTED = 10  # files that were left out; corpus.json has them all
_LITTLE = 120.0  # seconds


@click.group()
def corpus() -> None:
    """Prepare a folder of audio for training."""


@corpus.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Corpus folder to write; an older corpus there is replaced.",
)
@click.option(
    "--sample-rate",
    type=click.IntRange(8000, 96000),
    default=44100,
    show_default=True,
    help="Samples per second of the corpus, and of the models trained on it.",
)
@click.option(
    "--silence",
    type=click.FloatRange(-120, -20),
    default=-60.0,
    show_default=True,
    help="Level in dB below the loudest sample under which sound counts as silence.",
)
@click.option(
    "--hold-out",
    multiple=True,
    metavar="GLOB",
    help="Files to keep from training, to judge the model by; repeat for more.",
)
@click.option(
    "--shortest",
    type=click.FloatRange(min=0),
    default=0.25,
    show_default=True,
    help="Seconds; shorter sounds are left out.",
)
def build(
    folder: Path,
    out: Path,
    sample_rate: int,
    silence: float,
    hold_out: tuple[str, ...],
    shortest: float,
) -> None:
    """Read a FOLDER of sound: resample, mix to mono, trim silence, level.

    Any format that libsndfile reads, in folders of any depth. All clips get the same gain, so
    that soft notes stay soft. OUT/corpus.png shows what is in it.
    """
    from cheiron.studio.corpus_picture import plot_corpus
    from cheiron.training.corpus import CorpusConfig, build_corpus
    from cheiron.training.survey import survey

    notes = Console(stderr=True, highlight=False, markup=False)

    def progress(paths: Iterable[Path]) -> Iterable[Path]:
        return track(
            list(paths), "reading", console=notes, transient=True, disable=not notes.is_terminal
        )

    config = CorpusConfig(sample_rate, silence, shortest=shortest, hold_out=hold_out)
    made = build_corpus(folder, out, config, progress)
    with notes.status("measuring"):
        found = survey(made)
        plot_corpus(made, found, out / PICTURE)
    _show(made, found)


@corpus.command()
@click.argument("folder", metavar="CORPUS", type=click.Path(path_type=Path))
def info(folder: Path) -> None:
    """Show what is in CORPUS."""
    from cheiron.training.corpus import Corpus
    from cheiron.training.survey import survey

    opened = Corpus.open(folder)
    _show(opened, survey(opened))


def _show(made: "Corpus", found: "Survey") -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column()
    for row in summary(made, found):
        table.add_row(*row)
    console.print(table)
    for name, reason in made.left_out[:_LISTED]:
        console.print(f"left out {name}: {reason}")
    if len(made.left_out) > _LISTED:
        more = len(made.left_out) - _LISTED
        console.print(f"and {more} more, which {made.folder / 'corpus.json'} lists")
    for advice in remarks(made):
        console.print(f"note: {advice}")
    if (made.folder / PICTURE).is_file():
        console.print(f"see {made.folder / PICTURE}")
    console.print(f"train on it with: cheiron train {made.folder}")


def summary(made: "Corpus", found: "Survey") -> Iterator[tuple[str, str]]:
    """What a corpus is, as pairs of a word and what it is.

    Args:
        made: The corpus.
        found: What was measured of it.
    """
    from cheiron.training.survey import note_name

    rate = made.sample_rate
    lengths = [clip.length / rate for clip in made.clips]
    yield "sound", f"{_minutes(sum(lengths))} in {_count(len(lengths), 'clip')}, {rate} Hz"
    yield "clips", f"{min(lengths):.1f} to {max(lengths):.1f} s"
    held_out = sum(clip.length for clip in made.held_out) / rate
    yield "held out", f"{_count(len(made.held_out), 'clip')}, {_minutes(held_out)}"
    yield "left out", _count(len(made.left_out), "file")
    yield "silence cut", _minutes(sum(clip.trimmed for clip in made.clips) / rate)
    yield "gain", f"{20 * np.log10(made.gain):+.1f} dB"
    low, high = found.loudness_range
    yield "loudness", f"{low:.0f} to {high:.0f} dB (A-weighted)"
    if found.pitch_range is None:
        yield "pitch", f"none ({100 * found.voiced:.0f} % of it is periodic)"
    else:
        low, high = found.pitch_range
        notes = f"{note_name(low)} to {note_name(high)}"
        yield "pitch", f"{notes} ({low:.0f} to {high:.0f} Hz), {100 * found.voiced:.0f} % voiced"


def remarks(made: "Corpus") -> Iterator[str]:
    """What is likely to go wrong with a corpus, and what to do."""
    if made.seconds < _LITTLE:
        yield f"{_minutes(made.seconds)} are little to learn from; ten minutes are a good start."
    if not made.held_out:
        yield (
            "nothing is held out, so a model can only be judged by sound that it knows; "
            "keep whole files back with --hold-out."
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _minutes(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
