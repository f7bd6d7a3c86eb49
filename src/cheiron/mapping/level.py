"""How loud a mapping plays, and what silence means in a control space."""

import math
from dataclasses import dataclass

import numpy as np

from cheiron.core.space import Space
from cheiron.mapping.automatic import Examples

_HEADROOM = 3.0  # dB below the loud end of the axis that no place exceeds by itself
_USUAL = 5.0  # dB below that: where all places stand when they are made equal
_FAINT = 0.3  # share of the axis below which a place counts as silence


@dataclass(frozen=True)
class Level:
    """The loudness of control points.

    Args:
        quiet: The control point at rest; NaN for axes that stay where they are.
        loudness: Position of the axis called ``loudness``; -1 where there is none.
        low: Its quiet end.
        faint: Loudness below which a place counts as silent and is left so.
        usual: Loudness that all places have when they are made equal.
        highest: Loudness that is never exceeded.
    """

    quiet: tuple[float, ...]
    loudness: int = -1
    low: float = 0.0
    faint: float = 0.0
    usual: float = 0.0
    highest: float = 0.0

    @classmethod
    def of(cls, control: Space, examples: Examples | None = None) -> "Level":
        """What is known of one control space.

        An axis called ``loudness`` (dB) is silent at its low end. Without one, silence is the
        quietest of the examples; without those, the defaults of all axes.
        """
        unmoved = [math.nan] * control.size
        if "loudness" in control.names:
            index = control.index("loudness")
            axis = control.axes[index]
            unmoved[index] = axis.low
            highest = axis.high - _HEADROOM
            faint = axis.low + _FAINT * (axis.high - axis.low)
            return cls(tuple(unmoved), index, axis.low, faint, highest - _USUAL, highest)
        known = examples is not None and np.isfinite(examples.loudness).any()
        point = [axis.default for axis in control.axes]
        if examples is not None and known:
            point = examples.controls[int(np.nanargmin(examples.loudness))].tolist()
        quiet = (
            math.nan if axis.kind == "texture" else value
            for axis, value in zip(control.axes, point, strict=True)
        )
        return cls(tuple(quiet))

    def quiet_row(self) -> list[float]:
        """The control row at rest; NaN for axes that nothing is known of."""
        return list(self.quiet)

    def shaped(self, point: list[float], even: float, accent: float) -> list[float]:
        """A control point at a comfortable loudness; without a loudness axis as it is.

        Args:
            point: The control point that is meant.
            even: How far places are made equally loud, 0 to 1.
            accent: dB on top.
        """
        index = self.loudness
        if index < 0:
            return point
        out = point.copy()
        own, usual = point[index], self.usual
        if own < self.faint:  # silence stays silence, and what is near it comes up in a slope
            share = max(own - self.low, 0.0) / (self.faint - self.low)
            usual = self.low + share * (usual - self.low)
            accent *= share
        out[index] = min(own + even * (usual - own) + accent, self.highest)
        return out

    def gated(self, row: list[float], awake: float) -> list[float]:
        """A control row on its way from quiet, at ``awake`` = 0, to itself, at 1."""
        if awake >= 1.0:
            return row
        out = row.copy()
        for index, rest in enumerate(self.quiet):
            if rest == rest:  # not NaN: it moves
                out[index] = rest + awake * (row[index] - rest)
        return out
