"""The learner process and the talk with it."""

from collections.abc import Mapping
from typing import Any

from cheiron.learning.jobs import Done, Jobs, Progress
from cheiron.learning.parcel import Arrays
from cheiron.learning.worker import work
from cheiron.studio.live.lanes import Lane
from cheiron.studio.live.link import Link
from cheiron.studio.live.supervisor import Child

_NICE = 10


class Learner:
    """Asks jobs of the learner process; what it does never delays the engine.

    Threads: :meth:`start` and :meth:`cancel` from any thread, they never wait; ``done`` and
    ``progress`` are called by the link's reader thread.
    """

    def __init__(self) -> None:
        self._jobs = Jobs(lambda message: self.link.send("jobs", message))
        lanes = (Lane("jobs", 64, lossy=False),)
        self.link = Link(lanes, self._jobs.receive, lost=self._jobs.lost)
        self.child = Child("learner", work, (), self.link, _NICE)
        """For the supervisor."""

    def start(
        self,
        kind: str,
        parameters: Mapping[str, Any],
        done: Done,
        progress: Progress = lambda _: None,
        arrays: Arrays | None = None,
    ) -> int:
        """Ask for a job, see :meth:`cheiron.learning.jobs.Jobs.start`."""
        return self._jobs.start(kind, parameters, done, progress, arrays)

    def cancel(self, number: int) -> None:
        """The result is not wanted any more."""
        self._jobs.cancel(number)
