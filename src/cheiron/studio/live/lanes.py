"""A bounded queue of several kinds of messages that never makes its writer wait."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
    """How one kind of message may queue.

    Args:
        name: What :meth:`Lanes.put` calls it.
        bound: Most messages that wait at once, at least 1.
        lossy: Whether a full lane loses its oldest message (moments, sound); otherwise a full lane
            means that the other side is lost.
    """

    name: str
    bound: int
    lossy: bool = True


class Lanes:
    """Messages leave in the order in which they came, whatever their lane.

    A full lane loses its own oldest message, so one kind never crowds out another.

    Not locked: its owner calls it from one thread, or under a lock.

    >>> lanes = Lanes([Lane("moment", 1), Lane("reply", 2, lossy=False)])
    >>> [lanes.put(*m) for m in (("moment", b"1"), ("reply", b"a"), ("moment", b"2"))]
    [True, True, True]
    >>> lanes.pop(), lanes.pop(), lanes.pop()
    (b'a', b'2', None)
    >>> lanes.dropped
    {'moment': 1, 'reply': 0}
    """

    def __init__(self, lanes: Iterable[Lane]) -> None:
        self._lanes = {lane.name: lane for lane in lanes}
        self._queues = {name: deque[tuple[int, bytes]]() for name in self._lanes}
        self._in_order = tuple(self._queues.values())
        self._count = 0
        self.dropped = dict.fromkeys(self._lanes, 0)
        """How many messages each lane has lost."""

    def put(self, lane: str, message: bytes) -> bool:
        """Queue a message; False when its lane may lose nothing and is full."""
        queue, kind = self._queues[lane], self._lanes[lane]
        if len(queue) >= kind.bound:
            if not kind.lossy:
                return False
            queue.popleft()
            self.dropped[lane] += 1
        self._count += 1
        queue.append((self._count, message))
        return True

    def pop(self) -> bytes | None:
        """The oldest message of all; None when nothing waits."""
        first: deque[tuple[int, bytes]] | None = None
        for queue in self._in_order:
            if queue and (first is None or queue[0][0] < first[0][0]):
                first = queue
        return first.popleft()[1] if first is not None else None

    def clear(self) -> None:
        """Forget what waits."""
        for queue in self._in_order:
            queue.clear()
