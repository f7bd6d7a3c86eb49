"""Continuous flows on manifolds, trained by flow matching.

A vector field ``v(x, t)`` carries a base density at t = 0 to that of the data at t = 1. It is
trained to be, on average, the velocity of geodesics from base points to data points, which needs
no simulation; its density follows exactly from the divergence along its paths.

References: Chen, Lipman: "Flow Matching on General Geometries", ICLR 2024; Mathieu, Nickel:
"Riemannian Continuous Normalizing Flows", NeurIPS 2020; Pooladian et al.: "Multisample Flow
Matching: Straightening Flows with Minibatch Couplings", ICML 2023.
"""

import itertools
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from cheiron.nets.manifold import Manifold

CLOCK = 4
"""Frequencies in which a field is told the time."""


@dataclass(frozen=True)
class FieldConfig:
    """Shape of a vector field.

    Args:
        width: Of each hidden layer.
        depth: Hidden layers, at least one.
        waves: About how many waves say where a point is, beside its coordinates.
        reach: Highest frequency of these, in radians for each unit of length.
        context: Numbers that the field is conditioned on.
        seed: Of the waves.
    """

    width: int = 128
    depth: int = 3
    waves: int = 128
    reach: float = 8.0
    context: int = 0
    seed: int = 0


class VectorField(nn.Module):
    """A time-dependent tangent field on a manifold: a plain network of waves.

    Args:
        manifold: Where it lives.
        config: Its shape.
    """

    def __init__(self, manifold: Manifold, config: FieldConfig) -> None:
        super().__init__()
        self.manifold, self.config = manifold, config
        generator = torch.Generator().manual_seed(config.seed)
        matrix, phase = manifold.waves(config.waves, config.reach, generator)
        self.register_buffer("matrix", matrix)
        self.register_buffer("phase", phase)
        seen = manifold.coordinates(torch.zeros(1, manifold.ambient)).shape[1] + len(phase)
        self.time = nn.Linear(2 * CLOCK + 1, config.width)
        sizes = [seen + config.context, *[config.width] * config.depth]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.last = nn.Linear(config.width, manifold.ambient)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        """Velocities at points.

        Args:
            x: ``(batch, ambient)``; what is off the manifold counts as its nearest point.
            t: Time in [0, 1], ``(batch, 1)`` or ``(1, 1)``.
            context: ``(batch, config.context)``; needed if that is above zero.
        """
        if self.manifold.flat:  # waves and coordinates come round by themselves
            return self._raw(x, t, context)
        x = self.manifold.project(x)
        return self.manifold.tangent(x, self._raw(x, t, context))

    def divergence(
        self, x: Tensor, t: Tensor, context: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Velocities at points of the manifold, and their exact divergence ``(batch,)``.

        It is the trace of the derivative over an orthonormal tangent basis. The derivative is
        written out, layer by layer, so that it can be exported.
        """
        basis, matrix = self.manifold.basis(x), self.get_buffer("matrix")
        waves = x @ matrix + self.get_buffer("phase")
        slope = waves.cos()[:, None] * (basis @ matrix)
        slope = torch.cat([self.manifold.coordinates(basis), slope], -1)
        if context is not None:
            slope = nn.functional.pad(slope, (0, context.shape[-1]))  # it stands still
        h = self._seen(x, waves, context)
        for number, layer in enumerate(self.layers):
            a = layer(h) + self.time(self.clock(t)) if number == 0 else layer(h)
            gate = a.sigmoid()
            steep = (gate * (1 + a * (1 - gate)))[:, None] * (slope @ cast(Tensor, layer.weight).T)
            h, slope = (a * gate, steep) if number == 0 else (h + a * gate, slope + steep)
        u = self.last(h)
        trace = (basis * (slope @ self.last.weight.T)).sum((-2, -1))
        return self.manifold.tangent(x, u), trace + self.manifold.bend(x, u)

    def _raw(self, x: Tensor, t: Tensor, context: Tensor | None) -> Tensor:
        waves = x @ self.get_buffer("matrix") + self.get_buffer("phase")
        h = self._seen(x, waves, context)
        for number, layer in enumerate(self.layers):
            if number == 0:
                h = nn.functional.silu(layer(h) + self.time(self.clock(t)))
            else:
                h = h + nn.functional.silu(layer(h))
        return self.last(h)

    def _seen(self, x: Tensor, waves: Tensor, context: Tensor | None) -> Tensor:
        """What the network reads of a point."""
        given = [] if context is None else [context]
        return torch.cat([self.manifold.coordinates(x), waves.sin(), *given], -1)

    def clock(self, t: Tensor) -> Tensor:
        """What it reads of the time; for a known time a constant, which export folds away."""
        steps = torch.arange(1, CLOCK + 1, dtype=t.dtype) * torch.pi
        return torch.cat([t, (t * steps).sin(), (t * steps).cos()], -1)


def matching_loss(
    field: VectorField,
    start: Tensor,
    end: Tensor,
    generator: torch.Generator | None = None,
    context: Tensor | None = None,
) -> Tensor:
    """Mean squared distance of the field from the velocities of geodesics.

    Args:
        field: What is trained.
        start: Points at t = 0, ``(batch, ambient)``.
        end: Points at t = 1, their partners.
        generator: Fixes the draw of times.
        context: ``(batch, config.context)``.
    """
    manifold = field.manifold
    # One time in each of `batch` equal parts of [0, 1]: less noise than independent draws.
    count = start.shape[0]
    t = torch.rand(1, generator=generator) + torch.randperm(count, generator=generator) / count
    t = (t % 1.0)[:, None]
    way = manifold.log(start, end)
    x = manifold.exp(start, t * way)
    wanted = manifold.transport(start, x, way)
    return (field(x, t, context) - wanted).square().sum(-1).mean()
