"""How a hand has moved, wherever the recording was cut: what repeated movements are known by.

A figure that is drawn once has a beginning and an end (:mod:`cheiron.features.drawing`). An
exercise, a swing or a stir has none: what stays is how the hand was held, how much each axis moved
and how fast, and which axes moved together.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.features.drawing import on_grid, smooth
from cheiron.features.motion_inertial import family

Array = NDArray[np.float64]

_RATE = 50.0  # frames per second of the inner clock
_G = 9.81  # m/s²
_TURN = 5.0  # rad/s that weigh as much as one g
_FLOOR = np.repeat([0.02, 0.1], 3)  # g and rad/s; less is stillness
_STILL = 0.01  # of all movement, of the covariance
_QUANTILES = np.linspace(0.05, 0.95, 7)
_BANDS = np.array([0.2, 0.4, 0.6, 0.9, 1.3, 1.9, 2.8, 4.0, 6.0, 9.0])  # Hz
_LONGEST = 150  # frames of one repetition
_CHANGED = 0.2  # correlation below which a movement has become another


@dataclass(frozen=True, eq=False)
class Movement:
    """One gesture as a movement that goes on.

    Axes are three of acceleration and three of turning; those without a sensor are still.

    Args:
        together: Logarithm of the covariance of all axes, as a share of all movement; ``(6, 6)``.
        held: Quantiles of acceleration, in g, gravity included where it was measured; ``(7, 3)``.
        spread: Logarithm of each axis's standard deviation; ``(6,)``.
        tempo: Logarithm of the power of each axis in nine bands, as a share of all; ``(54,)``.
        again: How exactly the turning comes again, a correlation: near 1 for repetitions, 0 where
            nothing does; within the gesture, so of at most half its length.
    """

    together: Array
    held: Array
    spread: Array
    tempo: Array
    again: float


def move(recording: Recording) -> Movement:
    """The movement in a recording, rests and all.

    Args:
        recording: Raw sensor axes: a gyroscope, better an accelerometer too; rad/s and m/s².

    Raises:
        CheironError: If there is no gyroscope, or it is shorter than half a second.
    """
    turns = family(recording.space, "gyroscope")
    if len(turns) != 3 or recording.duration < 0.5:
        raise CheironError(
            f"a movement of {recording.duration:.1f} s with {', '.join(recording.space.names[:8])} "
            "cannot be followed; expected at least half a second with a gyroscope's three axes."
        )
    grid = np.arange(0.0, recording.duration, 1 / _RATE) + recording.times[0]
    turning = on_grid(grid, recording, turns)
    pushes = family(recording.space, "accelerometer")
    if len(pushes) != 3:
        pushes = family(recording.space, "linear_acceleration")
    pushed = on_grid(grid, recording, pushes) / _G if len(pushes) == 3 else 0.0 * turning
    raw = np.concatenate([pushed, turning], axis=1)
    clean = smooth(raw, 2)
    return Movement(
        _together(clean),
        np.quantile(clean[:, :3], _QUANTILES, axis=0),
        np.log(clean.std(axis=0) + _FLOOR),
        np.concatenate([_tempo(clean[:, :3]), _tempo(clean[:, 3:])]),
        _again(clean[:, 3:]),
    )


def unsigned(together: Array) -> Array:
    """``Movement.together`` without the signs between axes, so that a left hand does as a right.

    >>> unsigned(np.array([[-1.0, -0.5], [-0.5, -2.0]])).tolist()
    [[-1.0, 0.5], [0.5, -2.0]]
    """
    diagonal = np.eye(together.shape[-1], dtype=bool)
    return np.where(diagonal, together, np.abs(together))


def _together(x: Array) -> Array:
    """A matrix logarithm, in which covariances lie as far apart as they differ."""
    moved = (x - x.mean(axis=0)) / np.repeat([1.0, _TURN], 3)
    covariance = moved.T @ moved
    share = covariance / max(float(np.trace(covariance)), 1e-12)
    values, vectors = np.linalg.eigh(share + _STILL * np.eye(6))
    return (vectors * np.log(np.maximum(values, 0.5 * _STILL))) @ vectors.T


def _tempo(x: Array) -> Array:
    window = np.hanning(len(x))[:, None]
    size = max(512, len(x))
    power = np.abs(np.fft.rfft((x - x.mean(axis=0)) * window, size, axis=0)) ** 2
    hertz = np.fft.rfftfreq(size, 1 / _RATE)
    bands = [power[(hertz >= a) & (hertz < b)].sum(axis=0) for a, b in pairwise(_BANDS)]
    table = np.stack(bands)
    return np.log(table / max(float(table.sum()), 1e-12) + 1e-3).ravel()


def _again(turning: Array) -> float:
    """The best correlation with itself later on, once it has become another movement."""
    count = len(turning)
    power = (turning**2).sum(axis=1)
    found: list[float] = []
    for lag in range(min(count // 2, _LONGEST)):
        both = float(power[lag:].sum() * power[: count - lag].sum())
        same = float((turning[lag:] * turning[: count - lag]).sum())
        found.append(same / max(np.sqrt(both), 1e-9))
    other = np.flatnonzero(np.array(found) < _CHANGED)
    return max(0.0, *found[int(other[0]) :]) if len(other) else 0.0
