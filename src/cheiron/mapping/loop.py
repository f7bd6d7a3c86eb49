"""A trajectory that goes round, and the directions in which it varies."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.circle import round_axes, short_way, turn, unwrapped, wrapped
from cheiron.core.errors import CheironError
from cheiron.core.space import Space

SEAM = 0.05
"""Seconds in which the end of a loop glides into its beginning."""

_NEAR = 0.5  # seconds on either side that count as local
_EVERY = 0.025  # seconds between two places where directions are computed
_CALM = 0.1  # seconds over which directions are smoothed, so that none turns suddenly
_WHOLE = 0.1  # share of the whole trajectory's variance in what is called local
_MOST = 3.0  # an equal step is at most so many times as large as the plain one
_LEAST = 1e-4  # variance of every axis, in its ranges squared: a held sound can be moved too

Rows = NDArray[np.float64]


class Directions:
    """Where a trajectory goes besides straight on: local principal directions, times their spread.

    Around each place the covariance of the control points within half a second (Hann window) is
    taken, each axis counted in its range; its first eigenvectors are the directions. Each keeps
    its order and sign from place to place. Axes called ``loudness`` or of the kind ``texture``
    are left out, and so are axes that are undefined anywhere.

    Where a perceptual metric G is known, the steps are equal to the ear instead: within the plane
    of these directions P they become ``(P G P^T)^{-1/2} P``, so that a gesture of one size is a
    change of one size in every direction and at every place. On the whole they stay as large as
    they were.

    Args:
        control: The control axes.
        rows: Control points, shape ``(frames, axes)``; they go round.
        rate: Frames per second; 0 where the rows have no order: then all of them are local.
        most: How many directions.
        feel: The metric, see :data:`cheiron.mapping.live.Feel`.
    """

    def __init__(
        self,
        control: Space,
        rows: NDArray[Any],
        rate: float,
        most: int = 3,
        feel: Callable[[Rows], Rows | None] | None = None,
    ) -> None:
        rows = np.asarray(rows, dtype=np.float64)
        self.columns = [
            index
            for index, axis in enumerate(control.axes)
            if axis.kind != "texture"
            and axis.name != "loudness"
            and bool(np.isfinite(rows[:, index]).all())
        ]
        """Axes that the directions move, by position."""
        spans = control.high.astype(np.float64) - control.low
        scaled = rows[:, self.columns] / spans[self.columns]
        self._step = max(1, round(_EVERY * rate))
        covariance = _covariance(scaled[:: self._step], rate / self._step)
        found = _followed(*np.linalg.eigh(covariance), most)
        tensors = feel(rows[:: self._step]) if feel is not None else None
        if tensors is not None:
            inner = tensors[:, np.array(self.columns, int)[:, None], self.columns]
            inner = inner * spans[self.columns][:, None] * spans[self.columns]
            found = _equal(found, inner if rate > 0.0 else inner.mean(axis=0, keepdims=True))
        found = _round_smooth(found, _CALM * rate / self._step) * spans[self.columns]
        self._table: list[list[list[float]]] = found.tolist()

    def led(self, phase: float, leads: Sequence[float]) -> list[float]:
        """How far each of ``columns`` is moved.

        Args:
            phase: Place in the trajectory, in frames.
            leads: How far along each direction, in local standard deviations.
        """
        place = phase / self._step
        first = int(place)
        share = place - first
        before = self._table[first % len(self._table)]
        after = self._table[(first + 1) % len(self._table)]
        moved = [0.0] * len(self.columns)
        for lead, one, other in zip(leads, before, after, strict=True):
            if lead != 0.0:
                a, b = lead * (1.0 - share), lead * share
                moved = [m + a * p + b * q for m, p, q in zip(moved, one, other, strict=True)]
        return moved


class Loop:
    """Control points that go round without a seam.

    The last 50 ms glide to the first point, so the length stays as it was and nothing clicks.

    Args:
        control: The control axes.
        rows: One control point for each frame, shape ``(frames, axes)``; NaN is *undefined*.
        rate: Frames per second.
        feel: The perceptual metric, if it is known.

    Raises:
        CheironError: If it holds no frame or the axes do not fit.

    >>> ramp = Loop(Space.of("control", ["a"]), np.arange(100.0)[:, None], rate=100.0)
    >>> ramp.at(10.25), ramp.at(110.25), ramp.at(99.5) == ramp.at(-0.5)
    ([10.25], [10.25], True)
    """

    def __init__(
        self,
        control: Space,
        rows: NDArray[Any],
        rate: float,
        feel: Callable[[Rows], Rows | None] | None = None,
    ) -> None:
        if rows.ndim != 2 or len(rows) == 0 or rows.shape[1] != control.size:
            raise CheironError(
                f"a loop has the shape {rows.shape}; expected at least one row of {control.size} "
                "control axes; make it again with this model and control space."
            )
        closed = _closed(unwrapped(np.asarray(rows, dtype=np.float64), control), control, rate)
        self.directions = Directions(control, _without_turns(closed, control), rate)
        self._round = round_axes(control)
        self._table: list[list[float]] = closed.tolist()

    def __len__(self) -> int:
        return len(self._table)

    def at(self, phase: float) -> list[float]:
        """The control point at a phase in frames; it goes round."""
        first = math.floor(phase)
        share = phase - first
        before = self._table[first % len(self._table)]
        if share == 0.0:
            return self._in_range(before.copy())
        after = self._table[(first + 1) % len(self._table)]
        row = [a + share * (b - a) for a, b in zip(before, after, strict=True)]
        for index, _, period in self._round:
            row[index] = before[index] + share * turn(before[index], after[index], period)
        return self._in_range(row)

    def _in_range(self, row: list[float]) -> list[float]:
        for index, low, period in self._round:
            row[index] = wrapped(row[index], low, period)
        return row


def _closed(rows: Rows, control: Space, rate: float) -> Rows:
    """The rows with their end bent to their beginning."""
    bend = min(round(SEAM * rate), len(rows) // 4)
    rows = rows.copy()
    if bend > 0:
        share = (np.arange(1, bend + 1) / (bend + 1))[:, None]
        share = share * share * (3.0 - 2.0 * share)
        rows[-bend:] += share * short_way(rows[0] - rows[-bend:], control)
    return rows


def _without_turns(rows: Rows, control: Space) -> Rows:
    """Rows whose axes that come round end where they began, by taking whole turns out evenly."""
    turns = rows[-1] - rows[0] - short_way(rows[-1] - rows[0], control)
    return rows - np.linspace(0.0, 1.0, len(rows))[:, None] * np.nan_to_num(turns)


def _covariance(rows: Rows, rate: float) -> NDArray[np.float64]:
    """Local covariance at each row, shape ``(rows, axes, axes)``; at rate 0 that of all."""
    axes = rows.shape[1]
    centred = rows - rows.mean(axis=0)
    whole = centred.T @ centred / len(rows)
    least = _WHOLE * whole + _LEAST * np.eye(axes)
    if rate == 0.0:
        return (whole + least)[None]
    products = (centred[:, :, None] * centred[:, None, :]).reshape(len(rows), -1)
    near = 2.0 * _NEAR * rate
    mean = _round_smooth(centred, near)
    square = _round_smooth(products, near).reshape(-1, axes, axes)
    return square - mean[:, :, None] * mean[:, None, :] + least


def _round_smooth(rows: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """A Hann mean of ``width`` rows along the first axis, which goes round."""
    count = len(rows)
    width = min(width, float(count))
    if width < 2.0:
        return rows
    away = np.minimum(np.arange(count), count - np.arange(count)) / (width / 2)
    window = np.where(away < 1.0, 0.5 + 0.5 * np.cos(np.pi * away), 0.0)
    flat = rows.reshape(count, -1)
    spectrum = np.fft.rfft(flat, axis=0) * np.fft.rfft(window / window.sum())[:, None]
    return np.fft.irfft(spectrum, count, axis=0).reshape(rows.shape)


def _followed(
    variances: NDArray[np.float64], vectors: NDArray[np.float64], most: int
) -> NDArray[np.float64]:
    """The largest directions times their spread, in the order and sense of the place before.

    Args:
        variances: Rising, shape ``(places, axes)``.
        vectors: In columns, shape ``(places, axes, axes)``.
        most: How many.

    Returns:
        Shape ``(places, most, axes)``; zeros where there are fewer axes.
    """
    places, axes = variances.shape
    kept = min(most, axes)
    unit = vectors[:, :, ::-1][:, :, :kept].transpose(0, 2, 1).copy()
    spread = np.sqrt(np.maximum(variances[:, ::-1][:, :kept], 0.0))
    for place in range(1, places):
        alike = unit[place] @ unit[place - 1].T
        order = _matched(np.abs(alike))
        unit[place], spread[place] = unit[place][order], spread[place][order]
        unit[place] *= np.where(alike[order, range(kept)] < 0, -1.0, 1.0)[:, None]
    out = np.zeros((places, most, axes))
    out[:, :kept] = unit * spread[:, :, None]
    return out


def _equal(steps: NDArray[np.float64], tensors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps that are equally large in a metric, in the same planes and about as large as before.

    Args:
        steps: Shape ``(places, directions, axes)``.
        tensors: The metric, shape ``(places, axes, axes)``.
    """
    sizes = np.linalg.norm(steps, axis=2)
    kept = int((sizes.max(axis=0, initial=0.0) > 0.0).sum())
    plain = steps[:, :kept]
    inner = np.matmul(np.matmul(plain, tensors), plain.transpose(0, 2, 1))
    heard = np.sqrt(np.maximum(np.einsum("pkk->pk", inner), 0.0))
    usual = float(heard.mean()) if heard.size else 0.0
    if not usual > 0.0:  # a metric that hears nothing, or numbers that are none
        return steps
    values, vectors = np.linalg.eigh(inner)
    factors = np.minimum(usual / np.sqrt(np.maximum(values, 1e-12)), _MOST)
    roots = np.matmul(vectors * factors[:, None, :], vectors.transpose(0, 2, 1))
    equal = steps.copy()
    equal[:, :kept] = np.matmul(roots, plain)
    return equal


def _matched(alike: NDArray[np.float64]) -> list[int]:
    """For each old direction the new one that is most like it, the best pairs first."""
    left = alike.copy()
    order = [0] * len(alike)
    for _ in order:
        new, old = np.unravel_index(int(left.argmax()), left.shape)
        order[int(old)] = int(new)
        left[new, :] = left[:, old] = -1.0
    return order
