"""A conditional continuous flow: a velocity field between latents and knobs, given attributes.

Trained by flow matching, which needs no simulation (Lipman et al. 2023); used as in StyleFlow
(Abdal et al. 2021): latents go to knobs given what is heard, and come back given what is wanted.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.flow_coupling import Whitening, saturate

STEPS = 6
"""Steps of fourth order (Runge, Kutta) on the way: the same arithmetic can be exported."""


class ContinuousFlow(nn.Module):
    """Latents to knobs along a field, and back; the interface of :class:`cheiron.nets.flow.Flow`.

    Both ways take :data:`STEPS` steps, so what comes back differs from what went by the error of
    the steps, below 1e-4 of a spread for a trained field.

    Args:
        size: Coordinates.
        context: Numbers that the field depends on.
        hidden: Width of its two layers.

    >>> flow = ContinuousFlow(4, 1)
    >>> z, pitch = torch.randn(8, 4), torch.randn(8, 1)
    >>> c, log_det = flow(z, pitch)
    >>> bool(torch.allclose(flow.inverse(c, pitch), z, atol=1e-3)), log_det.shape
    (True, torch.Size([8]))
    """

    def __init__(self, size: int, context: int, hidden: int = 96) -> None:
        super().__init__()
        self.size = size
        self.whitening = Whitening(size)
        self.first = nn.Linear(size + context + 2, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, size)
        nn.init.zeros_(self.last.bias)
        nn.init.normal_(self.last.weight, std=1e-2)

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Knobs ``(batch, size)`` of latents given a context, and the log-determinant."""
        x, log_det = self.whitening(z, context)
        change, side = self._turns(), saturate(context)
        step = 1.0 / STEPS
        for number in range(STEPS):
            t = number * step
            a, da = self._velocity(x, t, side, change)
            b, db = self._velocity(x + 0.5 * step * a, t + 0.5 * step, side, change)
            c, dc = self._velocity(x + 0.5 * step * b, t + 0.5 * step, side, change)
            d, dd = self._velocity(x + step * c, t + step, side, change)
            x = x + step / 6.0 * (a + 2.0 * b + 2.0 * c + d)
            log_det = log_det + step / 6.0 * (da + 2.0 * db + 2.0 * dc + dd)
        return x, log_det

    def inverse(self, c: Tensor, context: Tensor) -> Tensor:
        """Latents of knobs, ``(batch, size)`` both."""
        side = saturate(context)
        step = -1.0 / STEPS
        for number in range(STEPS):
            t = 1.0 + number * step
            k1 = self.velocity(c, t, side)
            k2 = self.velocity(c + 0.5 * step * k1, t + 0.5 * step, side)
            k3 = self.velocity(c + 0.5 * step * k2, t + 0.5 * step, side)
            k4 = self.velocity(c + step * k3, t + step, side)
            c = c + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        return self.whitening.inverse(c, side)

    def matching_loss(self, z: Tensor, context: Tensor, generator: torch.Generator) -> Tensor:
        """Mean squared distance of the field from straight lines to standard normal knobs.

        Args:
            z: Latents, ``(batch, size)``.
            context: Theirs, ``(batch, context)``.
            generator: Draws the ends of the lines and the times.
        """
        start, _ = self.whitening(z, context)
        end = torch.randn(start.shape, generator=generator)
        t = torch.rand(len(z), 1, generator=generator)
        found = self.velocity(start + t * (end - start), t, saturate(context))
        return (found - (end - start)).square().mean()

    def velocity(self, x: Tensor, t: Tensor | float, context: Tensor) -> Tensor:
        """The field at ``x`` and a time in [0, 1], ``(batch, size)``; the context is bounded."""
        inner, _ = self._inner(x, t, context)
        return self.last(functional.silu(inner))

    def aim(self, directions: Tensor) -> None:
        """Nothing: a field has no first rotation."""

    def freeze(self) -> None:
        """Nothing: all of it is plain numbers."""

    def _inner(self, x: Tensor, t: Tensor | float, context: Tensor) -> tuple[Tensor, Tensor]:
        """What goes into the second layer's bend, and into the first's."""
        moment = torch.zeros_like(x[:, :1]) + t
        clock = torch.cat([moment, torch.cos(torch.pi * moment)], -1)
        first = self.first(torch.cat([x, context, clock], -1))
        return self.second(functional.silu(first)), first

    def _velocity(
        self, x: Tensor, t: float, context: Tensor, turns: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The field and its divergence, exactly: the trace of three matrices and two slopes."""
        inner, first = self._inner(x, t, context)
        divergence = ((_slope(inner) @ turns) * _slope(first)).sum(-1)
        return self.last(functional.silu(inner)), divergence

    def _turns(self) -> Tensor:
        """How slopes of the second and the first layer meet in the trace, ``(hidden, hidden)``."""
        return self.second.weight * (self.first.weight[:, : self.size] @ self.last.weight).T


def _slope(x: Tensor) -> Tensor:
    """Derivative of silu."""
    s = torch.sigmoid(x)
    return s * (1.0 + x * (1.0 - s))
