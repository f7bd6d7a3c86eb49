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

    named: tuple[str, ...] = ()
    """Descriptors that training has tied the first free latents to; see :meth:`free_axes`."""

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

    def free_axes(self, count: int) -> tuple[tuple[str, str, str], ...]:
        """Axes of the learned latents: those of :attr:`named` first, then ``z`` and a number.

        Args:
            count: How many there are, at least as many as are named.
        """
        named = ((name, "", "descriptor") for name in self.named)
        return *named, *((f"z{i}", "", "free") for i in range(len(self.named) + 1, count + 1))

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
