"""Geodesics refined: a spline whose curve energy is as small as it gets."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic import Atlas, Path, straight
from cheiron.control.geometry_metric import Metric

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

_CONTROLS = 14  # control points of the spline, the two ends among them
_SAMPLES = 97  # points on the curve while it is refined
_ROUNDS = 200
_RATE = 0.03  # standard deviations a control point may move in a round, at first
_STEPS = 129


def refined(atlas: Atlas, a: NDArray[np.floating], b: NDArray[np.floating]) -> Path:
    """The geodesic between two points; takes about half a second.

    A cubic B-spline starts from the shortest way over the graph, and once more from the straight
    line; Adam lowers ``sum |W^1/2 (phi(x_{i+1}) - phi(x_i))|^2 + beta h |x_{i+1} - x_i|^2``, and
    the better curve is kept. No Jacobian is needed.

    Args:
        atlas: Where to look.
        a: Where it begins, shape ``(D,)``.
        b: Where it ends.

    Returns:
        The path at constant perceptual speed as the surrogate has it.

    Raises:
        CheironError: As :meth:`Atlas.path`.
    """
    live = atlas.path(a, b)
    if len(live.points) <= 2:
        return live
    metric = atlas.metric
    seeds = [live.at(np.linspace(0, 1, _SAMPLES)), straight(a, b, _SAMPLES).points]
    curves = [_descend(metric, seed) for seed in seeds]
    curves.append(seeds[0])
    curves = [c for c in curves if not metric.blocked(c).any()] or [live.points]
    best = min(curves, key=lambda curve: energy(metric, curve)[0])
    phi = metric.surrogate(best)
    length = float(np.linalg.norm(np.diff(phi, axis=0), axis=1).sum())
    paced = Path(best, np.linspace(0, 1, len(best)), length).paced(phi)
    even = paced.at(np.linspace(0.0, 1.0, _STEPS))
    return Path(even, np.linspace(0.0, 1.0, _STEPS), length).paced(metric.surrogate(even))


def energy(metric: Metric, curve: Points) -> tuple[float, Points]:
    """Curve energy and its gradient by the curve's points.

    Args:
        metric: The metric.
        curve: Points at equal steps of the travel, shape ``(count, D)``.
    """
    parts = len(curve) - 1
    phi = metric.surrogate(curve)
    heard = np.diff(phi, axis=0)
    steps = np.diff(curve, axis=0)
    middles = 0.5 * (curve[1:] + curve[:-1])
    shy, slope = metric.reluctance_gradient(middles)
    squares = (steps * steps).sum(axis=1)
    value = parts * float((heard * heard).sum() + (shy * squares).sum())
    towards = np.zeros_like(phi)
    towards[1:] += heard
    towards[:-1] -= heard
    gradient = 2.0 * metric.surrogate.pulled(curve, towards)
    push = 2.0 * shy[:, None] * steps
    turn = 0.5 * slope * squares[:, None]
    gradient[1:] += push + turn
    gradient[:-1] += turn - push
    return value, parts * gradient


def _descend(metric: Metric, seed: Points) -> Points:
    """The spline near a curve with less energy; its ends stay."""
    basis, fit = _spline(len(seed), _CONTROLS)
    controls = fit @ seed
    controls[0], controls[-1] = seed[0], seed[-1]
    first = np.zeros_like(controls)
    second = np.zeros_like(controls)
    best, least = seed, energy(metric, seed)[0]
    for turn in range(1, _ROUNDS + 1):
        curve = basis @ controls
        value, slope = energy(metric, curve)
        if value < least:
            best, least = curve, value
        gradient = basis.T @ slope
        gradient[0] = gradient[-1] = 0.0
        first += 0.1 * (gradient - first)
        second += 0.01 * (gradient**2 - second)
        rate = _RATE * 0.5 * (1.0 + np.cos(np.pi * turn / _ROUNDS))
        scale = np.sqrt(second / (1.0 - 0.99**turn)) + 1e-12
        controls = controls - rate * (first / (1.0 - 0.9**turn)) / scale
    return best


@lru_cache(maxsize=4)
def _spline(samples: int, controls: int) -> tuple[Points, Points]:
    """Clamped uniform cubic B-spline: its basis and the least-squares fit to samples."""
    knots = np.concatenate([np.zeros(3), np.linspace(0.0, 1.0, controls - 2), np.ones(3)])
    place = np.linspace(0.0, 1.0, samples)
    basis = ((place[:, None] >= knots[:-1]) & (place[:, None] < knots[1:])).astype(np.float64)
    basis[-1, controls - 1] = 1.0  # the last piece is closed at its end
    for degree in (1, 2, 3):
        span = knots[degree:] - knots[:-degree]
        with np.errstate(divide="ignore", invalid="ignore"):
            left = (place[:, None] - knots[:-degree]) / span
            right = (knots[degree:] - place[:, None]) / span
        left[:, span == 0], right[:, span == 0] = 0.0, 0.0
        basis = left[:, :-1] * basis[:, :-1] + right[:, 1:] * basis[:, 1:]
    fit: Points = np.linalg.pinv(basis).astype(np.float64)
    return basis, fit
