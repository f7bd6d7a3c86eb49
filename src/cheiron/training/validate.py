"""How well a network reconstructs sound that it was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cheiron.core.noise import uniform_noise
from cheiron.core.protocols import Audio, Latents
from cheiron.nets.network import Network
from cheiron.nets.offline import decode_whole, encode_whole
from cheiron.training.corpus import Clip, Corpus
from cheiron.training.losses import SpectralDistance


@dataclass(frozen=True)
class Heard:
    """One clip and what the network made of it.

    Args:
        clip: The clip.
        original: Its sound.
        output: The reconstruction, lined up with it.
        distance: Multi-scale spectral distance of the two.
    """

    clip: Clip
    original: Audio
    output: Audio
    distance: float


def encode_aligned(network: Network, audio: Audio) -> Latents:
    """Latents whose frame ``t`` stands for the samples ``[t * hop, (t + 1) * hop)`` of a sound.

    Args:
        network: In evaluation mode.
        audio: Shape ``(samples,)``.

    Returns:
        Shape ``(ceil(samples / hop), D)``.
    """
    late = network.latency // network.hop
    frames = -(-audio.size // network.hop)
    padded = np.zeros((frames + late) * network.hop, np.float32)
    padded[: audio.size] = audio
    z = encode_whole(network, torch.from_numpy(padded)[None, None])
    return z[0, :, late:].T.numpy().copy()


def encode_batch(network: Network, audio: NDArray[np.float32]) -> list[Latents]:
    """Latents of sounds of one length, in the time of one.

    Args:
        network: In evaluation mode.
        audio: Shape ``(sounds, 1, frames * hop)``.

    Returns:
        Shape ``(frames, D)`` each.
    """
    z = encode_whole(network, torch.from_numpy(audio))
    return [row.T.numpy().copy() for row in z]


def reconstruct(network: Network, audio: Audio, seed: int = 0) -> Audio:
    """Encode and decode a sound; the result lines up with it and has its length."""
    hop, late = network.hop, network.latency
    frames = -(-(audio.size + late) // hop)
    padded = np.zeros(frames * hop, np.float32)
    padded[: audio.size] = audio
    noise = torch.from_numpy(uniform_noise(seed, 0, padded.size))[None, None]
    z = encode_whole(network, torch.from_numpy(padded)[None, None])
    y = decode_whole(network, z, noise)
    return y[0, 0, late : late + audio.size].numpy().copy()


def validate(network: Network, corpus: Corpus, clips: Sequence[Clip]) -> list[Heard]:
    """Reconstruct clips of a corpus.

    Args:
        network: In evaluation mode.
        corpus: Where the clips are from.
        clips: Which.
    """
    distance = SpectralDistance()
    heard: list[Heard] = []
    for clip in clips:
        original = corpus.audio(clip)
        output = reconstruct(network, original)
        pair = (torch.from_numpy(original)[None], torch.from_numpy(output)[None])
        heard.append(Heard(clip, original, output, float(distance(*pair))))
    return heard


def spread(clips: Sequence[Clip], count: int) -> list[Clip]:
    """At most ``count`` clips, evenly over a list."""
    if len(clips) <= count:
        return list(clips)
    return [clips[int(i)] for i in np.linspace(0, len(clips) - 1, count)]
