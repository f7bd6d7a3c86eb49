"""Other programs that follow the control point, kept as the session's state wants them."""

import importlib
from dataclasses import dataclass, field
from typing import Protocol

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.outputs import FOLLOWERS
from cheiron.studio.session.state import Follow


class Follower(Protocol):
    """Sends control points somewhere; never waits."""

    problem: str

    def open(self) -> None:
        """Start."""
        ...

    def write(self, frame: Frame) -> None:
        """Send what has changed."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


@dataclass
class Followers:
    """Opens and closes followers; one that cannot be opened is tried again when it is told anew.

    :meth:`follow` is called by the conductor's thread, :meth:`write` by the publisher's.
    """

    _wanted: Follow = field(default_factory=Follow)
    _troubles: dict[str, str] = field(default_factory=dict[str, str])
    _open: dict[str, tuple[str, Follower]] = field(default_factory=dict[str, tuple[str, Follower]])

    def follow(self, wanted: Follow) -> None:
        """Have those open that are wanted.

        Raises:
            CheironError: If one that was not wanted before cannot be opened; the others are.
        """
        before, self._wanted = self._wanted, wanted
        new = [kind for kind in FOLLOWERS if getattr(wanted, kind) != getattr(before, kind)]
        for kind in new:
            self._change(kind, str(getattr(wanted, kind)))
        for kind in new:
            if kind in self._troubles:
                raise CheironError(self._troubles[kind])

    def _change(self, kind: str, target: str) -> None:
        now = self._open.get(kind)
        if now is not None:
            self._open = {k: v for k, v in self._open.items() if k != kind}
            now[1].close()
        troubles = {k: v for k, v in self._troubles.items() if k != kind}
        if target:
            try:
                follower = _make(kind, target)
                follower.open()
            except CheironError as error:
                troubles[kind] = str(error)
            else:
                self._open = {**self._open, kind: (target, follower)}
        self._troubles = troubles

    def write(self, frame: Frame) -> None:
        """Tell all of them."""
        for _, follower in self._open.values():
            follower.write(frame)

    @property
    def problem(self) -> str:
        """Why one does not work, in a sentence; empty while all is well."""
        problems = (*self._troubles.values(), *(f.problem for _, f in self._open.values()))
        return next((problem for problem in problems if problem), "")

    def close(self) -> None:
        """Close all."""
        self.follow(Follow())


def _make(kind: str, target: str) -> Follower:
    module, name = FOLLOWERS[kind].split(":")
    return getattr(importlib.import_module(module), name)(target)
