"""Motion features: the stage that computes whichever of them the sensors allow."""

import importlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cheiron.core.filters import Rows, hold_missing
from cheiron.core.recording import BlockStage, Times, Values
from cheiron.core.space import Axis, Space
from cheiron.features import FEATURES


class Feature(Protocol):
    """One causal measure of movement, written for rows without gaps.

    It is made as ``Feature(space, rate)`` once :meth:`inputs` has said that its sensors exist.
    """

    axes: tuple[Axis, ...]

    def __init__(self, space: Space, rate: float) -> None: ...

    @staticmethod
    def inputs(space: Space) -> tuple[str, ...]:
        """The axes of ``space`` that it reads; empty when its sensors are not there."""
        ...

    def init(self) -> Any:
        """A fresh state for one stream."""
        ...

    def block(self, state: Any, x: Rows) -> tuple[Any, Rows]:
        """Its values, shape ``(frames, len(axes))``, from its inputs in order, without NaN."""
        ...


class MotionFeatures(BlockStage):
    """From sensor axes to motion features, with the sensor axes themselves behind them.

    A value that goes missing is held; before a sensor's first value its features are NaN.

    Args:
        space: The sensor axes.
        rate: Frames per second.
        names: Which features, keys of ``FEATURES``; all that the sensors allow when absent.

    >>> stage = MotionFeatures(Space.of("pointer", ["x", "y"]), rate=100.0)
    >>> stage.out_space.names
    ('speed', 'pointer_acceleration', 'activity', 'x', 'y')
    """

    def __init__(self, space: Space, rate: float, names: Sequence[str] = tuple(FEATURES)) -> None:
        self.in_space = space
        self._parts: list[tuple[Feature, NDArray[np.intp]]] = []
        for name in names:
            made = _load(name)
            needs = made.inputs(space)
            if needs:
                columns = np.array([space.index(need) for need in needs])
                self._parts.append((made(space, rate), columns))
        axes = tuple(axis for feature, _ in self._parts for axis in feature.axes)
        taken = {axis.name for axis in axes}
        self._kept = [i for i, axis in enumerate(space.axes) if axis.name not in taken]
        self.out_space = Space("motion features", axes + tuple(space.axes[i] for i in self._kept))

    def init(self) -> Any:
        """A fresh state for one stream."""
        last = np.full(self.in_space.size, np.nan)
        return last, [feature.init() for feature, _ in self._parts]

    def block(self, state: Any, times: Times, values: Values) -> tuple[Any, Values]:
        """Features of the next rows."""
        last, states = state
        last, x = hold_missing(last, values.astype(np.float64))
        ready = not np.isnan(x).any()
        out: list[Rows] = []
        for index, (feature, columns) in enumerate(self._parts):
            inputs = x[:, columns]
            start = 0 if ready else int(np.isnan(inputs).any(axis=1).sum())  # a prefix only
            states[index], y = feature.block(states[index], inputs[start:])
            if start:
                y = np.concatenate([np.full((start, y.shape[1]), np.nan), y])
            out.append(y)
        out.append(x[:, self._kept])
        return (last, states), np.concatenate(out, axis=1).astype(np.float32)


def _load(name: str) -> type[Feature]:
    module, _, attribute = FEATURES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
