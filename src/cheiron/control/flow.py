"""Named knobs by an invertible network: a normalising flow, run by ONNX Runtime."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import erf, log, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from cheiron.control.fitted_on import KIND, check_fitted_on
from cheiron.control.scenes import SCENE
from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents
from cheiron.core.quantiles import HIGHEST, LOWEST, normal_of_share
from cheiron.core.space import Space

FAMILY = "flow"
TO_LATENT, TO_CONTROL = "to_latent.onnx", "to_control.onnx"
_TENSORS = "density.safetensors"
_WIDEST = 64.0  # spreads; a knob turned further stays there, so that no latent becomes infinite

Matrix = NDArray[np.float32]

_NOTHING = np.zeros((0, 0), np.float32)


class FlowSpace:
    """Control space ``c = f(z)`` whose inverse brings every latent back.

    Knobs come in this order: descriptors in [0, 1], the position among what the model sounds like;
    personal ones and the residual, about standard normal; latents that pass, such as the pitch;
    textures in units of their spread; the place on a time line of scenes, if it is conditioned on
    that. There are as many knobs as latents, or, where the named ones are conditions beside the
    flow, that many more. Every method may be called from any thread.

    Args:
        control: The knobs, at least as many as latents.
        latent: The model's latents, D axes.
        order: Latents in the order that the graphs have them.
        graphs: ONNX graphs by name: ``to_latent.onnx`` from ``c`` to ``z``, and
            ``to_control.onnx`` from ``z`` to ``c`` and ``log_det``.
        density: ``"mean"`` and ``"precision"`` of the knobs as the graphs have them, over the
            corpus.
        fields: What else its manifest says.
        model: Name of the model that it was fitted on.

    Raises:
        CheironError: If these do not fit together.
    """

    def __init__(
        self,
        control: Space,
        latent: Space,
        order: Sequence[int],
        graphs: Mapping[str, bytes],
        density: Mapping[str, NDArray[Any]],
        fields: Mapping[str, Any] | None = None,
        model: str = "",
    ) -> None:
        size = latent.size
        if control.size < size or sorted(order) != list(range(size)):
            raise CheironError(
                f"a flow of {control.size} knobs orders the latents {list(order)}; expected each "
                f"of the {size} latents once, so fit the space again."
            )
        self._control, self._latent, self.model = control, latent, model
        self.fields = dict(fields or {})
        self._graphs = dict(graphs)
        self._order = np.array(order)
        self._place = np.argsort(self._order)
        kinds = [axis.kind for axis in control.axes]
        # Descriptors that pass, such as a pitch, have no marks: they are in their unit already.
        self._bent = [i for i, a in enumerate(control.axes) if a.marks and kinds[i] != "texture"]
        self._mean, self._precision = _density(density, control.size)
        self.std: Matrix = _spread(control, self._precision)
        self._to_latent = _session(self._graphs, TO_LATENT)
        # One tuple, swapped whole: other threads may ask at the same time.
        self._last: tuple[Matrix, Latents] = (_NOTHING, _NOTHING)

    @property
    def control(self) -> Space:
        """The knobs."""
        return self._control

    @property
    def latent(self) -> Space:
        """The model's latents."""
        return self._latent

    def to_latent(self, c: Matrix) -> Latents:
        """Latents of control points, ``(frames, D)``; finite wherever the knobs are.

        A frame like the one before costs next to nothing: hands rest often.
        """
        before, latents = self._last
        if len(c) == 1 and np.array_equal(before, c):
            return latents.copy()
        z = self._latents(c)
        if len(c) == 1:
            self._last = (c.copy(), z.copy())
        return z

    def _latents(self, c: Matrix) -> Latents:
        x = np.array(c, np.float32)
        bent = self._bent
        if bent:
            x[:, bent] = normal_of_position(x[:, bent])
        return self.raw_latent(x)[:, self._place]

    def raw_latent(self, x: Matrix) -> Matrix:
        """What the graph alone says: knobs as normal scores, latents in the graph's order."""
        (z,) = self._to_latent.run(None, {"c": x})
        return z

    def to_control(self, z: Latents) -> Matrix:
        """Control points of latents, ``(frames, control.size)``."""
        c, _ = self._analyse(z)
        bent = self._bent
        if bent:
            c[:, bent] = position_of_normal(c[:, bent])
        return c

    def log_prob(self, z: Latents) -> Matrix:
        """Log density under the corpus: that of the knobs, and the log-determinant.

        Where the named knobs are conditions, it is that of the other knobs given what is heard,
        times that of what is heard.
        """
        c, log_det = self._analyse(z)
        away = c.astype(np.float64) - self._mean
        quadratic = np.einsum("ij,jk,ik->i", away, self._precision, away)
        _, volume = np.linalg.slogdet(self._precision)
        constant = 0.5 * volume - 0.5 * self._control.size * log(2 * pi)
        return (constant - 0.5 * quadratic + log_det).astype(np.float32)

    def save(self, path: str | Path, name: str = "descriptors") -> Artifact:
        """Write it as a ``control-space`` artifact folder; complete or not at all."""
        fields = {
            **self.fields,
            "family": FAMILY,
            "model": self.model,
            "control": self._control.to_json(),
            "latent": self._latent.to_json(),
            "order": self._order.tolist(),
        }
        density = {"mean": self._mean, "precision": self._precision}
        files = {**self._graphs, _TENSORS: tensors_to_bytes(density)}
        return write_artifact(path, kind=KIND, name=name, fields=fields, files=files)

    @classmethod
    def load(cls, artifact: Artifact, model: str, latent: Space) -> "FlowSpace":
        """The space in an artifact, for one model.

        Args:
            artifact: Of the kind ``control-space``.
            model: Name of the model that is to be played.
            latent: Its latents.

        Raises:
            CheironError: If it is no flow, was fitted on another model, or is damaged.
        """
        fields = artifact.manifest
        check_fitted_on(artifact, FAMILY, model, latent)
        missing = sorted({TO_LATENT, TO_CONTROL, _TENSORS} - set(artifact.files))
        if missing:
            raise CheironError(
                f"the control space {artifact.name!r} holds no {', '.join(missing)}; fit it again."
            )
        graphs = {name: artifact.read(name) for name in (TO_LATENT, TO_CONTROL)}
        control = Space.from_json(fields.get("control", {}))
        known = ("family", "model", "control", "latent", "order", *_WRITTEN)
        rest = {key: value for key, value in fields.items() if key not in known}
        return cls(
            control, latent, _order_of(fields), graphs, artifact.tensors(_TENSORS), rest, model
        )

    def _analyse(self, z: Latents) -> tuple[Matrix, Matrix]:
        x = np.ascontiguousarray(z[:, self._order], np.float32)
        c, log_det = self._to_control.run(["c", "log_det"], {"z": x})
        return c, log_det

    @cached_property
    def _to_control(self) -> Any:
        return _session(self._graphs, TO_CONTROL)


_WRITTEN = ("format", "format_version", "cheiron_version", "kind", "name", "files")

_FIRST, _LAST = (float(normal_of_share(p)) for p in (LOWEST, HIGHEST))
_NORMALS = np.linspace(_FIRST, _LAST, 1025)
_POSITIONS = (np.array([0.5 + 0.5 * erf(g / sqrt(2.0)) for g in _NORMALS.tolist()]) - LOWEST) / (
    HIGHEST - LOWEST
)


def normal_of_position(u: NDArray[Any]) -> NDArray[np.float64]:
    """Where a knob stands to the normal score a flow has for it; a table, straight beyond it."""
    return np.clip(_line(u, _POSITIONS, _NORMALS), -_WIDEST, _WIDEST)


def position_of_normal(g: NDArray[Any]) -> NDArray[np.float64]:
    """The inverse of :func:`normal_of_position`."""
    return _line(g, _NORMALS, _POSITIONS)


def _line(x: NDArray[Any], xs: NDArray[Any], ys: NDArray[Any]) -> NDArray[np.float64]:
    first = (ys[1] - ys[0]) / (xs[1] - xs[0])
    last = (ys[-1] - ys[-2]) / (xs[-1] - xs[-2])
    inside = np.interp(x, xs, ys)
    return inside + np.minimum(x - xs[0], 0.0) * first + np.maximum(x - xs[-1], 0.0) * last


def _session(graphs: Mapping[str, bytes], name: str) -> Any:
    if name not in graphs:
        raise CheironError(f"a flow space has no graph {name}; fit it again.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(graphs[name], options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise CheironError(
            f"the graph {name} of a flow space cannot be loaded; fit the space again."
        ) from error


def _density(
    density: Mapping[str, NDArray[Any]], size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = np.asarray(density.get("mean", np.zeros(0)), np.float64)
    precision = np.asarray(density.get("precision", np.zeros(0)), np.float64)
    fits = mean.shape == (size,) and precision.shape == (size, size)
    if not fits or not (np.isfinite(mean).all() and np.isfinite(precision).all()):
        raise CheironError(
            f"the density of a flow space has the shapes {mean.shape} and {precision.shape}; "
            f"expected finite numbers for {size} knobs, so fit the space again."
        )
    return mean, precision


def _spread(control: Space, precision: NDArray[np.float64]) -> Matrix:
    """Spread of each knob in its own unit."""
    std = np.sqrt(np.maximum(np.diag(np.linalg.inv(precision)), 1e-12))
    # Evenly spread over [0, 1] by construction.
    marked = np.array([bool(a.marks) or a.name == SCENE for a in control.axes])
    return np.where(marked, sqrt(1 / 12), std).astype(np.float32)


def _order_of(fields: Mapping[str, Any]) -> list[int]:
    order: Any = fields.get("order")
    if not isinstance(order, list) or not all(type(i) is int for i in order):
        raise CheironError("a flow space does not say the order of its latents; fit it again.")
    return order
