"""Ranges of motion features from a few seconds of free movement."""

import dataclasses

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space

SHORTEST = 2.0
"""Seconds of free movement that are needed."""

_LOW, _HIGH = 2.0, 98.0  # percentiles; a knock or a dropped sensor is no range
_LEAST = 0.05  # of an axis's usual range; less is noise, and would make every tremor huge


def calibrated(movement: Recording) -> Space:
    """The space of a movement with the ranges that this player uses.

    The ends are the 2nd and 98th percentiles. An axis that hardly moved keeps its usual range;
    one that is never negative by its nature (its usual range begins at 0) still begins at 0.

    Args:
        movement: Features, while somebody moves freely; NaN is passed over.

    Raises:
        CheironError: If it is shorter than ``SHORTEST`` or no axis moves.

    >>> at = np.arange(300) / 100
    >>> wide = Recording(Space.of("m", ["x"]), at, np.sin(9 * at)[:, None] * 5)
    >>> axis = calibrated(wide).axes[0]
    >>> round(axis.low), round(axis.high)
    (-5, 5)
    """
    if movement.duration < SHORTEST:
        raise CheironError(
            f"{movement.duration:.1f} s of movement are too short to calibrate by; expected at "
            f"least {SHORTEST:.0f}, so move freely a little longer."
        )
    axes = [_axis(a, c) for a, c in zip(movement.space.axes, movement.values.T, strict=True)]
    if all(new is old for new, old in zip(axes, movement.space.axes, strict=True)):
        raise CheironError(
            "nothing moved while calibrating; expected free movement, so check the sensor and move."
        )
    return dataclasses.replace(movement.space, axes=tuple(axes))


def _axis(axis: Axis, values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Axis:
    there = values[np.isfinite(values)]
    if not len(there):
        return axis
    low, high = (float(end) for end in np.percentile(there, (_LOW, _HIGH)))
    if axis.low == 0.0:
        low = 0.0
    if high - low < _LEAST * (axis.high - axis.low):
        return axis
    return dataclasses.replace(axis, low=low, high=high, default=min(max(axis.default, low), high))
