"""The learner as the engine sees it: ask for jobs, hear how they went."""

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from cheiron.learning.parcel import Arrays, pack, unpack

_GONE = "the learner stopped while it worked on this; it is started again, so try once more."
_NOT_THERE = "the learner is just being started; try again in a moment."


@dataclass(frozen=True)
class Outcome:
    """How a job went.

    Args:
        ok: Whether it was done.
        message: Why not, a sentence.
        result: Plain data, as the job says.
        arrays: Arrays, as the job says.
    """

    ok: bool
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict[str, Any])


Done = Callable[[Outcome], None]
Progress = Callable[[float], None]


class Jobs:
    """What was asked of the learner and is not finished.

    Threads: :meth:`start` and :meth:`cancel` from any thread, they never wait; :meth:`receive` and
    :meth:`lost` by the link's reader thread, which also calls ``done`` and ``progress``. ``done``
    is called once for each job, also when the learner dies or nobody is there to take it.

    Args:
        send: Takes a message for the learner; False when there is nobody to take it.

    >>> sent = []
    >>> jobs = Jobs(lambda message: sent.append(message) or True)
    >>> number = jobs.start("ping", {}, done=lambda outcome: print(outcome.message))
    >>> jobs.lost("it has gone")
    the learner stopped while it worked on this; it is started again, so try once more.
    """

    def __init__(self, send: Callable[[bytes], bool]) -> None:
        self._send = send
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[Done, Progress]] = {}
        self._lock = threading.Lock()

    def start(
        self,
        kind: str,
        parameters: Mapping[str, Any],
        done: Done,
        progress: Progress = lambda _: None,
        arrays: Arrays | None = None,
    ) -> int:
        """Ask for a job; its number, for :meth:`cancel`.

        Args:
            kind: A key of :data:`cheiron.learning.JOBS`.
            parameters: Plain JSON data, as the job says.
            done: Told how it went.
            progress: Told how much is done, in [0, 1], some times a second.
            arrays: What goes with it.
        """
        number = next(self._numbers)
        words = {"do": "job", "id": number, "kind": kind, "parameters": dict(parameters)}
        message = pack(words, arrays)
        with self._lock:
            self._waiting[number] = done, progress
        if not self._send(message):
            self._finish(number, Outcome(False, _NOT_THERE))
        return number

    def cancel(self, number: int) -> None:
        """The result is not wanted any more; ``done`` is told so soon."""
        self._send(pack({"do": "cancel", "id": number}))

    @property
    def running(self) -> int:
        """How many are not finished."""
        return len(self._waiting)

    def receive(self, message: bytes) -> None:
        """A message from the learner."""
        words, arrays = unpack(message)
        number = int(words["id"])
        if words["say"] == "progress":
            with self._lock:
                waiting = self._waiting.get(number)
            if waiting is not None:
                waiting[1](float(words["done"]))
        elif words["say"] == "done":
            self._finish(number, Outcome(True, "", words["result"], arrays))
        else:
            self._finish(number, Outcome(False, str(words["message"])))

    def lost(self, reason: str) -> None:
        """The learner has died: nothing that was asked will be done."""
        for number in list(self._waiting):
            self._finish(number, Outcome(False, _GONE))

    def _finish(self, number: int, outcome: Outcome) -> None:
        with self._lock:
            waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting[0](outcome)
