"""A number's place among those of a corpus: the normaliser of descriptors."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import erf, exp, pi, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cheiron.core.errors import CheironError

LOWEST, HIGHEST = 0.005, 0.995
"""Probabilities of the first and last knot: the ends of a knob's travel."""

_KNOTS = 199
_FEWEST = 2  # different numbers that a distribution needs

_erf = np.frompyfunc(erf, 1, 1)  # NumPy has none, and performing needs no SciPy
_inverse = np.frompyfunc(NormalDist().inv_cdf, 1, 1)


@dataclass(frozen=True, eq=False)
class Quantiles:
    """The distribution of a quantity on a corpus, by its quantiles.

    A number has three forms. Its *value* is in the quantity's unit. Its *normal* form is
    ``Phi^-1(p)``, where ``p`` is the share of the corpus below it: straight lines between the
    knots, and continued straight beyond them. Its *unit* form is the position ``u`` of a knob,
    0 at the first knot (the 0.5 % quantile) and 1 at the last (99.5 %), so that an evenly turned
    knob passes through what the corpus has evenly:
    ``u = (p - p_first) / (p_last - p_first)``. Beyond the ends ``u`` goes on as a straight line of
    the same slope, so all three forms stay invertible. NaN stays NaN everywhere.

    Args:
        knots: Values, strictly increasing, shape ``(n,)``.
        probabilities: Share of the corpus below each, strictly increasing within (0, 1).

    Raises:
        CheironError: If they are not of that form.

    >>> q = Quantiles.fit(np.linspace(20.0, 40.0, 1001))
    >>> [round(float(v), 2) for v in q.to_unit([20.1, 30.0, np.nan, 39.9])]
    [0.0, 0.5, nan, 1.0]
    >>> round(float(q.from_normal(q.to_normal(33.3))), 6)
    33.3
    """

    knots: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __post_init__(self) -> None:
        knots = np.asarray(self.knots, np.float64)
        shares = np.asarray(self.probabilities, np.float64)
        object.__setattr__(self, "knots", knots)
        object.__setattr__(self, "probabilities", shares)
        fits = knots.ndim == 1 and knots.shape == shares.shape and knots.size >= _FEWEST
        if not fits or not (_increasing(knots) and _increasing(shares)):
            raise CheironError(
                f"quantiles are described by {knots.size} knots and {shares.size} probabilities "
                "that are not two equally long increasing rows; make the space again."
            )
        if shares[0] <= 0 or shares[-1] >= 1:
            raise CheironError(
                f"quantiles have probabilities from {shares[0]:g} to {shares[-1]:g}; expected "
                "them between 0 and 1, so make the space again."
            )

    @classmethod
    def fit(
        cls,
        values: ArrayLike,
        low: float = LOWEST,
        high: float = HIGHEST,
        name: str = "the quantity",
    ) -> "Quantiles":
        """The quantiles of a corpus.

        Args:
            values: Any shape; NaN and infinities are left out.
            low: Probability of the first knot.
            high: Probability of the last knot.
            name: What it is, for errors.

        Raises:
            CheironError: If fewer than two different numbers are left.
        """
        known = np.asarray(values, np.float64).ravel()
        known = known[np.isfinite(known)]
        if known.size == 0:
            raise CheironError(
                f"{name} is undefined in every frame; choose another axis, or sounds that have it."
            )
        shares = np.linspace(low, high, _KNOTS)
        knots = np.quantile(known, shares)
        # A plateau (a value that many frames share) becomes one knot at its middle.
        different, at, counts = np.unique(knots, return_index=True, return_counts=True)
        if different.size < _FEWEST:
            raise CheironError(
                f"{name} is {different[0]:g} nearly everywhere; a knob needs sounds in which it "
                "varies, so choose another axis or a richer corpus."
            )
        middle = shares[at] + (counts - 1) / 2 * (shares[1] - shares[0])
        return cls(different, middle)

    @cached_property
    def normals(self) -> NDArray[np.float64]:
        """Normal form of each knot, shape ``(n,)``."""
        return normal_of_share(self.probabilities)

    def to_normal(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values to numbers that are standard normal on the corpus; same shape."""
        return _lines(values, self.knots, self.normals)

    def from_normal(self, normal: ArrayLike) -> NDArray[np.float64]:
        """The inverse of :meth:`to_normal`."""
        return _lines(normal, self.normals, self.knots)

    def unit_of_normal(self, normal: ArrayLike) -> NDArray[np.float64]:
        """Normal form to position of the knob; in [0, 1] between the end knots, monotone beyond."""
        g = np.asarray(normal, np.float64)
        first, last = self.normals[0], self.normals[-1]
        inside = np.clip(g, first, last)
        beyond = (g - inside) * np.where(g < first, _density(first), _density(last))
        return (share_of_normal(inside) + beyond - self.probabilities[0]) / self._span

    def normal_of_unit(self, unit: ArrayLike) -> NDArray[np.float64]:
        """The inverse of :meth:`unit_of_normal`."""
        u = np.asarray(unit, np.float64)
        inside = np.clip(u, 0.0, 1.0)
        slopes = np.where(u < 0, _density(self.normals[0]), _density(self.normals[-1]))
        g = normal_of_share(self.probabilities[0] + inside * self._span)
        return g + (u - inside) * self._span / slopes

    def to_unit(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values to positions of the knob; same shape."""
        return self.unit_of_normal(self.to_normal(values))

    def from_unit(self, unit: ArrayLike) -> NDArray[np.float64]:
        """The inverse of :meth:`to_unit`."""
        return self.from_normal(self.normal_of_unit(unit))

    def marks(self, count: int = 21) -> tuple[float, ...]:
        """Values at equal steps of the knob's travel, for :attr:`cheiron.core.space.Axis.marks`."""
        return tuple(float(v) for v in self.from_unit(np.linspace(0.0, 1.0, count)))

    @property
    def _span(self) -> float:
        return float(self.probabilities[-1] - self.probabilities[0])

    def to_json(self) -> dict[str, Any]:
        """Plain data for a manifest."""
        return {"knots": self.knots.tolist(), "probabilities": self.probabilities.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Quantiles":
        """What :meth:`to_json` wrote.

        Raises:
            CheironError: If the data is not of that form.
        """
        try:
            knots = np.array([float(v) for v in data["knots"]])
            shares = np.array([float(v) for v in data["probabilities"]])
        except (KeyError, TypeError, ValueError) as error:
            raise CheironError(
                f"quantiles are described wrongly ({error!r}); expected knots and probabilities as "
                "Cheiron writes them, so make the space again."
            ) from error
        return cls(knots, shares)


def share_of_normal(normal: ArrayLike) -> NDArray[np.float64]:
    """The standard normal's distribution function Phi, element by element."""
    g = np.asarray(normal, np.float64)
    return 0.5 + 0.5 * np.asarray(_erf(g / sqrt(2.0)), np.float64)


def normal_of_share(share: ArrayLike) -> NDArray[np.float64]:
    """The inverse of :func:`share_of_normal`; shares are kept within 1e-12 of 0 and 1."""
    p = np.asarray(share, np.float64)
    known = np.clip(np.where(np.isnan(p), 0.5, p), 1e-12, 1 - 1e-12)
    return np.where(np.isnan(p), np.nan, np.asarray(_inverse(known), np.float64))


def _density(normal: float) -> float:
    return exp(-0.5 * normal * normal) / sqrt(2 * pi)


def _lines(
    values: ArrayLike, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Straight lines through points, the outermost ones going on."""
    v = np.asarray(values, np.float64)
    segment = np.clip(np.searchsorted(x, v, side="right") - 1, 0, x.size - 2)
    slope = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
    return y[segment] + (v - x[segment]) * slope[segment]


def _increasing(row: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(row).all() and (np.diff(row) > 0).all())
