"""Normalising flows: invertible maps between latents and knobs, with exact densities."""

from dataclasses import dataclass
from typing import Literal, Protocol, cast

import torch
from torch import Tensor, nn

from cheiron.nets.flow_coupling import AffineCoupling, Mixing, SplineCoupling, Whitening


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
    affine: int = 6
    splines: int = 2
    hidden: int = 64
    bins: int = 8
    bound: float = 5.0
    mixing: Literal["learned", "orthogonal"] = "learned"
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
        size, context, hidden = config.size, config.context, config.hidden
        generator = torch.Generator().manual_seed(config.seed)
        self.whitening = Whitening(size)
        layers: list[nn.Module] = []
        for index in range(config.affine + config.splines):
            layers.append(Mixing(size, config.mixing == "learned", generator))
            if index < config.affine:
                layers.append(AffineCoupling(size, context, hidden))
            else:
                layers.append(SplineCoupling(size, context, hidden, config.bins, config.bound))
        layers.append(Mixing(size, config.mixing == "learned", generator))
        self.layers = nn.ModuleList([self.whitening, *layers])

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Knobs of latents.

        Args:
            z: ``(batch, size)``.
            context: ``(batch, context)``.

        Returns:
            ``(batch, size)`` and the log-determinant of the Jacobian, ``(batch,)``.
        """
        log_det = torch.zeros_like(z[:, 0])
        for layer in self._bijections():
            z, change = layer(z, context)
            log_det = log_det + change
        return z, log_det

    def inverse(self, c: Tensor, context: Tensor) -> Tensor:
        """Latents of knobs, ``(batch, size)`` both."""
        for layer in reversed(self._bijections()):
            c = layer.inverse(c, context)
        return c

    def freeze(self) -> None:
        """Turn learned rotations into plain numbers, for export."""
        for layer in self.layers:
            if isinstance(layer, Mixing):
                layer.freeze()

    def _bijections(self) -> list[Bijection]:
        return [cast(Bijection, layer) for layer in self.layers]
