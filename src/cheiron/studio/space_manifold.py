"""``cheiron space manifold``: knobs that come round, on the latents of a model."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from cheiron.core.artifact_store import is_safe_name
from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel, Latents
from cheiron.models import load_model
from cheiron.models.fingerprint import FIELD, fingerprint
from cheiron.studio.bench.held_out import read_held_out
from cheiron.studio.spaces import space_folder

if TYPE_CHECKING:
    from cheiron.control.manifold import ManifoldSpace

_CHECKED = 2000  # frames


@click.command("manifold")
@click.argument("model")
@click.option(
    "--corpus",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the sound that the model was trained on, or of other sound to go through.",
)
@click.option(
    "--manifold",
    type=click.Choice(["circle", "torus", "sphere"]),
    default="circle",
    show_default=True,
    help="A circle gives one phase knob, a torus two, a sphere longitude and latitude.",
)
@click.option(
    "--loop",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Sound whose course is one turn of the circle (default: round the mean of the corpus).",
)
@click.option("--name", help="Name of the space (default: that of the manifold).")
@click.option(
    "--seconds",
    type=click.FloatRange(1.0),
    default=300.0,
    show_default=True,
    help="How much of the corpus to encode, spread evenly over its files.",
)
@click.option(
    "--steps",
    type=click.IntRange(1, 100_000),
    default=1500,
    show_default=True,
    help="Training steps of the flow.",
)
@click.option("--seed", default=0, show_default=True, help="Fixes every random draw.")
def manifold(
    model: str,
    corpus: Path,
    manifold: str,
    loop: Path | None,
    name: str | None,
    seconds: float,
    steps: int,
    seed: int,
) -> None:
    """Lay a circle, torus or sphere onto the latents of MODEL.

    A flow carries the uniform density on the manifold to what the corpus does around it, so a knob
    that is turned once round passes everything that lies there, and comes back without a jump.
    Loudness, pitch and texture stay knobs of their own.
    """
    from cheiron.control.manifold import ManifoldSpace
    from cheiron.export.manifold import export_manifold
    from cheiron.training.manifold_fit import FitConfig
    from cheiron.training.manifold_space import fit_manifold

    name = name or manifold
    if not is_safe_name(name) or "/" in name:
        raise CheironError(f"{name!r} is no name for a space; use letters, digits and dashes.")
    loaded = load_model(model)
    console = Console(stderr=True)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("encoding", total=1.0)
        z, gain = _encoded(loaded, corpus, seconds, lambda s: bar.update(task, completed=s))
        turn = None
        if loop is not None:
            turn = loaded.encode(read_audio(loop, loaded.sample_rate) * np.float32(gain))
        bar.update(task, description="fitting", completed=0.0)
        fitted = fit_manifold(
            z, loaded.latent, loaded.name, manifold, turn, FitConfig(steps, 256, seed=seed),
            lambda s: bar.update(task, completed=s),
        )  # fmt: skip
        bar.update(task, description="exporting", completed=0.0)
        graphs = export_manifold(fitted.field)
    artifact = getattr(loaded, "artifact", None)
    fields = {} if artifact is None else {FIELD: fingerprint(artifact)}
    space = ManifoldSpace(fitted.base, fitted.chart, graphs, fitted.mean, fields)
    place = space_folder(loaded.name) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    space.save(place, place.name)
    _report(space, z, manifold)
    if turn is not None:
        click.echo(f"the loop's own phase is met within {_loop_error(space, turn):.0f}° (median).")
    click.echo(f"wrote {place}; play it with: cheiron play {model} --space {place.name}")


def _encoded(
    model: AudioModel, folder: Path, seconds: float, progress: Callable[[float], None]
) -> tuple[Latents, float]:
    """Latents of a folder, at the level that models are trained at, and the gain for that."""
    found = read_held_out(folder, ("*",), model.sample_rate, lambda s: progress(0.3 * s))
    each = max(1, round(seconds * model.sample_rate / len(found.sounds)))
    rows: list[Latents] = []
    for number, sound in enumerate(found.sounds.values()):
        start = max(0, (len(sound) - each) // 3)  # attacks matter more than ends
        rows.append(model.encode(sound[start : start + each]))
        progress(0.3 + 0.7 * (number + 1) / len(found.sounds))
    for note in found.notes:
        click.echo(note, err=True)
    return np.concatenate(rows), found.gain


def _report(space: "ManifoldSpace", z: Latents, manifold: str) -> None:
    """How invertible it is, and how evenly the corpus goes round."""
    some = z[np.linspace(0, len(z) - 1, min(len(z), _CHECKED)).astype(int)]
    knobs = space.to_control(some)
    back = space.to_latent(knobs)
    worst = float((np.abs(back - some) / np.maximum(z.std(axis=0), 1e-6)).max())
    if not worst < 1e-2:
        raise CheironError(
            f"the fitted {manifold} is not invertible (error {worst:.2g} of a spread); fit it "
            "again with more --steps or another --seed."
        )
    click.echo(f"{manifold}: there and back within {worst:.1e} of a latent's spread.")
    for index, axis in enumerate(space.control.axes):
        if axis.period:
            share = np.sort((knobs[:, index] - axis.low) / axis.period)
            even = np.abs(share - np.linspace(0.0, 1.0, len(share))).max()
            click.echo(f"{axis.name}: the corpus goes round evenly within {100 * even:.0f} %.")


def _loop_error(space: "ManifoldSpace", turn: Latents) -> float:
    phase = space.to_control(turn)[:, space.control.index("phase")]
    wanted = 360.0 * np.arange(len(turn)) / len(turn)
    return float(np.median(np.abs((phase - wanted + 180.0) % 360.0 - 180.0)))
