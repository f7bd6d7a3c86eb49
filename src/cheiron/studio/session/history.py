"""Undo and redo."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cheiron.core.errors import CheironError
from cheiron.studio.session.journal import Journal
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.state_plain import from_plain, to_plain

LIMIT = 200
MERGE = 1.0  # seconds within which one movement of the hand is one step
_MARK = "history"


@dataclass(frozen=True)
class Step:
    """A state and what was done to reach it.

    Args:
        name: What was done, for people, such as ``"turn pitch"``.
        state: What it led to.
    """

    name: str
    state: SessionState


class History:
    """The states that were, kept in the journal, so that undo survives the program.

    The commands' thread calls everything but :meth:`keep`, which the thread that saves calls.

    Args:
        state: Where it stands; as the journal remembers it when None.
        journal: Where it is kept, and what was done before is read from; nowhere when None.
        clock: Monotonic seconds.
        limit: How many steps can be undone.

    >>> history = History(SessionState(gain=1.0))
    >>> history.do("gain", SessionState(gain=0.5))
    >>> history.undo_name, history.undo().gain, history.redo_name, history.redo().gain
    ('gain', 1.0, 'gain', 0.5)
    """

    def __init__(
        self,
        state: SessionState | None,
        journal: Journal | None = None,
        clock: Callable[[], float] = time.monotonic,
        limit: int = LIMIT,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._steps: list[tuple[int, Step]] = []  # with the numbers of their rows
        self._at = 0
        self._key = ""
        self._when = 0.0
        self._unsaved: set[int] = set()
        if journal is not None:
            self._load(journal)
        if not self._steps:
            self._append(Step("begin", SessionState() if state is None else state))
        elif state is not None and state != self.state:
            self.do("changes outside", state)

    @property
    def state(self) -> SessionState:
        """Where it stands."""
        return self._steps[self._at][1].state

    @property
    def undo_name(self) -> str:
        """What :meth:`undo` would take back; empty when there is nothing."""
        return self._steps[self._at][1].name if self._at > 0 else ""

    @property
    def redo_name(self) -> str:
        """What :meth:`redo` would do again; empty when there is nothing."""
        return self._steps[self._at + 1][1].name if self._at + 1 < len(self._steps) else ""

    def do(self, name: str, state: SessionState, key: str = "") -> None:
        """Remember a change; what had been undone is forgotten.

        Args:
            name: What was done, for people.
            state: What it led to.
            key: Changes of one key that follow each other within a second are one step, such as
                ``"knob pitch"``; none merge when empty.
        """
        if state == self.state:
            return
        now = self._clock()
        with self._lock:
            merges = bool(key) and key == self._key and now - self._when <= MERGE
            if merges and self._at > 0 and self._at == len(self._steps) - 1:
                row = self._steps[self._at][0]
                self._steps[self._at] = (row, Step(name, state))
                self._unsaved.add(row)
            else:
                del self._steps[self._at + 1 :]
                self._append(Step(name, state))
                del self._steps[: -self._limit - 1]
                self._at = len(self._steps) - 1
            self._key, self._when = key, now

    def undo(self) -> SessionState:
        """Take the last change back; the state before it.

        Raises:
            CheironError: If there is nothing to undo.
        """
        return self._go(-1, "undo")

    def redo(self) -> SessionState:
        """Do again what was undone last; the state after it.

        Raises:
            CheironError: If there is nothing to redo.
        """
        return self._go(1, "redo")

    def keep(self) -> None:
        """Write what is new to the journal.

        Raises:
            CheironError: If the system refuses; then the next call tries again.
        """
        if self._journal is None:
            return
        with self._lock:
            steps, at, unsaved = list(self._steps), self._at, set(self._unsaved)
        with self._journal.transaction():
            rows = [row for row, _ in steps]
            self._journal.run("DELETE FROM history WHERE id < ? OR id > ?", (rows[0], rows[-1]))
            for row, step in steps:
                if row in unsaved:
                    self._journal.run(
                        "INSERT OR REPLACE INTO history (id, name, state) VALUES (?, ?, ?)",
                        (row, step.name, json.dumps(to_plain(step.state))),
                    )
            self._journal.run("INSERT OR REPLACE INTO marks VALUES (?, ?)", (_MARK, rows[at]))
        with self._lock:
            now = dict(self._steps)
            self._unsaved -= {row for row, step in steps if now.get(row, step) is step}

    def _go(self, way: int, word: str) -> SessionState:
        with self._lock:
            if not 0 <= self._at + way < len(self._steps):
                raise CheironError(f"there is nothing to {word}.")
            self._at += way
            self._key = ""
        return self.state

    def _append(self, step: Step) -> None:
        row = self._steps[-1][0] + 1 if self._steps else 1
        self._steps.append((row, step))
        self._unsaved.add(row)

    def _load(self, journal: Journal) -> None:
        """What the journal holds, from the last step that cannot be read on."""
        for row, name, text in journal.ask("SELECT id, name, state FROM history ORDER BY id"):
            try:
                step = Step(str(name), from_plain(json.loads(text), "history"))
            except (ValueError, CheironError):
                self._steps.clear()
                continue
            self._steps.append((row, step))
        del self._steps[: -self._limit - 1]
        marks = dict(journal.ask("SELECT name, value FROM marks"))
        rows = [row for row, _ in self._steps]
        self._at = rows.index(marks[_MARK]) if marks.get(_MARK) in rows else len(rows) - 1
        self._at = max(self._at, 0)
