"""Hidden Markov models of gestures: which one is it, how far is it, what sounds there."""

import dataclasses
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Take
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.mapping.following import Following, Places
from cheiron.mapping.gaussian import Gaussians, Part
from cheiron.mapping.hmm_chains import ChainConfig, Chains, learn
from cheiron.mapping.taught import Answer, Scales, Taught, refuse_still

Array = NDArray[np.float64]


@dataclass(frozen=True)
class HmmConfig(ChainConfig):
    """How a model of gestures listens, besides how its chains are learned.

    Args:
        window: Seconds of movement that decide which gesture it is.
        temper: Weight of a chain frame's evidence; neighbouring frames say much the same.
        certainty: Share of that evidence that gestures are weighed by; neighbouring frames agree,
            so with all of it one gesture soon speaks alone.
        again: Probability, in one chain frame, that a gesture that is over begins again.
        lost: Probability, in one chain frame, that the player is anywhere in a gesture.
        follow: Weight of a chain frame's evidence while takes are followed; 0: only the chains say
            where in a gesture the hand is.
        agree: Share of what following says by which gestures are weighed.
    """

    window: float = 1.0
    temper: float = 0.5
    certainty: float = 0.1
    again: float = 0.1
    lost: float = 1e-4
    follow: float = 0.01
    agree: float = 1.5


@dataclass
class HmmState:
    """What a stream of :class:`HmmMapping` remembers.

    Args:
        alpha: Normalised forward variable, shape ``(C, S)``; ``(C * S,)`` where all chains are
            one.
        score: Log likelihood of each chain over the window, shape ``(C,)``.
        places: Where in the takes the hand is; None where they are not followed.
        likelihoods: Of each gesture.
    """

    alpha: Array
    score: Array
    places: Places | None = None
    likelihoods: Array = field(default_factory=lambda: np.zeros(0))


class HmmMapping(Taught):
    """Recognises, follows and sounds gestures: a hidden Markov chain each, and its regression.

    All chains step together: ``alpha_t = b(x_t) * (alpha_{t-1} A)``, scaled to sum 1 in each chain;
    the logarithms of the scales, over a leaking window, say which gesture it is. Where in it the
    hand is, and so what sounds, is said by :class:`~cheiron.mapping.following.Following` of the
    takes; where that is off, and for textures, the sound is ``sum_k alpha_k E[y | x, k]`` over the
    states of all gestures, each weighted with its likelihood. Chains that were learned at 50 frames
    a second play at any rate: the probabilities of moving on and the evidence of a frame are those
    of the time that it lasts.

    References: Rabiner: "A tutorial on hidden Markov models", Proc. IEEE 77, 1989; Françoise,
    Bevilacqua: "Motion-sound mapping through interaction", ACM TiiS 8, 2018.

    Args:
        motion: Movement axes that it reads.
        control: Knobs that it writes.
        rate: Frames per second of the stream.
        config: How it learns and listens.
    """

    help: ClassVar[str] = "Follow a gesture in time: it sounds like its demonstration."
    timed: ClassVar[bool] = True

    def __init__(
        self, motion: Space, control: Space, rate: float, config: HmmConfig | None = None
    ) -> None:
        super().__init__(motion, control, rate)
        self.config = config or HmmConfig()
        _check_config(self.config)

    def _check(self, take: Take) -> None:
        super()._check(take)
        refuse_still(take)
        if len(take.motion) < 2 * self.rate / self.config.pace + 2:
            raise CheironError(
                f"the demonstration {take.name!r} lasts {len(take.motion) / self.rate:.2f} s; "
                f"expected at least {3 / self.config.pace:.2f} s, so record it again and move."
            )

    def _learn(self, takes: list[Take], scales: Scales) -> None:
        rows = [_paced(_joint(take, scales), self.rate, self.config.pace) for take in takes]
        owners = [self.names.index(take.name) for take in takes]
        # States that no take stays in for two frames could only memorise.
        states = max(2, min(self.config.states, min(map(len, rows)) // 2))
        config = dataclasses.replace(self.config, states=states)
        self.chains = learn(rows, owners, config)
        self._prepare(self.chains)
        joint = [_joint(take, scales) for take in takes]
        self._following = self._follow(joint, owners, self.chains)

    def _follow(self, rows: list[Array], owners: list[int], chains: Chains) -> Following | None:
        """What follows the takes themselves; None for textures, which have no course."""
        if self.config.follow <= 0.0 or self.config.topology == "ergodic":
            return None
        inputs = self.in_space.size
        covariance = chains.covariances[:, :, :inputs, :inputs].mean(axis=(0, 1))
        weight = self.config.follow * self.config.pace / self.rate
        return Following(rows, owners, inputs, covariance, chains.places, self.rate, weight)

    def _prepare(self, chains: Chains) -> None:
        count, states, size = chains.means.shape
        self._gaussians = Gaussians(
            chains.means.reshape(-1, size),
            chains.covariances.reshape(-1, size, size),
            self.in_space.size,
            self.config.covariance == "diagonal",
        )
        step = self.config.pace / self.rate
        self._weight = self.config.temper * step
        self._move = self._moves(chains, step)
        self._keep = float(np.exp(-1.0 / (self.config.window * self.rate)))
        self._shape = (count, states)

    def _moves(self, chains: Chains, step: float) -> Array:
        """Transitions of one frame of the stream, shape ``(C, S, S)``."""
        move = chains.move.copy()
        if self.config.topology != "ergodic":
            move[:, -1] *= 1.0 - self.config.again
            move[:, -1, 0] += self.config.again
        move = (1.0 - self.config.lost) * move + self.config.lost / move.shape[1]
        return slower(move, step)

    def _begin(self) -> HmmState:
        count = self._shape[0]
        places = self._following.init() if self._following else None
        return HmmState(
            self.chains.start.copy(), np.zeros(count), places, np.full(count, 1.0 / count)
        )

    def _answer(self, model: HmmState, x: Array) -> Answer:
        part = self._gaussians.part(x)
        distance = part.density.distance(x[part.seen])
        log = self._weight * (part.density.constant - 0.5 * distance).reshape(self._shape)
        peak = log.max(axis=1, keepdims=True)
        ahead = np.matmul(model.alpha[:, None], self._move)[:, 0] * np.exp(log - peak)
        total = ahead.sum(axis=1, keepdims=True)
        model.alpha = ahead / total
        fit = self.config.certainty * (np.log(total) + peak)[:, 0]
        following, places = self._following, model.places
        if following and places:
            agreed = following.step(places, x, model.likelihoods, model.alpha)
            fit += self.config.agree * agreed
        model.score = self._keep * model.score + fit
        likelihoods = np.exp(model.score - model.score.max())
        model.likelihoods = likelihoods = likelihoods / likelihoods.sum()
        weights = (likelihoods[:, None] * model.alpha).ravel()
        if following and places:
            y, variance, progress = following.sound(places, likelihoods)
            far = float(weights @ distance) / len(part.seen)
            return Answer(y, variance, likelihoods, progress, far)
        return self._say(part, x, weights, likelihoods, distance)

    def _say(
        self, part: Part, x: Array, weights: Array, likelihoods: Array, distance: Array
    ) -> Answer:
        y, variance = part.regress(x, weights)
        best = int(likelihoods.argmax())
        alpha = weights.reshape(self._shape)[best]
        progress = float(alpha @ self.chains.places[best] / max(alpha.sum(), 1e-300))
        return Answer(
            y, variance, likelihoods, progress, float(weights @ distance) / len(part.seen)
        )


def slower(move: Array, step: float) -> Array:
    """Transitions of a frame that lasts ``step`` frames of the chains, at most one.

    What leaves a state in a chain's frame leaves it in ``1 / step`` frames of the stream.
    """
    eye = np.eye(move.shape[-1])
    return eye + min(step, 1.0) * (move - eye)


def _joint(take: Take, scales: Scales) -> Array:
    x = (take.motion - scales.x_mean) / scales.x_std
    y = (take.target - scales.y_mean) / scales.y_std
    return np.concatenate([x, y], axis=1)


def _paced(rows: Array, rate: float, pace: float) -> Array:
    """Rows on the chains' own clock: means over its frames, so that nothing is left out."""
    if rate <= pace:
        return rows
    edges = np.arange(0, len(rows), rate / pace).astype(int)
    sums = np.add.reduceat(rows, edges, axis=0)
    return sums / np.diff(np.append(edges, len(rows)))[:, None]


def _check_config(config: ChainConfig) -> None:
    if config.states < 2 or config.topology not in ("left-right", "ergodic"):
        raise CheironError(
            f"a chain of {config.states} states and the topology {config.topology!r} cannot be; "
            "expected at least 2 states, and left-right or ergodic."
        )
    if config.covariance not in ("diagonal", "full"):
        raise CheironError(
            f"there is no covariance {config.covariance!r}; expected diagonal or full."
        )
