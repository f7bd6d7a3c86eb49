"""Loudness as an axis of its own: measured, divided out, and put back."""

import torch
from torch import Tensor
from torch.nn import functional

from cheiron.nets.framing import Framing
from cheiron.nets.streaming import State, Streaming

SILENCE = -80.0
"""Level in dB at and below which a decoder is silent."""

_NEPER = 0.11512925464970229  # ln(10) / 20


class Level(Streaming):
    """Root-mean-square level in dB over a sliding window.

    Args:
        hop: Samples per frame.
        window: Samples of the window.
    """

    def __init__(self, hop: int, window: int) -> None:
        super().__init__()
        self.hop = hop
        self.framing = Framing(window, hop)

    def init(self, batch: int = 1) -> State:
        """Past samples and the last frame's level, above silence."""
        return (*self.framing.init(batch), torch.zeros(batch, 1, 1))

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, 1, frames * hop)`` to dB, ``(batch, 1, frames)``, at least :data:`SILENCE`."""
        frames, past = self.framing(x, state[:1])
        power = frames.square().mean(-1)[:, None]
        level = torch.clamp(decibels(power), min=SILENCE)
        return level, (*past, level[..., level.shape[-1] - 1 :] - SILENCE)

    def normalise(self, x: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Level in dB, the sound divided by it (at most 60 dB up), and the next state."""
        level, after = self(x, state)
        ramp = _ramp(torch.cat([state[1] + SILENCE, level], -1), self.hop)
        return level, x * torch.exp(-_NEPER * torch.clamp(ramp, min=-60.0)), after


class LevelGain(Streaming):
    """Multiplies a sound by a loudness in dB that moves linearly between frames.

    Args:
        hop: Samples per frame.
    """

    def __init__(self, hop: int) -> None:
        super().__init__()
        self.hop = hop

    def init(self, batch: int = 1) -> State:
        """The last frame's gain: silence."""
        return (torch.zeros(batch, 1, 1),)

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Tensor, state: State, loudness: Tensor
    ) -> tuple[Tensor, State]:
        """Scale ``(batch, 1, frames * hop)`` by ``(batch, 1, frames)``."""
        gain = loudness_gain(loudness)
        line = torch.cat([state[0], gain], -1)
        return x * _ramp(line, self.hop), (line[..., -1:],)


def decibels(power: Tensor) -> Tensor:
    """``10 log10(power + 1e-12)``, written so that no exporter takes the offset for a zero."""
    return 10 * torch.log10(1e12 * power + 1.0) - 120.0


def loudness_gain(loudness: Tensor) -> Tensor:
    """Linear gain of a loudness in dB; exactly 0 at :data:`SILENCE`, exact 15 dB above it."""
    fade = torch.clamp((loudness - SILENCE) / 15.0, 0.0, 1.0)
    return fade * torch.exp(functional.hardtanh(loudness, SILENCE, 6.0) * _NEPER)


def _ramp(line: Tensor, hop: int) -> Tensor:
    """Straight lines between frame values, sample by sample.

    Args:
        line: The frame before, then the frames, ``(batch, 1, frames + 1)``.
        hop: Samples per frame.

    Returns:
        Shape ``(batch, 1, frames * hop)``; each frame's value is reached at its end.
    """
    before, after = line[..., :-1, None], line[..., 1:, None]
    steps = (torch.arange(hop, device=line.device) + 1.0) / hop
    return (before + (after - before) * steps).reshape(line.shape[0], 1, -1)
