"""What a mapping is told, and what it answers, when an instrument is put together live."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from cheiron.core.board import ParamBoard
from cheiron.core.frame import Frame
from cheiron.core.param import Param
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.automatic import Examples
from cheiron.mapping.connection import Connection
from cheiron.mapping.landmark_map import LandmarkMap

Feel = Callable[[NDArray[np.floating]], NDArray[np.float64] | None]
"""How large steps of the knobs are to the ear: control points, shape ``(count, knobs)``, to metric
tensors, shape ``(count, knobs, knobs)``; None where nobody knows."""


@dataclass(frozen=True)
class Setting:
    """Everything around a mapping at the moment it is built.

    Args:
        motion: Every motion axis that there is: features, then the sensors' own.
        sensors: Names of the sensors' own axes, in order.
        control: The control axes.
        rate: Frames per second.
        board: Params to be read at each tick.
        places: The map of the sound space.
        examples: What is known of the model's sounds, if anything.
        connections: What the player has connected.
        loop: Control points to move around, one for each frame, if there is a loop.
        feel: The perceptual metric of the control space, if there is one.
    """

    motion: Space
    sensors: tuple[str, ...]
    control: Space
    rate: float
    board: ParamBoard
    places: LandmarkMap
    examples: Examples | None = None
    connections: tuple[Connection, ...] = ()
    loop: Recording | None = None
    feel: Feel | None = None


class LiveStage(Protocol):
    """A mapping that is also a stage, as the patch needs it."""

    in_space: Space
    out_space: Space
    latency: float
    params: tuple[Param, ...]

    def init(self) -> Any:
        """A fresh state for one stream."""
        ...

    def step(self, state: Any, frame: Frame) -> tuple[Any, Frame]:
        """The control point of the next motion frame."""
        ...

    def tick(self, state: Any, time: float, x: list[float]) -> list[float]:
        """The same in plain numbers; changes ``state``."""
        ...

    def confidence(self, state: Any) -> float:
        """How far the last output is to be trusted, in [0, 1]."""
        ...


@dataclass(frozen=True)
class Plan:
    """How a mapping means to use what there is.

    Args:
        reads: Motion axes that it needs; nothing else is computed.
        make: Builds it, given a space with just these axes.
        connections: The cables that it plays by, dormant ones left out.
        notes: What the player should know, in sentences.
    """

    reads: tuple[str, ...]
    make: Callable[[Space], LiveStage]
    connections: tuple[Connection, ...] = ()
    notes: tuple[str, ...] = field(default=())


class LiveMapping(Protocol):
    """The class behind an entry of ``MAPPINGS``."""

    params: ClassVar[tuple[Param, ...]]
    help: ClassVar[str]
    steering: ClassVar[tuple[Axis, ...]]
    """What connections may lead to besides the knobs."""

    @classmethod
    def plan(cls, setting: Setting) -> Plan:
        """How to play with what there is; it always finds a way."""
        ...
