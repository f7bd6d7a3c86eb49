"""The 1€ filter: little jitter when still, little lag when fast."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.filters import hold_missing, one_pole
from cheiron.core.param import Param
from cheiron.core.recording import BlockStage, Times, Values
from cheiron.core.space import Space

MIN_CUTOFF = Param("min_cutoff", "Hz", 0.1, 20.0, 2.0, "exp", "Cutoff when still.")
BETA = Param("beta", "", 0.0, 100.0, 10.0, "linear", "How much speed raises the cutoff.")
D_CUTOFF = Param("d_cutoff", "Hz", 0.1, 20.0, 5.0, "exp", "Cutoff of the speed estimate.")


@dataclass
class _State:
    last: NDArray[np.float64]
    speed: NDArray[np.float64]
    smooth: NDArray[np.float64]


class OneEuro(BlockStage):
    """The 1€ filter on every axis of a space.

    A low-pass whose cutoff rises with speed: ``fc = min_cutoff + beta |dx/dt|``, with the speed
    low-passed at ``d_cutoff``. Speed is measured in ranges of the axis per second, so that one
    ``beta`` suits metres, degrees and pixels alike. Values that are missing are held.

    Reference: Casiez, Roussel, Vogel: "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy
    Input in Interactive Systems", CHI 2012.

    Args:
        space: What to filter; its ranges scale the speed.
        rate: Frames per second.
        min_cutoff: Cutoff when still, Hz.
        beta: Hz of cutoff for each range per second.
        d_cutoff: Cutoff of the speed estimate, Hz.

    >>> still = OneEuro(Space.of("pointer", ["x"]), rate=100.0)
    >>> state, y = still.block(still.init(), np.arange(3.0), np.full((3, 1), 0.5, np.float32))
    >>> y.ravel().tolist()
    [0.5, 0.5, 0.5]
    """

    params = (MIN_CUTOFF, BETA, D_CUTOFF)

    def __init__(
        self,
        space: Space,
        rate: float,
        min_cutoff: float = MIN_CUTOFF.default,
        beta: float = BETA.default,
        d_cutoff: float = D_CUTOFF.default,
    ) -> None:
        self.in_space = self.out_space = space
        self._rate = rate
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._d_alpha = _alpha(d_cutoff, rate)
        self._per_range = rate / (space.high.astype(np.float64) - space.low)

    def init(self) -> Any:
        """A fresh state for one stream."""
        empty = np.full(self.in_space.size, np.nan)
        return _State(empty, np.zeros(self.in_space.size), empty)

    def block(self, state: _State, times: Times, values: Values) -> tuple[_State, Values]:
        """Filtered rows."""
        before = state.last
        last, x = hold_missing(before, values.astype(np.float64))
        steps = np.diff(x, axis=0, prepend=before[None, :])
        steps[np.isnan(steps)] = 0.0  # nothing to compare the first value with
        speed, speeds = one_pole(state.speed, steps * self._per_range, self._d_alpha)
        alphas = _alpha(self._min_cutoff + self._beta * np.abs(speeds), self._rate)
        smooth, y = one_pole(state.smooth, x, alphas)
        return _State(last, speed, smooth), y.astype(np.float32)


def _alpha(cutoff: Any, rate: float) -> Any:
    """The paper's coefficient: ``1 / (1 + tau rate)`` with ``tau = 1 / (2 pi fc)``."""
    return 1.0 / (1.0 + rate / (2 * np.pi * cutoff))
