"""Networks as ONNX graphs whose states are inputs and outputs."""

import io
import warnings
from dataclasses import dataclass
from typing import Protocol

import onnx
import torch
from torch import Tensor, nn

from cheiron.nets.streaming import State

OPSET = 18
"""Operator set of the graphs; onnxruntime-web runs it too."""


class Streams(Protocol):
    """What a network offers for export."""

    def init_encoder(self, batch: int = 1) -> State:
        """A fresh encoder state."""
        ...

    def encode(self, audio: Tensor, state: State) -> tuple[Tensor, State]:
        """Latents of a block."""
        ...

    def init_decoder(self, batch: int = 1) -> State:
        """A fresh decoder state."""
        ...

    def decode(self, z: Tensor, state: State, noise: Tensor) -> tuple[Tensor, State]:
        """Sound of latents."""
        ...


class _Decoder(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Tensor, noise: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        audio, after = self.model.decode(z, state, noise)
        return (audio, *after)


class _Encoder(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, audio: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        z, after = self.model.encode(audio, state)
        return (z, *after)


@dataclass(frozen=True)
class Graphs:
    """Both directions of a model.

    Args:
        encoder: Its graph.
        decoder: Its graph.
    """

    encoder: onnx.ModelProto
    decoder: onnx.ModelProto


def export_graphs(model: nn.Module, latent: int, hop: int, any_block: bool) -> Graphs:
    """Trace both directions of a network.

    Args:
        model: Offers :class:`Streams`; in evaluation mode, weight norms folded.
        latent: Latent size.
        hop: Samples per frame.
        any_block: Whether the encoder takes blocks of any number of frames; else one at a time.
    """
    frames = 5
    z, audio = torch.zeros(1, latent, frames), torch.zeros(1, 1, frames * hop)
    n = torch.export.Dim("frames", min=1, max=4096)
    decoder = _trace(
        _Decoder(model), [("z", z, {2: n}), ("noise", audio, {2: n * hop})],
        _stream(model, "decoder"), "audio",
    )
    if any_block:
        encoder = _trace(
            _Encoder(model), [("audio", audio, {2: n * hop})], _stream(model, "encoder"), "z"
        )
    else:
        one = torch.zeros(1, 1, hop)
        encoder = _trace(_Encoder(model), [("audio", one, None)], _stream(model, "encoder"), "z")
    return Graphs(encoder, decoder)


def _stream(model: nn.Module, direction: str) -> State:
    return getattr(model, f"init_{direction}")(1)


def _trace(
    wrapper: nn.Module,
    sources: list[tuple[str, Tensor, dict[int, object] | None]],
    states: State,
    sink: str,
) -> onnx.ModelProto:
    names = [name for name, _, _ in sources] + [f"state_{i}" for i in range(len(states))]
    shapes = [shape for _, _, shape in sources]
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        inputs = (*(tensor for _, tensor, _ in sources), *states)
        dynamic = (*shapes, (None,) * len(states)) if any(shapes) else None
        exported = torch.export.export(wrapper.eval(), inputs, dynamic_shapes=dynamic)
        program = torch.onnx.export(
            exported,
            input_names=names,
            output_names=[sink, *(f"next_state_{i}" for i in range(len(states)))],
            opset_version=OPSET,
            dynamo=True,
            optimize=True,
            verbose=False,
        )
        assert program is not None
        program.save(buffer)
    return onnx.load_from_string(buffer.getvalue())
