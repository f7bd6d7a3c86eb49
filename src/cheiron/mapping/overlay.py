"""Cables laid over another mapping: what they drive, they drive; the rest stays as it is."""

from collections.abc import Sequence
from typing import Any

from cheiron.core.recording import TickStage
from cheiron.core.space import Space
from cheiron.mapping.connection import Connection
from cheiron.mapping.direct import DirectMapping, DirectState
from cheiron.mapping.live import LiveStage


class Overlay(TickStage):
    """A mapping with single knobs taken over by connections.

    Until the source of a connection has spoken, its knob is the mapping's.

    Args:
        space: Motion axes, of both.
        inner: The mapping underneath.
        connections: At most one for each control axis.
        rate: Frames per second.

    Raises:
        CheironError: If a connection names an axis that is not there, or two drive one axis.
    """

    def __init__(
        self, space: Space, inner: LiveStage, connections: Sequence[Connection], rate: float
    ) -> None:
        self.in_space, self.out_space = space, inner.out_space
        self.latency, self.params = inner.latency, inner.params
        self.connections = tuple(connections)
        self._inner = inner
        self._cables = DirectMapping(space, inner.out_space, connections, rate)

    def init(self) -> tuple[Any, DirectState]:
        """A fresh state for one stream."""
        return self._inner.init(), self._cables.init()

    def tick(self, state: tuple[Any, DirectState], time: float, x: list[float]) -> list[float]:
        """The control row: the cable's value where one has spoken, else the mapping's."""
        below = self._inner.tick(state[0], time, x)
        over = self._cables.tick(state[1], time, x)
        return [a if b != b else b for a, b in zip(below, over, strict=True)]  # NaN is not itself

    def confidence(self, state: tuple[Any, DirectState]) -> float:
        """How far the mapping underneath is to be trusted, in [0, 1]."""
        return self._inner.confidence(state[0])
