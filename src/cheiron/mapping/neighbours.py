"""Neighbours with kernel interpolation: what sounded when the movement was like this?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Take
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.mapping.taught import Answer, Scales, Taught

Array = NDArray[np.float64]

_NOISE = 0.3  # standard deviations within which two moments of movement are alike


@dataclass(frozen=True)
class NeighboursConfig:
    """How neighbours are found and mixed.

    Args:
        neighbours: How many moments speak.
        most: Moments that are kept in all; longer demonstrations are thinned evenly.
        window: Seconds of movement that decide which gesture it is.
    """

    neighbours: int = 8
    most: int = 4000
    window: float = 0.3


@dataclass
class NeighboursState:
    """What a stream of :class:`NeighboursMapping` remembers.

    Args:
        score: Share of each gesture among the neighbours, over the window.
    """

    score: Array


class NeighboursMapping(Taught):
    """The k nearest moments of all demonstrations, their sounds mixed by a kernel.

    ``y = sum_i w_i y_i``, ``w_i = exp(-d_i^2 / 2 h^2)`` with h the distance to the k-th neighbour
    (but never less than what noise makes), less what the farthest has, so that neighbours come and
    go without a jump. Simple, exact on what was shown, and deaf to time.

    References: Nadaraya, Theory Prob. Appl. 9, 1964; Watson, Sankhya A 26, 1964.

    Args:
        motion: Movement axes that it reads.
        control: Knobs that it writes.
        rate: Frames per second of the stream.
        config: How many speak.
    """

    help: ClassVar[str] = "What sounded when the movement was most like this."

    def __init__(
        self, motion: Space, control: Space, rate: float, config: NeighboursConfig | None = None
    ) -> None:
        super().__init__(motion, control, rate)
        self.config = config or NeighboursConfig()
        if self.config.neighbours < 1:
            raise CheironError(
                f"{self.config.neighbours} neighbours cannot speak; expected at least 1."
            )

    def _learn(self, takes: list[Take], scales: Scales) -> None:
        most = max(2, self.config.most // len(takes))
        x: list[Array] = []
        y: list[Array] = []
        places: list[Array] = []
        owners: list[int] = []
        for take in takes:
            kept = np.unique(np.linspace(0, len(take.motion) - 1, most).astype(int))
            x.append((take.motion[kept] - scales.x_mean) / scales.x_std)
            y.append((take.target[kept] - scales.y_mean) / scales.y_std)
            places.append(kept / (len(take.motion) - 1))
            owners += [self.names.index(take.name)] * len(kept)
        self._x, self._y = np.concatenate(x), np.concatenate(y)
        self._norms = (self._x**2).sum(axis=1)
        self._places, self._owners = np.concatenate(places), np.array(owners)
        self._nth = min(self.config.neighbours, len(self._x) - 1)
        self._keep = float(np.exp(-1.0 / (self.config.window * self.rate)))

    def _begin(self) -> NeighboursState:
        count = len(self.names)
        return NeighboursState(np.full(count, 1.0 / count))

    def _answer(self, model: NeighboursState, x: Array) -> Answer:
        there = ~np.isnan(x)
        if there.all():
            away = self._norms - 2.0 * (self._x @ x) + x @ x
        else:
            away = ((self._x[:, there] - x[there]) ** 2).sum(axis=1)
        near = np.argpartition(away, self._nth)[: self._nth + 1]
        square = np.maximum(away[near], 0.0)
        farthest = float(square.max())
        width = max(farthest, _NOISE**2 * int(there.sum()))
        # At the farthest, which is the next to leave, the weight is nothing.
        weights = np.exp(-2.0 * square / width) - np.exp(-2.0 * farthest / width) + 1e-9
        weights /= weights.sum()
        y = weights @ self._y[near]
        variance = weights @ (self._y[near] - y) ** 2
        counts = np.bincount(self._owners[near], weights, minlength=len(self.names))
        model.score = self._keep * model.score + (1.0 - self._keep) * counts
        likelihoods = model.score / model.score.sum()
        own = weights * (self._owners[near] == int(likelihoods.argmax()))
        progress = float(own @ self._places[near]) / float(own.sum()) if own.sum() > 0 else 0.0
        # One moment stands for a neighbourhood as wide as two takes of a gesture lie apart.
        distance = float(weights @ square) / int(there.sum())
        return Answer(y, variance, likelihoods, progress, distance / _NOISE)
