"""Knobs that come round: circle, torus and sphere laid onto latents by a flow."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from cheiron.control.fitted_on import KIND, check_fitted_on
from cheiron.control.linear import LinearSpace
from cheiron.control.manifold_chart import Chart
from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents
from cheiron.core.space import Space

FAMILY = "manifold"
TO_DATA, TO_BASE, FIELD = "to_data.onnx", "to_base.onnx", "field.onnx"
_TENSORS = "space.safetensors"
STEPS = 4
"""Runge-Kutta steps from base to data; each asks the field four times."""

_ROUNDS = 3  # corrections of the inverse; each leaves less than a tenth of the error

Matrix = NDArray[np.float32]


class ManifoldSpace:
    """Control space whose free latents are a manifold times lines.

    ``z`` is turned by principal components (``base``), its free components are written in polar
    coordinates (``chart``), and a flow on that product of manifolds carries what the corpus does
    there to the uniform density on the manifold and the standard normal on the lines. Each of the
    three is one to one: the first is a rotation, the second is away from its centre, the third is
    the solution of a differential equation. Its steps are of fixed size, so backwards they do not
    quite meet their own way forwards; the inverse is therefore corrected until they do.

    Every method may be called from any thread.

    Args:
        base: Principal components.
        chart: Polar coordinates of its knobs of the kind ``"residual"``.
        graphs: ONNX graphs by name, of points ``(frames, numbers)``: ``to_data.onnx`` from base
            points to data points, ``to_base.onnx`` back, both ``x`` to ``y``; ``field.onnx`` from
            points ``x`` and a time ``t`` to their ``velocity`` and its ``divergence``.
        mean: Mean of each knob of ``base`` over the corpus, shape ``(D,)``.
        fields: What else its manifest says.

    Raises:
        CheironError: If these do not fit together.
    """

    def __init__(
        self,
        base: LinearSpace,
        chart: Chart,
        graphs: Mapping[str, bytes],
        mean: NDArray[Any],
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        axes = base.control.axes
        self._moved = np.array([i for i, a in enumerate(axes) if a.kind == "residual"], np.intp)
        self._still = np.array([i for i, a in enumerate(axes) if a.kind != "residual"], np.intp)
        if len(self._moved) != chart.size or mean.shape != (len(axes),):
            raise CheironError(
                f"a manifold space has {len(self._moved)} free components and coordinates for "
                f"{chart.size}; fit it again."
            )
        self._base, self._chart, self._graphs = base, chart, dict(graphs)
        self._mean, self.fields, self.model = (
            mean.astype(np.float64),
            dict(fields or {}),
            base.model,
        )
        knobs = chart.knobs()
        named = [axes[i] for i in self._still]
        self._first = sum(a.kind != "texture" for a in named)  # textures come last
        control = (*named[: self._first], *knobs, *named[self._first :])
        self._control = Space("control", control)
        spread = base.std[self._still]
        round_std = [a.period / 12**0.5 if a.period else 1.0 for a in knobs]
        parts = (spread[: self._first], np.array(round_std), spread[self._first :])
        self.std: Matrix = np.concatenate(parts).astype(np.float32)
        self._scale = base.std[self._moved].astype(np.float64)
        self._to_data = _session(self._graphs, TO_DATA)

    @property
    def control(self) -> Space:
        """The knobs: what has a name, what comes round, residuals, texture."""
        return self._control

    @property
    def latent(self) -> Space:
        """The model's latents."""
        return self._base.latent

    def to_latent(self, c: Matrix) -> Latents:
        """Latents of control points, ``(frames, D)`` both."""
        size, first = self._chart.size, self._first
        point = self._chart.from_knobs(c[:, first : first + size].astype(np.float64))
        (data,) = self._to_data.run(None, {"x": point.astype(np.float32)})
        knobs = np.empty((len(c), self._base.control.size), np.float32)
        knobs[:, self._moved] = self._chart.from_point(data.astype(np.float64)) * self._scale
        knobs[:, self._still] = np.concatenate([c[:, :first], c[:, first + size :]], axis=1)
        return self._base.to_latent(knobs)

    def to_control(self, z: Latents) -> Matrix:
        """Control points of latents, ``(frames, D)`` both."""
        knobs, flat = self._split(z)
        data = self._chart.to_point(flat)
        point = self._back(data.astype(np.float32))
        found = self._chart.to_knobs(point.astype(np.float64))
        still = knobs[:, self._still]
        first = self._first
        return np.concatenate([still[:, :first], found, still[:, first:]], axis=1).astype(
            np.float32
        )

    def log_prob(self, z: Latents) -> Matrix:
        """Log density under the corpus: the flow's, and a Gaussian for the knobs that pass."""
        knobs, flat = self._split(z)
        found = self._log_density(self._chart.to_point(flat).astype(np.float32))
        still, std = self._still, self._base.std[self._still].astype(np.float64)
        away = (knobs[:, still] - self._mean[still]) / std
        gauss = -0.5 * (away**2 + np.log(2 * np.pi)).sum(axis=1) - np.log(std).sum()
        volume = self._chart.log_volume(flat) - np.log(self._scale).sum()
        return (found + gauss + volume).astype(np.float32)

    def save(self, path: str | Path, name: str = "manifold") -> Artifact:
        """Write it as a ``control-space`` artifact folder; complete or not at all."""
        fields = {
            **self.fields,
            "family": FAMILY,
            "model": self.model,
            "manifold": self._chart.manifold,
            "control": self._control.to_json(),
            "latent": self.latent.to_json(),
            "base": self._base.control.to_json(),
        }
        tensors = {**self._base.tensors(), **self._chart.tensors(), "centre_of_knobs": self._mean}
        files = {**self._graphs, _TENSORS: tensors_to_bytes(tensors)}
        return write_artifact(path, kind=KIND, name=name, fields=fields, files=files)

    @classmethod
    def load(cls, artifact: Artifact, model: str, latent: Space) -> "ManifoldSpace":
        """The space in an artifact, for one model.

        Args:
            artifact: Of the kind ``control-space``.
            model: Name of the model that is to be played.
            latent: Its latents.

        Raises:
            CheironError: If it is no manifold space, was fitted on another model, or is damaged.
        """
        fields = artifact.manifest
        check_fitted_on(artifact, FAMILY, model, latent)
        missing = sorted({TO_DATA, TO_BASE, FIELD, _TENSORS} - set(artifact.files))
        tensors = {} if missing else artifact.tensors(_TENSORS)
        missing += sorted({"mean", "rotation", "std", "centre_of_knobs"} - set(tensors))
        if missing:
            raise CheironError(
                f"the control space {artifact.name!r} holds no {', '.join(missing)}; fit it again."
            )
        knobs = Space.from_json(fields.get("base", {}))
        mean, rotation, std = (tensors[key] for key in ("mean", "rotation", "std"))
        base = LinearSpace(knobs, latent, mean, rotation, std, model)
        chart = Chart.of(str(fields.get("manifold")), tensors)
        graphs = {name: artifact.read(name) for name in (TO_DATA, TO_BASE, FIELD)}
        return cls(base, chart, graphs, tensors["centre_of_knobs"])

    def _split(self, z: Latents) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Knobs of the base, and the flat rows that the chart reads."""
        knobs = self._base.to_control(z).astype(np.float64)
        return knobs, knobs[:, self._moved] / self._scale

    def _back(self, data: Matrix) -> Matrix:
        """Base points that the flow carries to these, exactly."""
        (point,) = self._to_base.run(None, {"x": data})
        aim = data
        for _ in range(_ROUNDS):
            (reached,) = self._to_data.run(None, {"x": point})
            aim = aim + self._chart.short(data - reached)
            (point,) = self._to_base.run(None, {"x": aim})
        return point

    def _log_density(self, x: Matrix) -> NDArray[np.float64]:
        """Of data points: that of the base points, less what the flow spreads them on the way."""
        size = -1.0 / STEPS
        total = np.zeros(len(x))
        for number in range(STEPS):
            slopes: list[tuple[Matrix, Matrix]] = []
            for part, before in ((0.0, -1), (0.5, 0), (0.5, 1), (1.0, 2)):
                at = x + part * size * slopes[before][0] if slopes else x
                t = np.full((1, 1), 1.0 + size * (number + part), np.float32)
                slopes.append(self._field.run(None, {"x": at.astype(np.float32), "t": t}))
            (a, da), (b, db), (c, dc), (d, dd) = slopes
            x = (x + size / 6 * (a + 2 * b + 2 * c + d)).astype(np.float32)
            total += size / 6 * (da + 2 * db + 2 * dc + dd)
        return total + self._chart.log_base(x)

    @cached_property
    def _to_base(self) -> Any:
        return _session(self._graphs, TO_BASE)

    @cached_property
    def _field(self) -> Any:
        return _session(self._graphs, FIELD)


def _session(graphs: Mapping[str, bytes], name: str) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised and said in a sentence
    try:
        return ort.InferenceSession(graphs[name], options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise CheironError(
            f"the graph {name} of a manifold space cannot be loaded; fit the space again."
        ) from error
