"""The map of a sound space: places on a picture and the control points that they stand for."""

import math

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.mapping.scattered import Scattered, ScatteredOnSquare

_ON_MAP = 6
_IN_CONTROL = 4


class LandmarkMap:
    """Landmarks on a map, and everything between them.

    Both ways interpolate between the nearest landmarks, see
    :class:`~cheiron.mapping.scattered.Scattered`; at a landmark both are exact. Axes of the kind
    ``texture`` have no place on a map: they come out as NaN, *undefined*, and are ignored on the
    way back, where all others count by their ranges.

    Args:
        control: The control axes.
        points: Control points of the landmarks, shape ``(N, control.size)``, all finite.
        positions: Their places on the map, shape ``(N, 2)``, in [0, 1].

    Raises:
        CheironError: If there is none or the shapes do not fit.

    >>> knobs = Space.of("control", ["pitch"], 0.0, 1.0)
    >>> places = LandmarkMap(knobs, np.array([[0.2], [0.8]]), np.array([[0.0, 0.0], [1.0, 0.0]]))
    >>> places.to_control(1.0, 0.0), places.to_position([0.2])
    ([0.8], (0.0, 0.0))
    """

    def __init__(
        self,
        control: Space,
        points: NDArray[np.floating],
        positions: NDArray[np.floating],
    ) -> None:
        count = len(points)
        if count == 0 or points.shape != (count, control.size) or positions.shape != (count, 2):
            raise CheironError(
                f"a map has points {points.shape} and positions {positions.shape}; expected at "
                f"least one of {control.size} control axes and as many places."
            )
        self.control = control
        self.points, self.positions = points, positions
        self._steered = [i for i, axis in enumerate(control.axes) if axis.kind != "texture"]
        steered = np.asarray(points, dtype=np.float64)[:, self._steered]
        spans = [control.axes[i].high - control.axes[i].low for i in self._steered]
        self._scales = [1.0 / span for span in spans]
        self._undefined = [math.nan] * control.size
        self._plain = len(self._steered) == control.size
        self._to_control = ScatteredOnSquare(positions, steered, _ON_MAP)
        self._to_position = Scattered(steered * self._scales, positions, _IN_CONTROL)

    @classmethod
    def plane(cls, control: Space) -> "LandmarkMap":
        """A map for a model without landmarks: its first two axes across their ranges.

        An axis called loudness takes no part; it stands three quarters up.
        """
        free = [
            i for i, a in enumerate(control.axes) if a.kind != "texture" and a.name != "loudness"
        ]
        grid = np.linspace(0.0, 1.0, 7)
        positions = np.array([(u, v) for v in grid for u in grid])
        points = np.repeat(control.default[None].astype(np.float64), len(positions), axis=0)
        for axis, travel in zip(free[:2], positions.T, strict=False):
            low, high = control.axes[axis].low, control.axes[axis].high
            points[:, axis] = low + travel * (high - low)
        if "loudness" in control.names:
            axis = control.axes[control.index("loudness")]
            points[:, control.index("loudness")] = axis.low + 0.75 * (axis.high - axis.low)
        return cls(control, points, positions)

    def to_control(self, x: float, y: float) -> list[float]:
        """The control point of a place on the map, NaN for texture."""
        values = self._to_control.at(x, y)
        if self._plain:
            return values
        out = self._undefined.copy()
        for index, value in zip(self._steered, values, strict=True):
            out[index] = value
        return out

    def to_position(self, values: list[float]) -> tuple[float, float]:
        """Where a control point is on the map; an axis that is NaN counts as its default."""
        axes = self.control.axes
        scaled = [
            (values[i] if values[i] == values[i] else axes[i].default) * scale
            for i, scale in zip(self._steered, self._scales, strict=True)
        ]
        x, y = self._to_position.at(scaled)
        return x, y
