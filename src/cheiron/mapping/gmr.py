"""Gaussian mixture regression: sound as a smooth function of the movement's posture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Take
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.mapping.gaussian import Density, Gaussians, regularised
from cheiron.mapping.taught import Answer, Scales, Taught

Array = NDArray[np.float64]

_MOST_ROWS = 2000  # of all takes; more would slow learning and say nothing new
_SEED = 1


@dataclass(frozen=True)
class GmrConfig:
    """How mixtures are built and learned.

    Args:
        components: Gaussians for each gesture.
        covariance: ``"full"`` or ``"diagonal"``; the latter gives steps instead of slopes.
        absolute: Variance added to each axis, in squared standard deviations of all takes.
        relative: Variance added as a share of the gesture's own.
        iterations: Of expectation and maximisation, at most.
        window: Seconds of movement that decide which gesture it is.
    """

    components: int = 8
    covariance: str = "full"
    absolute: float = 0.005
    relative: float = 0.02
    iterations: int = 30
    window: float = 0.3


@dataclass
class GmrState:
    """What a stream of :class:`GmrMapping` remembers.

    Args:
        score: Log likelihood of each gesture over the window.
    """

    score: Array


class GmrMapping(Taught):
    """One Gaussian mixture of movement and sound for each gesture; the sound is its regression.

    ``y = sum_k beta_k(x) (mu_y + S_yx S_xx^-1 (x - mu_x))`` with ``beta_k(x)`` the share of the
    k-th Gaussian in the density at x, so between what was demonstrated the sound goes smoothly.
    It knows postures, not their order in time; progress is that of the moments that look alike.

    References: Sung, Rice University 2004; Calinon, Guenter, Billard, IEEE Trans. SMC-B 37, 2007;
    Françoise, Bevilacqua, ACM TiiS 8, 2018.

    Args:
        motion: Movement axes that it reads.
        control: Knobs that it writes.
        rate: Frames per second of the stream.
        config: How it learns.
    """

    help: ClassVar[str] = "Sound as a smooth function of posture, from demonstrations."

    def __init__(
        self, motion: Space, control: Space, rate: float, config: GmrConfig | None = None
    ) -> None:
        super().__init__(motion, control, rate)
        self.config = config or GmrConfig()
        if self.config.components < 1 or self.config.covariance not in ("full", "diagonal"):
            raise CheironError(
                f"a mixture of {self.config.components} components with the covariance "
                f"{self.config.covariance!r} cannot be; expected at least 1, full or diagonal."
            )

    def _learn(self, takes: list[Take], scales: Scales) -> None:
        most = max(2, _MOST_ROWS // len(takes))
        fitted = [
            fit_mixture(
                np.concatenate([_rows(t, scales, most) for t in takes if t.name == name]),
                self.config,
            )
            for name in self.names
        ]
        weights, means, covariances = (np.concatenate(parts) for parts in zip(*fitted, strict=True))
        self._owner = np.repeat(np.arange(len(fitted)), [len(f[0]) for f in fitted])
        self._member = (np.arange(len(fitted))[:, None] == self._owner).astype(np.float64)
        self._log_weights = np.log(weights)
        # The last column is the place in time: regressed like a sound, but not part of it.
        self._gaussians = Gaussians(
            means, covariances, self.in_space.size, self.config.covariance == "diagonal"
        )
        self._keep = float(np.exp(-1.0 / (self.config.window * self.rate)))

    def _begin(self) -> GmrState:
        return GmrState(np.zeros(len(self.names)))

    def _answer(self, model: GmrState, x: Array) -> Answer:
        part = self._gaussians.part(x)
        distance = part.density.distance(x[part.seen])
        log = self._log_weights + part.density.constant - 0.5 * distance
        peak = log.max()
        share = np.exp(log - peak)
        own = np.log(self._member @ share + 1e-300) + peak
        model.score = self._keep * model.score + (1.0 - self._keep) * own
        likelihoods = np.exp(model.score - model.score.max())
        likelihoods /= likelihoods.sum()
        share *= likelihoods[self._owner]
        total = share.sum()
        share = share / total if total > 0 else (log == peak) / np.count_nonzero(log == peak)
        y, variance = part.regress(x, share)
        return Answer(
            y[:-1],
            variance[:-1],
            likelihoods,
            float(min(max(y[-1], 0.0), 1.0)),
            float(share @ distance) / len(part.seen),
        )


def fit_mixture(rows: Array, config: GmrConfig) -> tuple[Array, Array, Array]:
    """A mixture of Gaussians by expectation and maximisation, regularised at every step.

    It begins with k-means++ centres (Arthur, Vassilvitskii 2007), seeded, so that the same rows
    give the same mixture.

    Args:
        rows: Shape ``(N, D)``, at least two.
        config: How.

    Returns:
        Weights ``(K,)``, means ``(K, D)`` and covariances ``(K, D, D)``; fewer components than
        asked for where there are not five rows for each.
    """
    count = max(1, min(config.components, len(rows) // 5))
    relative = config.relative * rows.var(axis=0)
    diagonal = config.covariance == "diagonal"
    nearest = ((rows[:, None] - _centres(rows, count)[None]) ** 2).sum(axis=2).argmin(axis=1)
    share = (nearest[:, None] == np.arange(count)).astype(np.float64)
    before = -np.inf
    for _ in range(config.iterations):
        weights, means, covariances = _maximise(rows, share, config.absolute, relative, diagonal)
        log = Density.of(means, covariances, diagonal).log_rows(rows) + np.log(weights)
        peak = log.max(axis=1, keepdims=True)
        share = np.exp(log - peak)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        now = float((peak + np.log(total)).mean())
        if now - before < 1e-4:
            break
        before = now
    return _maximise(rows, share, config.absolute, relative, diagonal)


def _maximise(
    rows: Array, share: Array, absolute: float, relative: Array, diagonal: bool
) -> tuple[Array, Array, Array]:
    total = share.sum(axis=0) + 1e-9
    means = (share.T @ rows) / total[:, None]
    size = rows.shape[1]
    covariances = np.empty((len(total), size, size))
    for k in range(len(total)):
        away = rows - means[k]
        covariances[k] = (share[:, k, None] * away).T @ away / total[k]
    if diagonal:
        covariances *= np.eye(size)
    return total / total.sum(), means, regularised(covariances, absolute, relative)


def _centres(rows: Array, count: int) -> Array:
    random = np.random.default_rng(_SEED)
    centres = [rows[len(rows) // 2]]
    away = ((rows - centres[0]) ** 2).sum(axis=1)
    for _ in range(count - 1):
        total = away.sum()
        chosen = random.choice(len(rows), p=away / total) if total > 0 else 0
        centres.append(rows[chosen])
        away = np.minimum(away, ((rows - centres[-1]) ** 2).sum(axis=1))
    return np.array(centres)


def _rows(take: Take, scales: Scales, most: int) -> Array:
    """A take's movement, sound and place in time, evenly thinned."""
    kept = np.unique(np.linspace(0, len(take.motion) - 1, most).astype(int))
    x = (take.motion[kept] - scales.x_mean) / scales.x_std
    y = (take.target[kept] - scales.y_mean) / scales.y_std
    return np.concatenate([x, y, kept[:, None] / (len(take.motion) - 1)], axis=1)
