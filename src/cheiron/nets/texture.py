"""Stochastic detail as unit-variance latents: what was heard, or fresh noise in its place."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.streaming import CausalConv, Chain, Pointwise, State, Streaming, leaky


class TextureTransform(nn.Module):
    """Block cosine transform of the lowest sub-bands: one coefficient for each texture axis.

    Args:
        axes: Number of coefficients, a multiple of ``block``.
        block: Sub-band samples per latent frame.
    """

    def __init__(self, axes: int, block: int) -> None:
        super().__init__()
        if axes % block:
            raise ValueError(
                f"{axes} texture axes are not a multiple of {block}, a frame's samples"
            )
        self.bands, self.block = axes // block, block
        n = torch.arange(block, dtype=torch.float64)
        matrix = torch.cos(math.pi / block * (n[None, :] + 0.5) * n[:, None])
        matrix = matrix * math.sqrt(2.0 / block)
        matrix[0] *= math.sqrt(0.5)
        self.register_buffer("matrix", matrix.float(), persistent=False)

    def forward(self, bands: Tensor) -> Tensor:
        """``(batch, all bands, frames * block)`` to ``(batch, axes, frames)``."""
        batch = bands.shape[0]
        blocks = bands[:, : self.bands].reshape(batch, self.bands, -1, self.block)
        coefficients = blocks @ self.get_buffer("matrix").T
        return coefficients.transpose(2, 3).reshape(batch, self.bands * self.block, -1)

    def inverse(self, coefficients: Tensor) -> Tensor:
        """``(batch, axes, frames)`` to ``(batch, bands, frames * block)``."""
        batch = coefficients.shape[0]
        blocks = coefficients.reshape(batch, self.bands, self.block, -1).transpose(2, 3)
        return (blocks @ self.get_buffer("matrix")).reshape(batch, self.bands, -1)


class TextureBranch(Streaming):
    """Texture latents to sub-bands, at levels that the slow latents say.

    Since the latents have unit variance by training, noise in their place sounds like the
    texture that the slow latents describe.

    Args:
        slow: Slow latents.
        axes: Texture latents.
        block: Sub-band samples per latent frame.
        width: Channels inside.
    """

    def __init__(self, slow: int, axes: int, block: int, width: int = 64) -> None:
        super().__init__()
        self.slow = slow
        self.transform = TextureTransform(axes, block)
        self.levels = Chain(
            [CausalConv(slow, width, 3), Pointwise(leaky), CausalConv(width, axes, 1)]
        )

    def init(self, batch: int = 1) -> State:
        """The past of the levels."""
        return self.levels.init(batch)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Latents ``(batch, slow + axes, frames)`` to ``(batch, bands, frames * block)``."""
        log_levels, state = self.levels(x[:, : self.slow], state)
        levels = torch.exp(functional.hardtanh(log_levels - 1.0, -9.0, 3.0))
        return self.transform.inverse(x[:, self.slow :] * levels), state
