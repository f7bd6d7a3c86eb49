"""Loudness as an axis of its own: measured, divided out, and put back."""

import torch
from torch import Tensor
from torch.nn import functional

from cheiron.nets.framing import Framing
from cheiron.nets.streaming import Delay, State, Streaming

SILENCE = -80.0
"""Level in dB at and below which a decoder is silent."""

_NEPER = 0.11512925464970229  # ln(10) / 20


class Level(Streaming):
    """Divides a sound by its level, which :class:`LevelGain` puts back exactly.

    The level is the root mean square of a sliding window. Each frame counts with the next one's
    level if that is higher, so that the gain is there before an attack is; therefore the sound
    comes out one frame late.

    Args:
        hop: Samples per frame.
        window: Samples of the window.
    """

    loudest_gain = 1000.0

    def __init__(self, hop: int, window: int) -> None:
        super().__init__()
        self.hop = hop
        self.framing = Framing(window, hop)
        self.delay = Delay(1, hop)

    def init(self, batch: int = 1) -> State:
        """Past samples; the last frame's level and the last one given out, above silence."""
        quiet = (torch.zeros(batch, 1, 1), torch.zeros(batch, 1, 1))
        return (*self.framing.init(batch), *self.delay.init(batch), *quiet)

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Tensor, state: State
    ) -> tuple[Tensor, Tensor, State]:
        """Take the level out of a block.

        Args:
            x: ``(batch, 1, frames * hop)``.
            state: The state.

        Returns:
            The level in dB, ``(batch, 1, frames)``, at least :data:`SILENCE`; the sound divided
            by it (at most 60 dB up), a frame late as the level is; the next state.
        """
        frames, past = self.framing(x, state[:1])
        late, held = self.delay(x, state[1:2])
        power = frames.square().mean(-1)[:, None]
        line = torch.cat([state[2], torch.clamp(decibels(power), min=SILENCE) - SILENCE], -1)
        higher = torch.maximum(line[..., :-1], line[..., 1:])
        given = torch.cat([state[3], higher], -1)
        gain = torch.clamp(_ramp(loudness_gain(given + SILENCE), self.hop), 1 / self.loudest_gain)
        after = (*past, *held, line[..., -1:], given[..., -1:])
        return higher + SILENCE, late / gain, after


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
