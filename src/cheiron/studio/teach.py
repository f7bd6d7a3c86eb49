"""``cheiron teach``: show gestures to a session from files, and see whether it has understood."""

from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cheiron.core.audio_files import read_audio
from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.mapping import TAUGHT
from cheiron.mapping.rehearsal import RATE, Score, rehearse
from cheiron.models import load_model
from cheiron.sources.gesture_csv import read_gesture
from cheiron.studio.live.chain import live_params
from cheiron.studio.live.ensemble import turn_params
from cheiron.studio.live.lessons import Learned, Wanted, learn, prepared
from cheiron.studio.live.player import Player, load_player
from cheiron.studio.live.player import Wanted as Played
from cheiron.studio.live.teach_changes import delete_gesture, delete_shown
from cheiron.studio.live.teacher import FIRST_KIND, checked, with_shown
from cheiron.studio.session.demonstrations import Kept
from cheiron.studio.session.names import check_name
from cheiron.studio.session.state import SessionState, Shown
from cheiron.studio.session.store import Session
from cheiron.studio.spaces import Shelf

_SILENT = 1e-4  # of full scale


@click.command()
@click.argument("session", type=click.Path(path_type=Path))
@click.option("--gesture", help="Movement to show: a CSV file, or the name of a take.")
@click.option(
    "--sound", help="What sounds meanwhile: a sound file, a loop's name, or the take's own sound."
)
@click.option("--name", help="What the gesture is called; again with the same name: one more take.")
@click.option("--mapping", type=click.Choice(tuple(TAUGHT)), help="Which mapping learns.")
@click.option("--list", "listed", is_flag=True, help="List the gestures.")
@click.option("--remove", metavar="NAME|ID", help="Forget a gesture, or one take by its id.")
@click.option("--score", is_flag=True, help="Leave each take out once: is it recognised?")
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def teach(
    session: Path,
    gesture: str | None,
    sound: str | None,
    name: str | None,
    mapping: str | None,
    listed: bool,
    remove: str | None,
    score: bool,
    trust: bool,
) -> None:
    """Teach SESSION a gesture from files.

    Give --gesture, --sound and --name to show it one; --list, --remove and --score look after those
    that there are. Then `cheiron play SESSION` plays by them.
    """
    console = Console(highlight=False, markup=False)
    if gesture is None and (sound or name):
        raise CheironError("there is no gesture to show; give --gesture too.")
    if gesture is not None and not name:
        raise CheironError("the gesture has no name; give one with --name.")
    with Session.open(session) as opened:
        _check_kept(console, opened, changes=bool(gesture or remove or mapping))
        if mapping is not None and gesture is None:
            _keep(opened, replace(opened.state, mapping=mapping), f"mapping {mapping}")
        if remove is not None:
            _remove(opened, remove)
            console.print(f"forgotten: {remove}")
        desk = Bench(opened, trust)
        if gesture is not None and name is not None:
            console.print(desk.show(gesture, sound, name, mapping))
        if listed or score or not (gesture or remove or mapping):
            _print(console, desk, score)


@dataclass(frozen=True)
class Bench:
    """Shows gestures to an open session.

    Args:
        session: The session.
        trust: Whether a ``.ts`` file may run.
    """

    session: Session
    trust: bool = False

    def player(self) -> Player:
        """The session's model and control space.

        Raises:
            CheironError: If it cannot be played.
        """
        state = self.session.state
        shelf = Shelf(load_model(state.model, trust=self.trust))
        return load_player(Played.of(state, shelf.spaces), shelf)

    def show(self, gesture: str, sound: str | None, name: str, mapping: str | None = None) -> str:
        """Keep a demonstration.

        Args:
            gesture: A CSV file, or the name of a take.
            sound: A sound file or the name of a loop; the take's own sound when None.
            name: What the gesture is called.
            mapping: Which mapping learns from now on; the session's when None.

        Returns:
            What was done, a sentence.

        Raises:
            CheironError: If nothing can be learned from it; then nothing is kept.
        """
        session, player = self.session, self.player()
        name, state = check_name(name), session.state
        state = replace(state, mapping=mapping or state.mapping)
        motion = self._motion(gesture)
        path, of = self._sound(gesture, sound, player)
        kept = Kept(motion, path, player.model.name, of)
        kind = state.mapping if state.mapping in TAUGHT else FIRST_KIND
        ready = checked(Shown("new", name), kept, player, kind)
        for other in state.demonstrations:
            there = self._axes(other, player)
            if there and there != ready.reading.names:
                raise CheironError(
                    f"{gesture} moves {', '.join(ready.reading.names)}, and {other.name} was shown "
                    f"with {', '.join(there)}; use the same sensors, or forget {other.name} first."
                )
        shown = Shown(session.demonstrations.add(kept), name)
        _keep(session, with_shown(state, shown), f"teach {name}")
        count = sum(s.name == name for s in session.state.demonstrations)
        return f"{name}, take {count}: {motion.duration:.1f} s, to {of} (id {shown.id})"

    def _axes(self, shown: Shown, player: Player) -> tuple[str, ...]:
        """What a demonstration was shown with; nothing of one that does not count now."""
        try:
            return prepared(shown, self.session.demonstrations.load(shown.id), player).reading.names
        except CheironError:
            return ()

    def lesson(self) -> tuple[Wanted, Learned]:
        """What the session has learned."""
        state, player = self.session.state, self.player()
        if state.mapping not in TAUGHT:
            state = replace(state, mapping=FIRST_KIND)
        board = ParamBoard(live_params())
        turn_params(board, state)
        wanted = Wanted.of(state, player, Space("none", ()), board)
        return wanted, learn(wanted, self.session.demonstrations.load)

    def _motion(self, gesture: str) -> Recording:
        takes = [take.name for take in self.session.takes.list()]
        if gesture in takes and not Path(gesture).exists():
            return self.session.takes.gesture(gesture)
        return read_gesture(gesture).recording

    def _sound(self, gesture: str, sound: str | None, player: Player) -> tuple[Recording, str]:
        session, model = self.session, player.model
        if sound is not None and sound in [loop.name for loop in session.loops.list()]:
            path = session.loops.load(sound)
            if not path.is_latent or path.points.space.names != model.latent.names:
                raise CheironError(
                    f"the loop {sound!r} was made with another model than {player.name}; choose "
                    "another one, or give a sound file."
                )
            return path.points, sound
        file = Path(sound) if sound is not None else session.takes.path(gesture)
        if not file.is_file():
            what = "it has no sound of its own" if sound is None else f"there is no file {sound}"
            loops = ", ".join(loop.name for loop in session.loops.list()) or "none"
            raise CheironError(
                f"{gesture} has nothing to sound with: {what}; give --sound a sound file or a loop "
                f"(there is {loops})."
            )
        if not player.has_encoder:
            raise CheironError(
                f"{player.name} cannot listen to sound (it has no encoder); give --sound a loop."
            )
        if float(np.abs(read_audio(file, model.sample_rate)).max(initial=0.0)) < _SILENT:
            raise CheironError(f"{file} is silent; expected the sound that the gesture is to play.")
        from cheiron.learning.encode import encode
        from cheiron.learning.task import Task

        words = {"audio": str(file), "model": player.path, "trust": self.trust}
        z = encode(Task(words)).arrays["z"]
        return Recording(model.latent, np.arange(len(z)) * model.hop / model.sample_rate, z), (
            file.name if sound is not None else gesture
        )


def _check_kept(console: Console, session: Session, changes: bool) -> None:
    """Say what was mended; what cannot be kept (no room, no permission) is not begun.

    Raises:
        CheironError: If something is to be changed and would not be kept.
    """
    if changes and not session.kept:
        raise CheironError(" ".join(session.notes))
    for note in session.notes:
        console.print(f"note: {note}")


def _keep(session: Session, state: SessionState, what: str) -> None:
    session.history.do(what, state)
    session.save(state)
    session.flush()  # what is said to be kept is kept


def _remove(session: Session, what: str) -> None:
    state = session.state
    if what in [shown.name for shown in state.demonstrations]:
        _keep(session, *delete_gesture(state, {"gesture": what}))
    else:
        _keep(session, *delete_shown(state, {"shown": what}))


def _print(console: Console, bench: Bench, score: bool) -> None:
    """The gestures, and how well they are understood."""
    state = bench.session.state
    if not state.demonstrations:
        console.print("nothing was taught yet; give --gesture, --sound and --name.")
        return
    wanted, lesson = bench.lesson()
    scores: dict[str, Score] = {}
    if score and lesson.mapping is not None:
        scores = {each.name: each for each in _scores(wanted, lesson)}
    table = Table(box=None, pad_edge=False)
    for title in ("gesture", "takes (id, seconds, sound)", *(("score", "") if score else ())):
        table.add_column(title, overflow="fold")
    problems = dict(lesson.problems)
    for name in dict.fromkeys(shown.name for shown in state.demonstrations):
        takes: list[str] = []
        for shown in state.demonstrations:
            if shown.name == name:
                bad = " (does not count)" if shown.id in problems else ""
                takes.append(f"{shown.id}: {_told(bench, shown)}{bad}")
        row = [name, "\n".join(takes)]
        if score:
            row += _said(scores.get(name))
        table.add_row(*row)
    console.print(table)
    for note in lesson.problems:
        console.print(f"note: {note[1]}")
    kind = state.mapping if state.mapping in TAUGHT else f"{state.mapping} (teaching {FIRST_KIND})"
    console.print(f"mapping: {kind}")


def _told(bench: Bench, shown: Shown) -> str:
    try:
        kept = bench.session.demonstrations.load(shown.id)
    except CheironError:  # the lesson's notes say why
        return "lost"
    return f"{kept.motion.duration:.1f} s, {kept.of}"


def _said(score: Score | None) -> list[str]:
    if score is None:
        return ["–", ""]
    share = "–" if score.share is None else f"{100 * score.share:.0f} %"
    return [share, score.words]


def _scores(wanted: Wanted, lesson: Learned) -> tuple[Score, ...]:
    taught = lesson.mapping
    assert taught is not None
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("rehearsing", total=1.0)
        return rehearse(
            taught.demonstrations,
            lambda: wanted.make(taught.in_space, taught.out_space, RATE),
            lambda share: bar.update(line, completed=share),
        )
