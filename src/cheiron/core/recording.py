"""A stretch of frames in one piece, and stages that take such pieces."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.param import Param
from cheiron.core.space import Space

Times = NDArray[np.float64]
"""Seconds, shape ``(frames,)``, never falling."""

Values = NDArray[np.float32]
"""One row for each frame, shape ``(frames, space.size)``; NaN marks *undefined*."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Many frames of one space.

    Args:
        space: What the values mean.
        times: Seconds, shape ``(frames,)``, never falling.
        values: Shape ``(frames, space.size)``; NaN marks *undefined*.

    Raises:
        CheironError: If the shapes do not fit together or time runs backwards.

    >>> walk = Recording(Space.of("pointer", ["x"]), np.array([0.0, 0.5]), np.zeros((2, 1)))
    >>> len(walk), walk.duration
    (2, 0.5)
    """

    space: Space
    times: Times
    values: Values

    def __post_init__(self) -> None:
        times = np.asarray(self.times, dtype=np.float64)
        values = np.asarray(self.values, dtype=np.float32)
        if times.ndim != 1 or values.shape != (len(times), self.space.size):
            raise CheironError(
                f"a recording of {self.space.name!r} has times {times.shape} and values "
                f"{values.shape}; expected (frames,) and (frames, {self.space.size})."
            )
        if not (np.isfinite(times).all() and (np.diff(times) >= 0).all()):
            raise CheironError(
                f"the times of a recording of {self.space.name!r} run backwards or are undefined; "
                "expected rising seconds; sort its rows by time."
            )
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return float(self.times[-1] - self.times[0]) if len(self) else 0.0

    def column(self, name: str) -> Values:
        """Values of one axis, shape ``(frames,)``.

        Raises:
            CheironError: If there is no such axis.
        """
        return self.values[:, self.space.index(name)]


class BlockStage(ABC):
    """A stage that is written once for a piece of any length; one frame is a piece of one.

    A subclass sets ``in_space`` and ``out_space`` and writes :meth:`init` and :meth:`block`;
    :meth:`step` (live) and :meth:`run` (offline) follow, and agree with each other because they
    are the same arithmetic.
    """

    in_space: Space
    out_space: Space
    latency: float = 0.0
    params: tuple[Param, ...] = ()

    @abstractmethod
    def init(self) -> Any:
        """A fresh state for one stream."""

    @abstractmethod
    def block(self, state: Any, times: Times, values: Values) -> tuple[Any, Values]:
        """The next rows, float32, one for each row given."""

    def step(self, state: Any, frame: Frame) -> tuple[Any, Frame]:
        """The next frame; same ``time`` as the input."""
        state, values = self.block(state, np.array([frame.time]), frame.values[None, :])
        return state, Frame(frame.time, values[0], self.out_space)

    def run(self, state: Any, recording: Recording) -> tuple[Any, Recording]:
        """The next piece in one pass."""
        state, values = self.block(state, recording.times, recording.values)
        return state, Recording(self.out_space, recording.times, values)


class TickStage(BlockStage):
    """A stage that is written for one frame, in plain Python numbers.

    For the few dozen numbers of a sensor frame this is ten times faster, live, than NumPy calls
    on tiny arrays, and offline about as fast as NumPy on a whole recording where a recursion
    makes it go row by row.

    A subclass writes :meth:`tick`; blocks follow.
    """

    @abstractmethod
    def tick(self, state: Any, time: float, x: list[float]) -> list[float]:
        """The next row out for the next row in, NaN where undefined; changes ``state``."""

    def block(self, state: Any, times: Times, values: Values) -> tuple[Any, Values]:
        """The next rows, one by one."""
        tick = self.tick
        rows = [tick(state, t, x) for t, x in zip(times.tolist(), values.tolist(), strict=True)]
        return state, np.array(rows, dtype=np.float32).reshape(len(rows), self.out_space.size)

    def step(self, state: Any, frame: Frame) -> tuple[Any, Frame]:
        """The next frame; same ``time`` as the input."""
        row = self.tick(state, frame.time, frame.values.tolist())
        return state, Frame(frame.time, np.array(row, dtype=np.float32), self.out_space)
