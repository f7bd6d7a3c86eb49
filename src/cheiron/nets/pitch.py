"""Fundamental frequency by the normalised square difference, and the phase of the fundamental."""

import math

import torch
from torch import Tensor, nn


class PitchTracker(nn.Module):
    """McLeod's pitch method (2005) on windows, vectorised.

    Args:
        sample_rate: Samples per second.
        window: Samples per window, a power of two.
        low: Lowest fundamental in Hz; at least ``2 * sample_rate / window``.
        high: Highest fundamental in Hz.
        threshold: A peak of the normalised autocorrelation counts from this share of the highest
            one; the first that counts is the period.
    """

    def __init__(
        self, sample_rate: int, window: int, low: float, high: float, threshold: float = 0.9
    ) -> None:
        super().__init__()
        self.sample_rate, self.window, self.threshold = sample_rate, window, threshold
        self.shortest = max(2, math.floor(sample_rate / high))
        self.longest = min(window // 2 + window // 8, math.ceil(sample_rate / low))
        centred = (torch.arange(window) - window / 2 + 0.5) / sample_rate
        self.register_buffer("centred", centred, persistent=False)
        hann = torch.hann_window(window, periodic=False)
        self.register_buffer("hann", hann / hann.sum(), persistent=False)
        lags = torch.arange(self.shortest - 1, self.longest + 2)
        self.register_buffer("lags", lags.float(), persistent=False)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Fundamental and periodicity of windows.

        Args:
            frames: ``(..., window)``.

        Returns:
            f0 in Hz ``(...)`` and periodicity in [0, 1] ``(...)``; f0 means nothing where the
            periodicity is low.
        """
        nsdf = self._nsdf(frames)
        here, left, right = nsdf[..., 1:-1], nsdf[..., :-2], nsdf[..., 2:]
        peak = (here >= left) & (here > right) & (here > 0)
        heights = torch.where(peak, here, torch.zeros_like(here))
        best = heights.amax(-1, keepdim=True)
        counts = peak & (heights >= self.threshold * best)
        # The first peak that counts: the one with the greatest descending weight.
        size = here.shape[-1]
        rank = torch.arange(size, 0, -1, device=frames.device, dtype=frames.dtype)
        at = torch.where(counts, rank, torch.zeros_like(here)).argmax(-1, keepdim=True)
        y0, y1, y2 = left.gather(-1, at), here.gather(-1, at), right.gather(-1, at)
        curve = y0 - 2 * y1 + y2
        shift = torch.where(curve < -1e-9, 0.5 * (y0 - y2) / torch.clamp(curve, max=-1e-9), 0.0)
        period = at.to(frames.dtype) + self.shortest + torch.clamp(shift, -0.5, 0.5)
        return self.sample_rate / period[..., 0], torch.clamp(best[..., 0], 0.0, 1.0)

    def phase(self, frames: Tensor, f0: Tensor) -> Tensor:
        """Phase of the fundamental at the middle of each window.

        Args:
            frames: ``(..., window)``.
            f0: Hz, ``(...)``.

        Returns:
            Cycles in [-0.5, 0.5], ``(...)``; 0 where the fundamental is a cosine's crest.
        """
        angle = 2 * math.pi * f0[..., None] * self.get_buffer("centred")
        windowed = frames * self.get_buffer("hann")
        real = (windowed * torch.cos(angle)).sum(-1)
        imaginary = -(windowed * torch.sin(angle)).sum(-1)
        return torch.atan2(imaginary, real) / (2 * math.pi)

    def _nsdf(self, frames: Tensor) -> Tensor:
        """2 r(lag) / m(lag) for the lags looked at, plus one on either side."""
        window = self.window
        padded = torch.nn.functional.pad(frames, (0, window))
        power = torch.view_as_real(torch.fft.rfft(padded)).square().sum(-1)
        # The autocorrelation of a real signal is the cosine transform of its power.
        mirrored = torch.cat([power, power[..., 1:-1].flip(-1)], -1)
        r = torch.view_as_real(torch.fft.rfft(mirrored))[..., 0] / (2 * window)
        squares = frames.square()
        total = squares.sum(-1, keepdim=True)
        up = torch.cumsum(squares, -1)
        first, last = self.shortest - 1, self.longest + 2
        head = up[..., window - last : window - first].flip(-1)  # energy without the last lag
        tail = total - up[..., first - 1 : last - 1]  # energy without the first lag samples
        m = head + tail
        return 2 * r[..., first:last] / torch.clamp(m, min=1e-9)
