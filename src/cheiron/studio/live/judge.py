"""Has the machine understood? Every lesson is rehearsed beside the sound."""

import importlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cheiron.core.errors import CheironError
from cheiron.learning import JOBS
from cheiron.learning.jobs import Done, Outcome
from cheiron.learning.parcel import Arrays
from cheiron.learning.rehearse import parcel, scores_of
from cheiron.learning.task import Task
from cheiron.mapping.rehearsal import Score
from cheiron.studio.live.lessons import Learned, Wanted

JOB = "rehearse"


class Work(Protocol):
    """Does a job somewhere else, as :meth:`cheiron.studio.live.learner.Learner.start`."""

    def __call__(
        self, kind: str, parameters: Mapping[str, Any], done: Done, *, arrays: Arrays
    ) -> object:
        """Begin; ``done`` is called once, on any thread."""
        ...


def in_a_thread(
    kind: str, parameters: Mapping[str, Any], done: Done, *, arrays: Arrays
) -> threading.Thread:
    """Do a job in a thread of this process, where there is no learner process."""

    def work() -> None:
        module, name = JOBS[kind].split(":")
        try:
            result = getattr(importlib.import_module(module), name)(Task(parameters, arrays))
        except CheironError as error:
            done(Outcome(False, str(error)))
        else:
            done(Outcome(True, "", result.words, result.arrays))

    thread = threading.Thread(target=work, name=kind, daemon=True)
    thread.start()
    return thread


class Judge:
    """Keeps the scores of the latest lesson; one rehearsal at a time, the newest wish first.

    :meth:`look` is called by the conductor's thread; the attributes may be read by any.

    Args:
        work: Does the rehearsal.
        changed: Called when there are other scores, on any thread.

    Attributes:
        scores: One for each gesture; empty while nothing is known.
        judging: Whether a rehearsal is under way.
    """

    def __init__(self, work: Work, changed: Callable[[], None]) -> None:
        self.scores: tuple[Score, ...] = ()
        self.judging = False
        self._work, self._changed = work, changed
        self._lock = threading.Lock()
        self._next: tuple[Wanted, Learned] | None = None
        self._done_for: Wanted | None = None

    def look(self, latest: tuple[Wanted, Learned] | None) -> None:
        """Rehearse a lesson, unless its scores are known already."""
        with self._lock:
            if latest is None or latest[0] == self._done_for:
                return
            self._next = latest
            if self.judging:
                return
            self.judging = True
        self._begin()

    def _begin(self) -> None:
        with self._lock:
            latest, self._next = self._next, None
            if latest is None:
                self.judging = False
                return
        wanted, lesson = latest
        self._done_for = wanted
        shown = lesson.mapping.demonstrations if lesson.mapping is not None else ()
        if not shown:
            self._told(Outcome(True, "", {"scores": []}))
            return
        words, arrays = parcel(shown, wanted.kind, dict(wanted.values), dict(wanted.grammar))
        self._work(JOB, words, self._told, arrays=arrays)

    def _told(self, outcome: Outcome) -> None:
        self.scores = scores_of(outcome.result) if outcome.ok else ()
        self._begin()
        self._changed()
