"""Normalising flows: invertible maps between latents and knobs, with exact densities."""

from dataclasses import dataclass
from typing import Literal, Protocol, cast

import torch
from torch import Tensor, nn

from cheiron.nets.flow_coupling import (
    AffineCoupling,
    Mixing,
    SplineCoupling,
    Whitening,
    saturate,
)


class Bijection(Protocol):
    """One layer: there, with its log-determinant, and back."""

    def __call__(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, size)`` to the same shape and ``(batch,)``."""
        ...

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """Back."""
        ...


@dataclass(frozen=True)
class FlowConfig:
    """A coupling flow.

    Args:
        size: Coordinates, at least 2.
        context: Numbers beside them that the map may depend on, such as the pitch.
        head: How many of the coordinates, the first ones, stand apart, such as those with names:
            couplings then change part of them by all others, and part of the others by all, with
            one rotation before; without a head, halves change in turn, with rotations between.
        affine: Affine couplings, which come first.
        splines: Rational-quadratic spline couplings after them.
        hidden: Width of the conditioners.
        bins: Of each spline.
        bound: Splines bend within this many spreads.
        mixing: Rotations between the couplings: ``"learned"``, or random and fixed
            (``"orthogonal"``).
        seed: Draws the rotations.
    """

    size: int
    context: int = 0
    head: int = 0
    affine: int = 8
    splines: int = 0
    hidden: int = 64
    bins: int = 8
    bound: float = 5.0
    mixing: Literal["learned", "orthogonal"] = "orthogonal"
    seed: int = 0


class Flow(nn.Module):
    """A coupling flow (RealNVP, Dinh et al. 2017; neural spline flows, Durkan et al. 2019).

    It whitens, then alternates rotations and couplings. Far outside the data it is affine.

    Args:
        config: Its configuration.

    >>> flow = Flow(FlowConfig(size=4, context=1))
    >>> z, pitch = torch.randn(8, 4), torch.randn(8, 1)
    >>> c, log_det = flow(z, pitch)
    >>> bool(torch.allclose(flow.inverse(c, pitch), z, atol=1e-4)), log_det.shape
    (True, torch.Size([8]))
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config = config
        generator = torch.Generator().manual_seed(config.seed)
        self.whitening = Whitening(config.size)
        self.first = Mixing(config.size, config.mixing == "learned", generator)
        layers: list[nn.Module] = [self.whitening, self.first]
        blocks = _blocks(config.size, config.head)
        for index in range(config.affine + config.splines):
            if index and not config.head:
                layers.append(Mixing(config.size, config.mixing == "learned", generator))
            layers.append(_coupling(config, blocks[index % len(blocks)], index < config.affine))
        self.layers = nn.ModuleList(layers)

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Knobs of latents.

        Args:
            z: ``(batch, size)``.
            context: ``(batch, context)``.

        Returns:
            ``(batch, size)`` and the log-determinant of the Jacobian, ``(batch,)``.
        """
        context = saturate(context)
        log_det = torch.zeros_like(z[:, 0])
        for layer in self._bijections():
            z, change = layer(z, context)
            log_det = log_det + change
        return z, log_det

    def inverse(self, c: Tensor, context: Tensor) -> Tensor:
        """Latents of knobs, ``(batch, size)`` both."""
        context = saturate(context)
        for layer in reversed(self._bijections()):
            c = layer.inverse(c, context)
        return c

    def aim(self, directions: Tensor) -> None:
        """Turn the first rotation so that the first coordinates start as given directions.

        Args:
            directions: One row for each, in whitened latents, ``(k, size)``.
        """
        frame = torch.cat([directions, torch.eye(self.config.size)]).double()
        q, r = torch.linalg.qr(frame.T)
        signs = torch.sign(torch.diagonal(r))
        wanted = (q * torch.where(signs == 0, 1.0, signs)).T
        self.first.get_buffer("start").copy_(wanted)

    def freeze(self) -> None:
        """Turn learned rotations into plain numbers, for export."""
        for layer in self.layers:
            if isinstance(layer, Mixing):
                layer.freeze()

    def _bijections(self) -> list[Bijection]:
        return [cast(Bijection, layer) for layer in self.layers]


def _blocks(size: int, head: int) -> list[tuple[int, int]]:
    """Ranges that couplings change in turn."""
    if not head:
        return [(size // 2, size), (0, size // 2)]
    upper, rest = head - head // 2, head + (size - head) // 2
    ranges = [(0, upper), (head, rest), (upper, head), (rest, size)]
    return [(a, b) for a, b in ranges if b > a]


def _coupling(config: FlowConfig, moved: tuple[int, int], affine: bool) -> nn.Module:
    size, context, hidden = config.size, config.context, config.hidden
    if affine:
        return AffineCoupling(size, moved, context, hidden)
    return SplineCoupling(size, moved, context, hidden, config.bins, config.bound)
