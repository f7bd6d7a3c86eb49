"""What is asked of a control space: curves for some descriptors, the others as they were."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError

KINDS = ("ramp", "sine", "clip")
"""Straight from one level to another; 0.2 to 1 Hz; the same descriptor of another clip."""

EACH = 4
"""Curves of each descriptor, for each seed and number of descriptors changed at once."""

SMOOTH = 0.1
"""Seconds over which another clip's curve is averaged: no hand moves faster."""

_LOW, _HIGH = 0.05, 0.95  # of a knob's travel: its very ends are the corpus's rarest sounds
_WANDER = 32  # frames from one place to the next: longer than the window that measures
_LEAST_STEP = 0.3  # between the ends of a ramp


@dataclass(frozen=True, eq=False)
class Ask:
    """One task: an excerpt and what is to be heard in its place.

    Args:
        seed: Of the draw, and of the decoder's noise.
        count: How many descriptors are changed.
        excerpt: Which excerpt, by number.
        wanted: Positions in [0, 1], shape ``(frames, K)``; NaN for descriptors not asked for.
    """

    seed: int
    count: int
    excerpt: int
    wanted: NDArray[np.float64]

    @property
    def asked(self) -> NDArray[np.int64]:
        """Columns that are asked for."""
        return np.flatnonzero(np.isfinite(self.wanted[0]))


def draw_asks(
    seed: int,
    count: int,
    curves: Sequence[NDArray[np.float64]],
    rate: float,
    tasks: int = 0,
    swap: bool = False,
) -> tuple[Ask, ...]:
    """Tasks over all excerpts in turn; equal seeds give equal tasks for whoever is judged.

    Which descriptors change is drawn at random among those that were asked for least, so that all
    are asked for about equally often.

    Args:
        seed: Fixes everything.
        count: How many descriptors to change, from 1.
        curves: What each excerpt sounds like unchanged, positions ``(frames, K)``.
        rate: Frames per second.
        tasks: How many; one for each excerpt, or more, so that every descriptor is asked for at
            least :data:`EACH` times, when 0.
        swap: Whether all that changes is taken from one stretch of one other clip, as F-RAVE is
            judged; otherwise each descriptor has a curve of its own.

    Raises:
        CheironError: If there are fewer descriptors than are to be changed.

    >>> ask = draw_asks(0, 2, [np.full((100, 3), 0.5)], 50.0)[0]
    >>> ask.asked.size, ask.wanted.shape
    (2, (100, 3))
    """
    width = curves[0].shape[1]
    if not 1 <= count <= width:
        raise CheironError(
            f"{count} descriptors were to be changed at once, but there are {width}; name "
            "more with --axes."
        )
    rng = np.random.default_rng([seed, count, 1] if swap else [seed, count])
    used = np.zeros(width)
    asks: list[Ask] = []
    for task in range(tasks or max(len(curves), -(-EACH * width // count))):
        index = task % len(curves)
        chosen = np.argsort(used + rng.uniform(0.0, 0.5, width))[:count]
        used[chosen] += 1
        wanted = np.full(curves[index].shape, np.nan)
        others = [c for i, c in enumerate(curves) if i != index]
        if swap:
            other = others[int(rng.integers(len(others)))] if others else curves[index]
            wanted[:, chosen] = _stretch(rng, len(wanted), rate, other[:, chosen])
        else:
            for column in chosen:
                one = [c[:, column] for c in others]
                wanted[:, column] = draw_curve(rng, len(wanted), rate, one)
        asks.append(Ask(seed, count, index, wanted))
    return tuple(asks)


def draw_curve(
    rng: np.random.Generator, frames: int, rate: float, others: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """One curve of a random kind.

    Args:
        rng: Where the draws come from.
        frames: Its length.
        rate: Frames per second.
        others: Curves of the same descriptor in other clips; without any, no ``"clip"`` is drawn.

    Returns:
        Positions in [0, 1], shape ``(frames,)``.
    """
    kind = KINDS[int(rng.integers(len(KINDS) if len(others) else 2))]
    if kind == "clip":
        other = others[int(rng.integers(len(others)))]
        return _stretch(rng, frames, rate, other[:, None])[:, 0]
    if kind == "sine":
        amplitude = rng.uniform(0.15, 0.4)
        centre = rng.uniform(_LOW + amplitude, _HIGH - amplitude)
        cycles = rng.uniform(0.2, 1.0) * np.arange(frames) / rate + rng.uniform()
        return centre + amplitude * np.sin(2 * np.pi * cycles)
    start = rng.uniform(_LOW, _HIGH)
    # Evenly among what is far enough from the start.
    below, above = max(0.0, start - _LEAST_STEP - _LOW), max(0.0, _HIGH - start - _LEAST_STEP)
    at = rng.uniform(0.0, below + above)
    end = _LOW + at if at < below else start + _LEAST_STEP + at - below
    return np.linspace(start, end, frames)


def draw_wander(seed: Sequence[int], shape: tuple[int, ...], column: int) -> NDArray[np.float64]:
    """One descriptor from random place to random place, so that it soon has been everywhere.

    Args:
        seed: Fixes it.
        shape: Frames and K.
        column: Which descriptor.

    Returns:
        Positions, shape ``(frames, K)``; NaN in all other columns.
    """
    frames = shape[0]
    points = np.random.default_rng(seed).uniform(_LOW, _HIGH, frames // _WANDER + 2)
    wanted = np.full(shape, np.nan)
    wanted[:, column] = np.interp(np.arange(frames) / _WANDER, np.arange(len(points)), points)
    return wanted


def smoothed(curve: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Running mean over what is finite around each frame; NaN where nothing is.

    Args:
        curve: Shape ``(frames,)``.
        frames: Length of the mean.

    >>> smoothed(np.array([0.0, 3.0, np.nan, 6.0]), 3).tolist()
    [1.5, 1.5, 4.5, 6.0]
    """
    known = np.isfinite(curve)
    box = np.ones(max(1, frames))
    counts = np.convolve(known.astype(np.float64), box, mode="full")
    sums = np.convolve(np.where(known, curve, 0.0), box, mode="full")
    start = (len(box) - 1) // 2
    near, total = counts[start:][: len(curve)], sums[start:][: len(curve)]
    return np.where(near > 0.5, total / np.maximum(near, 1.0), np.nan)


def _stretch(
    rng: np.random.Generator, frames: int, rate: float, other: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A stretch of other curves ``(n, K)``; forwards and backwards in turn where it is short."""
    start = int(rng.integers(2 * len(other)))
    rows = (start + np.arange(frames)) % (2 * len(other))
    columns = [_whole(smoothed(column, round(SMOOTH * rate))) for column in other.T]
    return np.stack([np.concatenate([c, c[::-1]])[rows] for c in columns], axis=1)


def _whole(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve without gaps, in [0, 1]; the middle where nothing is known."""
    known = np.isfinite(curve)
    if not known.any():
        return np.full(len(curve), 0.5)
    place = np.arange(len(curve))
    return np.clip(np.interp(place, place[known], curve[known]), 0.0, 1.0)
