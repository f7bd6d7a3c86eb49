"""The 1€ filter: little jitter when still, little lag when fast."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from cheiron.core.board import ParamBoard
from cheiron.core.circle import turn, wrapped
from cheiron.core.param import Param
from cheiron.core.recording import TickStage
from cheiron.core.space import Space

MIN_CUTOFF = Param("min_cutoff", "Hz", 0.1, 20.0, 2.0, "exp", "Cutoff when still.")
BETA = Param("beta", "", 0.0, 100.0, 10.0, "linear", "How much speed raises the cutoff.")
D_CUTOFF = Param("d_cutoff", "Hz", 0.1, 20.0, 5.0, "exp", "Cutoff of the speed estimate.")

LIVE = tuple(replace(p, name=f"smoothing.{p.name}") for p in (MIN_CUTOFF, BETA))
"""What can be turned while it runs, where a board is given."""

_ALWAYS: Mapping[str, str] = MappingProxyType({})


@dataclass
class _State:
    last: list[float]
    speed: list[float]
    smooth: list[float]
    held: list[bool]


class OneEuro(TickStage):
    """The 1€ filter on every axis of a space.

    A low-pass whose cutoff rises with speed: ``fc = min_cutoff + beta |dx/dt|``, with the speed
    low-passed at ``d_cutoff``. Speed is measured in ranges of the axis per second, so that one
    ``beta`` suits metres, degrees and pixels alike. Values that are missing are held. An axis that
    comes round (see :class:`~cheiron.core.space.Axis`) is followed the short way, and stays within
    its range.

    Reference: Casiez, Roussel, Vogel: "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy
    Input in Interactive Systems", CHI 2012.

    Args:
        space: What to filter; its ranges scale the speed.
        rate: Frames per second.
        min_cutoff: Cutoff when still, Hz.
        beta: Hz of cutoff for each range per second.
        d_cutoff: Cutoff of the speed estimate, Hz.
        only: Which axes to filter; all when absent. The others pass as they are.
        board: Holds ``smoothing.min_cutoff`` and ``smoothing.beta``, which are then read at every
            frame instead of the arguments.
        onsets: Axis -> the axis whose rise above zero starts it anew where it is then, so that a
            finger that comes down elsewhere does not glide there.

    >>> still = OneEuro(Space.of("pointer", ["x"]), rate=100.0)
    >>> state = still.init()
    >>> [still.tick(state, 0.0, [x]) for x in (0.5, 0.5, math.nan)]
    [[0.5], [0.5], [0.5]]
    """

    params = (MIN_CUTOFF, BETA, D_CUTOFF)

    def __init__(
        self,
        space: Space,
        rate: float,
        min_cutoff: float = MIN_CUTOFF.default,
        beta: float = BETA.default,
        d_cutoff: float = D_CUTOFF.default,
        only: Sequence[str] | None = None,
        board: ParamBoard | None = None,
        onsets: Mapping[str, str] = _ALWAYS,
    ) -> None:
        self.in_space = self.out_space = space
        self._cutoffs = {LIVE[0].name: min_cutoff, LIVE[1].name: beta}
        if board is not None:
            self.params, self._cutoffs = LIVE, board.values
        self._d_alpha = 1.0 / (1.0 + rate / (2 * math.pi * d_cutoff))
        self._scale = rate / (2 * math.pi)
        self._per_range = [
            (i, rate / (axis.high - axis.low), axis.low, axis.period)
            for i, axis in enumerate(space.axes)
            if only is None or axis.name in only
        ]
        gates: dict[str, list[int]] = {}
        for axis, gate in onsets.items():
            gates.setdefault(gate, []).append(space.index(axis))
        self._gates = [(space.index(gate), moved) for gate, moved in gates.items()]

    def init(self) -> _State:
        """A fresh state for one stream."""
        size = self.in_space.size
        nothing = [math.nan] * size
        return _State(nothing, [0.0] * size, nothing.copy(), [False] * len(self._gates))

    def tick(self, state: _State, time: float, x: list[float]) -> list[float]:
        """The filtered row; the paper's coefficient is ``1 / (1 + rate / (2 pi fc))``."""
        last, speed, smooth = state.last, state.speed, state.smooth
        min_cutoff, beta = self._cutoffs[LIVE[0].name], self._cutoffs[LIVE[1].name]
        scale, d_alpha = self._scale, self._d_alpha
        for number, (gate, moved) in enumerate(self._gates):
            down = x[gate] > 0.0
            if down and not state.held[number]:
                for i in moved:
                    last[i], speed[i] = math.nan, 0.0
            state.held[number] = down
        out = x.copy()
        for i, per_range, low, period in self._per_range:
            value, before = x[i], last[i]
            if before != before:  # NaN: nothing has come yet
                last[i] = smooth[i] = value
                continue
            if value != value:
                value = before
            if period:
                value = before + turn(before, value, period)
            pace = speed[i]
            pace += d_alpha * ((value - before) * per_range - pace)
            cutoff = min_cutoff + beta * abs(pace)
            out[i] = smooth[i] = smooth[i] + cutoff / (cutoff + scale) * (value - smooth[i])
            if period:
                out[i] = wrapped(smooth[i], low, period)
            last[i], speed[i] = value, pace
        return out
