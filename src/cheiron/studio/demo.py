"""``cheiron demo``: a recorded gesture plays every shipped model into files."""

import tempfile
from importlib.resources import files
from pathlib import Path

import click

from cheiron.core.atomic import write_error
from cheiron.core.errors import CheironError
from cheiron.models import shipped_models
from cheiron.studio.interactions import INTERACTIONS
from cheiron.studio.render import render_gesture
from cheiron.studio.session.home import last_session, remember_session


@click.command()
@click.option(
    "-o",
    "--output",
    "folder",
    default="demo",
    show_default=True,
    help="Folder for the sounds and pictures.",
)
@click.option(
    "--preset",
    type=click.Choice(tuple(INTERACTIONS)),
    help="Render the worked example of one of the three interactions instead, a minute of it.",
)
@click.option("--seed", default=0, show_default=True, help="Fixes every random draw.")
def demo(folder: str, preset: str | None, seed: int) -> None:
    """Render a demo gesture with the shipped models.

    Renders one recorded movement of a hand with each model that comes with Cheiron and says where
    the sounds and the pictures are.
    """
    if preset is not None:
        for sound in play_example(preset, Path(folder), seed):
            click.echo(f"sound:   {sound}")
        return
    sounds, pictures = play_demo(Path(folder), seed)
    click.echo(f"sound:   {', '.join(map(str, sounds))}")
    click.echo(f"picture: {', '.join(map(str, pictures))}")


def play_example(preset: str, folder: Path, seed: int = 0) -> list[Path]:
    """Render the worked example of an interaction with every shipped model.

    Args:
        preset: ``I1``, ``I2`` or ``I3``.
        folder: Where ``PRESET-MODEL.wav`` goes; made if it is not there.
        seed: Fixes every random draw.

    Returns:
        The sounds, a minute each.

    Raises:
        CheironError: If no model is there or the folder cannot be written.
    """
    from cheiron.studio.examples import PERFORMANCE, make_example

    before = last_session()  # an example that is thrown away is no session to go on with
    folder.mkdir(parents=True, exist_ok=True)
    sounds: list[Path] = []
    for name in shipped_models():
        sound = folder / f"{preset}-{name}.wav"
        with tempfile.TemporaryDirectory(prefix="cheiron-") as place:
            session = make_example(preset, name, Path(place) / preset)
            render_gesture(session, session / PERFORMANCE, sound, seed=seed)
        sounds.append(sound)
    if before is not None:
        remember_session(before)
    return sounds


def play_demo(folder: Path, seed: int = 0) -> tuple[list[Path], list[Path]]:
    """Render the demo gesture with every shipped model.

    Args:
        folder: Where ``NAME.wav`` and ``NAME.png`` go; made if it is not there.
        seed: Fixes every random draw.

    Returns:
        The sounds and the pictures.

    Raises:
        CheironError: If no model is there or the folder cannot be written.
    """
    models = shipped_models()
    if not models:
        raise CheironError("this copy of Cheiron came without models; install it again.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    gesture = Path(str(files("cheiron"))) / "assets" / "gestures" / "demo.csv"
    sounds = [folder / f"{name}.wav" for name in models]
    pictures = [sound.with_suffix(".png") for sound in sounds]
    for name, sound, picture in zip(models, sounds, pictures, strict=True):
        render_gesture(name, gesture, sound, seed=seed, plot=picture)
    return sounds, pictures
