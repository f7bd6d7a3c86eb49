"""What the mappings by demonstration share: their demonstrations, their scales, their answers."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Demonstration, Take, on_clock
from cheiron.core.errors import CheironError
from cheiron.core.filters import alpha_of
from cheiron.core.param import Param
from cheiron.core.recording import TickStage
from cheiron.core.space import Axis, Space
from cheiron.mapping.gate import Freshness

Array = NDArray[np.float64]

FAR = 9.0
"""Mean squared distance per axis, in standard deviations, at which nothing is believed any more."""

_NEAR = 3.0  # up to here a movement is like what was taught
_ABSURD = 1e4  # standard deviations from the middle; no hand goes there, so the sensor is broken
_DOUBT = 0.15  # seconds in which confidence follows
_GLIDE = 0.02  # seconds in which the sound follows; a jump of weights is no jump of sound


@dataclass(frozen=True, eq=False)
class Scales:
    """How movement and sound are made comparable: zero mean and unit spread over all takes.

    Args:
        x_mean: Shape ``(motion axes,)``.
        x_std: The same; 1 where an axis never moved.
        y_mean: Shape ``(control axes,)``.
        y_std: The same.
    """

    x_mean: Array
    x_std: Array
    y_mean: Array
    y_std: Array

    @classmethod
    def of(cls, takes: list[Take]) -> "Scales":
        """Of at least one take."""
        return cls(*_scale([t.motion for t in takes]), *_scale([t.target for t in takes]))


def _scale(rows: list[Array]) -> tuple[Array, Array]:
    # Each take counts alike, however long it is.
    weights = np.concatenate([np.full(len(r), 1.0 / len(r)) for r in rows])
    x = np.concatenate(rows)
    weight = np.where(np.isnan(x), 0.0, weights[:, None])
    total = np.maximum(weight.sum(axis=0), 1e-12)
    x = np.nan_to_num(x)
    mean = (weight * x).sum(axis=0) / total
    std = np.sqrt((weight * (x - mean) ** 2).sum(axis=0) / total)
    return mean, np.where(std > 1e-9, std, 1.0)


@dataclass
class TaughtState:
    """What one stream of a taught mapping has said so far; made by ``init``.

    Args:
        model: What the model itself remembers.
        y: The last output, in control units.
        variance: Of the last output, scaled.
        likelihoods: Of each gesture.
        progress: Of the most probable one.
        like: How like what was taught the movement is, smoothed, in [0, 1].
        freshness: How old the input is.
    """

    model: Any
    y: Array
    variance: Array
    likelihoods: Array
    progress: float = 0.0
    like: float = 0.0
    heard: bool = False
    freshness: Freshness = field(default_factory=Freshness)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model says of one frame.

    Args:
        y: Scaled output, shape ``(control axes,)``.
        variance: Of it.
        likelihoods: Shape ``(gestures,)``, sum 1.
        progress: In [0, 1].
        distance: Mean squared distance per axis to the nearest that was taught, in its standard
            deviations.
    """

    y: Array
    variance: Array
    likelihoods: Array
    progress: float
    distance: float


class Taught(TickStage):
    """A mapping by demonstration; a subclass writes ``_learn``, ``_begin`` and ``_answer``.

    Call ``add`` and ``remove``, then ``fit``; a state made before ``fit`` is of no use after it.
    With nothing taught it gives the knobs at rest and trusts itself not at all. Where sensors go
    missing it goes on with the others; while all are missing it holds the last sound and its
    confidence falls to 0 within half a second.

    Args:
        motion: Movement axes that it reads; demonstrations need them too.
        control: Knobs that it writes.
        rate: Frames per second of the stream.
    """

    latency = 0.0
    params: tuple[Param, ...] = ()
    help: ClassVar[str] = ""
    steering: ClassVar[tuple[Axis, ...]] = ()
    timed: ClassVar[bool] = False
    """Whether it knows courses in time, so that a hand that holds still plays nothing."""

    def __init__(self, motion: Space, control: Space, rate: float) -> None:
        self.in_space, self.out_space, self.rate = motion, control, rate
        self.names: tuple[str, ...] = ()
        self._shown: dict[str, tuple[Demonstration, Take]] = {}
        self._scales: Scales | None = None
        self._doubt, self._glide = alpha_of(_DOUBT, rate), alpha_of(_GLIDE, rate)
        self._rest = control.default.astype(np.float64)

    @property
    def demonstrations(self) -> tuple[Demonstration, ...]:
        """What it was taught, in order of teaching."""
        return tuple(shown for shown, _ in self._shown.values())

    @property
    def scales(self) -> Scales | None:
        """How far movement and sound went in all that it learned from; None before."""
        return self._scales

    def add(self, demonstration: Demonstration) -> None:
        """Take one more demonstration; ``fit`` makes it count.

        Raises:
            CheironError: If its axes are others than this mapping's, its id is taken, or nothing
                can be learned from it.
        """
        if demonstration.id in self._shown:
            raise CheironError(
                f"there is already a demonstration with the id {demonstration.id!r}; remove that "
                "one first, or give this one another id."
            )
        take = on_clock(demonstration, self.in_space, self.out_space, self.rate)
        self._check(take)
        self._shown[demonstration.id] = (demonstration, take)

    def remove(self, demonstration: str) -> None:
        """Forget a demonstration by its id; ``fit`` makes it count.

        Raises:
            CheironError: If there is none.
        """
        if demonstration not in self._shown:
            there = ", ".join(self._shown) or "none"
            raise CheironError(
                f"there is no demonstration with the id {demonstration!r}; there is {there}."
            )
        del self._shown[demonstration]

    def fit(self) -> None:
        """Learn from all demonstrations that there are."""
        takes = [take for _, take in self._shown.values()]
        self.names = tuple(dict.fromkeys(take.name for take in takes))
        self._scales = Scales.of(takes) if takes else None
        if self._scales is not None:
            self._learn(takes, self._scales)

    def init(self) -> TaughtState:
        """A fresh state for one stream, as if no gesture had begun."""
        known = self._scales is not None
        count = len(self.names)
        return TaughtState(
            self._begin() if known else None,
            self._rest.copy(),
            np.ones(self.out_space.size),
            np.full(count, 1.0 / count) if count else np.zeros(0),
        )

    def begin(self, state: TaughtState, played: Array) -> None:
        """A gesture begins in a stream that goes on, after a touch or a rest.

        Args:
            state: Of the stream; what sounds, and how far it is trusted, stays.
            played: How probable each gesture was when the last one was played.
        """
        if self._scales is not None:
            state.model = self._begin_after(played)
            state.likelihoods = np.full(len(self.names), 1.0 / len(self.names))
        state.progress = 0.0

    def tick(self, state: TaughtState, time: float, x: list[float]) -> list[float]:
        """The control row of the next motion row."""
        state.freshness.tick(time)
        scales = self._scales
        if scales is None:
            return state.y.tolist()
        point = (np.array(x, dtype=np.float64) - scales.x_mean) / scales.x_std
        missing = ~(np.abs(point) < _ABSURD)
        point[missing] = np.nan
        share = 1.0 - float(missing.mean())
        if share == 0.0:
            state.like -= self._doubt * state.like
            return state.y.tolist()
        answer = self._answer(state.model, point)
        state.likelihoods, state.progress = answer.likelihoods, answer.progress
        state.variance = answer.variance
        y = scales.y_mean + scales.y_std * answer.y
        state.y = state.y + self._glide * (y - state.y) if state.heard else y
        like = min(max((FAR - answer.distance) / (FAR - _NEAR), 0.0), 1.0) * share
        state.like = state.like + self._doubt * (like - state.like) if state.heard else like
        state.heard = True
        return state.y.tolist()

    def likelihoods(self, state: TaughtState) -> Array:
        """How probable each of ``names`` is now, sum 1."""
        return state.likelihoods

    def progress(self, state: TaughtState) -> float:
        """How much of the most probable gesture is over, in [0, 1]."""
        return state.progress

    def spread(self, state: TaughtState) -> Array:
        """Standard deviation of the last output, in the knobs' units."""
        scales = self._scales
        if scales is None:
            return (self.out_space.high - self.out_space.low).astype(np.float64)
        return np.sqrt(state.variance) * scales.y_std

    def confidence(self, state: TaughtState) -> float:
        """How far the last output is to be trusted, in [0, 1].

        It falls when the movement is unlike everything that was taught, with the share of sensors
        that are missing, and when the input grows old.
        """
        return state.like * state.freshness.confidence(self.rate)

    def _check(self, take: Take) -> None:
        """Refuse a take that this model can learn nothing from."""
        names = [
            name
            for name, column in zip(self.in_space.names, take.motion.T, strict=True)
            if np.isnan(column).all()
        ]
        if names:
            raise CheironError(
                f"the demonstration {take.name!r} holds nothing on {', '.join(names)}; expected "
                "every axis that this mapping reads, so check the sensor or choose other axes."
            )

    @abstractmethod
    def _learn(self, takes: list[Take], scales: Scales) -> None:
        """Learn from at least one take."""

    @abstractmethod
    def _begin(self) -> Any:
        """What the model remembers at the start of a stream."""

    def _begin_after(self, played: Array) -> Any:
        """What it remembers when a gesture begins after others; as at the start, if not said so."""
        return self._begin()

    @abstractmethod
    def _answer(self, model: Any, x: Array) -> Answer:
        """The next frame; ``x`` is scaled, NaN where missing, never all of it."""


def refuse_still(take: Take) -> None:
    """Refuse a take in which nothing moves, for models that need a course in time.

    Raises:
        CheironError: If no axis changes.
    """
    if float(np.ptp(take.motion, axis=0).max()) < 1e-6:
        raise CheironError(
            f"in the demonstration {take.name!r} nothing moves; expected a gesture, so check "
            "that the sensor sends and record it again (a held posture can be taught to the "
            "mappings neighbours and gmr)."
        )
