"""Figures of control from what was heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.studio.bench.control_curves import SMOOTH, smoothed
from cheiron.studio.bench.control_trial import Heard
from cheiron.training.disentanglement import mean_known, spearman

_LEAST_SPREAD = 0.03  # of a target curve, below which following it within one clip means nothing
_LEAST_FRAMES = 20


@dataclass(frozen=True, eq=False)
class Scores:
    """Figures of one subject, one number of changed descriptors and one seed.

    Every array has one entry for each descriptor; NaN where it was never asked for (or always).

    Args:
        pearson: Between target and measured curve, over the frames of all clips together.
        spearman: The same by ranks.
        within: Pearson of each curve by itself, averaged; what a knob does while it is turned.
        slow: ``pearson`` with both curves averaged over 0.1 s: without the flutter that noise has
            from window to window, which no knob can make or take away.
        l1: Mean absolute difference of target and measured position.
        leak: Mean absolute change of position where the descriptor was not asked for.
        distance: Spectral distance to the originals over that of the unchanged decoding.
        again: Spectral distance to the model's own reconstruction over the same for the unchanged.
        undefined: Share of the frames asked for in which nothing could be measured.
    """

    pearson: NDArray[np.float64]
    spearman: NDArray[np.float64]
    within: NDArray[np.float64]
    slow: NDArray[np.float64]
    l1: NDArray[np.float64]
    leak: NDArray[np.float64]
    distance: float
    again: float
    undefined: float

    def results(self, names: Sequence[str]) -> dict[str, float]:
        """Means, then every descriptor's own, by flat names."""
        found = {"distance_ratio": self.distance, "own_distance_ratio": self.again}
        found["undefined"] = self.undefined
        for metric in CURVES:
            values: NDArray[np.float64] = getattr(self, metric)
            found[metric] = mean_known(values)
            found |= {f"{metric}.{n}": float(v) for n, v in zip(names, values, strict=True)}
        return found


CURVES = ("pearson", "spearman", "within", "slow", "l1", "leak")
"""Fields of :class:`Scores` with an entry for each descriptor."""


def scores_of(
    heard: Sequence[Heard],
    before: Mapping[int, NDArray[np.float64]],
    distances: Mapping[int, tuple[float, float]],
    rate: float,
) -> Scores:
    """Figures over some tasks.

    Args:
        heard: What came of them.
        before: Measured positions of the unchanged excerpts, by number, lined up.
        distances: Distances of the unchanged excerpts, by number.
        rate: Frames per second.
    """
    width = heard[0].measured.shape[1]
    wanted = [h.ask.wanted for h in heard]
    got = [h.measured for h in heard]
    was = [before[h.ask.excerpt] for h in heard]
    columns = [_column(k, wanted, got, was, round(SMOOTH * rate)) for k in range(width)]
    usable = [np.isfinite(w) & np.isfinite(b) for w, b in zip(wanted, was, strict=True)]
    asked = sum(int(u.sum()) for u in usable)
    missed = sum(int((u & ~np.isfinite(g)).sum()) for u, g in zip(usable, got, strict=True))
    plain, own = np.mean([distances[h.ask.excerpt] for h in heard], axis=0)
    pearson, ranks, within, slow, l1, leak = np.array(columns).T
    return Scores(
        pearson,
        ranks,
        within,
        slow,
        l1,
        leak,
        float(np.mean([h.distance for h in heard]) / plain),
        float(np.mean([h.again for h in heard]) / own),
        missed / max(asked, 1),
    )


def chance_of(heard: Sequence[Heard]) -> float:
    """Pearson of the same curves with another task's targets: what no control at all would give."""
    width = heard[0].measured.shape[1]
    found: list[float] = []
    for k in range(width):
        own = [h for h in heard if np.isfinite(h.ask.wanted[0, k])]
        if len(own) < 2:
            continue
        others = [*own[1:], own[0]]
        frames = [min(len(a.measured), len(b.measured)) for a, b in zip(own, others, strict=True)]
        wanted = [b.ask.wanted[:n, k] for b, n in zip(others, frames, strict=True)]
        got = [a.measured[:n, k] for a, n in zip(own, frames, strict=True)]
        found.append(pearson_of(np.concatenate(wanted), np.concatenate(got)))
    return mean_known(np.array(found))


def pearson_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Correlation where both are finite; 0 if only ``y`` stands still, NaN if ``x`` does."""
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < _LEAST_FRAMES:
        return float("nan")
    a, b = x[both] - x[both].mean(), y[both] - y[both].mean()
    sizes = float(a @ a), float(b @ b)
    if sizes[0] <= 0:
        return float("nan")
    return float(a @ b) / float(np.sqrt(sizes[0] * sizes[1])) if sizes[1] > 0 else 0.0


def _column(
    k: int,
    wanted: Sequence[NDArray[np.float64]],
    got: Sequence[NDArray[np.float64]],
    was: Sequence[NDArray[np.float64]],
    smooth: int,
) -> tuple[float, ...]:
    """The figures of one descriptor."""
    asked = [i for i, w in enumerate(wanted) if np.isfinite(w[0, k])]
    left = [np.abs(got[i] - was[i])[:, k] for i in range(len(got)) if i not in asked]
    leak = mean_known(np.concatenate(left)) if left else float("nan")
    if not asked:
        return (*[float("nan")] * 5, leak)
    x = [wanted[i][:, k] for i in asked]
    y = [got[i][:, k] for i in asked]
    whole, heard = np.concatenate(x), np.concatenate(y)
    alone = [pearson_of(a, b) for a, b in zip(x, y, strict=True) if a.std() > _LEAST_SPREAD]
    slow = [np.concatenate([smoothed(part, smooth) for part in parts]) for parts in (x, y)]
    return (
        pearson_of(whole, heard),
        spearman(whole, heard),
        mean_known(np.array(alone)),
        pearson_of(slow[0], slow[1]),
        mean_known(np.abs(whole - heard)),
        leak,
    )
