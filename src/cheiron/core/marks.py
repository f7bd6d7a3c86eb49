"""What the positions of an axis mean in its unit, and back: ``Axis.marks``."""

from bisect import bisect_right
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.space import Axis


def meaning(axis: Axis, values: Any) -> NDArray[np.float64]:
    """Values of an axis in its unit; the values themselves where the axis has no marks.

    Beyond the ends it goes on as it does just before them.

    >>> bright = Axis("centroid", 0.0, 1.0, "Hz", marks=(100.0, 1000.0, 5000.0))
    >>> meaning(bright, [0.0, 0.25, 1.5]).tolist()
    [100.0, 550.0, 9000.0]
    """
    values = np.asarray(values, dtype=np.float64)
    if not axis.marks:
        return values
    return _line(_travel(axis), np.asarray(axis.marks, dtype=np.float64), values)


def position(axis: Axis, meant: Any) -> NDArray[np.float64]:
    """The inverse of :func:`meaning`.

    >>> float(position(Axis("centroid", 0.0, 1.0, "Hz", marks=(100.0, 1000.0, 5000.0)), 550.0))
    0.25
    """
    meant = np.asarray(meant, dtype=np.float64)
    if not axis.marks:
        return meant
    return _line(np.asarray(axis.marks, dtype=np.float64), _travel(axis), meant)


def meaning_of(axis: Axis, value: float) -> float:
    """:func:`meaning` of one number, fast enough for every frame."""
    marks = axis.marks
    if not marks:
        return value
    travel = (value - axis.low) / (axis.high - axis.low) * (len(marks) - 1)
    if travel != travel:  # NaN is not equal to itself
        return travel
    left = min(max(int(travel), 0), len(marks) - 2)
    return marks[left] + (travel - left) * (marks[left + 1] - marks[left])


def position_of(axis: Axis, meant: float) -> float:
    """:func:`position` of one number, fast enough for every frame."""
    marks = axis.marks
    if not marks:
        return meant
    left = min(max(bisect_right(marks, meant) - 1, 0), len(marks) - 2)
    travel = left + (meant - marks[left]) / (marks[left + 1] - marks[left])
    return axis.low + travel / (len(marks) - 1) * (axis.high - axis.low)


def translated(values: Any, given: Axis, wanted: Axis) -> NDArray[np.float64]:
    """Values of one axis as those of another that means the same.

    Axes of one unit agree in what they mean; others in the share of their travel.
    """
    if given.unit == wanted.unit:
        return position(wanted, meaning(given, values))
    share = (np.asarray(values, dtype=np.float64) - given.low) / (given.high - given.low)
    return wanted.low + share * (wanted.high - wanted.low)


def _travel(axis: Axis) -> NDArray[np.float64]:
    return np.linspace(axis.low, axis.high, len(axis.marks))


def _line(x: NDArray[np.float64], y: NDArray[np.float64], at: NDArray[np.float64]) -> Any:
    """Straight from knot to knot; the first and the last stretch go on beyond the ends."""
    index = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    share = (at - x[index]) / (x[index + 1] - x[index])
    return y[index] + share * (y[index + 1] - y[index])
