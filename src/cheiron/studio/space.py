"""``cheiron space``: what the knobs of a model mean, and the ways between its sounds."""

import importlib

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cheiron.control.reading import read_space
from cheiron.core.marks import meaning
from cheiron.models import load_model
from cheiron.studio.spaces import find_space, spaces_of

_FITS: dict[str, tuple[str, str]] = {
    "fit": ("cheiron.studio.space_fit:fit", "Fit knobs named after descriptors, and your own."),
    "geometry": (
        "cheiron.studio.space_geometry:space_geometry",
        "Fit what latents sound like, and the ways between them.",
    ),
    "manifold": (
        "cheiron.studio.space_manifold:manifold",
        "Lay a circle, torus or sphere onto the latents.",
    ),
}
"""Commands that train, imported only when they run: a performing install lacks what they need."""


class _Spaces(click.Group):
    """A group some of whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Those that need no training first."""
        return [*super().list_commands(ctx), *_FITS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in _FITS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = _FITS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        own = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([*own, *((name, text) for name, (_, text) in _FITS.items())])


@click.group(cls=_Spaces)
def space() -> None:
    """Say what the knobs of a model mean, without training it again."""


@space.command("list")
@click.argument("model")
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def list_(model: str, trust: bool) -> None:
    """List the control spaces that fit MODEL; the first choice has a star."""
    sounding = load_model(model, trust=trust)
    found = spaces_of(sounding)
    for name in found.names:
        origin = "comes with the model" if name in found.own else "made here"
        click.echo(f"{'*' if name == found.default else ' '} {name} ({origin})")
    if not found.names:
        click.echo(f"{sounding.name} has no control space: its latents are the knobs.")
    for note in found.notes:
        click.echo(f"note: {note}", err=True)


@space.command()
@click.argument("model")
@click.argument("name")
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def show(model: str, name: str, trust: bool) -> None:
    """Show the knobs of the control space NAME of MODEL and how it was fitted."""
    sounding = load_model(model, trust=trust)
    found = find_space(sounding, name)
    control = read_space(found, sounding.name, sounding.latent).control
    console = Console(highlight=False, soft_wrap=True)
    table = Table("knob", "kind", "from", "to", "unit", title=f"{name} of {sounding.name}")
    for axis in control.axes:
        if axis.kind != "texture":
            low, high = meaning(axis, [axis.low, axis.high]).tolist()
            row = (axis.name, axis.kind, f"{low:.4g}", f"{high:.4g}", axis.unit)
            table.add_row(*(escape(text) for text in row))
    console.print(table)
    for key in ("method", "learned_from", "metrics"):
        if key in found.manifest:
            console.print(f"{key}: {found.manifest[key]}", markup=False)
