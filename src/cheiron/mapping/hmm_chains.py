"""Hidden Markov chains, one for each gesture: what they are, and how they are learned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.mapping.gaussian import Density, regularised

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ChainConfig:
    """How chains are built and learned.

    Args:
        states: For each gesture.
        topology: ``"left-right"`` for gestures with a beginning and an end, ``"ergodic"`` for
            textures of movement.
        covariance: ``"diagonal"``, or ``"full"`` for a sound that follows the movement inside a
            state too.
        absolute: Variance added to each axis, in squared standard deviations of all takes.
        relative: Variance added as a share of the axis's own variance within the gesture.
        sharing: How many takes the variance that all gestures have in common counts for.
        iterations: Of expectation and maximisation, at most.
        pace: Frames per second of the chains' own clock; time inside a state is counted in these.
        skip: Probability of leaving a state out, left-right.
    """

    states: int = 12
    topology: str = "left-right"
    covariance: str = "diagonal"
    absolute: float = 0.02
    relative: float = 0.1
    sharing: float = 3.0
    iterations: int = 4
    pace: float = 50.0
    skip: float = 0.05


@dataclass(frozen=True, eq=False)
class Chains:
    """C chains of S states on D axes.

    Args:
        start: Probabilities of the first state, shape ``(C, S)``.
        move: Transition probabilities, shape ``(C, S, S)``, rows sum to 1.
        means: Shape ``(C, S, D)``.
        covariances: Shape ``(C, S, D, D)``.
        places: Where each state lies within its gesture, in [0, 1], shape ``(C, S)``.
    """

    start: Array
    move: Array
    means: Array
    covariances: Array
    places: Array


def learn(rows: list[Array], owners: list[int], config: ChainConfig) -> Chains:
    """Learn one chain for each gesture from its takes, all in one batch.

    Left-right chains begin with takes cut into equal parts, ergodic ones with the same cut, then
    Baum and Welch's re-estimation (Rabiner 1989). A gesture seen once says nothing about how much
    takes differ: its variances lean on those that all gestures share.

    Args:
        rows: Takes on the chains' own clock, each ``(frames, D)``, scaled; no NaN.
        owners: Which gesture each is of, 0 to C - 1, each at least once.
        config: How.
    """
    batch = _Batch(rows, owners, config)
    gamma = batch.cut()
    chains = batch.maximise(gamma, batch.first_moves())
    best = -np.inf
    for _ in range(config.iterations):
        gamma, moves, fit = batch.expect(chains)
        chains = batch.maximise(gamma, moves)
        if fit - best < 1e-3 * abs(fit):
            break
        best = fit
    return chains


class _Batch:
    """All takes side by side, padded to one length."""

    def __init__(self, rows: list[Array], owners: list[int], config: ChainConfig) -> None:
        self.config = config
        self.owners = np.array(owners)
        self.count = int(self.owners.max()) + 1
        self.lengths = np.array([len(r) for r in rows])
        self.x = np.zeros((len(rows), int(self.lengths.max()), rows[0].shape[1]))
        for index, row in enumerate(rows):
            self.x[index, : len(row)] = row
        self.there = np.arange(self.x.shape[1]) < self.lengths[:, None]
        self.member = (np.arange(self.count)[:, None] == self.owners).astype(np.float64)
        self.takes = self.member.sum(axis=1)

    def cut(self) -> Array:
        """Responsibilities of equal parts, shape ``(B, T, S)``."""
        part = np.arange(self.x.shape[1]) / self.lengths[:, None] * self.config.states
        hard = part.astype(int).clip(0, self.config.states - 1)
        return (hard[..., None] == np.arange(self.config.states)) * self.there[..., None] * 1.0

    def first_moves(self) -> Array:
        """Expected transitions when each part takes its share of time, shape ``(C, S, S)``."""
        states = self.config.states
        stay = np.maximum(self.member @ self.lengths / self.takes / states, 1.0)
        if self.config.topology == "ergodic":
            moves = np.tile(np.full((states, states), 1.0 / states), (self.count, 1, 1))
            return moves + stay[:, None, None] * np.eye(states)
        moves = (stay[:, None, None] - 1.0) * np.eye(states) + np.eye(states, k=1)
        return moves + self.config.skip * np.eye(states, k=2)

    def maximise(self, gamma: Array, moves: Array) -> Chains:
        """Chains from responsibilities ``(B, T, S)`` and expected transitions ``(C, S, S)``."""
        config, size = self.config, self.x.shape[2]
        weight = np.einsum("cb,bts->cs", self.member, gamma)
        per_take = np.einsum("bts,btd->bsd", gamma, self.x)
        means = (
            np.einsum("cb,bsd->csd", self.member, per_take) / np.maximum(weight, 1e-9)[..., None]
        )
        means = np.where(weight[..., None] > 1e-6, means, self._mean()[:, None])
        square = np.empty((self.count, config.states, size, size))
        spread = np.empty((self.count, size))
        for c in range(self.count):
            own = np.flatnonzero(self.owners == c)
            flat = np.concatenate([self.x[b, : self.lengths[b]] for b in own])
            share = np.concatenate([gamma[b, : self.lengths[b]] for b in own])
            spread[c] = flat.var(axis=0)
            for s in range(config.states):
                away = flat - means[c, s]
                square[c, s] = (share[:, s, None] * away).T @ away / max(weight[c, s], 1e-9)
        return Chains(
            self._start(),
            self._move(moves),
            means,
            self._covariances(square, weight, spread),
            self._places(gamma, weight),
        )

    def _mean(self) -> Array:
        total = np.einsum("cb,btd->cd", self.member, self.x)
        return total / (self.member @ self.lengths)[:, None]

    def _covariances(self, square: Array, weight: Array, spread: Array) -> Array:
        config, size = self.config, self.x.shape[2]
        if config.covariance == "diagonal":
            square = square * np.eye(size)
        common = np.einsum("cs,csij->ij", weight, square) / weight.sum()
        takes = self.takes[:, None, None, None]
        shrunk = (takes * square + config.sharing * common) / (takes + config.sharing)
        return np.stack(
            [
                regularised(own, config.absolute, config.relative * there)
                for own, there in zip(shrunk, spread, strict=True)
            ]
        )

    def _start(self) -> Array:
        states = self.config.states
        if self.config.topology == "ergodic":
            return np.full((self.count, states), 1.0 / states)
        first = np.zeros((self.count, states))
        first[:, 0] = 1.0
        return first

    def _move(self, moves: Array) -> Array:
        states = self.config.states
        if self.config.topology == "ergodic":
            moves = moves + 0.1 / states
        else:
            # A little of every move that a left-right chain may make, so that none dies out.
            possible = np.eye(states) + np.eye(states, k=1) + self.config.skip * np.eye(states, k=2)
            moves = moves * (possible > 0) + 0.1 * possible
        return moves / moves.sum(axis=2, keepdims=True)

    def _places(self, gamma: Array, weight: Array) -> Array:
        share = np.arange(self.x.shape[1]) / np.maximum(self.lengths - 1, 1)[:, None]
        total = np.einsum("cb,bts,bt->cs", self.member, gamma, share * self.there)
        places = total / np.maximum(weight, 1e-9)
        if self.config.topology == "ergodic":
            return places
        # From exactly 0 to exactly 1: the first and last parts have a middle too.
        low, high = places[:, :1], places[:, -1:]
        return np.clip((places - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)

    def expect(self, chains: Chains) -> tuple[Array, Array, float]:
        """Forward and backward over all takes at once, each step scaled to sum 1.

        Returns:
            Responsibilities ``(B, T, S)``, expected transitions ``(C, S, S)`` and the mean log
            likelihood of a frame.
        """
        b, peak = self._emissions(chains)
        move = chains.move[self.owners]
        frames = self.x.shape[1]
        alpha = np.empty_like(b)
        scale = np.ones(b.shape[:2])
        now = chains.start[self.owners] * b[:, 0]
        for t in range(frames):
            if t:
                now = np.matmul(alpha[:, t - 1, None], move)[:, 0] * b[:, t]
            scale[:, t] = np.maximum(now.sum(axis=1), 1e-300)
            alpha[:, t] = now / scale[:, t, None]
        beta = last = self._end()
        gamma = np.empty_like(b)
        moves = np.zeros_like(move)
        for t in range(frames - 1, -1, -1):
            gamma[:, t] = alpha[:, t] * beta
            if t:
                ahead = b[:, t] * beta / scale[:, t, None]
                ahead *= self.there[:, t, None]
                moves += alpha[:, t - 1, :, None] * ahead[:, None]
                back = np.matmul(move, ahead[..., None])[..., 0]
                beta = np.where(self.there[:, t, None], back, last)
        gamma *= self.there[..., None]
        gamma /= np.maximum(gamma.sum(axis=2, keepdims=True), 1e-300)
        gamma *= self.there[..., None]
        fit = float(((np.log(scale) + peak) * self.there).sum() / self.lengths.sum())
        return gamma, np.einsum("cb,bst->cst", self.member, moves * move), fit

    def _end(self) -> Array:
        """How far a take may end in each state: left-right ones are to be walked to their end."""
        end = np.ones((len(self.owners), self.config.states))
        if self.config.topology != "ergodic":
            end[:, :-1] = 1e-3
        return end

    def _emissions(self, chains: Chains) -> tuple[Array, Array]:
        """Densities of every frame in each state of its own chain, the largest made 1."""
        states, size = chains.means.shape[1:]
        logs = np.zeros((*self.x.shape[:2], states))
        diagonal = self.config.covariance == "diagonal"
        for c in range(self.count):
            density = Density.of(chains.means[c], chains.covariances[c], diagonal)
            own = self.owners == c
            flat = density.log_rows(self.x[own].reshape(-1, size))
            logs[own] = flat.reshape(int(own.sum()), -1, states)
        peak = logs.max(axis=2)
        return np.exp(logs - peak[..., None]), peak
