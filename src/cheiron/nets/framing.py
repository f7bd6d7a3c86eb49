"""Cutting a stream into overlapping analysis windows."""

import math

import torch
from torch import Tensor

from cheiron.nets.streaming import State, Streaming


class Framing(Streaming):
    """One window per hop: the last ``window`` samples at the end of each hop.

    Args:
        window: Samples per window, a multiple of the hop.
        hop: Samples between windows.
    """

    def __init__(self, window: int, hop: int) -> None:
        super().__init__()
        if window % hop:
            raise ValueError(f"a window of {window} is not a multiple of the hop of {hop}")
        self.window, self.hop = window, hop

    def init(self, batch: int = 1) -> State:
        """Silence in the past."""
        return (torch.zeros(batch, 1, self.window - self.hop),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, 1, frames * hop)`` to ``(batch, frames, window)``."""
        line = torch.cat([state[0], x], -1)
        frames = x.shape[-1] // self.hop
        blocks = line.reshape(line.shape[0], -1, self.hop)
        # Slices of whole hops side by side: unlike unfold(), this exports for any block size.
        windows = [blocks[:, i : i + frames] for i in range(self.window // self.hop)]
        keep = line[..., line.shape[-1] - (self.window - self.hop) :]
        return torch.cat(windows, -1), (keep,)


def mel_filters(sample_rate: int, size: int, bands: int, low: float, high: float) -> Tensor:
    """Triangular filters, equally wide in mel, each of unit sum.

    Args:
        sample_rate: Samples per second.
        size: FFT size.
        bands: Number of filters.
        low: Lowest edge in Hz.
        high: Highest edge in Hz.

    Returns:
        Shape ``(size // 2 + 1, bands)``.
    """
    top, bottom = _mel(high), _mel(low)
    points = [_hertz(bottom + (top - bottom) * i / (bands + 1)) for i in range(bands + 2)]
    edges = torch.tensor(points, dtype=torch.float64)
    # A filter narrower than two bins would fall between them.
    width = sample_rate / size
    f = torch.arange(size // 2 + 1, dtype=torch.float64)[:, None] * width
    rise = (f - edges[:-2]) / torch.clamp(edges[1:-1] - edges[:-2], min=width)
    fall = (edges[2:] - f) / torch.clamp(edges[2:] - edges[1:-1], min=width)
    filters = torch.clamp(torch.minimum(rise, fall), min=0.0)
    return (filters / torch.clamp(filters.sum(0, keepdim=True), min=1e-9)).float()


def a_weighting(sample_rate: int, size: int) -> Tensor:
    """A-weighting of each FFT bin's power (IEC 61672), shape ``(size // 2 + 1,)``."""
    f2 = (torch.arange(size // 2 + 1, dtype=torch.float64) * sample_rate / size) ** 2
    gain = 12194.0**2 * f2**2
    gain = gain / ((f2 + 20.6**2) * (f2 + 12194.0**2))
    gain = gain / torch.sqrt((f2 + 107.7**2) * (f2 + 737.9**2))
    return ((gain * 10 ** (2.0 / 20)) ** 2).float()


def _mel(hertz: float) -> float:
    return 2595.0 * math.log10(1.0 + hertz / 700.0)


def _hertz(mel: float) -> float:
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
