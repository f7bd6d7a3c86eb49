"""What decodes an artifact's latents: the compiled kernel where it can, ONNX Runtime elsewhere."""

from typing import Protocol

import numpy as np

from cheiron.core.noise import uniform_noise
from cheiron.core.protocols import Audio, Latents
from cheiron.core.space import Space
from cheiron.models.guard import all_finite
from cheiron.models.noise_stream import NoiseStream
from cheiron.models.onnx_graph import GraphStream, StreamingGraph

_TRIAL = 10  # frames: more than the kernel takes at a time
_LONGEST = 100.0  # an axis without bounds that mean something is driven this far, at most
_TOLERANCE = 1e-4  # of the largest sample, or of 1; what an export may differ from its network


class DecoderStream(Protocol):
    """One stream of sound; one thread at a time."""

    def step(self, z: Latents) -> tuple[Audio, bool]:
        """The next block, and whether it is finite; valid until the next step."""
        ...

    def reset(self) -> None:
        """Back to the beginning, but for the noise, which goes on."""
        ...


class Decoder(Protocol):
    """Makes streams; any number of them, on any threads."""

    @property
    def words(self) -> str:
        """What people call it."""
        ...

    def stream(self, seed: int) -> DecoderStream:
        """A fresh stream; the seed fixes the noise."""
        ...


class GraphDecoder:
    """A decoder that ONNX Runtime runs.

    Args:
        graph: Latents, and perhaps noise, to sound.
    """

    words = "ONNX Runtime"

    def __init__(self, graph: StreamingGraph) -> None:
        self._graph = graph

    def stream(self, seed: int) -> "GraphDecoderStream":
        """A fresh stream; the seed fixes the noise."""
        return GraphDecoderStream(self._graph, seed)


class GraphDecoderStream:
    """One stream of a graph and its noise.

    Args:
        graph: The graph.
        seed: Of the noise.
    """

    def __init__(self, graph: StreamingGraph, seed: int) -> None:
        self.states = GraphStream(graph)
        self.states.block(1)
        self._noise = NoiseStream(seed) if graph.has_noise else None

    def step(self, z: Latents) -> tuple[Audio, bool]:
        """The next block, and whether it is finite; valid until the next step."""
        block = self.states.block(len(z))
        block.source[:] = z.T
        if self._noise is not None and block.noise is not None:
            self._noise.fill(block.noise)
        self.states.run(block)
        audio = block.sink[0]
        return audio, all_finite(audio)

    def reset(self) -> None:
        """Back to the beginning, but for the noise, which goes on."""
        self.states.reset()


def agree(one: Decoder, other: Decoder, latent: Space) -> bool:
    """Whether two decoders give the same sound for some frames all over the latent space."""
    low, high = (np.clip(edge, -_LONGEST, _LONGEST) for edge in (latent.low, latent.high))
    share = 0.5 + 0.5 * uniform_noise(0, 0, _TRIAL * latent.size).reshape(_TRIAL, latent.size)
    z = (low + share * (high - low)).astype(np.float32)
    (first, _), (second, _) = (decoder.stream(0).step(z) for decoder in (one, other))
    if first.shape != second.shape:
        return False
    loudest = max(1.0, float(np.abs(second).max()))
    return float(np.abs(first - second).max()) < _TOLERANCE * loudest  # NaN is not below
