"""Control spaces as artifacts: both directions of a fitted network as ONNX graphs."""

import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cheiron.control.flow import TO_CONTROL, TO_LATENT, FlowSpace
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.export.onnx_graph import OPSET
from cheiron.nets.flow_space import SpaceNet

_LARGE = 256  # numbers; smaller tensors are not worth a node

TOLERANCE = 1e-3
"""Largest difference between eager and exported numbers, in units of the latents' spread."""


class _ToLatent(nn.Module):
    def __init__(self, net: SpaceNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, c: Tensor) -> Tensor:
        return self.net.inverse(c)


def export_space(
    net: SpaceNet,
    control: Space,
    latent: Space,
    order: Sequence[int],
    density: Mapping[str, NDArray[Any]],
    fields: Mapping[str, Any],
    model: str,
) -> FlowSpace:
    """A fitted network as a space that plays without torch.

    Args:
        net: In evaluation mode; its rotations are frozen.
        control: The knobs.
        latent: The model's latents.
        order: Latents in the network's order.
        density: Of the knobs, see :class:`cheiron.control.flow.FlowSpace`.
        fields: What the manifest is to say.
        model: Name of the model.

    Raises:
        CheironError: If what was exported does not say the same as the network.
    """
    net.eval()
    net.flow.freeze()
    _round(net)
    knobs, z = torch.zeros(3, net.knobs), torch.zeros(3, latent.size)
    graphs = {
        TO_LATENT: _graph(_ToLatent(net), knobs, "c", ("z",)),
        TO_CONTROL: _graph(net, z, "z", ("c", "log_det")),
    }
    space = FlowSpace(control, latent, order, graphs, density, fields, model)
    _check(net, space)
    return space


def _graph(module: nn.Module, example: Tensor, source: str, sinks: tuple[str, ...]) -> bytes:
    frames = torch.export.Dim("frames", min=1, max=1 << 20)
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.export.export(module, (example,), dynamic_shapes=({0: frames},))
            result = torch.onnx.export(
                program,
                input_names=[source],
                output_names=list(sinks),
                opset_version=OPSET,
                dynamo=True,
                optimize=True,
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    buffer = io.BytesIO()
    cast(Any, result).save(buffer)
    model = onnx.load_from_string(buffer.getvalue())
    _strip(model)
    _halve(model)
    return model.SerializeToString()


def _strip(model: onnx.ModelProto) -> None:
    """Leave out where in the program each node came from, which is most of a small graph."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        part.ClearField("metadata_props")
    for node in graph.node:
        node.ClearField("doc_string")
    graph.ClearField("value_info")


def _round(net: SpaceNet) -> None:
    """Weights of networks inside, to what half precision holds: both directions stay inverses.

    Rotations and whitening are no such weights: their own inverses depend on their digits.
    """
    for part in net.modules():
        if isinstance(part, nn.Linear):
            with torch.no_grad():
                part.weight.copy_(part.weight.half().float())


def _halve(model: onnx.ModelProto) -> None:
    """Store what half precision holds exactly in half the bytes, cast when it is loaded."""
    graph = model.graph
    for index, tensor in enumerate(list(graph.initializer)):
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size < _LARGE or not np.array_equal(half.astype(np.float32), values):
            continue
        name = tensor.name
        graph.initializer[index].CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_half"))
        cast_node = onnx.helper.make_node(
            "Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT
        )
        graph.node.insert(0, cast_node)


def _check(net: SpaceNet, space: FlowSpace) -> None:
    """Export equals eager."""
    c = torch.randn(64, net.knobs, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = net.inverse(c).numpy()
    got = space.raw_latent(c.numpy())
    worst = float(np.abs(got - wanted).max() / max(float(wanted.std()), 1e-6))
    if not worst <= TOLERANCE:
        raise CheironError(
            f"the exported space differs from the fitted one by {worst:.2g} of a spread; expected "
            f"at most {TOLERANCE:g}, so report this with the versions of torch and onnx."
        )
