"""Networks as ONNX graphs whose states are inputs and outputs."""

import io
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import onnx
import torch
from torch import Tensor, nn

from cheiron.nets.network import Network
from cheiron.nets.streaming import State

OPSET = 18
"""Operator set of the graphs; onnxruntime-web runs it too."""

_EXAMPLE = 5
"""Frames of the example block: a number that no kernel or state has, so nothing specialises."""

Shapes = dict[int, Any] | None


@dataclass(frozen=True)
class Graphs:
    """Both directions of a model.

    Args:
        encoder: Sound to latents; one frame at a time where the network asks for that.
        decoder: Latents to sound, any number of frames.
        decoder_step: The same for one frame, with nothing left to work out about shapes.
    """

    encoder: onnx.ModelProto
    decoder: onnx.ModelProto
    decoder_step: onnx.ModelProto


class _Decoder(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: Tensor, noise: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        audio, after = self.network.decode(z, state, noise)
        return (audio, *after)


class _Encoder(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, audio: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        z, after = self.network.encode(audio, state)
        return (z, *after)


def export_graphs(network: Network) -> Graphs:
    """Trace both directions of a network in evaluation mode, its weight norms folded.

    Args:
        network: The network.
    """
    hop, latent = network.hop, network.latent_size
    frames = torch.export.Dim("frames", min=1, max=4096)

    def block(count: int) -> tuple[Tensor, Tensor]:
        return torch.zeros(1, latent, count), torch.zeros(1, 1, count * hop)

    encoder, decoder = _Encoder(network), _Decoder(network)
    past, memory = network.init_encoder(1), network.init_decoder(1)
    z, sound = block(_EXAMPLE)
    z1, sound1 = block(1)
    if network.any_block:
        analysis = _trace(encoder, {"audio": (sound, {2: frames * hop})}, past, "z")
    else:
        analysis = _trace(encoder, {"audio": (sound1, None)}, past, "z")
    sources = {"z": (z, {2: frames}), "noise": (sound, {2: frames * hop})}
    synthesis = _trace(decoder, sources, memory, "audio")
    step = _trace(decoder, {"z": (z1, None), "noise": (sound1, None)}, memory, "audio")
    return Graphs(analysis, synthesis, step)


def fold_weight_norm(network: nn.Module) -> None:
    """Replace every weight norm by the weights it amounts to, in place."""
    for module in network.modules():
        if nn.utils.parametrize.is_parametrized(module, "weight"):
            nn.utils.parametrize.remove_parametrizations(module, "weight")


def _trace(
    module: nn.Module, sources: Mapping[str, tuple[Tensor, Shapes]], states: State, sink: str
) -> onnx.ModelProto:
    tensors = [tensor for tensor, _ in sources.values()]
    shapes = [shape for _, shape in sources.values()]
    dynamic = (*shapes, (None,) * len(states)) if any(shapes) else None
    names = [*sources, *(f"state_{i}" for i in range(len(states)))]
    # The exporter tells at length about packages it could use; only errors matter here.
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.export.export(
                module.eval(), (*tensors, *states), dynamic_shapes=dynamic
            )
            result = torch.onnx.export(
                program,
                input_names=names,
                output_names=[sink, *(f"next_state_{i}" for i in range(len(states)))],
                opset_version=OPSET,
                dynamo=True,
                optimize=True,
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    buffer = io.BytesIO()
    cast(Any, result).save(buffer)
    return onnx.load_from_string(buffer.getvalue())
