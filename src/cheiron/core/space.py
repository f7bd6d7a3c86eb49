"""Labelled, bounded spaces: what a frame's numbers mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError

Manifold = Literal["euclidean", "circle", "sphere", "torus"]
AxisKind = Literal["free", "descriptor", "personal", "residual", "texture"]
_KINDS: tuple[AxisKind, ...] = ("free", "descriptor", "personal", "residual", "texture")
_MANIFOLDS: tuple[Manifold, ...] = ("euclidean", "circle", "sphere", "torus")


@dataclass(frozen=True)
class Axis:
    """One named coordinate.

    Args:
        name: Identifier, unique within its space.
        low: Lower end of the useful range (not a hard limit).
        high: Upper end, above ``low``.
        unit: Unit for people; empty when it has none.
        default: Value at rest.
        help: One sentence for people.
        kind: What it stands for: ``"descriptor"`` a measurable quality of sound, ``"personal"`` a
            quality that a player taught, ``"residual"`` what no name covers, ``"texture"``
            stochastic detail that is drawn as unit-variance noise when nobody drives it,
            ``"free"`` anything else.
        marks: What the travel from ``low`` to ``high`` means, for an axis whose own values are
            positions: increasing values in ``unit`` at equal steps, at least two. Empty when the
            axis's values are in its unit themselves.
        period: How far on the same place comes again, for an angle or a phase: ``low + period``
            is ``low``. 0 for an axis that does not come round.
    """

    name: str
    low: float = -1.0
    high: float = 1.0
    unit: str = ""
    default: float = 0.0
    help: str = ""
    kind: AxisKind = "free"
    marks: tuple[float, ...] = ()
    period: float = 0.0


@dataclass(frozen=True)
class Space:
    """A vector space (or manifold) whose axes are labelled and bounded.

    Args:
        name: What the space is of, such as ``"motion"``, ``"control"``, ``"latent"``.
        axes: Its axes in order.
        manifold: The shape the values live on; ``"euclidean"`` is R^n, or a product of lines and
            circles: there each axis with a period is a circle. A circle or a torus consists of
            such axes only; a sphere is written as longitude (with a period) and latitude.

    Raises:
        CheironError: If two axes share a name or the manifold is unknown.

    >>> space = Space.of("control", ["pitch", "loudness"], low=0.0, high=1.0)
    >>> space.size, space.index("loudness")
    (2, 1)
    """

    name: str
    axes: tuple[Axis, ...]
    manifold: Manifold = "euclidean"

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise CheironError(f"space {self.name!r} names the axis {twice[0]!r} twice.")
        if self.manifold not in _MANIFOLDS:
            raise CheironError(
                f"space {self.name!r} lives on {self.manifold!r}; "
                f"expected one of {', '.join(_MANIFOLDS)}."
            )
        if self.manifold in ("circle", "torus") and not all(a.period for a in self.axes):
            raise CheironError(
                f"space {self.name!r} is a {self.manifold}, but not all of its axes have a period; "
                "expected one for each."
            )

    @classmethod
    def of(cls, name: str, names: Sequence[str], low: float = -1.0, high: float = 1.0) -> "Space":
        """A euclidean space whose axes share one range; they rest in its middle."""
        rest = (low + high) / 2
        return cls(name, tuple(Axis(n, low, high, default=rest) for n in names))

    @property
    def size(self) -> int:
        """Number of axes."""
        return len(self.axes)

    @property
    def names(self) -> tuple[str, ...]:
        """Axis names in order."""
        return tuple(axis.name for axis in self.axes)

    @property
    def low(self) -> NDArray[np.float32]:
        """Lower ends, shape ``(size,)``."""
        return np.array([axis.low for axis in self.axes], dtype=np.float32)

    @property
    def high(self) -> NDArray[np.float32]:
        """Upper ends, shape ``(size,)``."""
        return np.array([axis.high for axis in self.axes], dtype=np.float32)

    @property
    def default(self) -> NDArray[np.float32]:
        """Values at rest, shape ``(size,)``."""
        return np.array([axis.default for axis in self.axes], dtype=np.float32)

    def index(self, name: str) -> int:
        """Position of the axis called ``name``.

        Raises:
            CheironError: If there is no such axis; lists those there are.
        """
        if name not in self.names:
            raise CheironError(
                f"there is no axis {name!r} in the space {self.name!r}; "
                f"it has {', '.join(self.names)}."
            )
        return self.names.index(name)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a manifest."""
        return {
            "name": self.name,
            "manifold": self.manifold,
            "axes": [_plain(axis) for axis in self.axes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Space":
        """The space that :meth:`to_json` wrote.

        Raises:
            CheironError: If the data is not of that form.
        """
        try:
            axes = tuple(_axis({**axis}) for axis in data["axes"])
            for axis in axes:
                _check(axis)
            return cls(str(data["name"]), axes, data.get("manifold", "euclidean"))
        except (KeyError, TypeError, ValueError) as error:
            raise CheironError(
                f"a space is described wrongly ({error}); expected a name and axes as Cheiron "
                "writes them, so make or copy the artifact again."
            ) from error


def _axis(fields: dict[str, Any]) -> Axis:
    """The axis that :func:`_plain` wrote."""
    marks: Any = tuple(fields.pop("marks", ()))
    return Axis(**fields, marks=marks)


def _plain(axis: Axis) -> dict[str, Any]:
    """An axis as JSON has it; without marks and period it reads as axes always did."""
    fields = {**vars(axis), "marks": list(axis.marks)}
    return {k: v for k, v in fields.items() if v or k not in ("marks", "period")}


def _check(axis: Axis) -> None:
    """Refuse what only a file can hold: values of another type, kinds that do not exist."""
    words: tuple[Any, ...] = (axis.name, axis.unit, axis.help)
    numbers: tuple[Any, ...] = (axis.low, axis.high, axis.default, axis.period)
    if not all(isinstance(word, str) for word in words):
        raise TypeError(f"the axis {axis.name!r} has words that are no text")
    if not all(isinstance(n, int | float) and isfinite(n) for n in numbers):
        raise ValueError(f"the axis {axis.name!r} has ends that are no numbers")
    if axis.period < 0:
        raise ValueError(f"the axis {axis.name!r} has the period {axis.period:g}")
    marks: tuple[Any, ...] = axis.marks
    if not all(isinstance(n, int | float) and isfinite(n) for n in marks):
        raise ValueError(f"the axis {axis.name!r} has marks that are no numbers")
    if len(marks) == 1 or any(a >= b for a, b in pairwise(marks)):
        raise ValueError(f"the axis {axis.name!r} has marks that do not increase")
    if axis.kind not in _KINDS:
        raise ValueError(f"the axis {axis.name!r} is of the unknown kind {axis.kind!r}")
