"""A level that passes beside a flow, and how much louder than it says the other latents sound."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_MOST = 24.0  # dB


class LevelShift(nn.Module):
    """How many dB louder it is than a latent of level says, by the other latents.

    A level is heard as it says on the sounds that a decoder was trained on, not where a knob moves
    the others further. The knob is what is heard, ``knob = level + shift(others)``: one more
    coupling, inverted exactly, since the shift does not depend on the level. It starts at zero.

    Args:
        inputs: Whitened latents, then the context with the level in it.
        level: Which of the inputs is the level, from the first.
        hidden: Width of its two layers.

    >>> shift = LevelShift(6, 5)
    >>> shift(torch.randn(8, 6)).abs().max().item()
    0.0
    """

    def __init__(self, inputs: int, level: int, hidden: int = 96) -> None:
        super().__init__()
        keep = torch.ones(inputs)
        keep[level] = 0.0
        self.register_buffer("keep", keep)
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, place: Tensor) -> Tensor:
        """The shift in dB, ``(batch, 1)``, of ``(batch, inputs)``."""
        x = functional.silu(self.first(place * self.get_buffer("keep")))
        x = self.last(functional.silu(self.second(x)))
        return _MOST * torch.tanh(x / _MOST)
