"""What a frozen decoder does to descriptors, learned by a small network that costs nothing.

Descriptors of a decoder's sound are measured once, at many latents; a network then says them for
any latents near those, with gradients, a thousand times faster than the decoder. It needs nothing
of the model but that it decodes.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional

_LAST = 10  # of so many parts of the steps: those that say how well it went


@dataclass(frozen=True, eq=False)
class Heard:
    """Places where the decoder was heard.

    Args:
        place: Whitened latents, context and levels of the textures, ``(rows, inputs)``.
        normal: Normal scores of the descriptors there, then other labels, ``(rows, K)``; NaN where
            undefined.
        louder: How many dB louder it was there than a level that passes says, ``(rows, 1)``; NaN
            where there is none.
    """

    place: Tensor
    normal: Tensor
    louder: Tensor

    def joined(self, other: "Heard") -> "Heard":
        """Both."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Heard))
        return Heard(*(torch.cat(pair) for pair in pairs))


def teach(
    reader: nn.Module,
    place: Tensor,
    said: Tensor,
    steps: int,
    generator: torch.Generator,
    learning_rate: float = 2e-3,
    batch: int = 512,
) -> float:
    """Fit a network to what was heard, from where it is.

    Args:
        reader: From places to what it says of them; its parameters need no gradient afterwards.
        place: Where the decoder was heard, ``(rows, inputs)``.
        said: What it should say there, ``(rows, K)``; NaN where nobody knows.
        steps: How many.
        generator: Draws the batches.
        learning_rate: Largest step size.
        batch: Rows for each step.

    Returns:
        Mean absolute error over the last tenth of the steps.
    """
    reader.requires_grad_(True)
    optimiser = torch.optim.Adam(reader.parameters(), lr=learning_rate, fused=True)
    errors: list[float] = []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate * (1.0 - step / steps) + 1e-5
        rows = torch.randint(len(place), (batch,), generator=generator)
        wanted = said[rows]
        known = torch.isfinite(wanted)
        guess = reader(place[rows])
        away = (guess - torch.where(known, wanted, guess)).abs()
        loss = functional.smooth_l1_loss(away, torch.zeros_like(away), beta=0.3)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(float(away.detach().sum() / known.sum().clamp(min=1)))
    reader.requires_grad_(False)
    tail = errors[-max(1, steps // _LAST) :]
    return sum(tail) / max(1, len(tail))
