"""A session: the folder that an instrument opens, keeps up to date and closes."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from cheiron.core.atomic import write_error
from cheiron.core.errors import CheironError
from cheiron.studio.session.demonstrations import Demonstrations
from cheiron.studio.session.history import History
from cheiron.studio.session.home import is_session, remember_session
from cheiron.studio.session.journal import NAME as JOURNAL
from cheiron.studio.session.journal import Journal, RefusedError
from cheiron.studio.session.lock import SessionLock
from cheiron.studio.session.loops import Loops
from cheiron.studio.session.names import set_aside
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.state_file import NAME, DamagedError, read_state, write_state
from cheiron.studio.session.take_recovery import recover, remove_temporary
from cheiron.studio.session.takes import TRASH, Takes

FOLDERS = ("takes", "loops", "spaces", "mappings")
AUTOSAVE = 0.5  # seconds between two writes of the state


class Session:
    """A session that is open; make it with :meth:`open` or :meth:`create`.

    The commands' thread calls it. A thread of its own writes the state, so :meth:`save` never
    waits for a disk.

    Attributes:
        path: Its folder.
        kept: Whether the folder may be written to. Where it may not, everything works and
            nothing stays.
        notes: What had to be mended on opening, each one sentence for the player.
        journal: Everything recorded.
        takes: Its takes.
        loops: Its loops.
        demonstrations: What the player has shown.
        history: Undo and redo.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Session.create(Path(folder) / "evening", SessionState(gain=0.5)) as session:
    ...         session.save(SessionState(gain=0.25))
    ...     with Session.open(Path(folder) / "evening") as session:
    ...         session.state.gain
    0.25
    """

    def __init__(self, path: Path, state: SessionState | None) -> None:
        self.path = path
        self._lock = SessionLock(path)
        self.kept = self._lock.writable
        try:
            notes = self._open_journal()
            self.takes = Takes(path, self.journal, self.kept)
            self.demonstrations = Demonstrations(self.journal)
            self.loops = Loops(path, path / TRASH, self.kept)
            self._state, more = self._read(state)
            self.history = History(self._state, self.journal)
            self.notes = (*notes, *more, *self._tidy())
        except BaseException:
            if hasattr(self, "journal"):
                self.journal.close()
            self._lock.release()
            raise
        self._saver = _Saver(self._write)
        if self.kept:
            remember_session(path)

    @classmethod
    def open(cls, path: str | Path) -> "Session":
        """Open a session as it was left.

        Raises:
            CheironError: If there is none, another process has it, it is of a newer format, or
                somebody wrote something wrong into its ``session.toml``.
        """
        path = Path(path).expanduser().resolve()
        if not is_session(path):
            raise CheironError(f"{path} is no session; expected a folder with {NAME} in it.")
        return cls(path, None)

    @classmethod
    def create(cls, path: str | Path, state: SessionState) -> "Session":
        """Make a session; the folder may exist if it is empty.

        Raises:
            CheironError: If something is there already, or the system refuses.
        """
        path = Path(path).expanduser().resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
            # What a creation left that was killed half-way is no obstacle.
            others = [p.name for p in path.iterdir() if not p.name.startswith((".", JOURNAL))]
        except OSError as error:
            raise write_error(path, error) from error
        if set(others) - set(FOLDERS):
            raise CheironError(f"{path} holds other things already; choose another folder.")
        return cls(path, state)

    @property
    def name(self) -> str:
        """What people call it: its folder's name."""
        return self.path.name

    @property
    def state(self) -> SessionState:
        """The state that was saved last."""
        return self._state

    @property
    def problem(self) -> str:
        """Why the latest state could not be written, in a sentence; empty while all is well."""
        return self._saver.problem

    def save(self, state: SessionState) -> None:
        """Keep a state; it is written within half a second, or when the session is closed."""
        self._state = state
        self._saver.ask()

    def flush(self) -> None:
        """Write what is not written yet, now, on the calling thread.

        Raises:
            CheironError: If the system refuses.
        """
        self._saver.now()
        if self._saver.problem:
            raise CheironError(self._saver.problem)

    def close(self) -> None:
        """Write the last state and let go; a second call does nothing. Look at ``problem``."""
        self._saver.close()
        self.journal.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_journal(self) -> tuple[str, ...]:
        place = self.path / JOURNAL
        if not self.kept:
            self.journal = Journal.scratch(place)
            return (
                f"{self.path} may not be written to: you can play, and nothing is kept; open or "
                "create another session to record.",
            )
        try:
            self.journal, notes = Journal.open(place)
        except RefusedError as error:  # such as a full disk
            self.kept = False
            self.journal = Journal.scratch()
            return (f"{error} Until then you can play, and nothing is kept.",)
        return notes

    def _read(self, state: SessionState | None) -> tuple[SessionState, tuple[str, ...]]:
        """The state to begin with, written at once where the file does not hold it."""
        notes: tuple[str, ...] = ()
        if state is None:
            try:
                state, notes = read_state(self.path)
            except DamagedError as error:
                state = History(None, self.journal).state
                reason = str(error).partition(";")[0].rstrip(".")
                notes = (f"{reason}; the session was opened as the journal remembers it.",)
            if not notes:
                return state, ()
        try:
            if self.kept:
                self._put_down(state)
        except CheironError as error:
            if not notes:
                raise
            notes = (*notes, str(error))  # it can be played all the same
        return state, notes

    def _put_down(self, state: SessionState) -> None:
        """Write the folder anew; a damaged file in it is kept under another name."""
        try:
            for folder in FOLDERS:
                (self.path / folder).mkdir(exist_ok=True)
            if (self.path / NAME).exists():
                set_aside(self.path / NAME)
            write_state(self.path, state)
        except OSError as error:
            raise write_error(self.path, error) from error

    def _tidy(self) -> tuple[str, ...]:
        if not self.kept:
            return ()
        try:
            remove_temporary(self.path)
            return recover(self.takes)
        except (CheironError, OSError) as error:
            return (f"What was not finished last time waits: {error}",)

    def _write(self) -> None:
        if self.kept:
            write_state(self.path, self._state)
            self.history.keep()


class _Saver:
    """Calls ``write`` soon after it was asked to, never more often than twice a second."""

    def __init__(self, write: Callable[[], None]) -> None:
        self.problem = ""
        self._write = write
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._one = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def ask(self) -> None:
        """Write within half a second."""
        self._wanted.set()

    def now(self) -> None:
        """Write on the calling thread, if anything is wanted."""
        with self._one:
            if not self._wanted.is_set():
                return
            self._wanted.clear()  # first: what is asked for from now on needs another write
            try:
                self._write()
                self.problem = ""
            except Exception as error:  # whatever it is, the thread goes on and tries again
                self._wanted.set()
                self.problem = str(error)

    def close(self) -> None:
        """Write the last state and stop."""
        self._closing.set()
        self._thread.join()
        self.now()

    def _run(self) -> None:
        while not self._closing.wait(AUTOSAVE):
            self.now()
