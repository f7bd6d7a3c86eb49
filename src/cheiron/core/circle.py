"""Numbers that come round: angles and phases, whose ends are one place."""

import numpy as np
from numpy.typing import NDArray

from cheiron.core.space import Axis, Space


def turn(start: float, end: float, period: float) -> float:
    """The short way from one value to another; simply their difference where ``period`` is 0.

    >>> turn(359.0, 1.0, 360.0), turn(1.0, 359.0, 360.0), turn(1.0, 359.0, 0.0)
    (2.0, -2.0, 358.0)
    """
    way = end - start
    return (way + period / 2) % period - period / 2 if period else way  # NaN stays NaN


def wrapped(value: float, low: float, period: float) -> float:
    """The same place within ``[low, low + period)``; the value itself where ``period`` is 0.

    >>> wrapped(361.0, 0.0, 360.0), wrapped(-181.0, -180.0, 360.0), wrapped(5.0, 0.0, 0.0)
    (1.0, 179.0, 5.0)
    """
    return low + (value - low) % period if period else value


def within(axis: Axis, value: float) -> float:
    """A value brought into the range of an axis: round where it comes round, else to the end.

    >>> within(Axis("phase", 0.0, 360.0, period=360.0), 370.0), within(Axis("x"), 7.0)
    (10.0, 1.0)
    """
    if axis.period:
        return wrapped(value, axis.low, axis.period)
    return min(max(value, axis.low), axis.high)


def round_axes(space: Space) -> tuple[tuple[int, float, float], ...]:
    """The axes that come round: position, low end and period of each."""
    return tuple((i, a.low, a.period) for i, a in enumerate(space.axes) if a.period)


def short_way(step: NDArray[np.float64], space: Space) -> NDArray[np.float64]:
    """Differences of rows, the short way on axes that come round.

    Args:
        step: Shape ``(…, space.size)``.
        space: What the rows mean.
    """
    if not any(axis.period for axis in space.axes):
        return step
    period = np.array([axis.period or np.inf for axis in space.axes])
    whole = np.array([axis.period for axis in space.axes])
    return step - whole * np.round(step / period)


def unwrapped(rows: NDArray[np.float64], space: Space) -> NDArray[np.float64]:
    """Rows whose axes that come round go on beyond their ends instead of jumping.

    >>> ring = Space("control", (Axis("phase", 0.0, 360.0, period=360.0),))
    >>> unwrapped(np.array([[350.0], [10.0], [350.0]]), ring).ravel().tolist()
    [350.0, 370.0, 350.0]
    """
    if len(rows) < 2 or not any(axis.period for axis in space.axes):
        return rows
    steps = short_way(np.diff(rows, axis=0), space)
    return np.concatenate([rows[:1], rows[:1] + np.cumsum(steps, axis=0)])
