"""Has the machine understood? Each demonstration is left out once, and then played to the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cheiron.core.demonstration import Demonstration, on_clock
from cheiron.core.errors import CheironError
from cheiron.mapping.taught import Taught

RATE = 50.0
"""Frames per second at which demonstrations are rehearsed."""

_LATE = 0.5  # from here on a gesture is asked for its name


@dataclass(frozen=True)
class Score:
    """How well one gesture is understood.

    Args:
        name: The gesture.
        takes: How often it was shown.
        tried: How often it could be left out: 0 while it was shown once only.
        right: How often it was recognised then.
        taken_for: The gesture that it was most often taken for instead; empty if none.
        off: How far the sound was from what was shown, in its own spread; NaN where unknown.
    """

    name: str
    takes: int
    tried: int = 0
    right: int = 0
    taken_for: str = ""
    off: float = float("nan")

    @property
    def share(self) -> float | None:
        """Share of the tries that were right, in [0, 1]; None without any."""
        return self.right / self.tried if self.tried else None

    @property
    def words(self) -> str:
        """What it means, in words.

        >>> Score("wave", 3, 3, 1, "circle").words
        'taken for circle: show it more clearly, or once more'
        """
        share = self.share
        if share is None:
            return "shown once: show it again to know whether it is understood"
        if share >= 0.99:
            return "understood" if not self.off > 1.0 else "recognised, but its sound differs a lot"
        if self.taken_for and share < 0.6:
            return f"taken for {self.taken_for}: show it more clearly, or once more"
        return "mostly understood" if share >= 0.6 else "not understood yet: show it again"


Make = Callable[[], Taught]
"""A mapping that has been taught nothing, at ``RATE``."""


def rehearse(
    demonstrations: Sequence[Demonstration],
    make: Make,
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[Score, ...]:
    """Leave each demonstration out once, learn from the others, and play it to them.

    It is asked which gesture it is over its second half, frame by frame, as a player would hear it.

    Args:
        demonstrations: In order of teaching.
        make: Makes the mapping.
        progress: Told the share that is done; may raise to stop.

    Returns:
        One score for each gesture, in order of teaching.
    """
    names = tuple(dict.fromkeys(d.name for d in demonstrations))
    takes = {name: sum(d.name == name for d in demonstrations) for name in names}
    said: dict[str, list[str]] = {name: [] for name in names}
    off: dict[str, list[float]] = {name: [] for name in names}
    for index, left in enumerate(demonstrations):
        progress(index / len(demonstrations))
        if takes[left.name] < 2:
            continue
        mapping = make()
        try:
            for other in demonstrations:
                if other is not left:
                    mapping.add(other)
            mapping.fit()
            answer = _listen(mapping, left)
        except CheironError:  # a take that nothing can be learned from is told of elsewhere
            continue
        said[left.name].append(answer[0])
        off[left.name].append(answer[1])
    return tuple(_score(name, takes[name], said[name], off[name]) for name in names)


def _score(name: str, takes: int, said: list[str], off: list[float]) -> Score:
    wrong = [other for other in said if other != name]
    worst = max(set(wrong), key=wrong.count) if wrong else ""
    known = float(np.mean(off)) if off else float("nan")
    return Score(name, takes, len(said), len(said) - len(wrong), worst, known)


def _listen(mapping: Taught, left: Demonstration) -> tuple[str, float]:
    """Which gesture it was taken for, and how far the sound was off."""
    take = on_clock(left, mapping.in_space, mapping.out_space, mapping.rate)
    state = mapping.init()
    rows: list[list[float]] = []
    votes = np.zeros(len(mapping.names))
    for index, row in enumerate(take.motion.tolist()):
        rows.append(mapping.tick(state, index / mapping.rate, row))
        if index >= _LATE * len(take.motion):
            votes += mapping.likelihoods(state)
    if left.target is None:
        return mapping.names[int(votes.argmax())], float("nan")
    spread = take.target.std(axis=0)
    moves = spread > 1e-6
    if not moves.any():
        return mapping.names[int(votes.argmax())], float("nan")
    away = (np.array(rows) - take.target)[:, moves] / spread[moves]
    return mapping.names[int(votes.argmax())], float(np.sqrt((away**2).mean()))
