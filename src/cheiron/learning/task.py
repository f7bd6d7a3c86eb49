"""What a job is given, how it says how far it is, and what it gives back."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cheiron.learning.parcel import Arrays


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Nobody wants the result any more."""


@dataclass(frozen=True)
class Task:
    """One job as it was asked for.

    Args:
        parameters: Plain data.
        arrays: What came with it.
        report: Told how much is done, in [0, 1].
        cancelled: Set when nobody wants the result any more.
    """

    parameters: Mapping[str, Any]
    arrays: Arrays = field(default_factory=dict[str, Any])
    report: Callable[[float], None] = lambda _: None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def progress(self, done: float) -> None:
        """Say how much is done, in [0, 1]; call it some times a second.

        Raises:
            Cancelled: If nobody wants the result any more.
        """
        if self.cancelled.is_set():
            raise Cancelled
        self.report(done)


@dataclass(frozen=True)
class Result:
    """What a job gives back.

    Args:
        words: Plain JSON data.
        arrays: What goes with it.
    """

    words: Mapping[str, Any] = field(default_factory=dict[str, Any])
    arrays: Arrays = field(default_factory=dict[str, Any])


class Job(Protocol):
    """A function that works for a while."""

    def __call__(self, task: Task) -> Result:
        """Do it.

        Raises:
            CheironError: If it cannot be done; the player reads the sentence.
            Cancelled: From :meth:`Task.progress`.
        """
        ...
