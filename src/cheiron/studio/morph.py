"""``cheiron morph``: travel from one sound to another at constant perceptual speed."""

from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic import Path as Curve
from cheiron.control.geodesic import straight
from cheiron.control.geometry import Geometry
from cheiron.core.atomic import atomic_path
from cheiron.core.audio_files import read_audio, write_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, Latents
from cheiron.engine.safety import SafeGain
from cheiron.features.descriptors import describe
from cheiron.models import load_model
from cheiron.models.landmarks import Landmarks
from cheiron.studio.bench.report import check_writable
from cheiron.studio.chain import landmarks_of
from cheiron.studio.geometry_files import require_geometry
from cheiron.training.geometry_travel import Ear, Travel, latents_along, travel_path
from cheiron.training.landmarks import aligned_latents

_HELD = 0.25  # seconds that both ends are held
_LOUD = 10.0  # dB below the loudest moment: what speaks for a whole file
_JUDGE_SEED = 1  # noise that the path was not paced with


@dataclass(frozen=True, eq=False)
class Morph:
    """A travel between two sounds.

    Args:
        path: The way that was taken.
        line: The straight line in latents.
        heard: What is heard along the way.
        heard_straight: What would be heard along the line.
        audio: The sound of the way that was asked for.
        sample_rate: Of it.
    """

    path: Curve
    line: Curve
    heard: Travel
    heard_straight: Travel
    audio: Audio
    sample_rate: int


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--model", "name", default="sax", show_default=True, help="Model that sounds.")
@click.option(
    "--seconds", default=4.0, show_default=True, type=click.FloatRange(0.05, 600.0),
    help="How long the travel takes; both ends are held a quarter of a second more.",
)  # fmt: skip
@click.option("--straight", "line", is_flag=True, help="Play the straight line instead.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("morph.wav"), show_default=True,
    help="Sound file to write (.wav or .flac).",
)  # fmt: skip
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False),
    help="Draw both paths on the map, with speed and likelihood, into this PNG file.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Fixes every random draw.")
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def morph(
    a: str,
    b: str,
    name: str,
    seconds: float,
    line: bool,
    out: Path,
    plot: Path | None,
    seed: int,
    trust: bool,
) -> None:
    """Travel from the sound A to the sound B through MODEL, as steadily as the ear can tell.

    A and B are sound files, numbers of the model's landmarks (from 0) or names of theirs. The way
    follows sounds that the model knows; the straight line is measured beside it.
    """
    check_writable(out, plot)
    if out.suffix.lower() not in (".wav", ".flac"):
        raise CheironError(f"{out} ends in {out.suffix or 'nothing'!r}; expected .wav or .flac.")
    model = load_model(name, trust=trust)
    geometry, landmarks = require_geometry(model), landmarks_of(model)
    ends = [end_of(model, geometry, landmarks, text) for text in (a, b)]
    done = make_morph(model, geometry, ends[0], ends[1], seconds, line=line, seed=seed)
    write_audio(out, done.audio, done.sample_rate)
    if plot is not None:
        from cheiron.studio.geometry_plots import draw_paths

        with atomic_path(plot) as temporary:
            draw_paths(geometry, landmarks, done.path, done.line,
                       done.heard, done.heard_straight, temporary, f"{a} to {b}")  # fmt: skip
    for sentence in summary(done):
        click.echo(sentence)
    click.echo(f"{out}: {len(done.audio) / done.sample_rate:.1f} s of sound")


def make_morph(
    model: AudioModel,
    geometry: Geometry,
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    seconds: float,
    *,
    line: bool = False,
    seed: int = 0,
) -> Morph:
    """Find the way between two latents, judge it and play it.

    Args:
        model: What sounds.
        geometry: Its geometry.
        a: Latents where it begins, shape ``(D,)``.
        b: Where it ends.
        seconds: How long the travel takes.
        line: Whether to play the straight line instead.
        seed: Fixes all noise.

    Raises:
        CheironError: If the ends are the same sound, or one of them lies where nobody may go.
    """
    if np.allclose(geometry.end(a), geometry.end(b), atol=1e-6):
        raise CheironError(
            "A and B are the same sound, so there is no way between them; choose two that differ."
        )
    ear, judge = Ear(model, geometry, seed), Ear(model, geometry, seed + _JUDGE_SEED)
    path = travel_path(ear, a, b)
    direct = straight(geometry.end(a), geometry.end(b))
    rate = model.sample_rate / model.hop
    held, moving = round(_HELD * rate), max(2, round(seconds * rate))
    travel = np.concatenate([np.zeros(held), np.linspace(0.0, 1.0, moving), np.ones(held)])
    z = latents_along(geometry, direct if line else path, travel, seed)
    safe = SafeGain(model.sample_rate)
    audio = safe.step(safe.init(), model.decode(z, seed))[1]
    heard, heard_straight = judge.judge(path), judge.judge(direct)
    return Morph(path, direct, heard, heard_straight, audio, model.sample_rate)


def end_of(
    model: AudioModel, geometry: Geometry, landmarks: Landmarks | None, text: str
) -> NDArray[np.float32]:
    """The latents that a word of the command line stands for, shape ``(D,)``.

    A number is a landmark's; a path is a sound file, whose most usual loud moment is taken; any
    other word is the file that a landmark comes from, of which the loudest is taken.

    Raises:
        CheironError: If it is none of these.
    """
    count = 0 if landmarks is None else len(landmarks)
    if text.isdecimal() and not Path(text).exists():
        if landmarks is None or int(text) >= count:
            has = f"{count} landmarks, from 0 to {count - 1}" if count else "no landmarks"
            raise CheironError(f"{model.name} has {has}, not number {text}; choose another.")
        return landmarks.z[int(text)]
    if Path(text).exists():
        return usual_moment(model, geometry, text)
    sources = () if landmarks is None else landmarks.sources
    found = [i for i, s in enumerate(sources) if s and text in (s, Path(s).name, Path(s).stem)]
    if landmarks is None or not found:
        such = next((f", or a name such as {source}" for source in sources if source), "")
        raise CheironError(
            f"{text!r} is neither a sound file that exists nor a landmark of {model.name}; give a "
            f"file, a number below {count}{such}."
        )
    loudness = landmarks.column("loudness")[found] if "loudness" in landmarks.names else None
    return landmarks.z[found[0 if loudness is None else int(np.nanargmax(loudness))]]


def usual_moment(model: AudioModel, geometry: Geometry, file: str) -> Latents:
    """The latents of the most usual moment of a sound file, among those that are loud.

    Raises:
        CheironError: If it cannot be read or is silent.
    """
    audio = read_audio(file, model.sample_rate)
    z = aligned_latents(model, audio)
    levels = describe(audio, model.sample_rate, model.hop, ("loudness",))[: len(z), 0]
    if not np.isfinite(levels).any():
        raise CheironError(f"{file} is silent; choose a sound that can be heard.")
    loud = np.nan_to_num(levels, nan=-np.inf) >= np.nanmax(levels) - _LOUD
    points = geometry.frame.point(z[loud & np.isfinite(z).all(axis=1)])
    away = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    return z[loud & np.isfinite(z).all(axis=1)][int(away.argmin())]


def summary(done: Morph) -> list[str]:
    """What was measured, in sentences."""
    way, line = done.heard, done.heard_straight
    return [
        f"speed varies by {100 * way.variation:.0f} % along the way, {100 * line.variation:.0f} % "
        "along the straight line (coefficient of variation)",
        f"lowest log p {way.least:.1f} along the way, {line.least:.1f} along the straight line "
        "(by clips that the way was not made with)",
        f"perceptual length {way.length:.2f}, {line.length:.2f} along the straight line; energy "
        f"{way.energy / max(line.energy, 1e-12):.2f} of the straight line's",
    ]
