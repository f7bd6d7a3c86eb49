"""What the recursive filters of several rooms share."""

import math

import numpy as np
from numpy.typing import NDArray


def alpha_of(tau: float, rate: float) -> float:
    """Coefficient of the one-pole low-pass ``y += alpha (x - y)``.

    Args:
        tau: Time constant in seconds; 0 does not smooth.
        rate: Frames per second.

    Returns:
        A number in (0, 1].

    >>> alpha_of(0.0, 100.0), round(alpha_of(0.1, 100.0), 4)
    (1.0, 0.0952)
    """
    return 1.0 if tau <= 0 else -math.expm1(-1.0 / (tau * rate))


def hold_missing(
    last: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Replace NaN by the value before it, channel by channel.

    Args:
        last: What to hold at the start, shape ``(channels,)``; NaN where nothing has come yet.
        x: Shape ``(frames, channels)``.

    Returns:
        The new ``last`` and the rows; NaN is left only before a channel's first value.

    >>> _, x = hold_missing(np.array([np.nan]), np.array([[np.nan], [1.0], [np.nan]]))
    >>> x.ravel().tolist()
    [nan, 1.0, 1.0]
    """
    if len(x) == 1:  # live: the general way costs ten times as much
        x = np.where(np.isnan(x), last, x)
    elif len(x) and np.isnan(x).any():
        rows = np.concatenate([last[None, :], x])
        index = np.where(np.isnan(rows), 0, np.arange(len(rows))[:, None])
        np.maximum.accumulate(index, axis=0, out=index)
        x = np.take_along_axis(rows, index, axis=0)[1:]
    return (x[-1].copy() if len(x) else last), x
