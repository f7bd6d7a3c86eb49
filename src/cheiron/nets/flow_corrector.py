"""Learned corrections of latents until a reader hears what was asked for."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_REACH = 2.0  # normal scores from which an error counts no more
_HEARD = 1e-3  # normal scores below which nobody hears one: rounding is none


class Corrector(nn.Module):
    """Where to move latents, given how far what is heard is from what is wanted.

    A network gives a matrix for each place, and that times the error is the move: a step of Gauss
    and Newton whose pseudo-inverse is learned, with whatever compromise the training asks for
    (iterative amortised inference, Marino et al. 2018). Without an error nothing moves, so where
    latents came from is where they come back to.

    Args:
        place: Size of a place.
        moved: Whitened latents that it moves.
        named: Descriptors.
        hidden: Width of its two layers.

    >>> corrector = Corrector(6, 4, 2)
    >>> corrector(torch.randn(8, 6), torch.zeros(8, 2)).abs().max().item()
    0.0
    """

    def __init__(self, place: int, moved: int, named: int, hidden: int = 128) -> None:
        super().__init__()
        self.moved, self.named = moved, named
        self.first = nn.Linear(place + named, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, moved * named)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, place: Tensor, error: Tensor) -> Tensor:
        """The move.

        Args:
            place: ``(batch, place)``.
            error: Wanted less heard, in normal scores, ``(batch, named)``.

        Returns:
            Of whitened latents, ``(batch, moved)``.
        """
        error = error - torch.clamp(error, -_HEARD, _HEARD)
        error = _REACH * torch.tanh(error / _REACH)
        x = functional.silu(self.first(torch.cat([place, error], -1)))
        x = self.last(functional.silu(self.second(x)))
        return (x.view(-1, self.moved, self.named) * error[:, None]).sum(-1)
