"""Weights that are stored once: the graphs point into the safetensors file."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

WEIGHTS = "weights.safetensors"
_SMALL = 1024
"""Bytes; smaller constants stay in the graph."""


def point_into(graph: onnx.ModelProto, weights: bytes) -> bytes:
    """A graph's bytes, its large constants replaced by references into a safetensors file.

    Only constants that lie in the file byte for byte are replaced; others stay inside.

    Args:
        graph: The graph; not changed.
        weights: The whole safetensors file.
    """
    header_size = int.from_bytes(weights[:8], "little")
    header: dict[str, Any] = json.loads(weights[8 : 8 + header_size])
    places: dict[bytes, tuple[int, int]] = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            start = 8 + header_size + begin
            places[weights[start : start + end - begin]] = (start, end - begin)
    copy = onnx.ModelProto()
    copy.CopyFrom(graph)
    del copy.metadata_props[:]
    for tensor in copy.graph.initializer:
        data = numpy_helper.to_array(tensor).tobytes()
        if len(data) >= _SMALL and data in places:
            _refer(tensor, *places[data])
    _forget_origin(copy)
    return copy.SerializeToString(deterministic=True)


def weight_tensors(state: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """A network's state dictionary as NumPy arrays by name."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}


def _refer(tensor: onnx.TensorProto, offset: int, length: int) -> None:
    tensor.ClearField("raw_data")
    tensor.ClearField("float_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    del tensor.external_data[:]
    for key, value in (("location", WEIGHTS), ("offset", offset), ("length", length)):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, str(value)


def _forget_origin(graph: onnx.ModelProto) -> None:
    """Drop what the exporter wrote about its own stack: file names of the machine it ran on."""
    for node in graph.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    for value in (*graph.graph.input, *graph.graph.output, *graph.graph.value_info):
        del value.metadata_props[:]
    for tensor in graph.graph.initializer:
        del tensor.metadata_props[:]
    del graph.graph.metadata_props[:]
