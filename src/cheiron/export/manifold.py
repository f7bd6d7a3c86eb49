"""Flows on manifolds as ONNX graphs with steps of fixed number.

The graphs are written node by node instead of traced: a trace of sixty-four layers takes half a
minute, and the terms that depend on time alone are constants here.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from cheiron.control.manifold import FIELD, STEPS, TO_BASE, TO_DATA
from cheiron.core.errors import CheironError
from cheiron.export.onnx_graph import OPSET
from cheiron.nets.manifold import Euclidean, Manifold, Product, Sphere, Torus
from cheiron.nets.manifold_flow import CLOCK, VectorField
from cheiron.nets.manifold_ode import travel

_TOLERANCE = 1e-4
_IR = 10  # what the oldest ONNX Runtime that we ask for reads


def export_manifold(field: VectorField) -> dict[str, bytes]:
    """The graphs of a :class:`cheiron.control.manifold.ManifoldSpace`.

    Args:
        field: The flow, without context, in evaluation mode, on a product of at most one sphere
            with tori and R^n.

    Raises:
        CheironError: If a graph does not say what the flow says.
    """
    graphs = {
        TO_DATA: _way(field, 0.0, 1.0),
        TO_BASE: _way(field, 1.0, 0.0),
        FIELD: _spread(field),
    }
    points = field.manifold.sample(64, torch.Generator().manual_seed(0))
    t = torch.full((1, 1), 0.3)
    with torch.no_grad():
        wanted = {
            TO_DATA: (travel(field, points, STEPS),),
            TO_BASE: (travel(field, points, STEPS, start=1.0, end=0.0),),
            FIELD: field.divergence(points, t),
        }
    for name, graph in graphs.items():
        session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
        sources = {"x": points.numpy(), "t": t.numpy()} if name == FIELD else {"x": points.numpy()}
        found = cast(Any, session.run(None, sources))
        pairs = zip(found, wanted[name], strict=True)
        worst = max(float(np.abs(np.asarray(a) - b.numpy()).max()) for a, b in pairs)
        if not worst <= _TOLERANCE:
            raise CheironError(
                f"the exported graph {name} differs from the fitted flow by {worst:.2g}; report "
                "this with the versions of torch and onnx."
            )
    return graphs


class _Writer:
    """A graph in the making; every method gives the name of a value."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._known: dict[bytes, str] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """One node with one output."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, kind: Any = np.float32) -> str:
        """An array or number, stored once however often it is used."""
        array = np.ascontiguousarray(value, kind)
        key = array.tobytes() + str((array.shape, array.dtype)).encode()
        if key not in self._known:
            self._known[key] = f"c{len(self._constants)}"
            self._constants.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def finish(self, sources: dict[str, Sequence[Any]], sinks: dict[str, str]) -> bytes:
        """The bytes of the graph; ``sinks`` names the values that come out."""
        for name, value in sinks.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        ports = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
            for name, shape in sources.items()
        ]
        outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in sinks]
        graph = helper.make_graph(self._nodes, "flow", ports, outs, self._constants)
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=_IR).SerializeToString()


class _Net:
    """The numbers of a field, and how it is written into a graph."""

    def __init__(self, writer: _Writer, field: VectorField) -> None:
        self.w, manifold = writer, field.manifold
        parts = manifold.parts if isinstance(manifold, Product) else (manifold,)
        self.sphere = _mask(parts, Sphere)
        self.angle = _mask(parts, Torus)
        plain = np.eye(manifold.ambient)[:, (_mask(parts, Euclidean) + self.sphere) > 0]
        self.waves, self.phase = (_array(field.get_buffer(n)) for n in ("matrix", "phase"))
        layers = [cast(nn.Linear, layer) for layer in field.layers]
        first = _array(layers[0].weight)
        count = plain.shape[1]
        self.straight, self.waved = plain @ first[:, :count].T, first[:, count:].T
        self.bias = _array(layers[0].bias)
        self.rest = [(_array(layer.weight).T, _array(layer.bias)) for layer in layers[1:]]
        self.last = _array(field.last.weight).T, _array(field.last.bias)
        self.field = field

    def project(self, x: str) -> str:
        """Only the sphere's part: waves come round by themselves."""
        w = self.w
        if not self.sphere.any():
            return x
        square = w.op("MatMul", w.op("Mul", x, x), w.constant(self.sphere[:, None]))
        length = w.op("Sqrt", w.op("Max", square, w.constant(1e-12)))
        scale = w.op("Div", w.constant(self.sphere[None]), length)
        return w.op("Mul", x, w.op("Add", scale, w.constant(1 - self.sphere[None])))

    def turned(self, x: str) -> str:
        """On the manifold, angles within half a turn."""
        w = self.w
        x = self.project(x)
        if not self.angle.any():
            return x
        turns = w.op("Floor", w.op("Add", w.op("Mul", x, w.constant(0.5 / np.pi)), w.constant(0.5)))
        return w.op("Sub", x, w.op("Mul", turns, w.constant(2 * np.pi * self.angle[None])))

    def clock(self, t: float) -> str:
        """The bias of the first layer at a time."""
        with torch.no_grad():
            seen = self.field.time(self.field.clock(torch.full((1, 1), t)))
        return self.w.constant(_array(seen)[0] + self.bias)

    def velocity(self, x: str, bias: str) -> str:
        """The field at points; ``bias`` is what the time says."""
        w = self.w
        x = self.project(x)
        waves = w.op("Sin", w.op("Gemm", x, w.constant(self.waves), w.constant(self.phase)))
        h = w.op("Gemm", x, w.constant(self.straight), bias)
        h = self._silu(w.op("Add", h, w.op("MatMul", waves, w.constant(self.waved))))
        for matrix, offset in self.rest:
            h = w.op("Add", h, self._silu(w.op("Gemm", h, w.constant(matrix), w.constant(offset))))
        return self.tangent(x, w.op("Gemm", h, *map(w.constant, self.last)))

    def tangent(self, x: str, u: str) -> str:
        """Without what points out of the sphere."""
        w = self.w
        if not self.sphere.any():
            return u
        out = w.op("MatMul", w.op("Mul", x, u), w.constant(self.sphere[:, None]))
        return w.op("Sub", u, w.op("Mul", w.op("Mul", x, out), w.constant(self.sphere[None])))

    def _silu(self, a: str) -> str:
        return self.w.op("Mul", a, self.w.op("Sigmoid", a))


def _way(field: VectorField, start: float, end: float) -> bytes:
    """From points at one time to points at another."""
    w = _Writer()
    net = _Net(w, field)
    size = (end - start) / STEPS
    x = net.turned("x")
    for number in range(STEPS):
        t = start + size * number
        early, middle, late = (net.clock(t + part * size) for part in (0.0, 0.5, 1.0))
        half, whole = w.constant(size / 2), w.constant(size)
        a = net.velocity(x, early)
        b = net.velocity(w.op("Add", x, w.op("Mul", a, half)), middle)
        c = net.velocity(w.op("Add", x, w.op("Mul", b, half)), middle)
        d = net.velocity(w.op("Add", x, w.op("Mul", c, whole)), late)
        inner = w.op("Mul", w.op("Add", b, c), w.constant(2.0))
        total = w.op("Sum", a, inner, d)
        x = net.turned(w.op("Add", x, w.op("Mul", total, w.constant(size / 6))))
    return w.finish({"x": ("frames", field.manifold.ambient)}, {"y": x})


def _spread(field: VectorField) -> bytes:
    """The field and its divergence.

    On a sphere the divergence is ``tr J - x^T J x - n <x, u>`` for the derivative J of the network
    before it is made tangent, which needs no basis.
    """
    w = _Writer()
    net = _Net(w, field)
    ambient, one = field.manifold.ambient, w.constant([1], np.int64)
    x = net.project("x")
    clock = w.op("Gemm", _clock_node(w), w.constant(_array(field.time.weight).T),
                 w.constant(_array(field.time.bias) + net.bias))  # fmt: skip
    waves = w.op("Gemm", x, w.constant(net.waves), w.constant(net.phase))
    bent = w.op("Mul", w.op("Unsqueeze", w.op("Cos", waves), one), w.constant(net.waves[None]))
    slope = w.op("Add", w.op("MatMul", bent, w.constant(net.waved)), w.constant(net.straight[None]))
    a = w.op("Gemm", x, w.constant(net.straight), clock)
    a = w.op("Add", a, w.op("MatMul", w.op("Sin", waves), w.constant(net.waved)))
    h, slope = _gated(w, a, slope, one)
    for matrix, offset in net.rest:
        a = w.op("Gemm", h, w.constant(matrix), w.constant(offset))
        more, steep = _gated(w, a, w.op("MatMul", slope, w.constant(matrix)), one)
        h, slope = w.op("Add", h, more), w.op("Add", slope, steep)
    u = w.op("Gemm", h, *map(w.constant, net.last))
    jacobian = w.op("MatMul", slope, w.constant(net.last[0]))  # [point, by which, of which]
    both = w.constant([1, 2], np.int64)
    trace = w.op("Mul", jacobian, w.constant(np.eye(ambient)[None]))
    total = w.op("ReduceSum", trace, both, keepdims=0)
    if net.sphere.any():
        ball = w.op("Mul", x, w.constant(net.sphere[None]))
        pairs = w.op("Mul", w.op("Unsqueeze", ball, w.constant([2], np.int64)),
                     w.op("Unsqueeze", ball, one))  # fmt: skip
        total = w.op(
            "Sub", total, w.op("ReduceSum", w.op("Mul", jacobian, pairs), both, keepdims=0)
        )
        out = w.op("ReduceSum", w.op("Mul", ball, u), one, keepdims=0)
        total = w.op("Sub", total, w.op("Mul", out, w.constant(float(net.sphere.sum() - 1))))
    sinks = {"velocity": net.tangent(x, u), "divergence": total}
    return w.finish({"x": ("frames", ambient), "t": (1, 1)}, sinks)


def _gated(w: _Writer, a: str, slope: str, one: str) -> tuple[str, str]:
    """SiLU, and the derivative that goes through it."""
    gate = w.op("Sigmoid", a)
    h = w.op("Mul", a, gate)
    steep = w.op("Add", gate, w.op("Mul", h, w.op("Sub", w.constant(1.0), gate)))
    return h, w.op("Mul", w.op("Unsqueeze", steep, one), slope)


def _clock_node(w: _Writer) -> str:
    """What the network reads of the time, as an input of the graph."""
    turned = w.op("Mul", "t", w.constant(np.pi * np.arange(1, CLOCK + 1)[None]))
    return w.op("Concat", "t", w.op("Sin", turned), w.op("Cos", turned), axis=1)


def _mask(parts: Sequence[Manifold], kind: type[Manifold]) -> NDArray[np.float64]:
    """1 for the numbers of the parts of a kind."""
    return np.concatenate([np.full(part.ambient, float(isinstance(part, kind))) for part in parts])


def _array(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.detach().numpy().astype(np.float64)
