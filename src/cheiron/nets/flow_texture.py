"""Noise-like latents beside a flow: how loud they are, and levels that follow the knobs."""

import torch
from torch import Tensor, nn

from cheiron.nets.flow_coupling import Conditioner, saturate

_MOST = 2.0  # log of the largest factor: 17 dB
_LEAST_POWER = 1e-4


class TextureGains(nn.Module):
    """How much louder or softer texture latents are than their knobs say.

    ``texture = mean + std * exp(gain(z)) * knob`` is one more coupling of a flow: given the other
    latents it is inverted exactly. It starts at no change. Neighbouring latents share a gain: they
    are neighbours in frequency.

    Args:
        size: Other latents, whitened, and the context.
        textures: Texture latents, at least 1.
        groups: How many different gains there are, at most.
        hidden: Width of its network.
    """

    def __init__(self, size: int, textures: int, groups: int = 8, hidden: int = 48) -> None:
        super().__init__()
        self.groups = min(groups, textures)
        self.conditioner = Conditioner(size, hidden, self.groups)
        group = torch.arange(textures) * self.groups // textures
        self.register_buffer("group", group)
        share = (group[None, :] == torch.arange(self.groups)[:, None]).float()
        self.register_buffer("count", share.sum(1))
        self.register_buffer("average", share / share.sum(1, keepdim=True))

    def forward(self, white: Tensor, context: Tensor) -> Tensor:
        """Log gains of the groups, ``(batch, groups)``."""
        return _MOST * torch.tanh(self.conditioner(white, saturate(context)) / _MOST)

    def each(self, gains: Tensor) -> Tensor:
        """Gains of groups as those of each texture latent, ``(batch, textures)``."""
        return gains[:, self.get_buffer("group")]

    def log_det(self, gains: Tensor) -> Tensor:
        """Log-determinant of going from latents to knobs, ``(batch,)``."""
        return -(gains * self.get_buffer("count")).sum(-1)

    def power(self, texture: Tensor) -> Tensor:
        """Mean square of each group of standardised texture, ``(batch, groups)``."""
        return texture.square() @ self.get_buffer("average").T

    def levels(self, texture: Tensor) -> Tensor:
        """Log root mean square of each group of standardised texture, ``(batch, groups)``."""
        return level_of(self.power(texture))


def level_of(power: Tensor) -> Tensor:
    """Log root of a mean square, bounded below."""
    return 0.5 * torch.log(power + _LEAST_POWER)
