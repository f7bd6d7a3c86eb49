"""``cheiron space fit``: named knobs for a model, in a few minutes."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cheiron.models import load_model
from cheiron.studio.space_make import LEAST, Order, make_space
from cheiron.studio.space_place import check_place, free_name
from cheiron.studio.spaces import space_folder, spaces_of

_METHODS = ("conditional", "continuous", "flow", "flow-open", "linear")
_JUDGED = "loudness,centroid,bandwidth,sharpness,boominess"


@click.command()
@click.argument("model")
@click.option(
    "--corpus",
    required=True,
    type=click.Path(path_type=Path),
    help="What the model was trained on: a corpus that Cheiron built, or a folder of sounds.",
)
@click.option(
    "--axes",
    default=_JUDGED,
    show_default=True,
    help="Descriptors that get a knob, with commas between.",
)
@click.option(
    "--hold-out",
    multiple=True,
    metavar="GLOB",
    help="Files to keep from the fit, to judge it by; repeat for more. [default: those that the "
    "model was trained without]",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV with the columns file, start, end, name, value: qualities of your own.",
)
@click.option(
    "--method",
    type=click.Choice(_METHODS),
    default=_METHODS[0],
    show_default=True,
    help="conditional is the most exact; flow has as many knobs as the model has latents; "
    "flow-open and continuous are quick, fitted to the corpus alone; linear is to compare with.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=3.0,
    show_default=True,
    help="Computing time that the number of steps is meant for.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Fixes every random draw.",
)
@click.option(
    "--name",
    help="Name of the space. [default: descriptors; mine, where the model brings one of that name]",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write. [default: where the model finds it by its name]",
)
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def fit(model: str, trust: bool, out: Path | None, axes: str, **options: Any) -> None:
    """Fit a space of named knobs to MODEL, in a few minutes.

    May be stopped with Ctrl-C at any moment; the same command goes on from the last round. At the
    end it says how well each knob does on sounds that were held out.
    """
    sounding = load_model(model, trust=trust)
    names = tuple(name.strip() for name in axes.split(",") if name.strip())
    taken = spaces_of(sounding).own
    options["name"] = free_name(options["name"], taken)
    place = out or space_folder(sounding.name) / options["name"]
    check_place(place)
    order = Order(place, names, **options)
    console = Console(highlight=False, soft_wrap=True)
    columns = (BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as bar:
        line = bar.add_task("", total=1.0)
        try:
            made = make_space(
                sounding,
                order,
                lambda what, share: bar.update(line, completed=share, description=what),
            )
        except KeyboardInterrupt:
            click.echo("stopped; the same command goes on from the last round.", err=True)
            raise click.exceptions.Exit(130) from None
        bar.update(line, completed=1.0, description="")
    for note in made.notes:
        console.print(note, markup=False)
    table = Table(title=f"each knob turned alone, on {made.judged_on}")
    for column in ("knob", "Pearson", "L1", "leak"):
        table.add_column(column, justify="left" if column == "knob" else "right")
    for score in made.scores:
        row = (f"{score.pearson:.3f}", f"{score.l1:.3f}", f"{score.leak:.3f}")
        table.add_row(escape(score.name), *row)
    console.print(table)
    weak = [score.name for score in made.scores if score.pearson < LEAST]
    if weak:
        console.print(
            f"{', '.join(weak)}: the model or the fit can hardly move this on its own.",
            markup=False,
        )
    size = sum(file.stat().st_size for file in made.path.iterdir()) / 1e6
    console.print(f"{made.path} ({size:.2f} MB, {made.seconds:.0f} s)", markup=False)
