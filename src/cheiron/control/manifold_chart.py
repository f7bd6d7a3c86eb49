"""Polar coordinates: how circles, tori and spheres lie in a flat space of latents."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis

Rows = NDArray[np.float64]

ROUND: dict[str, tuple[int, int, int]] = {
    "circle": (1, 2, 1),
    "torus": (2, 4, 2),
    "sphere": (3, 3, 1),
}
"""Manifold -> numbers that a point of it is written with, flat dimensions it takes, radii."""

_LEAST_RADIUS = 1e-6
_REACH = 2.5  # standard deviations at the ends of a residual knob


@dataclass(frozen=True, eq=False)
class Chart:
    """Flat rows ``(frames, size)`` as points of a manifold, log radii and what is left.

    After a shift to ``centre`` and a rotation, the first two numbers (circle), four in pairs
    (torus) or three (sphere) are written in polar coordinates: a direction, and the logarithm of
    the radius in standard units. The rest stays. This is one to one except in the centre itself,
    where a direction means nothing.

    Args:
        manifold: A key of ``ROUND``.
        centre: Shape ``(size,)``.
        rotation: Orthonormal rows, shape ``(size, size)``.
        radius: Mean and spread of the log radii, shape ``(2, radii)``.

    Raises:
        CheironError: If the manifold does not fit into so few dimensions or a number is not finite.
    """

    manifold: str
    centre: Rows
    rotation: Rows
    radius: Rows

    def __post_init__(self) -> None:
        if self.manifold not in ROUND:
            raise CheironError(
                f"there is no manifold {self.manifold!r}; choose one of {', '.join(ROUND)}."
            )
        size = len(self.centre)
        _, flat, radii = ROUND[self.manifold]
        if size < flat:
            raise CheironError(
                f"a {self.manifold} needs {flat} latents, this model has {size} that are free; "
                "choose another manifold or model."
            )
        fits = self.rotation.shape == (size, size) and self.radius.shape == (2, radii)
        finite = all(np.isfinite(a).all() for a in (self.centre, self.rotation, self.radius))
        square = self.rotation @ self.rotation.T if fits else np.zeros(0)
        if not (fits and finite) or np.abs(square - np.eye(size)).max() > 1e-4:
            raise CheironError(
                f"the coordinates of a {self.manifold} are damaged; fit the space again."
            )

    @property
    def size(self) -> int:
        """Flat dimensions."""
        return len(self.centre)

    @property
    def lines(self) -> int:
        """Numbers of a point that are no part of the manifold: radii and rest."""
        _, flat, radii = ROUND[self.manifold]
        return self.size - flat + radii

    def to_point(self, flat: Rows) -> Rows:
        """Points, shape ``(frames, numbers of the manifold + lines)``."""
        turned = (flat - self.centre) @ self.rotation.T
        direction, radii, rest = self._polar(turned)
        return np.concatenate([direction, self._scaled(radii), rest], axis=1)

    def from_point(self, point: Rows) -> Rows:
        """The inverse of :meth:`to_point`."""
        numbers, _, count = ROUND[self.manifold]
        direction, lines = point[:, :numbers], point[:, numbers:]
        radii = np.exp(lines[:, :count] * self.radius[1] + self.radius[0])
        if self.manifold == "sphere":
            length = np.linalg.norm(direction, axis=1, keepdims=True)
            around = radii * direction / np.maximum(length, _LEAST_RADIUS)
        else:
            pair = np.stack([np.cos(direction), np.sin(direction)], axis=2)
            around = (radii[:, :, None] * pair).reshape(len(point), -1)
        return np.concatenate([around, lines[:, count:]], axis=1) @ self.rotation + self.centre

    def log_volume(self, flat: Rows) -> Rows:
        """Log of the volume of points for each volume of flat rows, shape ``(frames,)``."""
        _, radii, _ = self._polar((flat - self.centre) @ self.rotation.T)
        power = 3 if self.manifold == "sphere" else 2
        return -(power * np.log(radii) + np.log(self.radius[1])).sum(axis=1)

    def log_base(self, point: NDArray[Any]) -> Rows:
        """Log density of base points: uniform on the manifold, standard normal on the lines."""
        numbers = ROUND[self.manifold][0]
        area = 4 * np.pi if self.manifold == "sphere" else (2 * np.pi) ** numbers
        lines = point[:, numbers:].astype(np.float64)
        return -0.5 * (lines**2 + np.log(2 * np.pi)).sum(axis=1) - np.log(area)

    def knobs(self) -> tuple[Axis, ...]:
        """The knobs: those that come round first, then radii, then the rest."""
        return (*_ROUND_KNOBS[self.manifold], *_line_knobs(self.manifold, self.lines))

    def to_knobs(self, point: Rows) -> Rows:
        """Points in the knobs' units."""
        numbers = ROUND[self.manifold][0]
        direction, lines = point[:, :numbers], point[:, numbers:]
        if self.manifold == "sphere":
            flat = np.hypot(direction[:, 0], direction[:, 1])
            longitude = np.arctan2(direction[:, 1], direction[:, 0])
            angles = np.stack([longitude, np.arctan2(direction[:, 2], flat)], axis=1)
            return np.concatenate([np.degrees(angles), lines], axis=1)
        return np.concatenate([np.degrees(direction) % 360.0, lines], axis=1)

    def from_knobs(self, knobs: Rows) -> Rows:
        """The inverse of :meth:`to_knobs`."""
        if self.manifold == "sphere":
            longitude, latitude = np.radians(knobs[:, :2]).T
            flat = np.cos(latitude)
            parts = (flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude))
            return np.concatenate([np.stack(parts, axis=1), knobs[:, 2:]], axis=1)
        count = ROUND[self.manifold][0]
        angles = (np.radians(knobs[:, :count]) + np.pi) % (2 * np.pi) - np.pi
        return np.concatenate([angles, knobs[:, count:]], axis=1)

    def short(self, step: NDArray[Any]) -> NDArray[Any]:
        """Differences of points, angles the short way round."""
        if self.manifold == "sphere":
            return step
        count = ROUND[self.manifold][0]
        angles = (step[:, :count] + np.pi) % (2 * np.pi) - np.pi
        return np.concatenate([angles, step[:, count:]], axis=1).astype(step.dtype)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """What :meth:`of` makes it from."""
        return {"centre": self.centre, "turning": self.rotation, "radius": self.radius}

    @classmethod
    def of(cls, manifold: str, tensors: dict[str, NDArray[Any]]) -> "Chart":
        """A chart from the tensors of an artifact."""
        names = ("centre", "turning", "radius")
        if not set(names) <= set(tensors):
            raise CheironError("the coordinates of a manifold space are missing; fit it again.")
        return cls(manifold, *(tensors[name].astype(np.float64) for name in names))

    def _polar(self, turned: Rows) -> tuple[Rows, Rows, Rows]:
        """Directions, radii and the rest."""
        _, flat, count = ROUND[self.manifold]
        if self.manifold == "sphere":
            radii = np.maximum(np.linalg.norm(turned[:, :3], axis=1, keepdims=True), _LEAST_RADIUS)
            return turned[:, :3] / radii, radii, turned[:, 3:]
        pairs = turned[:, :flat].reshape(len(turned), count, 2)
        radii = np.maximum(np.hypot(pairs[:, :, 0], pairs[:, :, 1]), _LEAST_RADIUS)
        return np.arctan2(pairs[:, :, 1], pairs[:, :, 0]), radii, turned[:, flat:]

    def _scaled(self, radii: Rows) -> Rows:
        return (np.log(radii) - self.radius[0]) / self.radius[1]


_WAY = "Once round is all that the corpus does around this circle, evenly spread."

_ROUND_KNOBS: dict[str, tuple[Axis, ...]] = {
    "circle": (Axis("phase", 0.0, 360.0, "°", 0.0, _WAY, period=360.0),),
    "torus": (
        Axis("phase1", 0.0, 360.0, "°", 0.0, _WAY, period=360.0),
        Axis("phase2", 0.0, 360.0, "°", 0.0, _WAY, period=360.0),
    ),
    "sphere": (
        Axis("longitude", -180.0, 180.0, "°", 0.0, "Round the sphere of sounds.", period=360.0),
        Axis("latitude", -90.0, 90.0, "°", 0.0, "From pole to pole of the sphere of sounds."),
    ),
}


def _line_knobs(manifold: str, count: int) -> tuple[Axis, ...]:
    """Radii and residuals: standard normal over the corpus."""
    radii = ROUND[manifold][2]
    names = ["radius"] if radii == 1 else [f"radius{i + 1}" for i in range(radii)]
    names += [f"r{i + 1}" for i in range(count - radii)]
    return tuple(
        Axis(name, -_REACH, _REACH, "σ", 0.0, "What the direction leaves open.", "residual")
        for name in names
    )
