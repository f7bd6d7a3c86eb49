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
from cheiron.studio.session.home import is_session


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
    scenes: tuple[float, float] | None = None,
    seed: int | None = None,
    trust: bool = False,
    plot: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> Rendered:
    """Play a recorded gesture into a sound file, and draw it if wanted.

    Args:
        model: Name of a shipped model, an artifact, a ``.ts`` file or the folder of a session.
        gesture: CSV file; see :func:`cheiron.sources.gesture_csv.read_gesture`. Of a session also
            the name of a take.
        output: ``.wav`` or ``.flac``; it appears complete or not at all.
        maps: Connections or TOML files; the automatic mapping, or the session's, when empty.
        space: Name or folder of the control space.
        scenes: From where to where to go on a session's time line of scenes.
        seed: Fixes every random draw; 0, or the session's own, when absent.
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
    if is_session(model):
        from cheiron.studio.render_session import given_by, render_session

        asked = given_by(model, str(gesture), given, space)
        read = asked.gesture
        rendering, connections = render_session(
            asked, output, through=scenes, seed=seed, trust=trust, progress=progress
        )
    else:
        read = read_gesture(gesture)
        sounding = load_model(model, trust=trust)
        draws = 0 if seed is None else seed
        with FileOutput(output, sounding.sample_rate) as file:
            knobs = control_space(sounding, space)
            motion = offline.on_clock_of(sounding, read.recording)
            patch = build_patch(motion, sounding, knobs, given, draws)
            rendering = offline.render(motion, patch, sounding, file, draws, progress)
        connections = next(s for s in patch.stages if isinstance(s, DirectMapping)).connections
    elapsed = time.perf_counter() - start
    done = Rendered(read, rendering, connections, elapsed)
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
@click.option(
    "--space",
    help="Control space of the model to use: its name, or the folder of one (default: descriptors "
    "if the model brings it, else pca).",
)
@click.option(
    "--scenes",
    metavar="FROM..TO",
    help="Go through the scenes of a session while the gesture lasts, such as 0..1.",
)
@click.option(
    "--seed",
    type=int,
    show_default="0, or the session's own",
    help="Fixes every random draw.",
)
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def render(
    model: str,
    gesture: str,
    output: str,
    plot: str | None,
    maps: tuple[str, ...],
    space: str | None,
    scenes: str | None,
    seed: int | None,
    trust: bool,
) -> None:
    """Turn a recorded GESTURE into sound with MODEL.

    MODEL is the name of a shipped model, an artifact (folder or zip), a RAVE / nn~ file (.ts), or
    the folder of a session: then its mapping, knobs, cables and scenes play. GESTURE is a CSV file
    with a time column and numeric columns, or the name of one of the session's takes.
    """
    console = Console(stderr=True, highlight=False, markup=False)
    through = None if scenes is None else _span(scenes)
    if through is not None and not is_session(model):
        raise CheironError(f"{model} is no session, so it has no scenes; leave out --scenes.")
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("rendering", total=1.0)
        done = render_gesture(
            model, gesture, output, maps=maps, space=space, scenes=through, seed=seed, trust=trust,
            plot=plot, progress=lambda share: bar.update(task, completed=share),
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


def _span(text: str) -> tuple[float, float]:
    """Two places on the time line, as the command line says them."""
    try:
        start, end = (float(part) for part in text.split(".."))
    except ValueError:
        start = end = -1.0
    if not (0.0 <= start <= 1.0 and 0.0 <= end <= 1.0):
        raise CheironError(f"--scenes {text!r} is no part of the time line; expected such as 0..1.")
    return start, end


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
