"""A network as PyTorch itself runs it, block by block: the comparison for what was exported."""

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cheiron.core.protocols import Audio, Latents
from cheiron.nets.network import Network
from cheiron.nets.streaming import State

Step = Callable[[Latents], Audio]
"""The next block: latents ``(frames, D)`` to ``(frames * hop,)``; remembers the stream's state."""

_CHUNK = 64  # frames at a time when a whole sound is coded
_WARM_UP = 3  # a traced module specialises itself during its first calls


def eager_decoder(network: Network, frames: int, noise: Audio) -> Step:
    """A stream decoded by the network's own Python code.

    Args:
        network: In evaluation mode, its weight norms folded.
        frames: Latent frames per block.
        noise: What the noise branch gets at every block, shape ``(frames * hop,)``.
    """
    return _stream(_Decoder(network).eval(), network, frames, noise)


def torchscript_decoder(network: Network, frames: int, noise: Audio) -> Step:
    """A stream decoded by the same network, traced for this block size and frozen.

    Args:
        network: In evaluation mode, its weight norms folded.
        frames: Latent frames per block.
        noise: What the noise branch gets at every block, shape ``(frames * hop,)``.
    """
    z = torch.zeros(1, network.latent_size, frames)
    example = (z, torch.from_numpy(noise)[None, None], *network.init_decoder(1))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and traces warn of constants
        jit = cast(Any, torch.jit)
        scripted = jit.freeze(jit.trace(_Decoder(network).eval(), example, check_trace=False))
        for _ in range(_WARM_UP):
            scripted(*example)
    return _stream(scripted, network, frames, noise)


def reconstruct(network: Network, audio: Audio, noise: Audio) -> Audio:
    """Encode and decode a whole sound.

    Args:
        network: In evaluation mode.
        audio: Shape ``(samples,)``.
        noise: For the noise branch, at least as long, up to a whole number of hops.

    Returns:
        The reconstruction, late by ``network.latency``, of a whole number of hops.
    """
    step = _CHUNK * network.hop
    padded = np.zeros(-(-len(audio) // network.hop) * network.hop, np.float32)
    padded[: len(audio)] = audio
    pieces: list[Audio] = []
    past, memory = network.init_encoder(1), network.init_decoder(1)
    with torch.inference_mode():
        for start in range(0, len(padded), step):
            block = torch.from_numpy(padded[start : start + step])[None, None]
            hiss = torch.from_numpy(noise[start : start + block.shape[-1]])[None, None]
            z, past = network.encode(block, past)
            sound, memory = network.decode(z, memory, hiss)
            pieces.append(sound[0, 0].numpy())
    return np.concatenate(pieces)


@contextmanager
def one_thread() -> Generator[None, None, None]:
    """Let PyTorch compute on one thread, as everything that is compared does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def seeded(seed: int) -> Generator[None, None, None]:
    """Fix PyTorch's random draws inside the block; those outside go on as if it had not been."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


class _Decoder(nn.Module):
    """The decoder as one function of flat tensors, which can be traced."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: Tensor, noise: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        audio, after = self.network.decode(z, state, noise)
        return (audio, *after)


def _stream(decoder: Any, network: Network, frames: int, noise: Audio) -> Step:
    state: State = network.init_decoder(1)
    hiss = torch.from_numpy(noise)[None, None]
    shape = (frames, network.latent_size)

    def step(z: Latents) -> NDArray[np.float32]:
        nonlocal state
        if z.shape != shape:
            raise ValueError(f"a block of the shape {z.shape} was given, expected {shape}")
        with torch.inference_mode():
            columns = torch.from_numpy(np.ascontiguousarray(z.T))[None]
            audio, *after = decoder(columns, hiss, *state)
        state = tuple(after)
        return audio[0, 0].numpy()

    return step
