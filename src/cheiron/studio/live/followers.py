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
    """Opens and closes followers.

    :meth:`follow` is called by the conductor's thread, :meth:`write` by the publisher's.
    """

    _open: dict[str, tuple[str, Follower]] = field(default_factory=dict[str, tuple[str, Follower]])

    def follow(self, wanted: Follow) -> None:
        """Have those open that are wanted.

        Raises:
            CheironError: If one cannot be opened; the others are.
        """
        troubles: list[CheironError] = []
        for kind in FOLLOWERS:
            target = str(getattr(wanted, kind))
            now = self._open.get(kind)
            if now is not None and now[0] != target:
                self._open = {k: v for k, v in self._open.items() if k != kind}
                now[1].close()
                now = None
            if target and now is None:
                try:
                    follower = _make(kind, target)
                    follower.open()
                except CheironError as error:
                    troubles.append(error)
                else:
                    self._open = {**self._open, kind: (target, follower)}
        if troubles:
            raise troubles[0]

    def write(self, frame: Frame) -> None:
        """Tell all of them."""
        for _, follower in self._open.values():
            follower.write(frame)

    @property
    def problem(self) -> str:
        """Why one does not work, in a sentence; empty while all is well."""
        return next((f.problem for _, f in self._open.values() if f.problem), "")

    def close(self) -> None:
        """Close all."""
        self.follow(Follow())


def _make(kind: str, target: str) -> Follower:
    module, name = FOLLOWERS[kind].split(":")
    return getattr(importlib.import_module(module), name)(target)
