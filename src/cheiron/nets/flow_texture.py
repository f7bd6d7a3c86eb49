"""Noise-like latents beside a flow: how loud they are, and levels that follow the knobs."""

import torch
from torch import Tensor, nn

from cheiron.nets.flow_coupling import Conditioner, saturate

_MOST = 2.0  # log of the largest factor: 17 dB
_LEAST_POWER = 1e-4


class TextureGains(nn.Module):
    """How much louder or softer texture latents are than their knobs say.

    ``texture = mean + std * exp(gain(z, named)) * knob`` is one more coupling of a flow: given the
    other latents, and the named knobs where they are conditions, it is inverted exactly. It starts
    at no change. Neighbouring latents share a gain: they are neighbours in frequency.

    Args:
        size: Other latents, whitened, the context and the named knobs.
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

    def forward(self, white: Tensor, context: Tensor, named: Tensor) -> Tensor:
        """Log gains of the groups, ``(batch, groups)``."""
        around = saturate(torch.cat([context, named], -1))
        return _MOST * torch.tanh(self.conditioner(white, around) / _MOST)

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


def raised(level: Tensor, gain: Tensor) -> Tensor:
    """The level, bounded below as all are, of what has a level and is made louder by a gain.

    >>> power, gain = torch.tensor([0.0, 2.0]), torch.tensor([1.0, -1.0])
    >>> torch.allclose(raised(level_of(power), gain), level_of(power * torch.exp(2 * gain)))
    True
    """
    power = torch.clamp(torch.exp(2.0 * level) - _LEAST_POWER, min=0.0)
    return level_of(power * torch.exp(2.0 * gain))
