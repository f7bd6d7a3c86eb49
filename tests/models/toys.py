"""Toy models that keep the conventions, small enough to make in a test."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cheiron.core.artifact import tensors_to_bytes, write_artifact
from cheiron.core.space import Space

D, HOP, CONTEXT = 3, 8, 2


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32) * 0.3


def proto(nodes, inputs, outputs, initialisers):
    def info(name, type_, shape):
        return helper.make_tensor_value_info(name, type_, shape)

    graph = helper.make_graph(
        nodes,
        "toy",
        [info(*port) for port in inputs],
        [info(*port) for port in outputs],
        [numpy_helper.from_array(value, name) for name, value in initialisers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def decoder(noise=True, gain=0.1):
    """A causal convolution over latents, a transposed one to samples, a running sum, noise.

    The running sum is a double-precision state: a NaN in it would stay for ever.
    """
    f, d = TensorProto.FLOAT, TensorProto.DOUBLE
    node = helper.make_node
    nodes = [
        node("Concat", ["state_0", "z"], ["joined"], axis=2),
        node("Slice", ["joined", "tail", "end", "time"], ["next_state_0"]),
        node("Conv", ["joined", "w"], ["hidden"]),
        node("ConvTranspose", ["hidden", "up"], ["tone"], strides=[HOP]),
        node("Cast", ["tone"], ["tone64"], to=d),
        node("Concat", ["state_1", "tone64"], ["summands"], axis=2),
        node("CumSum", ["summands", "axis"], ["sums"]),
        node("Slice", ["sums", "last", "end", "time"], ["next_state_1"]),
        node("Slice", ["sums", "one", "end", "time"], ["phase"]),
        node("Cast", ["phase"], ["phase32"], to=f),
        node("Sin", ["phase32"], ["sine" if noise else "audio"]),
    ]
    if noise:
        nodes += [
            node("Mul", ["noise", "gain"], ["quiet"]),
            node("Add", ["sine", "quiet"], ["audio"]),
        ]
    inputs = [("z", f, [1, D, "T"]), ("state_0", f, [1, D, CONTEXT]), ("state_1", d, [1, 1, 1])]
    if noise:
        inputs.insert(1, ("noise", f, [1, 1, "N"]))
    outputs = [
        ("audio", f, [1, 1, "N"]),
        ("next_state_0", f, [1, D, CONTEXT]),
        ("next_state_1", d, [1, 1, 1]),
    ]
    index = {"tail": -CONTEXT, "end": 2**31, "time": 2, "last": -1, "one": 1}
    initialisers = {name: np.array([value]) for name, value in index.items()}
    initialisers |= {
        "axis": np.array(2),
        "w": random(4, D, CONTEXT + 1),
        "up": random(4, 1, HOP),
        "gain": np.float32(gain),
    }
    if not noise:
        del initialisers["gain"]
    return proto(nodes, inputs, outputs, initialisers)


def encoder():
    """A strided convolution that sees one hop of the past."""
    f, node = TensorProto.FLOAT, helper.make_node
    nodes = [
        node("Concat", ["state_0", "audio"], ["joined"], axis=2),
        node("Slice", ["joined", "tail", "end", "time"], ["next_state_0"]),
        node("Conv", ["joined", "down"], ["z"], strides=[HOP]),
    ]
    return proto(
        nodes,
        [("audio", f, [1, 1, "N"]), ("state_0", f, [1, 1, HOP])],
        [("z", f, [1, D, "T"]), ("next_state_0", f, [1, 1, HOP])],
        {
            "tail": np.array([-HOP]),
            "end": np.array([2**31]),
            "time": np.array([2]),
            "down": random(D, 1, 2 * HOP),
        },
    )


def externalise(model, tensors):
    """Move the float weights of a graph into a safetensors file; returns that file's bytes."""
    data = tensors_to_bytes(tensors)
    base = 8 + int.from_bytes(data[:8], "little")
    for tensor in model.graph.initializer:
        if tensor.name in tensors:
            start = data.index(tensors[tensor.name].tobytes(), base)
            length = tensors[tensor.name].nbytes
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            where = {"location": "weights.safetensors", "offset": start, "length": length}
            for key, value in where.items():
                tensor.external_data.add(key=key, value=str(value))
    return data


def write_model(path, *, fields=None, files=None, external=True, noise=True):
    """An artifact of the toy model; ``files`` replaces some of its files (None leaves one out)."""
    dec, enc = decoder(noise), encoder()
    contents = {}
    if external:
        weights = {"w": random(4, D, CONTEXT + 1), "up": random(4, 1, HOP)}
        contents["weights.safetensors"] = externalise(dec, weights)
    contents |= {"decoder.onnx": dec.SerializeToString(), "encoder.onnx": enc.SerializeToString()}
    contents |= files or {}
    latent = Space.of("latent", [f"z{i}" for i in range(D)], -3.0, 3.0)
    return write_artifact(
        path,
        kind="audio-model",
        name="toy",
        fields={
            "sample_rate": 8000,
            "hop": HOP,
            "latency": HOP,
            "latent": latent.to_json(),
            **(fields or {}),
        },
        files={name: data for name, data in contents.items() if data is not None},
    )
