"""Hierarchical hidden Markov models: gestures that begin, end, break off and follow each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Take
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.mapping.hmm import HmmConfig, HmmMapping, HmmState, slower
from cheiron.mapping.hmm_chains import Chains
from cheiron.mapping.taught import Answer, Scales

Array = NDArray[np.float64]

_UNSAID = 1e-3  # of a change that the grammar does not name; a player may still surprise


def _anything() -> Mapping[str, tuple[str, ...]]:
    return {}


@dataclass(frozen=True)
class HierarchicalConfig(HmmConfig):
    """How gestures are cut and joined, besides how their chains listen.

    Args:
        segments: Parts of each gesture at whose ends it may break off and at whose beginnings
            it may be taken up.
        leave: Probability, in one chain frame, that a gesture ends once it is at its end.
        early: Probability of leaving at the end of an earlier part, in shares of ``leave``.
        late: Probability of beginning with a later part, in all.
        grammar: Which gestures may follow one; a gesture that is not named may be followed by
            any.
    """

    segments: int = 4
    leave: float = 0.1
    early: float = 0.1
    late: float = 0.05
    grammar: Mapping[str, tuple[str, ...]] = field(default_factory=_anything)


class HierarchicalMapping(HmmMapping):
    """Continuous gestures: one model whose upper level says which gesture follows which.

    Gestures, their parts and the states inside them are one Markov chain of ``C * S`` states:
    ``M = A (1 - e) + e G p``, with e the probability of leaving a state's gesture, G that of one
    gesture after another (the grammar) and p that of entering a gesture at the beginning of one of
    its parts. One product for each frame is thus the exact forward recursion of the hierarchical
    model, and sequences of gestures are recognised without anybody marking where one ends.

    References: Fine, Singer, Tishby: "The hierarchical hidden Markov model", Machine Learning 32,
    1998; Françoise, Bevilacqua: "Motion-sound mapping through interaction", ACM TiiS 8, 2018.

    Args:
        motion: Movement axes that it reads.
        control: Knobs that it writes.
        rate: Frames per second of the stream.
        config: How it learns, listens and joins.
    """

    help: ClassVar[str] = "Follow gestures one after the other, and parts of them, by a grammar."

    def __init__(
        self, motion: Space, control: Space, rate: float, config: HierarchicalConfig | None = None
    ) -> None:
        self.joins = config or HierarchicalConfig()
        super().__init__(motion, control, rate, self.joins)
        if self.joins.segments < 1:
            raise CheironError(
                f"a gesture of {self.joins.segments} segments cannot be; expected at least 1."
            )

    def _learn(self, takes: list[Take], scales: Scales) -> None:
        known = set(self.names)
        said = {n for name, after in self.joins.grammar.items() for n in (name, *after)}
        if said - known:
            raise CheironError(
                f"the grammar names {', '.join(sorted(said - known))}, which nobody demonstrated; "
                f"there is {', '.join(self.names)}, so change the grammar or demonstrate it."
            )
        super()._learn(takes, scales)

    def _moves(self, chains: Chains, step: float) -> Array:
        count, states = chains.start.shape
        leave = self._leaves(states)
        enter = self._enters(chains).ravel()
        joined = np.zeros((count, states, count, states))
        for c in range(count):
            joined[c, :, c] = chains.move[c] * (1.0 - leave[:, None])
        # From each gesture to the states in which others are entered, shape (C, C * S).
        follows = np.repeat(self._follows(count), states, axis=1) * enter
        joined += (leave[None, :, None] * follows[:, None]).reshape(count, states, count, states)
        move = joined.reshape(count * states, count * states)
        anywhere = np.tile(enter / count, (len(move), 1))
        move = (1.0 - self.config.lost) * move + self.config.lost * anywhere
        self._enter, self._next = enter / count, follows
        return slower(move, step)

    def _leaves(self, states: int) -> Array:
        """Probability of leaving the gesture in each of its states."""
        if self.config.topology == "ergodic":
            return np.full(states, self.joins.leave * self.joins.early)
        leave = np.zeros(states)
        leave[self._edges(states)[1:] - 1] = self.joins.leave * self.joins.early
        leave[-1] = self.joins.leave
        return leave

    def _enters(self, chains: Chains) -> Array:
        """Probability of each state when a gesture is entered, shape ``(C, S)``."""
        enter = chains.start.copy()
        starts = self._edges(enter.shape[1])[1:-1]
        if self.config.topology != "ergodic" and len(starts):
            enter *= 1.0 - self.joins.late
            enter[:, starts] += self.joins.late / len(starts)
        return enter

    def _edges(self, states: int) -> NDArray[np.intp]:
        parts = min(self.joins.segments, states)
        return np.round(np.linspace(0, states, parts + 1)).astype(np.intp)

    def _follows(self, count: int) -> Array:
        """The grammar as probabilities, shape ``(C, C)``."""
        follows = np.full((count, count), 1.0)
        for name, after in self.joins.grammar.items():
            row = self.names.index(name)
            follows[row] = [1.0 if other in after else _UNSAID for other in self.names]
        return follows / follows.sum(axis=1, keepdims=True)

    def _follow(self, rows: list[Array], owners: list[int], chains: Chains) -> None:
        """Takes are not followed: its one chain says where they break off and begin."""

    def _begin(self) -> HmmState:
        return HmmState(self._enter.copy(), np.zeros(0))

    def _begin_after(self, played: Array) -> HmmState:
        return HmmState(played @ self._next, np.zeros(0))

    def _answer(self, model: HmmState, x: Array) -> Answer:
        part = self._gaussians.part(x)
        distance = part.density.distance(x[part.seen])
        log = self._weight * (part.density.constant - 0.5 * distance)
        ahead = (model.alpha @ self._move) * np.exp(log - log.max())
        model.alpha = ahead / ahead.sum()
        likelihoods = model.alpha.reshape(self._shape).sum(axis=1)
        return self._say(part, x, model.alpha, likelihoods, distance)
