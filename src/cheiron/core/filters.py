"""Recursive filters over rows, with explicit state, that hold where a value is missing."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
"""Shape ``(frames, channels)``."""


def alpha_of(tau: float, rate: float) -> float:
    """Coefficient of a one-pole low-pass with time constant ``tau`` seconds at ``rate`` Hz.

    >>> alpha_of(0.0, 100.0)
    1.0
    """
    return 1.0 if tau <= 0 else float(-np.expm1(-1.0 / (tau * rate)))


def hold_missing(last: NDArray[np.float64], x: Rows) -> tuple[NDArray[np.float64], Rows]:
    """Replace NaN by the value before it, channel by channel.

    Args:
        last: What to hold at the start, shape ``(channels,)``; NaN where nothing has come yet.
        x: Shape ``(frames, channels)``.

    Returns:
        The new ``last`` and the rows; NaN is left only before a channel's first value.
    """
    if len(x) and np.isnan(x).any():
        rows = np.concatenate([last[None, :], x])
        index = np.where(np.isnan(rows), 0, np.arange(len(rows))[:, None])
        np.maximum.accumulate(index, axis=0, out=index)
        x = np.take_along_axis(rows, index, axis=0)[1:]
    return (x[-1].copy() if len(x) else last), x


def one_pole(
    state: NDArray[np.float64], x: Rows, alpha: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], Rows]:
    """Exponential smoothing ``y_t = y_{t-1} + alpha_t (x_t - y_{t-1})``.

    It starts on the first value, as if that had always been there.

    Args:
        state: The last output, shape ``(channels,)``; NaN where nothing has come yet.
        x: Shape ``(frames, channels)``; NaN holds the output.
        alpha: In (0, 1]; a scalar, shape ``(channels,)`` or ``(frames, channels)``.

    Returns:
        The new state and the smoothed rows, float64.

    >>> state, y = one_pole(np.array([np.nan]), np.array([[1.0], [np.nan], [0.0]]), 0.5)
    >>> y.ravel().tolist()
    [1.0, 1.0, 0.5]
    """
    steps = np.broadcast_to(np.asarray(alpha, dtype=np.float64), x.shape)
    missing = np.isnan(x)
    waiting = missing & np.isnan(state)
    if waiting.any():  # only before a channel's first value
        waiting &= np.logical_and.accumulate(missing, axis=0)
    y = np.where(missing, 0.0, x)
    steps = np.where(missing, 0.0, steps)
    fresh = np.isnan(state)
    if fresh.any():
        first = y[np.argmax(~missing, axis=0), np.arange(x.shape[1])]
        state = np.where(fresh, first, state)
    for row, step in zip(y, steps, strict=True):
        row -= state
        row *= step
        row += state
        state = row
    if waiting.any():
        y[waiting] = np.nan
    silent = fresh & missing.all(axis=0)
    return np.where(silent, np.nan, state), y
