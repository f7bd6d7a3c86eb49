"""Audio models of an artifact, run on one thread of the CPU.

ONNX Runtime runs the encoder. The decoder is run by the compiled kernel of
:mod:`cheiron.models.native` where that gives the sound of the graph, by ONNX Runtime elsewhere.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, Latents
from cheiron.core.space import Space
from cheiron.models.decoding import Decoder, DecoderStream, GraphDecoder, agree
from cheiron.models.guard import LatentGuard, all_finite
from cheiron.models.native import KernelDecoder, NotCoveredError
from cheiron.models.onnx_graph import GraphStream, Port, StreamingGraph

WEIGHTS = "weights.safetensors"
_CHUNK = 64  # frames at a time when a whole sound is decoded or encoded: memory stays flat


@dataclass(slots=True)
class DecoderState:
    """One stream of sound.

    Attributes:
        stream: The decoder's own states, noise and buffers.
        guard: Counts in ``guard.replaced`` the latents that were NaN or infinite.
        silenced: Blocks that came out as NaN or infinite: played as silence, the stream restarted.
    """

    stream: DecoderStream
    guard: LatentGuard
    silenced: int = 0


@dataclass(slots=True)
class EncoderState:
    """One stream of analysis.

    Attributes:
        stream: The graph's own states and buffers.
        silenced: Blocks with NaN or infinite samples, taken as silence.
    """

    stream: GraphStream
    silenced: int = 0


class OnnxModel:
    """A model that Cheiron trained and exported; keeps :class:`cheiron.core.protocols.AudioModel`.

    Offline and streaming use the same steps, so they agree to rounding. A step of one hop
    allocates nothing but a few views. Different streams may run on different threads.

    Args:
        artifact: Of the kind ``"audio-model"``.
        kernel: False leaves decoding to ONNX Runtime.

    Raises:
        CheironError: If the manifest or the decoder is not as expected (the encoder is looked at
            when it is first used).
    """

    def __init__(self, artifact: Artifact, *, kernel: bool = True) -> None:
        self.artifact = artifact
        self._label = str(artifact.path)
        self._sample_rate = self._integer("sample_rate", 1)
        self._hop = self._integer("hop", 1)
        self._latency = self._integer("latency", 0)
        self._latent = Space.from_json(artifact.manifest.get("latent") or {})
        self._size = self._latent.size
        self._decoder = self._choose_decoder(self._kernel() if kernel else None)

    @classmethod
    def load(cls, path: Path, *, trust: bool = False) -> "OnnxModel":  # noqa: ARG003
        """Load an artifact folder or zip; it holds no code, so ``trust`` does not matter."""
        return cls(Artifact.open(path, "audio-model"))

    @property
    def name(self) -> str:
        """What people call it."""
        return self.artifact.name

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self._sample_rate

    @property
    def hop(self) -> int:
        """Samples per latent frame."""
        return self._hop

    @property
    def latent(self) -> Space:
        """What its latents mean."""
        return self._latent

    @property
    def latency(self) -> int:
        """Delay from ``encode`` through ``decode``, in samples."""
        return self._latency

    @property
    def decoded_by(self) -> str:
        """What decodes: ``"compiled kernel (AVX2)"``, say, or ``"ONNX Runtime"``."""
        return self._decoder.words

    def decode(self, z: Latents, seed: int = 0) -> Audio:
        """The sound of a trajectory, shape ``(frames, D)`` to ``(frames * hop,)``."""
        state = self.init_decoder(seed)
        audio = np.empty(len(z) * self._hop, np.float32)
        for start in range(0, len(z), _CHUNK):
            state, block = self.decode_step(state, z[start : start + _CHUNK])
            audio[start * self._hop :][: len(block)] = block
        return audio

    def init_decoder(self, seed: int = 0) -> DecoderState:
        """A fresh stream; the seed fixes the noise."""
        return DecoderState(self._decoder.stream(seed), LatentGuard(self._latent.default))

    def decode_step(self, state: DecoderState, z: Latents) -> tuple[DecoderState, Audio]:
        """The next block, shape ``(frames * hop,)``; valid until the next step of this state."""
        frames = len(z)
        if z.shape != (frames, self._size):
            raise CheironError(
                f"latents of the shape {z.shape} were given to {self.name}; "
                f"expected (frames, {self._size})."
            )
        if not frames:
            return state, np.zeros(0, np.float32)
        audio, finite = state.stream.step(state.guard.clean(z))
        if not finite:
            state.stream.reset()
            state.silenced += 1
            audio.fill(0)
        return state, audio

    def encode(self, audio: Audio) -> Latents:
        """Posterior means, shape ``(samples,)`` to ``(ceil(samples / hop), D)``."""
        state = self.init_encoder()
        frames = -(-len(audio) // self._hop)
        padded = np.zeros(frames * self._hop, np.float32)
        padded[: len(audio)] = audio
        z = np.empty((frames, self._size), np.float32)
        for start in range(0, frames, _CHUNK):
            piece = padded[start * self._hop : (start + _CHUNK) * self._hop]
            state, block = self.encode_step(state, piece)
            z[start : start + len(block)] = block
        return z

    def init_encoder(self) -> EncoderState:
        """A fresh stream.

        Raises:
            CheironError: If the model has no encoder or it is not as expected.
        """
        return EncoderState(GraphStream(self._encoder))

    def encode_step(self, state: EncoderState, audio: Audio) -> tuple[EncoderState, Latents]:
        """Latents of a block, shape ``(frames * hop,)`` to ``(frames, D)``; valid until the next.

        Raises:
            CheironError: If the block is not a whole number of hops.
        """
        frames, rest = divmod(len(audio), self._hop)
        if rest or audio.ndim != 1:
            raise CheironError(
                f"a block of the shape {audio.shape} was given to {self.name}; "
                f"expected a multiple of {self._hop} samples."
            )
        if not frames:
            return state, np.zeros((0, self._size), np.float32)
        if frames > 1 and self._encoder.one_frame:
            return self._by_frames(state, audio)
        block = state.stream.block(frames)
        if all_finite(audio):
            block.source[0] = audio
        else:
            state.silenced += 1
            block.source.fill(0)
        state.stream.run(block)
        return state, block.sink.T

    def _by_frames(self, state: EncoderState, audio: Audio) -> tuple[EncoderState, Latents]:
        """A block through an encoder that takes one frame at a time."""
        z = np.empty((len(audio) // self._hop, self._size), np.float32)
        for i in range(len(z)):
            state, frame = self.encode_step(state, audio[i * self._hop : (i + 1) * self._hop])
            z[i] = frame[0]
        return state, z

    def _choose_decoder(self, kernel: KernelDecoder | None) -> Decoder:
        """The kernel where it gives the sound of the graph, which every model has to have."""
        ports = Port("z", self._size, 1), Port("audio", 1, self._hop)
        # Whoever has the kernel needs no quicker graph for single frames.
        graph = GraphDecoder(self._graph("decoder.onnx", *ports, quick=kernel is None))
        if kernel is None:
            return graph
        if agree(kernel, graph, self._latent):
            return kernel
        return GraphDecoder(self._graph("decoder.onnx", *ports))

    def _kernel(self) -> KernelDecoder | None:
        try:
            kernel = KernelDecoder.of(self.artifact)
        except NotCoveredError:
            return None
        fits = kernel.program.latents == self._size and kernel.program.hop == self._hop
        return kernel if fits else None

    @cached_property
    def _encoder(self) -> StreamingGraph:
        if "encoder.onnx" not in self.artifact.files:
            raise CheironError(
                f"{self._label} has no encoder, so it cannot analyse sound; "
                "export the model with its encoder."
            )
        return self._graph("encoder.onnx", Port("audio", 1, self._hop), Port("z", self._size, 1))

    def _graph(self, filename: str, source: Port, sink: Port, quick: bool = True) -> StreamingGraph:
        if filename not in self.artifact.files:
            raise CheironError(f"{self._label} has no {filename}; export the model again.")
        label = f"{self._label}: {filename}"
        single = filename.replace(".onnx", "_step.onnx")
        single = single if quick and single in self.artifact.files else None
        if file := self.artifact.file(filename):
            step = self.artifact.file(single) if single else None
            return StreamingGraph(file, {}, source, sink, label, step)
        weights = {WEIGHTS: self.artifact.read(WEIGHTS)} if WEIGHTS in self.artifact.files else {}
        step = self.artifact.read(single) if single else None
        return StreamingGraph(self.artifact.read(filename), weights, source, sink, label, step)

    def _integer(self, field: str, least: int) -> int:
        value: Any = self.artifact.manifest.get(field)
        if type(value) is not int or not least <= value < 2**31:
            raise CheironError(
                f"{self._label} says {field} = {value!r}; expected a whole number of at least "
                f"{least}, below 2^31, so export the model again."
            )
        return value
