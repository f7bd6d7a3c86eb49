"""The mapping that is made when nobody gives one: effort is loudness, posture is the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.mapping.connection import Connection, Rest

EFFORT = ("gyro_energy", "intensity", "acc_energy", "speed", "activity")
"""What stands for overall effort, best first; the first that the sensors allow is taken."""

POSTURE = (
    ("orientation_pitch", "orientation_roll", "orientation_yaw"),
    ("tilt_pitch", "tilt_roll"),
    ("x", "y", "z"),
    ("position_x", "position_y", "position_z"),
)
"""What stands for how the hand is held, best first; the first group with an axis is taken."""

_QUANTILES = (0.05, 0.95)
_REST = 0.02  # share of an effort axis that counts as standing still (tremor, sensor noise)
_AWAKE = 0.3  # share of the effort range after which nothing is held back
_LEAST_EFFORT = 0.1  # share of an effort axis that the loud end is at least away from rest
_LEAST_TURN = 0.05  # share of a posture axis below which its movement is not blown up


@dataclass(frozen=True)
class Examples:
    """Sounds that the model knows, to learn from which way is loud.

    Args:
        controls: Control points, shape ``(sounds, axes)``.
        loudness: Any rising measure, shape ``(sounds,)``; NaN is left out.
        brightness: The same for what is bright, if it is known.
    """

    controls: NDArray[np.float32]
    loudness: NDArray[np.float32]
    brightness: NDArray[np.float32] | None = None


def automatic(
    features: Recording, control: Space, examples: Examples | None = None
) -> tuple[Connection, ...]:
    """Connections that suit one recording and one control space.

    Overall effort drives what means loudness, its quiet end at rest, so standing still is as
    silent as the model can be. The way the hand is held drives ``pitch``, if there is such an
    axis, and then the next axes in order, the axis that moves most first. Input ranges are the
    recording's own 5 % to 95 % quantiles.

    Args:
        features: The recording's motion features.
        control: The control axes.
        examples: What is known of the model's sounds; without them the first axis is taken for
            loudness where none has that name.

    Returns:
        At least one connection, the loudness first.
    """
    loud, outputs = _loudness_axis(control, examples)
    effort = next((n for n in EFFORT if n in features.space.names), None)
    effort = effort or max(features.space.names, key=lambda n: _travel(features, n))
    low, high = _quantiles(features, effort)
    span = _span(features.space, effort)
    low += _REST * span
    high = max(high, low + _LEAST_EFFORT * span)
    connections = [Connection(effort, loud, (low, high), outputs, smooth=0.05)]
    free = [a.name for a in control.axes if a.kind != "texture" and a.name != loud]
    free.sort(key=lambda name: name != "pitch")  # stable: pitch first, then as they come
    for source, target in zip(_postures(features), free, strict=False):
        low, high = _quantiles(features, source)
        least = _LEAST_TURN * _span(features.space, source)
        if high - low < least:
            low, high = (low + high - least) / 2, (low + high + least) / 2
        connections.append(Connection(source, target, (low, high), smooth=0.05))
    return tuple(connections)


def resting(
    connections: Sequence[Connection], control: Space, examples: Examples | None = None
) -> Rest | None:
    """Where an automatic mapping rests: at the quietest sound the model is known to make.

    Args:
        connections: What :func:`automatic` gave; the first one says what effort is.
        control: The control axes.
        examples: What is known of the model's sounds.

    Returns:
        None where an axis named loudness is silent at its low end (one whose values are positions
        among what the model sounds like need not be), or nothing is known.
    """
    effort = connections[0].inputs
    silent = any(a.name == "loudness" and not a.marks for a in control.axes)
    if silent or examples is None or effort is None:
        return None
    known = np.isfinite(examples.loudness) & np.isfinite(examples.controls).all(axis=1)
    if not known.any():
        return None
    quietest = int(np.argmin(np.where(known, examples.loudness, np.inf)))
    low, high = effort
    awake = (low, low + _AWAKE * (high - low))
    point = tuple(float(value) for value in examples.controls[quietest])
    return Rest(connections[0].source, awake, point)


def _loudness_axis(
    control: Space, examples: Examples | None
) -> tuple[str, tuple[float, float] | None]:
    """The axis that means loudness, and the range from quiet to loud if its own is not it."""
    if "loudness" in control.names:
        return "loudness", None
    if examples is None:
        return control.names[0], None
    known = np.isfinite(examples.loudness) & np.isfinite(examples.controls).all(axis=1)
    points, loudness = examples.controls[known], examples.loudness[known]
    correlation = correlations(points, loudness)
    if not correlation.any():
        return control.names[0], None
    best = int(np.argmax(np.abs(correlation)))
    axis = control.axes[best]
    ends = (axis.low, axis.high)
    return axis.name, ends if correlation[best] >= 0 else (axis.high, axis.low)


def correlations(points: NDArray[np.float32], measure: NDArray[np.float32]) -> NDArray[np.float64]:
    """Correlation of each control axis with a measure; 0 where nothing can be said.

    Args:
        points: Shape ``(sounds, axes)``, all finite.
        measure: Shape ``(sounds,)``, all finite.
    """
    if len(points) < 3 or np.ptp(measure) == 0:
        return np.zeros(points.shape[1])
    points = points.astype(np.float64) - points.mean(axis=0)
    measure = measure.astype(np.float64) - measure.mean()
    norms = np.linalg.norm(points, axis=0) * np.linalg.norm(measure)
    return points.T @ measure / np.where(norms > 0, norms, np.inf)


def _postures(features: Recording) -> Sequence[str]:
    """Posture axes that exist, the one that moves most first."""
    for group in POSTURE:
        names = [name for name in group if name in features.space.names]
        if names:
            return sorted(names, key=lambda n: -_travel(features, n))
    return []


def _travel(features: Recording, name: str) -> float:
    """How far an axis moves, in its own unit."""
    low, high = _quantiles(features, name)
    return high - low


def _span(space: Space, name: str) -> float:
    axis = space.axes[space.index(name)]
    return axis.high - axis.low


def _quantiles(features: Recording, name: str) -> tuple[float, float]:
    """5 % and 95 %; the axis's own rest when nothing is known."""
    column = features.column(name)
    column = column[np.isfinite(column)]
    if len(column) == 0:
        rest = features.space.axes[features.space.index(name)].default
        return rest, rest
    low, high = np.quantile(column, _QUANTILES)
    return float(low), float(high)
