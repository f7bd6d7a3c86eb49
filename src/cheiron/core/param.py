"""A controllable number, declared once."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cheiron.core.errors import CheironError

Curve = Literal["linear", "exp"]


@dataclass(frozen=True)
class Param:
    """A controllable number: knob, OSC address, MIDI map, CLI option and manifest derive from it.

    Args:
        name: Identifier, unique within its owner.
        unit: Unit for people, such as ``"Hz"``, ``"dB"``; empty when it has none.
        low: Smallest value.
        high: Largest value, above ``low``.
        default: Value at rest, within the range.
        curve: How a knob's travel in [0, 1] covers the range: ``"linear"``, or ``"exp"`` for
            equal ratios (needs ``low > 0``).
        help: One sentence for people.

    Raises:
        CheironError: If the range is empty, the default lies outside it or the curve cannot apply.

    >>> cutoff = Param("cutoff", "Hz", 20.0, 20000.0, 1000.0, "exp", "Low-pass corner.")
    >>> round(cutoff.from_unit(0.5), 1)
    632.5
    >>> round(cutoff.to_unit(632.5), 2)
    0.5
    """

    name: str
    unit: str
    low: float
    high: float
    default: float
    curve: Curve = "linear"
    help: str = ""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise CheironError(
                f"parameter {self.name!r} has the range [{self.low}, {self.high}]; "
                "expected two finite numbers, the first one smaller."
            )
        if not self.low <= self.default <= self.high:
            raise CheironError(
                f"parameter {self.name!r} has the default {self.default}, "
                f"outside its range [{self.low}, {self.high}]."
            )
        if self.curve not in ("linear", "exp"):
            raise CheironError(
                f"parameter {self.name!r} has the curve {self.curve!r}; expected 'linear' or 'exp'."
            )
        if self.curve == "exp" and self.low <= 0:
            raise CheironError(
                f"parameter {self.name!r} has an exponential curve from {self.low}; "
                "an exponential curve needs a lower end above zero."
            )

    def from_unit(self, position: float) -> float:
        """Value at a knob position in [0, 1]; positions outside are clipped."""
        u = min(max(position, 0.0), 1.0)
        if self.curve == "exp":
            return float(self.low * (self.high / self.low) ** u)
        return float(self.low + (self.high - self.low) * u)

    def to_unit(self, value: float) -> float:
        """Knob position in [0, 1] of a value; values outside the range are clipped."""
        v = min(max(value, self.low), self.high)
        if self.curve == "exp":
            return float(np.log(v / self.low) / np.log(self.high / self.low))
        return float((v - self.low) / (self.high - self.low))
