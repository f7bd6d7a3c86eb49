"""Noise shaped by a time-varying filter."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from cheiron.nets.streaming import State, Streaming


class FilteredNoise(Streaming):
    """White noise through a filter whose magnitudes are given frame by frame.

    Each frame's magnitudes become a linear-phase FIR filter (windowed inverse cosine transform,
    as in DDSP, arXiv 2001.04643); within a frame the output cross-fades from the last frame's
    filter to this one's, so that no magnitude change can click. The noise comes from outside,
    which keeps the result reproducible.

    Args:
        hop: Samples per frame.
        bins: Magnitudes per frame, equally spaced from 0 to half the sample rate.
    """

    def __init__(self, hop: int, bins: int) -> None:
        super().__init__()
        self.hop, self.bins = hop, bins
        self.taps = taps = 2 * (bins - 1)
        n = torch.arange(taps) - taps // 2
        k = torch.arange(bins)
        weight = torch.full((bins,), 2.0)
        weight[0] = weight[-1] = 1.0
        cosines = torch.cos(2 * math.pi * k[:, None] * n[None, :] / taps) * weight[:, None] / taps
        window = torch.hann_window(taps)
        # Taps reversed: frames of past noise are read forwards and multiplied.
        self.register_buffer("to_taps", (cosines * window).flip(1), persistent=False)
        ramp = (torch.arange(hop) + 1.0) / hop
        self.register_buffer("ramp", ramp, persistent=False)

    def init(self, batch: int = 1) -> State:
        """Past noise and the last frame's magnitudes, both silent."""
        return (torch.zeros(batch, 1, self.taps - 1), torch.zeros(batch, self.bins, 1))

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, magnitudes: Tensor, state: State, noise: Tensor
    ) -> tuple[Tensor, State]:
        """Filter a block.

        Args:
            magnitudes: ``(batch, bins, frames)``, at the end of each frame.
            state: The state.
            noise: White noise in [-1, 1), ``(batch, 1, frames * hop)``.

        Returns:
            Audio ``(batch, 1, frames * hop)`` and the next state.
        """
        past, last = state
        batch, _, frames = magnitudes.shape
        line = torch.cat([past, noise], -1)
        before = torch.cat([last, magnitudes[..., :-1]], -1)
        filters = torch.stack([before, magnitudes], -1)  # batch, bins, frames, 2
        filters = torch.einsum("bkfe,kt->bfte", filters, self.get_buffer("to_taps"))
        if self.training:
            both = self._in_fourier_domain(line, filters)
        else:
            windows = line[:, 0].unfold(-1, self.taps, 1)  # batch, frames * hop, taps
            both = windows.reshape(batch, frames, self.hop, self.taps) @ filters
        ramp = self.get_buffer("ramp")
        y = both[..., 0] + ramp * (both[..., 1] - both[..., 0])
        return y.reshape(batch, 1, -1), (line[..., -(self.taps - 1) :], magnitudes[..., -1:])

    def _in_fourier_domain(self, line: Tensor, filters: Tensor) -> Tensor:
        """The same sums as the direct form, with far smaller gradients to carry.

        Args:
            line: Past and present noise, ``(batch, 1, taps - 1 + frames * hop)``.
            filters: Reversed taps, ``(batch, frames, taps, 2)``.

        Returns:
            Shape ``(batch, frames, hop, 2)``.
        """
        size = self.taps + self.hop
        pieces = line[:, 0].unfold(-1, self.taps - 1 + self.hop, self.hop)
        spectra = torch.fft.rfft(pieces, size)[..., None] * torch.fft.rfft(
            filters.flip(2), size, dim=2
        )
        return torch.fft.irfft(spectra, size, dim=2)[:, :, self.taps - 1 : size - 1]


def bounded_exp(x: Tensor, low: float = -12.0, high: float = 4.0) -> Tensor:
    """``exp`` that cannot overflow: its argument is held within [low, high]."""
    return torch.exp(functional.hardtanh(x, low, high))
