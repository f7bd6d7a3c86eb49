"""The whole chain as one pure step: motion in, latents out."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.param import Param
from cheiron.core.protocols import Stage
from cheiron.core.recording import Recording
from cheiron.core.space import Space


class Patch:
    """Stages in a row; a stage itself, so patches nest.

        sensor frame -> smoothing -> features -> mapping -> control -> latent frame

    It holds no state: :meth:`init` makes it, :meth:`step` takes and returns it. Live, the control
    thread calls :meth:`step` once a frame; offline, :meth:`trace` passes a whole recording through
    each stage in turn, with the same result to 1e-5.

    Args:
        stages: At least one; each reads the space that the one before it writes.

    Raises:
        CheironError: If two neighbours do not fit.
    """

    def __init__(self, *stages: Stage) -> None:
        if not stages:
            raise CheironError("a patch has no stages; expected at least one.")
        for before, after in pairwise(stages):
            if before.out_space.names != after.in_space.names:
                raise CheironError(
                    f"the stages do not fit: one writes {', '.join(before.out_space.names)}, "
                    f"the next reads {', '.join(after.in_space.names)}; build them from one space."
                )
        self.stages = stages

    @property
    def in_space(self) -> Space:
        """What the first stage reads."""
        return self.stages[0].in_space

    @property
    def out_space(self) -> Space:
        """What the last stage writes."""
        return self.stages[-1].out_space

    @property
    def latency(self) -> float:
        """Seconds of delay, all stages together."""
        return sum(stage.latency for stage in self.stages)

    @property
    def params(self) -> tuple[Param, ...]:
        """What can be turned, in the order of the stages."""
        return tuple(param for stage in self.stages for param in stage.params)

    def init(self) -> list[Any]:
        """A fresh state for one stream."""
        return [stage.init() for stage in self.stages]

    def step(self, state: list[Any], frame: Frame) -> tuple[list[Any], Frame]:
        """One frame through the chain."""
        states: list[Any] = []
        for stage, before in zip(self.stages, state, strict=True):
            after, frame = stage.step(before, frame)
            states.append(after)
        return states, frame

    def trace(self, recording: Recording) -> "Trace":
        """A whole recording through the chain, keeping what every stage wrote."""
        written: list[Recording] = []
        for stage in self.stages:
            recording = _run(stage, recording)
            written.append(recording)
        return Trace(tuple(written))


@dataclass(frozen=True)
class Trace:
    """What each stage of a patch wrote, in order."""

    written: tuple[Recording, ...]

    @property
    def out(self) -> Recording:
        """What the last stage wrote."""
        return self.written[-1]


class _WholeStage(Protocol):
    def run(self, state: Any, recording: Recording) -> tuple[Any, Recording]: ...


def _run(stage: Stage, recording: Recording) -> Recording:
    """All frames through one stage: in one pass where it offers ``run``, else one by one."""
    state = stage.init()
    whole: _WholeStage | None = stage if hasattr(stage, "run") else None  # type: ignore[assignment]
    if whole is not None:
        return whole.run(state, recording)[1]
    rows: list[Any] = []
    for time, values in zip(recording.times, recording.values, strict=True):
        state, frame = stage.step(state, Frame(float(time), values, recording.space))
        rows.append(np.array(frame.values, dtype=np.float32))
    out = np.stack(rows) if rows else np.empty((0, stage.out_space.size), np.float32)
    return Recording(stage.out_space, recording.times, out)
