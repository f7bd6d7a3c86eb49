"""``cheiron render``: a recorded gesture in, sound out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from cheiron.core.atomic import temporary_sibling, write_error
from cheiron.core.errors import CheironError
from cheiron.engine import offline
from cheiron.mapping.connection import Connection
from cheiron.mapping.direct import DirectMapping
from cheiron.models import load_model
from cheiron.outputs.file import FileOutput
from cheiron.sources.gesture_csv import Gesture, read_gesture
from cheiron.studio.chain import build_patch, control_space, read_maps


@dataclass(frozen=True)
class Rendered:
    """A finished rendering.

    Args:
        gesture: What was read.
        rendering: What came out.
        connections: The mapping that was used.
        elapsed: Seconds of everything, from reading the gesture on.
    """

    gesture: Gesture
    rendering: offline.Rendering
    connections: tuple[Connection, ...]
    elapsed: float

    @property
    def times_real_time(self) -> float:
        """Seconds of sound for each second of work."""
        return self.rendering.duration / max(self.elapsed, 1e-9)


def render_gesture(
    model: str | Path,
    gesture: str | Path,
    output: str | Path,
    *,
    maps: Sequence[str] = (),
    space: str | None = None,
    seed: int = 0,
    trust: bool = False,
    plot: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> Rendered:
    """Play a recorded gesture into a sound file, and draw it if wanted.

    Args:
        model: Name of a shipped model, an artifact or a ``.ts`` file.
        gesture: CSV file; see :func:`cheiron.sources.gesture_csv.read_gesture`.
        output: ``.wav`` or ``.flac``; it appears complete or not at all.
        maps: Connections or TOML files; the automatic mapping when empty.
        space: Name of the control space.
        seed: Fixes every random draw.
        trust: Whether a ``.ts`` file may run.
        plot: Where to draw gesture, controls and spectrogram (PNG).
        progress: Told the share of the sound that is done, in [0, 1].

    Raises:
        CheironError: If anything given is not as expected or a file cannot be written.
    """
    start = time.perf_counter()
    given = read_maps(maps)
    _check_writable(Path(output), (".wav", ".flac"))
    if plot is not None:
        _check_writable(Path(plot), (".png",))
    read = read_gesture(gesture)
    sounding = load_model(model, trust=trust)
    with FileOutput(output, sounding.sample_rate) as file:
        knobs = control_space(sounding, space)
        motion = offline.on_clock_of(sounding, read.recording)
        patch = build_patch(motion, sounding, knobs, given, seed)
        rendering = offline.render(motion, patch, sounding, file, seed, progress)
    mapping = next(stage for stage in patch.stages if isinstance(stage, DirectMapping))
    elapsed = time.perf_counter() - start
    done = Rendered(read, rendering, mapping.connections, elapsed)
    if plot is not None:
        from cheiron.studio.plots import plot_rendering

        plot_rendering(done.rendering, done.connections, Path(plot))
    return done


@click.command()
@click.argument("model")
@click.argument("gesture")
@click.option("-o", "--output", required=True, help="Sound file to write (.wav or .flac).")
@click.option("--plot", help="Draw gesture, controls and spectrogram into this PNG file.")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="MAP",
    help="A connection such as 'gyro_energy -> loudness : 0..3 => 0..1, curve=exp, smooth=0.05', "
    "or a TOML file of them; repeat for more. Without any, a mapping is chosen.",
)
@click.option("--space", help="Control space of the model to use (default: pca).")
@click.option("--seed", default=0, show_default=True, help="Fixes every random draw.")
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def render(
    model: str,
    gesture: str,
    output: str,
    plot: str | None,
    maps: tuple[str, ...],
    space: str | None,
    seed: int,
    trust: bool,
) -> None:
    """Turn a recorded GESTURE into sound with MODEL.

    MODEL is the name of a shipped model, an artifact (folder or zip) or a RAVE / nn~ file (.ts).
    GESTURE is a CSV file with a time column and numeric columns.
    """
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("rendering", total=1.0)
        done = render_gesture(
            model, gesture, output, maps=maps, space=space, seed=seed, trust=trust, plot=plot,
            progress=lambda share: bar.update(task, completed=share),
        )  # fmt: skip
    for note in (*done.gesture.notes, *_remarks(done)):
        click.echo(f"note: {note}", err=True)
    click.echo(summary(output, done))


def summary(output: str | Path, done: Rendered) -> str:
    """One line: length, time, times real time, peak."""
    return (
        f"{output}: {done.rendering.duration:.1f} s of sound in {done.elapsed:.2f} s "
        f"({done.times_real_time:.0f} x real time), peak {_decibels(done.rendering.peak)} dBFS"
    )


def _remarks(done: Rendered) -> list[str]:
    """What the user should know: the mapping, and whether the safe gain had to act."""
    cables = ", ".join(f"{c.source} -> {c.target}" for c in done.connections)
    remarks = [f"mapping: {cables}."]
    safety = done.rendering.safety
    if safety.lowest < 1.0:
        remarks.append(
            f"the model was too loud; the safe gain went down to {_decibels(safety.lowest)} dB."
        )
    if safety.mended:
        remarks.append(f"{safety.mended} samples were not finite and became silence.")
    return remarks


def _decibels(ratio: float) -> str:
    return f"{20 * np.log10(ratio):.1f}" if ratio > 0 else "-inf"


def _check_writable(path: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse a file that could not be written, before the work."""
    if path.suffix.lower() not in suffixes or path.is_dir():
        found = "is a folder" if path.is_dir() else f"ends in {path.suffix or 'nothing'!r}"
        raise CheironError(
            f"{path} {found}; expected the name of a file that ends in {' or '.join(suffixes)}."
        )
    probe = temporary_sibling(path)
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise write_error(path, error) from error
