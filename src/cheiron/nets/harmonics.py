"""A sum of harmonics with free amplitudes and phases."""

import math

import torch
from torch import Tensor

from cheiron.nets.streaming import State, Streaming


class Harmonics(Streaming):
    """Harmonic oscillator bank, phase-continuous across blocks.

    ``y[n] = sum_k a_k[n] cos(2 pi k phi[n]) + b_k[n] sin(2 pi k phi[n])``, where ``phi`` (in
    cycles) integrates the fundamental. Frequency is constant within a frame; ``a`` and ``b`` move
    linearly from the last frame's values to this one's. Partials fade out below half the sample
    rate, so nothing aliases.

    Args:
        sample_rate: Samples per second.
        hop: Samples per frame.
        partials: Number of harmonics.
    """

    def __init__(self, sample_rate: int, hop: int, partials: int) -> None:
        super().__init__()
        self.sample_rate, self.hop, self.partials = sample_rate, hop, partials
        # Few outer multiples: the outer ones cost an elementwise product each, the inner a GEMM.
        self.outer = next(g for g in (5, 4, 6, 3, 2, 1) if partials % g == 0)
        self.inner = partials // self.outer
        steps = torch.arange(self.outer) * float(self.inner)
        self.register_buffer("steps", steps, persistent=False)
        self.register_buffer("order", torch.arange(1, partials + 1.0), persistent=False)
        self.register_buffer("inside", torch.arange(1, hop + 1.0) / sample_rate, persistent=False)
        self.register_buffer("ramp", torch.arange(1, hop + 1.0) / hop, persistent=False)

    def init(self, batch: int = 1) -> State:
        """Phase (cycles, double precision) and the last amplitudes."""
        return (
            torch.zeros(batch, 1, dtype=torch.float64),
            torch.zeros(batch, 2 * self.partials, 1),
        )

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, amplitudes: Tensor, state: State, f0: Tensor
    ) -> tuple[Tensor, State]:
        """Synthesise a block.

        Args:
            amplitudes: ``a`` then ``b``, ``(batch, 2 * partials, frames)``, at each frame's end.
            state: The state.
            f0: Fundamental in Hz, ``(batch, 1, frames)``.

        Returns:
            Audio ``(batch, 1, frames * hop)`` and the next state.
        """
        phase, last = state
        batch = f0.shape[0]
        f0 = f0[:, 0]
        advance = f0.double() * (self.hop / self.sample_rate)
        ends = phase + torch.cumsum(advance, -1)
        starts = ends - advance
        starts = (starts - torch.floor(starts)).float()
        phi = starts[..., None] + f0[..., None] * self.get_buffer("inside")
        audible = self._audible(f0)
        now = amplitudes * torch.cat([audible, audible], 1)
        line = torch.cat([last, now], -1)
        old, new = self._sum(phi, torch.stack([line[..., :-1], line[..., 1:]], 1))
        y = old + self.get_buffer("ramp") * (new - old)
        end = ends[:, -1:]
        return y.reshape(batch, 1, -1), (end - torch.floor(end), line[..., -1:])

    def _sum(self, phi: Tensor, amplitudes: Tensor) -> tuple[Tensor, Tensor]:
        """Harmonics of a phase with the old and with the new amplitudes.

        Multiples split as ``k = M j + i``: ``exp(i k phi)`` is a product, so M + G sines do the
        work of M G, and the inner sum is one small matrix product per frame.

        Args:
            phi: Cycles, ``(batch, frames, hop)``.
            amplitudes: ``(batch, 2, 2 * partials, frames)``.

        Returns:
            Two signals ``(batch, frames, hop)``.
        """
        batch, frames, _ = phi.shape
        m, g = self.inner, self.outer
        split = amplitudes.reshape(batch, 2, 2, g, m, frames).permute(0, 5, 2, 4, 1, 3)
        a, b = split[:, :, 0], split[:, :, 1]  # batch, frames, m, 2, g
        real = torch.cat([a, b], 2)
        imaginary = torch.cat([-b, a], 2)
        weights = torch.stack([real, imaginary], 3).reshape(batch, frames, 2 * m, 4 * g)
        low = _angles(phi, self.get_buffer("order")[:m])
        high = _angles(phi, self.get_buffer("steps"))
        sums = torch.cat([torch.cos(low), torch.sin(low)], -1) @ weights
        sums = sums.reshape(batch, frames, self.hop, 2, 2, g)  # real/imaginary, old/new
        cosine, sine = torch.cos(high)[..., None, :], torch.sin(high)[..., None, :]
        y = (sums[..., 0, :, :] * cosine - sums[..., 1, :, :] * sine).sum(-1)
        return y[..., 0], y[..., 1]

    def _audible(self, f0: Tensor) -> Tensor:
        """1 below 0.40, 0 above 0.47 of the sample rate, ``(batch, partials, frames)``."""
        ratio = f0[:, None, :] * self.get_buffer("order")[:, None] / self.sample_rate
        return torch.clamp((0.47 - ratio) / 0.07, 0.0, 1.0)


def _angles(phi: Tensor, multiples: Tensor) -> Tensor:
    """Radians of multiples of a phase in cycles, wrapped to [0, 2 pi)."""
    cycles = phi[..., None] * multiples
    return (cycles - torch.floor(cycles)) * (2 * math.pi)
