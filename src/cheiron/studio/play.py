"""``cheiron play``: the instrument, and the page it is played from."""

import logging
import signal
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path

import click

from cheiron.core.errors import CheironError
from cheiron.mapping import MAPPINGS, TAUGHT
from cheiron.models import find_model
from cheiron.studio.interactions import INTERACTIONS, interaction
from cheiron.studio.live.changes import CHANGES, has_source
from cheiron.studio.live.running import Live, Options, running
from cheiron.studio.session.home import default_session, is_session, last_session
from cheiron.studio.session.state import SessionState, SourceChoice, in_space
from cheiron.studio.session.store import Session

FIRST_MODEL = "sax"
"""What plays when nobody has ever chosen."""


@click.command()
@click.argument("what", required=False)
@click.option(
    "--session",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to keep everything in; made if it is not there.",
)
@click.option("--port", default=0, show_default="a free one", help="Port of the page.")
@click.option(
    "--browser/--no-browser", default=True, help="Open the page, or only print where it is."
)
@click.option("--device", help="Sound device, by its name or a part of it; 'page' for the page.")
@click.option(
    "--block",
    type=click.IntRange(16, 8192),
    help="Samples that the device asks for at once; fewer is faster, more is safer.",
)
@click.option("--osc", type=click.IntRange(1, 65535), help="Listen for OSC on this UDP port.")
@click.option(
    "--phone",
    is_flag=True,
    help="Let phones in over the local network: the page shows a code for one to scan.",
)
@click.option("--midi", is_flag=True, help="Listen to every MIDI port.")
@click.option(
    "--loop",
    "loops",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Make a loop of this sound file, to move around; repeat for more.",
)
@click.option(
    "--space", help="Control space to play in: its name, or the folder of one; see cheiron info."
)
@click.option("--mapping", type=click.Choice((*MAPPINGS, *TAUGHT)), help="How movement is played.")
@click.option(
    "--preset",
    type=click.Choice(tuple(INTERACTIONS)),
    help="One of the three interactions: I1 direct, I2 around a loop, I3 by demonstration.",
)
@click.option(
    "--example", is_flag=True, help="With --preset: its worked example, played by a recorded hand."
)
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
@click.option("--devices", "list_devices", is_flag=True, help="List the sound devices and stop.")
def play(
    what: str | None,
    folder: Path | None,
    port: int,
    browser: bool,
    device: str | None,
    block: int | None,
    osc: int | None,
    phone: bool,
    midi: bool,
    loops: tuple[Path, ...],
    space: str | None,
    mapping: str | None,
    preset: str | None,
    example: bool,
    trust: bool,
    list_devices: bool,
) -> None:
    """Play a model by gesture, from a page in the browser.

    WHAT is the name of a shipped model, an artifact, a RAVE or nn~ file (.ts), or a session to go
    on with; the last session when absent. Everything is kept in the session and is as it was when
    it is opened again. Ctrl-C ends.
    """
    if list_devices:
        _list_devices()
        return
    if example:
        what, folder = str(_example(preset, what, folder, trust)), None
        preset = None  # it is one already
    with _session(what, folder) as session:
        state = with_options(session.state, device, block, osc, midi)
        state, hints = _played_by(in_space(state, space), session, mapping, preset)
        _log_to(session)
        options = Options(port=port, trust=trust)
        with running(session, state, options) as live:
            click.echo(f"session: {session.path}")
            for note in (*session.notes, *hints):
                click.echo(f"note: {note}", err=True)
            for sound in loops:
                live.desk.loop_from_sound(sound)
            if phone:
                live.instrument.conductor.submit(lambda: _let_phones_in(live), _told)
            live.wait(lambda address: _announce(address, browser))
            # Impatience must not cut short what is being kept.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    if session.problem:
        raise CheironError(session.problem)


def with_options(
    state: SessionState,
    device: str | None = None,
    block: int | None = None,
    osc: int | None = None,
    midi: bool = False,
) -> SessionState:
    """A session's state with what the command line asks for.

    >>> with_options(SessionState(), osc=9000).sources[0].settings
    {'port': 9000}
    """
    output = state.output
    if device == "page":
        output = replace(output, kind="page", device="")
    elif device is not None:
        output = replace(output, kind="device", device=device)
    if block is not None:
        output = replace(output, block=block)
    wanted = [SourceChoice("osc", {"port": osc})] if osc else []
    wanted += [SourceChoice("midi")] if midi else []
    sources = (*state.sources, *(s for s in wanted if not has_source(state.sources, s)))
    return replace(state, output=output, sources=sources)


def _played_by(
    state: SessionState, session: Session, mapping: str | None, preset: str | None
) -> tuple[SessionState, tuple[str, ...]]:
    """The state with the mapping and the interaction that the command line asks for, and hints."""
    hints: tuple[str, ...] = ()
    if preset is not None:
        loops = [loop.name for loop in session.loops.list()]
        state, hints = interaction(state, preset, loops)
    if mapping is not None:
        state = CHANGES["mapping"](state, {"kind": mapping})[0]
    return state, hints


def _example(preset: str | None, what: str | None, folder: Path | None, trust: bool) -> Path:
    """The worked example of an interaction, made where it is not there yet.

    Raises:
        CheironError: If none is named, or it cannot be made.
    """
    if preset is None:
        raise CheironError("which example? Give --preset I1, I2 or I3 too.")
    model = what or FIRST_MODEL
    place = folder or default_session(f"example-{preset}-{Path(model).stem}")
    if is_session(place):
        return place
    from cheiron.studio.examples import make_example

    return make_example(preset, model, place, trust)


def first_state(model: str) -> SessionState:
    """What a new session begins with: the model, and what every computer has to play it."""
    return SessionState(model=model, sources=(SourceChoice("pointer"), SourceChoice("keys")))


def _session(what: str | None, folder: Path | None) -> Session:
    """The session to play, made where there is none.

    Raises:
        CheironError: If there is no such model or session, or it cannot be opened.
    """
    if what is not None and is_session(what):
        if folder is not None:
            raise CheironError(f"{what} is a session already; leave out --session {folder}.")
        return Session.open(what)
    if what is None and folder is None and (last := last_session()) is not None:
        return Session.open(last)
    model = what or FIRST_MODEL
    found = find_model(model)
    name = model if found.name.removesuffix(".zip") == model else str(found.absolute())
    place = folder or default_session(model)
    if not is_session(place):
        return Session.create(place, first_state(name))
    session = Session.open(place)
    if what is not None and session.state.model != name:
        session.save(CHANGES["model"](session.state, {"name": name})[0])
    return session


def _let_phones_in(live: Live) -> None:
    live.desk.let_phones_in()
    door = live.instrument.phones.certificate
    if door is not None:
        click.echo("phones:  scan the code that the page shows, under Sources.")
        click.echo(f"         their certificate (SHA-256): {door.fingerprint}")


def _told(error: CheironError | None) -> None:
    if error is not None:
        click.echo(f"note: {error}", err=True)


def _announce(address: str, browser: bool) -> None:
    click.echo(f"page:    {address}")
    click.echo("Ctrl-C ends.")
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _list_devices() -> None:
    from cheiron.outputs.device import devices

    for device in devices():
        mark = "*" if device.default else " "
        click.echo(
            f"{mark} {device.name} ({device.host}): {device.channels} channels, "
            f"{device.sample_rate} Hz"
        )


def _log_to(session: Session) -> None:
    """What only a developer can mend goes into a file of the session, not onto the stage."""
    if session.kept:
        handler = logging.FileHandler(session.path / "cheiron.log", encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger("cheiron").addHandler(handler)
