"""The direct mapping: each control axis follows one motion axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.filters import alpha_of, hold_missing, one_pole
from cheiron.core.recording import BlockStage, Times, Values
from cheiron.core.space import Space
from cheiron.mapping.connection import CURVES, Connection

STALE = 0.25
"""Seconds without anything new after which the input is no longer trusted fully."""

_FADE = 0.5  # seconds from the first doubt to none left


@dataclass
class DirectState:
    """What one stream has said so far; made by :meth:`DirectMapping.init`."""

    last: NDArray[np.float64]
    smooth: NDArray[np.float64]
    heard: float = -np.inf
    waited: float = 0.0


class DirectMapping(BlockStage):
    """One-to-one connections with range, curve and smoothing.

    Input beyond its range is clipped. Axes that nobody drives come out as NaN, *undefined*: what
    they then do is the control stage's affair. A value that goes missing is held.

    Args:
        space: Motion features.
        control: Control axes.
        connections: At most one for each control axis.
        rate: Frames per second.

    Raises:
        CheironError: If a connection names an axis that is not there, or two drive one axis.

    >>> motion = Space.of("motion", ["speed"], 0.0, 2.0)
    >>> control = Space.of("control", ["pitch", "loudness"], 0.0, 1.0)
    >>> direct = DirectMapping(motion, control, [Connection("speed", "loudness")], rate=100.0)
    >>> _, y = direct.block(direct.init(), np.zeros(1), np.ones((1, 1), np.float32))
    >>> y.tolist()
    [[nan, 0.5]]
    """

    def __init__(
        self, space: Space, control: Space, connections: Sequence[Connection], rate: float
    ) -> None:
        self.in_space, self.out_space, self._rate = space, control, rate
        self.connections = tuple(connections)
        self._sources = np.array([_find(space, c.source, "motion") for c in connections], np.intp)
        self._targets = np.array(
            [_find(control, c.target, "control") for c in connections], np.intp
        )
        names = [c.target for c in connections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CheironError(
                f"two connections drive the control axis {twice[0]!r}; expected one for each axis."
            )
        inputs = [c.inputs or _range(space, c.source) for c in connections]
        outputs = [c.outputs or _range(control, c.target) for c in connections]
        outputs = [o[::-1] if c.invert else o for c, o in zip(connections, outputs, strict=True)]
        self._in_low, self._in_high = np.array(inputs, np.float64).reshape(-1, 2).T
        self._out_low, self._out_high = np.array(outputs, np.float64).reshape(-1, 2).T
        self._curves = [
            (np.array([c.curve == name for c in connections]), curve)
            for name, curve in CURVES.items()
            if name != "linear" and any(c.curve == name for c in connections)
        ]
        self._alphas = np.array([alpha_of(c.smooth, rate) for c in connections])

    def init(self) -> DirectState:
        """A fresh state for one stream."""
        empty = np.full(len(self.connections), np.nan)
        return DirectState(empty, empty)

    def block(self, state: DirectState, times: Times, values: Values) -> tuple[Any, Values]:
        """Control rows, NaN where nobody drives."""
        x = values[:, self._sources].astype(np.float64)
        last, x = hold_missing(state.last, x)
        travel = np.clip((x - self._in_low) / (self._in_high - self._in_low), 0.0, 1.0)
        for which, curve in self._curves:
            travel[:, which] = curve(travel[:, which])
        driven = self._out_low + travel * (self._out_high - self._out_low)
        smooth, driven = one_pole(state.smooth, driven, self._alphas)
        out = np.full((len(values), self.out_space.size), np.nan, dtype=np.float32)
        out[:, self._targets] = driven
        heard, waited = self._listen(state, times)
        return DirectState(last, smooth, heard, waited), out

    def confidence(self, state: DirectState) -> float:
        """1 while the input is fresh; falls to 0 between 0.25 s and 0.75 s without anything new."""
        return float(np.clip(1.0 - (state.waited - STALE) / _FADE, 0.0, 1.0))

    def _listen(self, state: DirectState, times: Times) -> tuple[float, float]:
        """The newest time heard of, and the seconds that this clock has waited since."""
        if len(times) == 0:
            return state.heard, state.waited
        heard = float(times[-1])
        since = len(times) - 1 - int(np.searchsorted(times, heard, side="left"))
        if heard > state.heard:
            return heard, since / self._rate
        return state.heard, state.waited + len(times) / self._rate


def _find(space: Space, name: str, kind: str) -> int:
    if name not in space.names:
        raise CheironError(
            f"there is no {kind} axis {name!r}; choose one of {', '.join(space.names)}."
        )
    return space.index(name)


def _range(space: Space, name: str) -> tuple[float, float]:
    axis = space.axes[space.index(name)]
    return axis.low, axis.high
