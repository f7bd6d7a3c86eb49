"""Noise shaped by a time-varying filter."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from cheiron.nets.framing import Framing
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
        self.framing = Framing(hop * (1 + -(-taps // hop)), hop)
        self.block = math.gcd(hop, 16)
        first = self.framing.window - hop - (taps - 1)
        starts = first + torch.arange(0, hop, self.block)[:, None]
        reach = starts + torch.arange(taps + self.block)[None, :]
        # The last column meets a zero of the Toeplitz matrix; any sample will do.
        reach = reach.clamp(max=self.framing.window - 1)
        self.register_buffer("reach", reach.flatten(), persistent=False)
        ramp = (torch.arange(hop) + 1.0) / hop
        self.register_buffer("ramp", ramp, persistent=False)

    def init(self, batch: int = 1) -> State:
        """Past noise and the last frame's magnitudes, both silent."""
        return (*self.framing.init(batch), torch.zeros(batch, self.bins, 1))

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
        last = state[1]
        batch = magnitudes.shape[0]
        pieces, past = self.framing(noise, state[:1])
        line = torch.cat([last, magnitudes], -1)
        pair = torch.stack([line[..., :-1], line[..., 1:]], 2)  # batch, bins, 2, frames
        filters = pair.permute(0, 3, 2, 1) @ self.get_buffer("to_taps")
        if self.training:
            both = self._in_fourier_domain(pieces, filters)
        else:
            both = self._direct(pieces, filters)
        ramp = self.get_buffer("ramp")
        y = both[..., 0] + ramp * (both[..., 1] - both[..., 0])
        return y.reshape(batch, 1, -1), (*past, line[..., -1:])

    def _direct(self, pieces: Tensor, filters: Tensor) -> Tensor:
        """Convolution as one small matrix product per frame.

        Short stretches of noise, one per ``block`` outputs, meet a Toeplitz matrix of the filter,
        which is made by skewing: repeat the padded filter, read it with rows one shorter.

        Args:
            pieces: Past and present noise of each frame, ``(batch, frames, window)``.
            filters: Reversed taps, ``(batch, frames, 2, taps)``.

        Returns:
            Shape ``(batch, frames, hop, 2)``.
        """
        batch, frames = pieces.shape[:2]
        block, width = self.block, self.taps + self.block
        stretches = pieces.index_select(-1, self.get_buffer("reach"))
        stretches = stretches.reshape(batch, frames, 1, self.hop // block, width)
        padded = functional.pad(filters, (0, block + 1))[:, :, :, None]
        rows = padded.expand(batch, frames, 2, block, width + 1)
        rows = rows.reshape(batch, frames, 2, block * (width + 1))[..., : block * width]
        toeplitz = rows.reshape(batch, frames, 2, block, width)
        y = stretches @ toeplitz.transpose(3, 4)  # batch, frames, 2, hop / block, block
        return y.reshape(batch, frames, 2, self.hop).transpose(2, 3)

    def _in_fourier_domain(self, pieces: Tensor, filters: Tensor) -> Tensor:
        """The same sums as the direct form, with far smaller gradients to carry.

        Args:
            pieces: Past and present noise of each frame, ``(batch, frames, window)``.
            filters: Reversed taps, ``(batch, frames, 2, taps)``.

        Returns:
            Shape ``(batch, frames, hop, 2)``.
        """
        size = self.taps + self.hop
        recent = torch.fft.rfft(pieces[..., -(size - 1) :], size)[:, :, None]
        spectra = recent * torch.fft.rfft(filters.flip(3), size)
        return torch.fft.irfft(spectra, size)[..., self.taps - 1 : size - 1].transpose(2, 3)


def bounded_exp(x: Tensor, low: float = -12.0, high: float = 4.0) -> Tensor:
    """``exp`` that cannot overflow: its argument is held within [low, high]."""
    return torch.exp(functional.hardtanh(x, low, high))
