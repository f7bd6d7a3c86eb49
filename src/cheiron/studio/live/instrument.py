"""The instrument: one session, played."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from cheiron.core.errors import CheironError
from cheiron.core.protocols import LiveOutput
from cheiron.core.space import Space
from cheiron.engine import priority
from cheiron.engine.fusion import Fusion
from cheiron.engine.lead import CAUTION
from cheiron.engine.runner import Runner
from cheiron.mapping.connection import Connection
from cheiron.studio.live.conductor import Conductor
from cheiron.studio.live.ensemble import Ensemble
from cheiron.studio.live.followers import Followers
from cheiron.studio.live.judge import Judge, Work, in_a_thread
from cheiron.studio.live.lessons import Lessons
from cheiron.studio.live.rack import Rack
from cheiron.studio.live.speaker import Speaker, Wrap, as_it_is
from cheiron.studio.live.tape import Tape
from cheiron.studio.live.teacher import Teacher
from cheiron.studio.phone.house import House
from cheiron.studio.server.files import built_page
from cheiron.studio.session.home import data_folder
from cheiron.studio.session.state import MAX_GAIN, SessionState
from cheiron.studio.session.store import Session

Note = Callable[[str, str], None]
"""Takes a level (``"info"``, ``"warning"``, ``"error"``) and a sentence for the player."""


class Instrument:
    """Everything that sounds, and keeps sounding as its session's state says.

    The state is one frozen value. A command makes a new one (:meth:`apply`); each part then
    follows it, changing only what differs. So undo, presets, reopening a session and a click on
    the page all take the same way, and a change that cannot be made is taken back as a whole.

    Threads: everything but :meth:`start`, :meth:`stop` and the attributes' own methods runs on the
    conductor's thread; give it work with ``conductor.submit``.

    Args:
        session: What to play; the caller closes it.
        page: Makes the output that pages play, for a block size.
        note: Tells the player something.
        trust: Whether ``.ts`` files, which are programs, may run.
        wrap: Put around each sound output, for those who listen in.
        work: Does what takes long, beside the sound.

    Attributes:
        state: The session's state as it is played.
        changes: Counts everything that a page should be told of.
        muted: Whether the player wants silence; not part of the session.
    """

    def __init__(
        self,
        session: Session,
        page: Callable[[int], LiveOutput],
        note: Note,
        trust: bool = False,
        wrap: Wrap | None = None,
        work: Work = in_a_thread,
    ) -> None:
        self.session, self.note = session, note
        self.state = session.state
        self.fusion = Fusion()
        self.runner = Runner(self.fusion.read)
        self.rack = Rack(self.fusion)
        self.phones = House(self.rack.phones, data_folder() / "phone", built_page(), self.changed)
        self.speaker = Speaker(self.runner, page, wrap or as_it_is)
        self.lessons = Lessons(session.demonstrations.load, self._learned)
        self.ensemble = Ensemble(self.runner, trust, self.lessons)
        self.judge = Judge(work, self.changed)
        self.teacher = Teacher(self)
        self.followers = Followers()
        self.tape = Tape(session, self.runner, self.rack, self._take_kept)
        self.conductor = Conductor(self._idle)
        self.changes = 0
        self.muted = False
        self._sensors: Space | None = None
        self._chain_notes: tuple[str, ...] = ()
        self._problems = ("", "", "")

    def start(self) -> None:
        """Sound; then listen for work.

        Raises:
            CheironError: If the session's model cannot be played.
        """
        try:
            self._follow_first()
        except CheironError as error:
            raise CheironError(
                f"{error} To play another model in this session: "
                f"cheiron play sax --session {self.session.path}"
            ) from error
        priority.calm()
        self.runner.start()
        self.conductor.start()

    def stop(self) -> None:
        """Fade out, finish what is recorded and close everything; a second call does nothing."""
        with ExitStack() as steps:  # each is done, whatever the one before it raised
            steps.callback(priority.restore)
            steps.callback(self.followers.close)
            steps.callback(self.rack.close)
            steps.callback(self.phones.close)
            steps.callback(self.lessons.stop)
            steps.callback(self.runner.stop)
            steps.callback(self.tape.stop)
            steps.callback(self.conductor.stop)

    def apply(self, state: SessionState, name: str, key: str = "") -> None:
        """Play another state.

        Args:
            state: The new one.
            name: What the change is called when it is undone.
            key: Changes of one key that follow each other at once are undone as one.

        Raises:
            CheironError: If it cannot be played; then the old one goes on.
        """
        if state == self.state:
            return
        self._change(state, strict=state.loop != self.state.loop)
        self.session.history.do(name, self.state, key)

    def adopt(self) -> None:
        """Keep a state that it was started with and that is not the session's, as a change."""
        self.session.history.do("start", self.state)
        self.session.save(self.state)

    def undo(self) -> None:
        """Take the last change back.

        Raises:
            CheironError: If there is none, or the older state cannot be played any more.
        """
        state = self.session.history.undo()
        try:
            self._change(state)
        except Exception:
            self.session.history.redo()
            raise

    def redo(self) -> None:
        """Make the change again that was taken back last.

        Raises:
            CheironError: If there is none, or it cannot be made any more.
        """
        state = self.session.history.redo()
        try:
            self._change(state)
        except Exception:
            self.session.history.undo()
            raise

    def connect(self, connection: Connection) -> SessionState:
        """The state with one more cable.

        Without any cables the mapping plays by its own choice; that choice is kept, so that one
        more cable adds to what is heard instead of being alone.
        """
        return self._spelt_out().with_connection(connection)

    def disconnect(self, target: str) -> SessionState:
        """The state without the cable to this axis, even if the mapping had chosen it by itself.

        When that was the last one, the mapping chooses again.
        """
        return self._spelt_out().without_connection(target)

    def mute(self, muted: bool) -> None:
        """Be silent, or sound again; within 20 ms, from any thread."""
        self.muted = self.runner.muted = muted
        self.changed()

    def panic(self) -> None:
        """Stop everything that could go on by itself: every touch, replay and hanging note."""
        self.rack.panic()
        self.teacher.cancel()
        self.tape.stop_replay()
        self.ensemble.again()
        self._follow(self.state)
        self.changed()

    def changed(self) -> None:
        """Say that a page should look again."""
        self.changes += 1

    def refresh(self) -> None:
        """Follow the state again: something that it refers to has changed."""
        self.ensemble.again()
        self._follow(self.state)
        self.changed()

    def _spelt_out(self) -> SessionState:
        """The state with the cables that the mapping has chosen by itself among the player's."""
        state, chain = self.state, self.ensemble.chain
        taken = {cable.target for cable in state.connections}
        chosen = chain.connections if chain is not None else ()
        more = tuple(cable for cable in chosen if cable.target not in taken)
        return replace(state, connections=(*state.connections, *more))

    def _spelt_space(self, state: SessionState) -> SessionState:
        """The state with the control space that was chosen for it among the player's choices.

        Its knobs are in that one's units, so another default must not change what they mean.
        """
        player = self.ensemble.player
        if state.space or player is None or state.scenes:
            return state
        return replace(state, space=player.wanted.spaces[0])

    def _change(self, state: SessionState, strict: bool = False) -> None:
        try:
            self._follow(state, strict)
        except Exception:  # whatever it is, nothing half-way may stay
            self._follow(self.state)
            raise
        self.state = self._spelt_space(state)
        self.session.save(self.state)
        self.changed()

    def _follow(self, state: SessionState, strict: bool = False) -> None:
        """Every part does what the state says."""
        before = self.ensemble.player
        self.tape.follow(state.deleted_takes, state.deleted_loops)
        self.rack.follow(state.sources, before)
        self.speaker.follow(state.output)
        self._sensors = self.fusion.space
        self.ensemble.follow(state, self._sensors, self.tape.loop, strict)
        if self.ensemble.player is not before:
            self.rack.again("audio", self.ensemble.player)
        self.runner.gain = min(max(state.gain, 0.0), MAX_GAIN)  # a file may say anything
        self.runner.caution = self.ensemble.board.values[CAUTION.name]
        self.followers.follow(state.follow)
        self._say_notes()

    def _follow_first(self) -> None:
        """As :meth:`_follow`; a program that follows and is not there must not keep it silent."""
        try:
            self.followers.follow(self.state.follow)
        except CheironError as error:
            self.note("warning", str(error))
        self._follow(self.state)
        self.state = self._spelt_space(self.state)

    def _say_notes(self) -> None:
        chain = self.ensemble.chain
        notes = chain.notes if chain is not None else ()
        for sentence in notes:
            if sentence not in self._chain_notes:
                self.note("info", sentence)
        self._chain_notes = notes

    def _say_problems(self) -> None:
        """What broke by itself, or works again, is told to the pages."""
        problems = self.runner.problem, self.speaker.problem, self.followers.problem
        if problems != self._problems:
            if problems[0] and problems[0] not in self._problems:
                self.note("error", problems[0])
            self._problems = problems
            self.changed()

    def _learned(self) -> None:
        """On the lessons' thread: they have learned something else."""
        self.conductor.submit(self._follow_lesson)

    def _follow_lesson(self) -> None:
        self._follow(self.state)
        self.judge.look(self.lessons.latest)
        self.changed()

    def _take_kept(self, problem: str) -> None:
        if problem:
            self.note("error", problem)
        self.changed()

    def _idle(self) -> None:
        """What changes by itself: axes that come and go, a replay that ends."""
        if self.fusion.space is not self._sensors:
            self._follow(self.state)
            self.changed()
        player = self.ensemble.player
        if player is not None and player.shelf.look():  # somebody has fitted a control space
            self.changed()
        if self.tape.tend() or self.teacher.tend():
            self.changed()
        self._say_problems()
