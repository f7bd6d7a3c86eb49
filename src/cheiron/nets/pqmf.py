"""Pseudo quadrature mirror filter bank: near-perfect split into equal bands."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from cheiron.nets.streaming import State, Streaming, interleave


def prototype(bands: int, taps: int, attenuation: float) -> Tensor:
    """Kaiser-windowed low-pass whose cut-off makes neighbouring bands add up (Nguyen 1994).

    The cut-off minimises ``max | |P(w)|^2 + |P(pi/M - w)|^2 - 1 |``, by golden-section search.

    Args:
        bands: Number of bands M.
        taps: Filter length.
        attenuation: Stop-band attenuation in dB.

    Returns:
        Double precision, shape ``(taps,)``, unit gain at 0.
    """
    if attenuation > 50:
        beta = 0.1102 * (attenuation - 8.7)
    else:
        beta = 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    window = torch.kaiser_window(taps, periodic=False, beta=beta, dtype=torch.float64)
    n = torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2

    def at(cutoff: float) -> Tensor:
        h = window * torch.special.sinc(cutoff * n) * cutoff
        return h / h.sum()

    def ripple(cutoff: float) -> float:
        size = 8192
        power = torch.fft.rfft(at(cutoff), size).abs().square()
        edge = size // (2 * bands)
        return float((power[: edge + 1] + power[: edge + 1].flip(0) - 1).abs().max())

    low, high = 0.4 / bands, 1.2 / bands
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if ripple(a) < ripple(b) else (a, high)
    return at((low + high) / 2)


class _Bank(Streaming):
    """What both directions share: the modulated filters.

    Args:
        bands: Number of bands.
        taps: Filter length, a multiple of the number of bands.
        attenuation: Stop-band attenuation in dB.
    """

    def __init__(self, bands: int, taps: int, attenuation: float, sign: int) -> None:
        super().__init__()
        if taps % bands:
            raise ValueError(f"{taps} taps are not a multiple of {bands} bands")
        self.bands, self.taps = bands, taps
        k = torch.arange(bands, dtype=torch.float64)[:, None]
        n = torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2
        phase = sign * (1 - 2 * (k % 2)) * math.pi / 4
        carrier = torch.cos((2 * k + 1) * math.pi / (2 * bands) * n + phase)
        self.filters = 2 * prototype(bands, taps, attenuation) * carrier  # bands, taps


class Analysis(_Bank):
    """Sound to bands, each at ``1 / bands`` of the sample rate."""

    def __init__(self, bands: int, taps: int, attenuation: float) -> None:
        super().__init__(bands, taps, attenuation, sign=1)
        weight = self.filters.flip(1)[:, None].float()
        self.register_buffer("weight", weight, persistent=False)

    def init(self, batch: int = 1) -> State:
        """Silence in the past."""
        return (torch.zeros(batch, 1, self.taps - self.bands),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, 1, n * bands)`` to ``(batch, bands, n)``."""
        line = torch.cat([state[0], x], -1)
        y = functional.conv1d(line, self.get_buffer("weight"), stride=self.bands)
        return y, (line[..., line.shape[-1] - (self.taps - self.bands) :],)


class Synthesis(_Bank):
    """Bands back to sound; analysis and synthesis together delay by ``taps - bands``."""

    def __init__(self, bands: int, taps: int, attenuation: float) -> None:
        super().__init__(bands, taps, attenuation, sign=-1)
        # Polyphase: output p of each group of M comes from the taps p, p + M, p + 2 M, ...
        phases = self.filters.reshape(bands, taps // bands, bands) * bands
        weight = phases.permute(2, 0, 1).flip(2).float().contiguous()
        self.register_buffer("weight", weight, persistent=False)
        self.past = taps // bands - 1

    @property
    def delay(self) -> int:
        """Delay of analysis followed by synthesis, in samples."""
        return self.taps - self.bands

    def init(self, batch: int = 1) -> State:
        """Silence in the past."""
        return (torch.zeros(batch, self.bands, self.past),)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, bands, n)`` to ``(batch, 1, n * bands)``."""
        line = torch.cat([state[0], x], -1)
        y = functional.conv1d(line, self.get_buffer("weight"))
        return interleave(y, self.bands), (line[..., line.shape[-1] - self.past :],)
