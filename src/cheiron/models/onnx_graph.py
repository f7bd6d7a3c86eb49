"""One ONNX graph whose states are inputs and outputs, run without allocating.

Conventions: the inputs are a source, optionally ``noise``, then ``state_0``, ``state_1`` and so on
of fixed shapes, zero at first; the outputs are a sink, then ``next_state_0`` and so on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from cheiron.core.errors import CheironError

_DTYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}
_MAX_BLOCKS = 8  # block sizes whose buffers a stream keeps


@dataclass(frozen=True)
class Port:
    """A source or sink of shape ``(1, rows, frames * width)``.

    Args:
        name: Its name in the graph.
        rows: Channels or latent axes.
        width: Columns for each latent frame.
    """

    name: str
    rows: int
    width: int


class StreamingGraph:
    """A graph, checked against the conventions; any number of streams run it.

    Args:
        graph: The ``.onnx`` file, or the bytes of it.
        weights: Contents of the files that its external initialisers name; those of a graph that
            is a file lie beside it and need not be given.
        source: Its input.
        sink: Its output.
        label: What to call it in a sentence.
        step: The same graph specialised to one frame, if there is one: it has the same states and
            is faster where blocks are one frame long.

    Attributes:
        one_frame: Whether it takes blocks of one frame only.

    Raises:
        CheironError: If ONNX Runtime cannot load it or it does not keep the conventions.
    """

    def __init__(
        self,
        graph: Path | bytes,
        weights: Mapping[str, bytes],
        source: Port,
        sink: Port,
        label: str,
        step: Path | bytes | None = None,
    ) -> None:
        self.label, self.source, self.sink = label, source, sink
        self._session = _open_session(graph, weights, label)
        self._step = self._session if step is None else _open_session(step, weights, label)
        inputs = {port.name: port for port in self._session.get_inputs()}
        self.has_noise = "noise" in inputs
        self.state_count = sum(name.startswith("state_") for name in inputs)
        self._check_names(list(inputs))
        self._check_rows(inputs[source.name], source)
        self.one_frame = inputs[source.name].shape[-1] == source.width
        self._states = [inputs[f"state_{i}"] for i in range(self.state_count)]
        for port in self._states:
            self._check_state(port)
        self._probe()

    def zero_states(self) -> list[NDArray[Any]]:
        """States as they are before the first step."""
        return [np.zeros(port.shape, _DTYPES[port.type]) for port in self._states]

    def session(self, frames: int) -> Any:
        """What runs blocks of so many frames."""
        return self._step if frames == 1 else self._session

    def _check_names(self, inputs: list[str]) -> None:
        numbers = range(self.state_count)
        noise = {"noise"} if self.has_noise else set[str]()
        wanted_in = {self.source.name, *noise, *(f"state_{i}" for i in numbers)}
        wanted_out = {self.sink.name, *(f"next_state_{i}" for i in numbers)}
        outputs = [port.name for port in self._session.get_outputs()]
        for found, wanted, what in (
            (inputs, wanted_in, "inputs"),
            (outputs, wanted_out, "outputs"),
        ):
            if set(found) != wanted:
                raise self._foreign(
                    f"its {what} are {', '.join(found)}, expected {', '.join(sorted(wanted))}"
                )

    def _check_rows(self, port: Any, wanted: Port) -> None:
        shape = list(port.shape)
        fits = len(shape) == 3 and (not isinstance(shape[1], int) or shape[1] == wanted.rows)
        if not fits or port.type != "tensor(float)":
            raise self._foreign(
                f"its {wanted.name} is {port.type} {shape}, "
                f"expected tensor(float) [1, {wanted.rows}, any]"
            )

    def _check_state(self, port: Any) -> None:
        if port.type not in _DTYPES or not all(isinstance(n, int) for n in port.shape):
            raise self._foreign(
                f"its {port.name} is {port.type} {list(port.shape)}, expected a fixed shape of "
                "float or double"
            )

    def _probe(self) -> None:
        # One step of one frame finds every wrong shape, and makes the first real step a warm one.
        stream = GraphStream(self)
        try:
            stream.run(stream.block(1))
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise self._foreign(
                f"one frame of {self.source.name} ({self.source.width} wide) does not give "
                f"{self.sink.rows} x {self.sink.width} of {self.sink.name}"
            ) from error

    def _foreign(self, what: str) -> CheironError:
        return CheironError(
            f"{self.label} does not keep Cheiron's conventions for models: {what}; "
            "export the model again."
        )


class Block:
    """Buffers for one block size; two bindings that read one set of states and write the other.

    Attributes:
        source: Fill before a run, shape ``(rows, frames * width)``.
        noise: Fill before a run, shape ``(samples,)``; None if the graph takes none.
        sink: Read after a run, shape ``(rows, frames * width)``; the next run overwrites it.
        bindings: For ONNX Runtime, by the side that holds the current states.
        run: Runs a binding.
    """

    __slots__ = ("bindings", "noise", "run", "sink", "source")

    def __init__(
        self, graph: StreamingGraph, frames: int, sides: tuple[list[Any], list[Any]]
    ) -> None:
        self.source = np.zeros((graph.source.rows, frames * graph.source.width), np.float32)
        self.sink = np.zeros((graph.sink.rows, frames * graph.sink.width), np.float32)
        self.noise = np.zeros(self.sink.shape[1], np.float32) if graph.has_noise else None
        inputs = {graph.source.name: _wrap(self.source[np.newaxis])}
        if self.noise is not None:
            inputs["noise"] = _wrap(self.noise[np.newaxis, np.newaxis])
        sink = _wrap(self.sink[np.newaxis])
        session, name = graph.session(frames), graph.sink.name
        self.run = session.run_with_iobinding
        self.bindings = tuple(
            self._bind(session, name, inputs, sink, sides, side) for side in (0, 1)
        )

    @staticmethod
    def _bind(
        session: Any,
        output: str,
        inputs: Mapping[str, Any],
        sink: Any,
        sides: tuple[list[Any], list[Any]],
        side: int,
    ) -> Any:
        binding = session.io_binding()
        for name, value in inputs.items():
            binding.bind_ortvalue_input(name, value)
        binding.bind_ortvalue_output(output, sink)
        for i, (now, then) in enumerate(zip(sides[side], sides[1 - side], strict=True)):
            binding.bind_ortvalue_input(f"state_{i}", now)
            binding.bind_ortvalue_output(f"next_state_{i}", then)
        return binding


class GraphStream:
    """The states of one stream, double-buffered; one thread at a time."""

    def __init__(self, graph: StreamingGraph) -> None:
        self._graph = graph
        self._arrays = (graph.zero_states(), graph.zero_states())
        self._sides = ([_wrap(a) for a in self._arrays[0]], [_wrap(a) for a in self._arrays[1]])
        self._side = 0
        self._blocks: dict[int, Block] = {}

    def block(self, frames: int) -> Block:
        """Buffers for blocks of so many latent frames, made at the first use."""
        block = self._blocks.get(frames)
        if block is None:
            if len(self._blocks) >= _MAX_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
            block = self._blocks[frames] = Block(self._graph, frames, self._sides)
        return block

    def run(self, block: Block) -> None:
        """One step; afterwards ``block.sink`` holds what came out."""
        block.run(block.bindings[self._side])
        self._side ^= 1

    def reset(self) -> None:
        """Back to the states before the first step."""
        for array in (*self._arrays[0], *self._arrays[1]):
            array.fill(0)


def _open_session(graph: Path | bytes, weights: Mapping[str, bytes], label: str) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    # Tails that fade into denormal numbers would cost many times a normal step.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 4  # what goes wrong is raised and said in a sentence
    try:
        if weights:  # onnxruntime 1.24 or later
            sizes = [len(data) for data in weights.values()]
            options.add_external_initializers_from_files_in_memory(
                list(weights), list(weights.values()), sizes
            )
        return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise CheironError(
            f"{label} could not be loaded by ONNX Runtime {ort.__version__}: it is no graph, "
            "newer, or misses its weights; export the model again, or update onnxruntime."
        ) from error


def _wrap(array: NDArray[Any]) -> Any:
    value = ort.OrtValue.ortvalue_from_numpy(array)
    if value.data_ptr() != array.ctypes.data:  # pragma: no cover - would read stale buffers
        raise CheironError("this onnxruntime copies NumPy arrays; update onnxruntime.")
    return value
