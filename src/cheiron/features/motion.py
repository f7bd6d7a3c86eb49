"""Motion features: the stage that computes whichever of them the sensors allow."""

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cheiron.core.recording import TickStage
from cheiron.core.space import Axis, Space
from cheiron.features import FEATURES


class Feature(Protocol):
    """One causal measure of movement.

    It is made as ``Feature(space, rate)`` once :meth:`inputs` has said that its sensors exist.
    """

    axes: tuple[Axis, ...]

    def __init__(self, space: Space, rate: float) -> None: ...

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """The axes of ``space`` that it reads; empty when its sensors are not there."""
        ...

    def init(self, x: list[float]) -> Any:
        """A state as if the first row had been there for ever."""
        ...

    def tick(self, state: Any, x: list[float]) -> list[float]:
        """Its values, one for each of ``axes``, from its inputs in order, none of them NaN."""
        ...


@dataclass
class _State:
    held: list[float]
    parts: list[Any]


class MotionFeatures(TickStage):
    """From sensor axes to motion features, with the sensor axes themselves behind them.

    A value that goes missing is held; before a sensor's first value its features are NaN.

    Args:
        space: The sensor axes.
        rate: Frames per second.
        names: Which features, keys of ``FEATURES``; all that the sensors allow when absent.
        keep: Which sensor axes to put behind the features; all when absent.

    >>> stage = MotionFeatures(Space.of("pointer", ["x", "y"]), rate=100.0)
    >>> stage.out_space.names
    ('speed', 'pointer_acceleration', 'activity', 'x', 'y')
    """

    def __init__(
        self,
        space: Space,
        rate: float,
        names: Sequence[str] = tuple(FEATURES),
        keep: Sequence[str] | None = None,
    ) -> None:
        self.in_space = space
        self._parts: list[tuple[Feature, list[int], list[float]]] = []
        axes: list[Axis] = []
        self.names: list[str] = []
        """Which features it computes."""
        for name in names:
            made = _load(name)
            needs = made.inputs(space)
            if needs:
                feature = made(space, rate)
                unknown = [math.nan] * len(feature.axes)
                self._parts.append((feature, [space.index(need) for need in needs], unknown))
                self.names.append(name)
                axes.extend(feature.axes)
        taken = {axis.name for axis in axes}
        keep = [n for n in (space.names if keep is None else keep) if n not in taken]
        self._kept = [space.index(name) for name in keep]
        axes.extend(space.axes[i] for i in self._kept)
        self.out_space = Space("motion features", tuple(axes))

    def only(self, axes: Sequence[str], rate: float) -> "MotionFeatures":
        """A stage that writes these of its axes, computing no more than they need."""
        names = [
            name
            for name, (feature, _, _) in zip(self.names, self._parts, strict=True)
            if any(axis.name in axes for axis in feature.axes)
        ]
        keep = [name for name in self.in_space.names if name in axes]
        return MotionFeatures(self.in_space, rate, names, keep)

    @property
    def reads(self) -> tuple[str, ...]:
        """The sensor axes that it needs."""
        needed = {column for _, columns, _ in self._parts for column in columns}
        return tuple(self.in_space.names[i] for i in sorted(needed | set(self._kept)))

    def init(self) -> _State:
        """A fresh state for one stream."""
        return _State([math.nan] * self.in_space.size, [None] * len(self._parts))

    def tick(self, state: _State, time: float, x: list[float]) -> list[float]:
        """Features of the next row, then the row."""
        held = state.held = [
            value if value == value else before  # NaN is not equal to itself
            for value, before in zip(x, state.held, strict=True)
        ]
        out: list[float] = []
        for index, (feature, columns, unknown) in enumerate(self._parts):
            inputs = [held[column] for column in columns]
            part = state.parts[index]
            if part is None:
                if any(value != value for value in inputs):
                    out += unknown
                    continue
                part = state.parts[index] = feature.init(inputs)
            out += feature.tick(part, inputs)
        out += [held[column] for column in self._kept]
        return out


def _load(name: str) -> type[Feature]:
    module, _, attribute = FEATURES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
