"""``cheiron session``: sessions as one file, to carry and to keep."""

from pathlib import Path

import click
from rich.console import Console

from cheiron.studio.session.bundle import export_session, import_session
from cheiron.studio.session.home import data_folder, is_session
from cheiron.studio.session.store import Session


@click.group()
def session() -> None:
    """Carry sessions from one computer to another, as one file."""


@session.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write (.cheiron).")
def export(folder: Path, output: Path | None) -> None:
    """Write the session in FOLDER, with its takes and everything learned, into one file."""
    target = output or Path(f"{folder.resolve().name}.cheiron")
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("packing"), Session.open(folder) as opened:
        target = export_session(opened, target)  # it may have been given a suffix
    click.echo(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


@session.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def import_(file: Path, folder: Path | None) -> None:
    """Unpack a session from FILE into FOLDER, to be played with `cheiron play FOLDER`."""
    target = folder or data_folder() / "sessions" / file.stem
    with Console(stderr=True, highlight=False, markup=False).status("unpacking"):
        import_session(file, target)
    click.echo(f"{target}: play it with: cheiron play {target}")


@session.command("list")
def list_() -> None:
    """List the sessions in the usual place."""
    root = data_folder() / "sessions"
    found = sorted(p for p in root.iterdir() if is_session(p)) if root.is_dir() else []
    for path in found:
        click.echo(str(path))
    if not found:
        click.echo(f"there is no session in {root} yet; make one with: cheiron play", err=True)
