"""Manifolds that controls live on: spheres, tori, R^n and their products.

Points and tangent vectors are tensors ``(..., ambient)``. A sphere is embedded: points are unit
vectors, tangent vectors are orthogonal to them. A torus is a row of angles in [-pi, pi), its
tangent vectors are angles per second. Every map is written without branches, so that it can be
exported, and keeps finite gradients where the points meet.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_TINY = 1e-12


class Manifold(ABC):
    """A complete Riemannian manifold with closed-form geodesics and a base density.

    Attributes:
        dim: Its dimension.
        ambient: Numbers that a point is written with.
        flat: Whether every vector is tangent everywhere.
    """

    dim: int
    ambient: int
    flat: bool = True

    @abstractmethod
    def project(self, x: Tensor) -> Tensor:
        """The point nearest to ``x``; what is already a point stays where it is."""

    @abstractmethod
    def tangent(self, x: Tensor, v: Tensor) -> Tensor:
        """The part of ``v`` that is tangent at ``x``."""

    @abstractmethod
    def exp(self, x: Tensor, v: Tensor) -> Tensor:
        """Where the geodesic that leaves ``x`` with velocity ``v`` is after one second."""

    @abstractmethod
    def log(self, x: Tensor, y: Tensor) -> Tensor:
        """The shortest ``v`` with ``exp(x, v) = y``."""

    @abstractmethod
    def transport(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        """``v`` at ``x`` carried in parallel along the shortest geodesic to ``y``."""

    @abstractmethod
    def basis(self, x: Tensor) -> Tensor:
        """Orthonormal tangent vectors at ``x``, shape ``(..., dim, ambient)``."""

    @abstractmethod
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Points of the base density, shape ``(count, ambient)``."""

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Log of the base density: uniform where the volume is finite, else standard normal."""

    @abstractmethod
    def coordinates(self, x: Tensor) -> Tensor:
        """What a network may read of a point as it is: no number that has a seam."""

    @abstractmethod
    def waves(self, count: int, reach: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Smooth functions on it: ``sin(x @ A + b)`` for these A ``(ambient, n)`` and b ``(n,)``.

        Args:
            count: About how many.
            reach: Largest frequency, in radians for each unit of length.
            generator: Fixes the draw.
        """

    def bend(self, x: Tensor, u: Tensor) -> Tensor:
        """What the curving of the manifold adds to the divergence of ``tangent(x, u)``.

        The divergence is the trace over :meth:`basis` of the derivative of ``u``, plus this.
        """
        return torch.zeros(x.shape[:-1], dtype=x.dtype)

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Length of the shortest geodesic."""
        return self.log(x, y).square().sum(-1).sqrt()


@dataclass(frozen=True)
class Sphere(Manifold):
    """The unit sphere S^n in R^(n+1).

    >>> sphere = Sphere(2)
    >>> north, east = torch.tensor([0.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.0])
    >>> round(float(sphere.distance(north, east)), 4)
    1.5708
    """

    dim: int = 2

    @property
    def ambient(self) -> int:  # type: ignore[override]
        """One more than its dimension."""
        return self.dim + 1

    @property
    def flat(self) -> bool:  # type: ignore[override]
        """It is not."""
        return False

    def project(self, x: Tensor) -> Tensor:
        """Scaled to length 1."""
        return x / x.square().sum(-1, keepdim=True).clamp_min(_TINY).sqrt()

    def tangent(self, x: Tensor, v: Tensor) -> Tensor:
        """``v`` without its part along ``x``."""
        return v - (x * v).sum(-1, keepdim=True) * x

    def exp(self, x: Tensor, v: Tensor) -> Tensor:
        """``cos |v| x + sin |v| v / |v|``."""
        length = v.square().sum(-1, keepdim=True).clamp_min(_TINY).sqrt()
        return self.project(length.cos() * x + length.sin() / length * v)

    def log(self, x: Tensor, y: Tensor) -> Tensor:
        """Of the many shortest ways to the opposite point it takes one."""
        along = (x * y).sum(-1, keepdim=True)
        across = y - along * x
        length = across.square().sum(-1, keepdim=True)
        opposite = (length < 1e-10) & (along < 0)
        across = torch.where(opposite, self.basis(x)[..., 0, :], across)
        length = torch.where(opposite, torch.ones_like(length), length).clamp_min(_TINY).sqrt()
        angle = torch.where(opposite, torch.full_like(along, math.pi), length.atan2(along))
        return angle / length * across

    def transport(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        """Turned with the great circle."""
        along = (y * v).sum(-1, keepdim=True)
        whole = 1.0 + (x * y).sum(-1, keepdim=True)
        return v - along / whole.clamp_min(_TINY) * (x + y)

    def basis(self, x: Tensor) -> Tensor:
        """Columns of the Householder reflection that takes the last axis to ``x``, up to sign."""
        last = torch.zeros_like(x)
        last[..., -1] = torch.where(x[..., -1] < 0, -1.0, 1.0)
        mirror = x + last
        scale = 2.0 / mirror.square().sum(-1)[..., None, None]
        square = torch.eye(self.ambient, dtype=x.dtype) - scale * (
            mirror[..., :, None] * mirror[..., None, :]
        )
        return square[..., :-1, :]

    def bend(self, x: Tensor, u: Tensor) -> Tensor:
        """``-n <x, u>``: the part of ``u`` that points outwards."""
        return -self.dim * (x * u).sum(-1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Uniform."""
        return self.project(torch.randn(count, self.ambient, generator=generator))

    def log_prob(self, x: Tensor) -> Tensor:
        """One over its surface."""
        half = self.ambient / 2
        surface = math.log(2.0) + half * math.log(math.pi) - math.lgamma(half)
        return torch.full(x.shape[:-1], -surface, dtype=x.dtype)

    def coordinates(self, x: Tensor) -> Tensor:
        """The unit vector."""
        return x

    def waves(self, count: int, reach: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Plane waves in random directions, frequencies even on a log scale from 1 to ``reach``."""
        directions = self.sample(count, generator)
        frequency = torch.exp(torch.rand(count, 1, generator=generator) * math.log(max(reach, 1.0)))
        phase = 2 * math.pi * torch.rand(count, generator=generator)
        return (directions * frequency).T, phase


@dataclass(frozen=True)
class Torus(Manifold):
    """The flat torus T^n; T^1 is the circle.

    >>> circle = Torus(1)
    >>> before, after = torch.tensor([math.radians(359)]), torch.tensor([math.radians(1)])
    >>> round(math.degrees(float(circle.log(before, after))), 3)
    2.0
    """

    dim: int = 1

    @property
    def ambient(self) -> int:  # type: ignore[override]
        """Its dimension."""
        return self.dim

    def project(self, x: Tensor) -> Tensor:
        """Angles in [-pi, pi)."""
        return x - 2 * math.pi * torch.floor(x / (2 * math.pi) + 0.5)

    def tangent(self, x: Tensor, v: Tensor) -> Tensor:
        """Every vector is."""
        return v

    def exp(self, x: Tensor, v: Tensor) -> Tensor:
        """Turned by ``v``."""
        return self.project(x + v)

    def log(self, x: Tensor, y: Tensor) -> Tensor:
        """The short way round."""
        return self.project(y - x)

    def transport(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        """It is flat."""
        return v

    def basis(self, x: Tensor) -> Tensor:
        """The angles themselves."""
        return _flat_basis(x)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Uniform."""
        return math.pi * (2 * torch.rand(count, self.dim, generator=generator) - 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """One over its volume."""
        return torch.full(x.shape[:-1], -self.dim * math.log(2 * math.pi), dtype=x.dtype)

    def coordinates(self, x: Tensor) -> Tensor:
        """Nothing: an angle has a seam, its waves have none."""
        return x[..., :0]

    def waves(self, count: int, reach: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sine and cosine of whole multiples of each angle, then of random sums of them."""
        eye = torch.eye(self.dim)
        whole = max(1, min(round(reach), count // (2 * self.dim)))
        single = torch.cat([k * eye for k in range(1, whole + 1)])
        more = max(count // 2 - len(single), 0) if self.dim > 1 else 0
        mixed = torch.randint(-whole, whole + 1, (more, self.dim), generator=generator).float()
        vectors = torch.cat([single, mixed])
        phases = torch.zeros(len(vectors))
        return torch.cat([vectors, vectors]).T, torch.cat([phases, phases + math.pi / 2])


@dataclass(frozen=True)
class Euclidean(Manifold):
    """R^n."""

    dim: int

    @property
    def ambient(self) -> int:  # type: ignore[override]
        """Its dimension."""
        return self.dim

    def project(self, x: Tensor) -> Tensor:
        """Every row is a point."""
        return x

    def tangent(self, x: Tensor, v: Tensor) -> Tensor:
        """Every vector is."""
        return v

    def exp(self, x: Tensor, v: Tensor) -> Tensor:
        """``x + v``."""
        return x + v

    def log(self, x: Tensor, y: Tensor) -> Tensor:
        """``y - x``."""
        return y - x

    def transport(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        """It is flat."""
        return v

    def basis(self, x: Tensor) -> Tensor:
        """The axes themselves."""
        return _flat_basis(x)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal."""
        return torch.randn(count, self.dim, generator=generator)

    def log_prob(self, x: Tensor) -> Tensor:
        """Standard normal."""
        return -0.5 * (x.square().sum(-1) + self.dim * math.log(2 * math.pi))

    def coordinates(self, x: Tensor) -> Tensor:
        """All of them."""
        return x

    def waves(self, count: int, reach: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """None: the coordinates say enough, and waves would not let go of far points."""
        return torch.zeros(self.dim, 0), torch.zeros(0)


@dataclass(frozen=True)
class Product(Manifold):
    """Several manifolds side by side; a point is their points in a row.

    >>> Product((Sphere(2), Torus(1), Euclidean(4))).ambient
    8
    """

    parts: tuple[Manifold, ...]

    @property
    def dim(self) -> int:  # type: ignore[override]
        """The sum of theirs."""
        return sum(part.dim for part in self.parts)

    @property
    def ambient(self) -> int:  # type: ignore[override]
        """The sum of theirs."""
        return sum(part.ambient for part in self.parts)

    @property
    def flat(self) -> bool:  # type: ignore[override]
        """Whether all of them are."""
        return all(part.flat for part in self.parts)

    def split(self, x: Tensor) -> Sequence[Tensor]:
        """The points of the parts."""
        return x.split([part.ambient for part in self.parts], -1)

    def project(self, x: Tensor) -> Tensor:
        """Part by part."""
        return torch.cat([p.project(a) for p, a in zip(self.parts, self.split(x), strict=True)], -1)

    def tangent(self, x: Tensor, v: Tensor) -> Tensor:
        """Part by part."""
        pairs = zip(self.parts, self.split(x), self.split(v), strict=True)
        return torch.cat([p.tangent(a, b) for p, a, b in pairs], -1)

    def exp(self, x: Tensor, v: Tensor) -> Tensor:
        """Part by part."""
        pairs = zip(self.parts, self.split(x), self.split(v), strict=True)
        return torch.cat([p.exp(a, b) for p, a, b in pairs], -1)

    def log(self, x: Tensor, y: Tensor) -> Tensor:
        """Part by part."""
        pairs = zip(self.parts, self.split(x), self.split(y), strict=True)
        return torch.cat([p.log(a, b) for p, a, b in pairs], -1)

    def transport(self, x: Tensor, y: Tensor, v: Tensor) -> Tensor:
        """Part by part."""
        rows = zip(self.parts, self.split(x), self.split(y), self.split(v), strict=True)
        return torch.cat([p.transport(a, b, c) for p, a, b, c in rows], -1)

    def basis(self, x: Tensor) -> Tensor:
        """Each part's own, zero elsewhere."""
        rows: list[Tensor] = []
        start = 0
        for part, a in zip(self.parts, self.split(x), strict=True):
            rest = self.ambient - start - part.ambient
            rows.append(torch.nn.functional.pad(part.basis(a), (start, rest)))
            start += part.ambient
        return torch.cat(rows, -2)

    def bend(self, x: Tensor, u: Tensor) -> Tensor:
        """The sum of theirs."""
        pairs = zip(self.parts, self.split(x), self.split(u), strict=True)
        return torch.stack([p.bend(a, b) for p, a, b in pairs]).sum(0)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """The parts are independent."""
        return torch.cat([part.sample(count, generator) for part in self.parts], -1)

    def log_prob(self, x: Tensor) -> Tensor:
        """The parts are independent."""
        terms = [p.log_prob(a) for p, a in zip(self.parts, self.split(x), strict=True)]
        return torch.stack(terms).sum(0)

    def coordinates(self, x: Tensor) -> Tensor:
        """Those of each part."""
        pairs = zip(self.parts, self.split(x), strict=True)
        return torch.cat([part.coordinates(a) for part, a in pairs], -1)

    def waves(self, count: int, reach: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Those of each part."""
        found = [part.waves(count // len(self.parts), reach, generator) for part in self.parts]
        matrix = torch.block_diag(*(a for a, _ in found))
        return matrix, torch.cat([b for _, b in found])


def _flat_basis(x: Tensor) -> Tensor:
    size = x.shape[-1]
    return torch.eye(size, dtype=x.dtype).expand(*x.shape, size)
