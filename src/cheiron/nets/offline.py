"""Whole sounds through a network, in memory that does not grow with their length."""

import torch
from torch import Tensor

from cheiron.nets.network import Network

_CHUNK = 512  # frames at a time; an analysis window of every frame is held at once


def encode_whole(network: Network, audio: Tensor) -> Tensor:
    """Latents of a sound from a fresh state, without gradients.

    Args:
        network: In evaluation mode.
        audio: ``(batch, 1, frames * hop)``.

    Returns:
        Shape ``(batch, latent_size, frames)``.
    """
    state, parts = network.init_encoder(audio.shape[0]), []
    with torch.no_grad():
        for block in audio.split(_CHUNK * network.hop, -1):
            z, state = network.encode(block, state)
            parts.append(z)
    return torch.cat(parts, -1)


def decode_whole(network: Network, z: Tensor, noise: Tensor) -> Tensor:
    """Sound of latents from a fresh state, without gradients.

    Args:
        network: In evaluation mode.
        z: ``(batch, latent_size, frames)``.
        noise: White noise in [-1, 1), ``(batch, 1, frames * hop)``.

    Returns:
        Shape ``(batch, 1, frames * hop)``.
    """
    state, parts = network.init_decoder(z.shape[0]), []
    with torch.no_grad():
        blocks = zip(z.split(_CHUNK, -1), noise.split(_CHUNK * network.hop, -1), strict=True)
        for block, hiss in blocks:
            y, state = network.decode(block, state, hiss)
            parts.append(y)
    return torch.cat(parts, -1)
