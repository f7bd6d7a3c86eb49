"""How loud a mapping plays, and what silence means in a control space."""

import math
from dataclasses import dataclass

import numpy as np

from cheiron.core.marks import meaning_of, position_of
from cheiron.core.space import Axis, Space
from cheiron.mapping.automatic import Examples

_HEADROOM = 3.0  # dB below the loud end of the axis that no place exceeds by itself
_USUAL = 5.0  # dB below that: where all places stand when they are made equal
_NONE = Axis("loudness")
_FAINT = 0.3  # share of the axis below which a place counts as silence


@dataclass(frozen=True)
class Level:
    """The loudness of control points.

    Args:
        quiet: The control point at rest; NaN for axes that stay where they are.
        loudness: Position of the axis called ``loudness``; -1 where there is none.
        low: Its quiet end, dB.
        faint: Loudness below which a place counts as silent and is left so, dB.
        usual: Loudness that all places have when they are made equal, dB.
        highest: Loudness that is never exceeded, dB.
        axis: The axis of loudness.
    """

    quiet: tuple[float, ...]
    loudness: int = -1
    low: float = 0.0
    faint: float = 0.0
    usual: float = 0.0
    highest: float = 0.0
    axis: Axis = _NONE

    @classmethod
    def of(cls, control: Space, examples: Examples | None = None) -> "Level":
        """What is known of one control space.

        An axis called ``loudness`` (dB) is silent at its low end. Without one, or where its
        values are positions among what the model sounds like, silence is the quietest of the
        examples as a whole; without those, the low end, or the defaults of all axes.
        """
        quiet = _quiet_point(control, examples)
        if "loudness" not in control.names:
            return cls(quiet or _unless_texture(control, control.default.tolist()))
        index = control.index("loudness")
        axis = control.axes[index]
        if quiet is None or not axis.marks:
            quiet = tuple(axis.low if i == index else math.nan for i in range(control.size))
        low, high = meaning_of(axis, axis.low), meaning_of(axis, axis.high)
        highest = high - _HEADROOM
        faint = low + _FAINT * (high - low)
        return cls(quiet, index, low, faint, highest - _USUAL, highest, axis)

    @property
    def is_silent(self) -> bool:
        """Whether the low end of the loudness is silence by itself."""
        return self.loudness >= 0 and not self.axis.marks

    def value(self, loudness: float) -> float:
        """Where the knob stands at a loudness in dB."""
        return position_of(self.axis, loudness)

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
        own, usual = meaning_of(self.axis, point[index]), self.usual
        if own < self.faint:  # silence stays silence, and what is near it comes up in a slope
            share = max(own - self.low, 0.0) / (self.faint - self.low)
            usual = self.low + share * (usual - self.low)
            accent *= share
        out[index] = self.value(min(own + even * (usual - own) + accent, self.highest))
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


def _quiet_point(control: Space, examples: Examples | None) -> tuple[float, ...] | None:
    """The quietest of the examples; None where nothing is known."""
    if examples is None or not np.isfinite(examples.loudness).any():
        return None
    point = examples.controls[int(np.nanargmin(examples.loudness))]
    return _unless_texture(control, point.tolist())


def _unless_texture(control: Space, point: list[float]) -> tuple[float, ...]:
    """A point; NaN for texture."""
    pairs = zip(control.axes, point, strict=True)
    return tuple(math.nan if axis.kind == "texture" else value for axis, value in pairs)
