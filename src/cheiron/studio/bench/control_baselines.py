"""What a control space is compared with: linear ways to move a descriptor, fitted in a moment."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents
from cheiron.core.quantiles import Quantiles
from cheiron.core.space import Axis, Space
from cheiron.studio.bench.control_material import Material, movable

Matrix = NDArray[np.float64]

_REACH = 3.0  # standard scores; the few frames beyond would steer a least-squares fit
_LEAST_STD = 1e-6


@dataclass(frozen=True, eq=False)
class _Knobs:
    """What all of them share: knobs in [0, 1] by quantiles, latents that pass through."""

    names: tuple[str, ...]
    quantiles: tuple[Quantiles, ...]
    latent: Space
    moved: tuple[int, ...]
    rest: tuple[Axis, ...]
    model: str

    @property
    def passed(self) -> list[int]:
        return [i for i in range(self.latent.size) if i not in self.moved]

    @property
    def control(self) -> Space:
        """Descriptor knobs, what is left, then what passes through."""
        knobs = (Axis(n, 0.0, 1.0, default=0.5, kind="descriptor") for n in self.names)
        passed = (self.latent.axes[i] for i in self.passed)
        return Space("control", (*knobs, *self.rest, *passed))

    @property
    def std(self) -> NDArray[np.float32]:
        """Ones: nobody plays these."""
        return np.ones(self.control.size, np.float32)

    def positions(self, normal: Matrix) -> Matrix:
        columns = [q.unit_of_normal(g) for q, g in zip(self.quantiles, normal.T, strict=True)]
        return np.stack(columns, axis=1)

    def normals(self, c: NDArray[np.float32]) -> Matrix:
        columns = zip(self.quantiles, c.T[: len(self.names)], strict=True)
        return np.stack([q.normal_of_unit(u) for q, u in columns], axis=1)

    def joined(self, z: Latents, *parts: Matrix) -> NDArray[np.float32]:
        return np.concatenate([*parts, z[:, self.passed]], axis=1).astype(np.float32)

    def latents(self, moved: Matrix, c: NDArray[np.float32]) -> Latents:
        z = np.empty((len(c), self.latent.size), np.float32)
        z[:, list(self.moved)] = moved
        z[:, self.passed] = c[:, c.shape[1] - len(self.passed) :]
        return z


@dataclass(frozen=True, eq=False)
class Affine(_Knobs):
    """Knobs that are affine in the latents, and whatever is orthogonal to them left alone.

    Args:
        weights: Normal scores of the descriptors from standardised latents, ``(K, D')``.
        bias: Shape ``(K,)``.
        whiten: Latents to standardised ones, ``(D', D')``.
        mean: Of the latents, ``(D',)``.
    """

    weights: Matrix
    bias: Matrix
    whiten: Matrix
    mean: Matrix

    def to_control(self, z: Latents) -> NDArray[np.float32]:
        """Positions the regression predicts, the orthogonal rest, what passes."""
        p = (z[:, list(self.moved)] - self.mean) @ self.whiten.T
        return self.joined(
            z, self.positions(p @ self.weights.T + self.bias), p @ null(self.weights).T
        )

    def to_latent(self, c: NDArray[np.float32]) -> Latents:
        """The smallest change of the standardised latents that the regression asks for."""
        width = len(self.names)
        wanted = self.normals(c) - self.bias
        rest = c[:, width : len(self.moved)].astype(np.float64)
        p = wanted @ np.linalg.pinv(self.weights).T + rest @ null(self.weights)
        return self.latents(p @ np.linalg.inv(self.whiten).T + self.mean, c)

    def log_prob(self, z: Latents) -> NDArray[np.float32]:
        """Log density of a Gaussian, up to a constant."""
        p = (z[:, list(self.moved)] - self.mean) @ self.whiten.T
        return (-0.5 * (p * p).sum(axis=1)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Directions(Affine):
    """One direction for each descriptor, that of its own regression: knobs that share latents.

    A knob moves the latents along its direction, as far as its own regression says, whatever that
    does to the other knobs. So control points carry the latents themselves beside the knobs.
    """

    def to_control(self, z: Latents) -> NDArray[np.float32]:
        """Positions the regressions predict, and the standardised latents."""
        p = (z[:, list(self.moved)] - self.mean) @ self.whiten.T
        return self.joined(z, self.positions(p @ self.weights.T + self.bias), p)

    def to_latent(self, c: NDArray[np.float32]) -> Latents:
        """Each knob's step from where it is, along its own direction."""
        width = len(self.names)
        p = c[:, width : width + len(self.moved)].astype(np.float64)
        step = self.normals(c) - self.bias - p @ self.weights.T
        along = self.weights / np.square(self.weights).sum(axis=1, keepdims=True)
        return self.latents((p + step @ along) @ np.linalg.inv(self.whiten).T + self.mean, c)


@dataclass(frozen=True, eq=False)
class OwnAxes(_Knobs):
    """Latents that training has named after descriptors, as knobs by their quantiles."""

    def to_control(self, z: Latents) -> NDArray[np.float32]:
        """Positions of the named latents among the corpus's; all others pass through."""
        columns = zip(self.quantiles, z[:, list(self.moved)].T, strict=True)
        return self.joined(z, np.stack([q.to_unit(v) for q, v in columns], axis=1))

    def to_latent(self, c: NDArray[np.float32]) -> Latents:
        """The latents at those quantiles."""
        columns = zip(self.quantiles, c.T[: len(self.names)], strict=True)
        return self.latents(np.stack([q.from_unit(u) for q, u in columns], axis=1), c)

    def log_prob(self, z: Latents) -> NDArray[np.float32]:
        """Zeros: it knows no density."""
        return np.zeros(len(z), np.float32)


def regression(material: Material) -> Affine:
    """Principal components, and one linear regression from them to all descriptors.

    Components are whitened, so a knob's step is the likeliest of those that the regression allows.

    Raises:
        CheironError: If there are more descriptors than latents to steer.
    """
    fields, moved = _fitted(material)
    spare = len(moved) - len(material.names)
    return Affine(**fields, rest=tuple(Axis(f"r{i + 1}", kind="residual") for i in range(spare)))


def directions(material: Material) -> Directions:
    """One least-squares direction for each descriptor, in the same whitened components.

    So a step is the mean difference between frames that differ in the descriptor by as much.

    Raises:
        CheironError: If there are more descriptors than latents to steer.
    """
    fields, moved = _fitted(material)
    return Directions(**fields, rest=tuple(Axis(f"own{i + 1}") for i in range(len(moved))))


def own_axes(material: Material) -> OwnAxes | None:
    """The latents that carry a descriptor's name; None where only the level has one."""
    latent = material.model.latent
    names = tuple(n for n in material.names if n in latent.names)
    if not set(names) - {"loudness", "rms"}:
        return None
    moved = tuple(latent.index(n) for n in names)
    spread = tuple(
        Quantiles.fit(material.z[:, i], name=n) for i, n in zip(moved, names, strict=True)
    )
    return OwnAxes(names, spread, latent, moved, (), material.model.name)


def null(weights: Matrix) -> Matrix:
    """An orthonormal basis of what the weights do not see, one vector in each row."""
    _, _, vectors = np.linalg.svd(weights)
    return vectors[len(weights) :]


def _fitted(material: Material) -> tuple[dict[str, Any], list[int]]:
    """Fields of an affine space, and the latents that it moves."""
    moved, z, g = _table(material)
    latent, mean = material.model.latent, z.mean(axis=0)
    variances, vectors = np.linalg.eigh((z - mean).T @ (z - mean) / len(z))
    whiten = vectors.T / np.sqrt(np.maximum(variances, _LEAST_STD**2))[:, None]
    weights, bias = _least_squares((z - mean) @ whiten.T, g)
    knobs = {"names": material.names, "quantiles": material.quantiles, "latent": latent,
             "moved": tuple(moved), "model": material.model.name}  # fmt: skip
    return {**knobs, "weights": weights, "bias": bias, "whiten": whiten, "mean": mean}, moved


def _table(material: Material) -> tuple[list[int], Matrix, Matrix]:
    """Movable latents and normal scores of the descriptors, where all are defined."""
    moved = movable(material.model.latent)
    if len(moved) < len(material.names):
        raise CheironError(
            f"{material.model.name} has {len(moved)} latents to steer, too few for "
            f"{len(material.names)} descriptors; name fewer with --axes."
        )
    known = np.isfinite(material.values).all(axis=1)
    columns = zip(material.quantiles, material.values[known].T, strict=True)
    g = np.stack([np.clip(q.to_normal(v), -_REACH, _REACH) for q, v in columns], axis=1)
    return moved, material.z[known][:, moved].astype(np.float64), g


def _least_squares(x: Matrix, y: Matrix) -> tuple[Matrix, Matrix]:
    """Weights ``(K, D)`` and biases ``(K,)``."""
    found, *_ = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)
    return found[:-1].T, found[-1]
