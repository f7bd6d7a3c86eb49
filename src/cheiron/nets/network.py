"""What every model family offers."""

from typing import Any

from torch import Tensor, nn

from cheiron.nets.streaming import State


class Network(nn.Module):
    """An encoder and a decoder with explicit streaming states.

    Audio is ``(batch, 1, frames * hop)``, latents are ``(batch, latent_size, frames)``.
    ``decode(encode(x))`` is late by ``latency`` samples.
    """

    config: Any
    """Its configuration: a frozen dataclass with a ``sample_rate``."""

    any_block: bool = True
    """Whether an exported encoder can take blocks of any number of frames; else one at a time."""

    @property
    def hop(self) -> int:
        """Samples per latent frame."""
        return self.config.hop

    @property
    def latent_size(self) -> int:
        """Number of latent axes."""
        raise NotImplementedError

    @property
    def latent_axes(self) -> tuple[tuple[str, str, str], ...]:
        """Name, unit and kind of every latent axis; see :class:`cheiron.core.space.Axis`."""
        raise NotImplementedError

    @property
    def latency(self) -> int:
        """Delay from encoder through decoder, in samples; a whole number of hops is not needed."""
        raise NotImplementedError

    def init_encoder(self, batch: int = 1) -> State:
        """A fresh encoder state: all zeros."""
        raise NotImplementedError

    def encode(self, audio: Tensor, state: State) -> tuple[Tensor, State]:
        """Latents (posterior means) of a block."""
        raise NotImplementedError

    def init_decoder(self, batch: int = 1) -> State:
        """A fresh decoder state: all zeros."""
        raise NotImplementedError

    def decode(self, z: Tensor, state: State, noise: Tensor) -> tuple[Tensor, State]:
        """Sound of latents, with white noise in [-1, 1) of the sound's shape."""
        raise NotImplementedError
