"""The geometry of a model's latents: paths, local steps and distances as the ear has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic import Atlas, Path
from cheiron.control.geodesic_graph import Graph
from cheiron.control.geometry_density import Mixture
from cheiron.control.geometry_metric import Forbidden, Metric, Penalty, root_of
from cheiron.control.geometry_surrogate import Surrogate
from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents

KIND = "geometry"
"""Kind of the artifact."""

NAME = "geometry"
"""Folder of it inside a model, and among the spaces that people made."""

HASH = "model_hash"
"""Manifest field that says which model it was fitted on, see ``cheiron.models.fingerprint``."""

_TENSORS = "geometry.safetensors"


@dataclass(frozen=True, eq=False)
class Frame:
    """From latents to the coordinates in which geometry is done, and back.

    Args:
        names: All latent axes in order.
        columns: Those that a point gives; the others are texture and stay noise.
        centre: Mean of the corpus, shape ``(len(names),)``.
        spread: Its standard deviation, above zero, the same shape.
    """

    names: tuple[str, ...]
    columns: tuple[int, ...]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def texture(self) -> NDArray[np.float64]:
        """Standard deviation of each latent's noise; 0 for those that a point gives."""
        spread = self.spread.copy()
        spread[list(self.columns)] = 0.0
        return spread

    def point(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Standardised coordinates of latents, ``(…, D)`` to ``(…, len(columns))``."""
        picked = np.asarray(z, np.float64)[..., self.columns]
        return (picked - self.centre[list(self.columns)]) / self.spread[list(self.columns)]

    def held(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """Latents of ``columns`` alone, the same shape as ``x``."""
        return x * self.spread[list(self.columns)] + self.centre[list(self.columns)]

    def latent(self, x: NDArray[np.floating]) -> Latents:
        """Whole latents, texture at its mean; ``(count, len(columns))`` to ``(count, D)``."""
        z = np.repeat(self.centre[None], len(x), axis=0)
        z[:, self.columns] = self.held(x)
        return z.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Geometry:
    """What was fitted once for a model, and everything that is asked of it while it plays.

    Any thread may call it; nothing changes.

    Args:
        model: Name of the model.
        model_hash: Which model of that name.
        frame: Its coordinates.
        atlas: Nodes, ways and metric.
        features: Names of the perceptual features.
        phi: Features of the nodes as the decoder played them, shape ``(nodes, K)``.
        scale: Mean and spread by which raw features became ``phi``, shape ``(2, K)``.
        judge: A density over clips that nothing else was fitted on; paths are judged by it.
        ends: Moments of those clips, shape ``(any, D)``, between which paths are judged.
        surrogate: ``phi`` as a network, without weights.
        positions: Places of the model's landmarks on a map by perceptual distances, shape
            ``(landmarks, 2)``; empty without landmarks.
        marks: Those landmarks, shape ``(landmarks, D)``.
        figures: How the fit went.
        weights: The player's, as :meth:`weighted` takes them; None counts all features alike.
    """

    model: str
    model_hash: str
    frame: Frame
    atlas: Atlas
    features: tuple[str, ...]
    phi: NDArray[np.float64]
    scale: NDArray[np.float64]
    judge: Mixture
    ends: NDArray[np.float64]
    surrogate: Surrogate
    positions: NDArray[np.float32]
    marks: NDArray[np.float64]
    figures: Mapping[str, float]
    weights: Sequence[float] | NDArray[np.floating] | None = None

    @cached_property
    def root(self) -> NDArray[np.float64]:
        """``W^1/2``, shape ``(K, K)``."""
        size = len(self.features)
        return np.eye(size) if self.weights is None else root_of(self.weights, size)

    def path(self, a: NDArray[np.floating], b: NDArray[np.floating]) -> Path:
        """The live path between two latents, in standardised coordinates; see :meth:`Atlas.path`.

        Args:
            a: Shape ``(D,)``.
            b: Shape ``(D,)``.

        Raises:
            CheironError: If an end is not finite or lies in a forbidden region.
        """
        return self.atlas.path(self.end(a), self.end(b))

    def end(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """A latent as an end of a path.

        Raises:
            CheironError: If it has another size or is not finite.
        """
        if np.shape(z) != (len(self.frame.names),) or not np.isfinite(z).all():
            raise CheironError(
                f"a path was asked for from or to latents of the shape {np.shape(z)}; expected "
                f"{len(self.frame.names)} finite numbers for {self.model}."
            )
        return self.frame.point(z)

    def tensor(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """G in latent coordinates, ``(count, D)`` to ``(count, D, D)``; texture is free (zeros)."""
        return self._whole(self.atlas.metric.tensor(self.frame.point(z)))

    def heard(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """The same without density, for equal steps; see :meth:`Metric.heard`."""
        return self._whole(self.atlas.metric.heard(self.frame.point(z)))

    def _whole(self, inner: NDArray[np.float64]) -> NDArray[np.float64]:
        """Tensors of standardised coordinates in those of latents."""
        columns = list(self.frame.columns)
        scale = 1.0 / self.frame.spread[columns]
        inner = inner * scale[:, None] * scale
        size = len(self.frame.names)
        whole = np.zeros((len(inner), size, size))
        whole[:, np.array(columns)[:, None], columns] = inner
        return whole

    def places(self, z: NDArray[np.floating]) -> NDArray[np.float32] | None:
        """Places of a model's landmarks on the map; None if it was fitted with other landmarks.

        Args:
            z: Latents of the landmarks, shape ``(landmarks, D)``.
        """
        points = self.frame.point(z)
        same = points.shape == self.marks.shape and np.allclose(points, self.marks, atol=1e-3)
        return self.positions if same and len(points) else None

    def log_prob(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Log density that paths are made with, ``(count, D)`` to ``(count,)``."""
        return self.atlas.metric.density.log_prob(self.frame.point(z))

    def weighted(self, weights: Sequence[float] | NDArray[np.floating]) -> "Geometry":
        """The same under a player's weights over perceptual features; about half a second.

        Args:
            weights: A number for each of ``features`` or a positive semi-definite matrix.

        Raises:
            CheironError: If they are neither.
        """
        root = root_of(weights, len(self.features))
        metric = replace(self.atlas.metric, surrogate=self.surrogate.weighted(root))
        return replace(self, atlas=self.atlas.under(metric), weights=weights)

    def avoiding(self, regions: Sequence[tuple[NDArray[np.floating], float]]) -> "Geometry":
        """The same with regions that paths keep out of; about half a second.

        Args:
            regions: Centre (latents, shape ``(D,)``) and radius in standard deviations of each.

        Raises:
            CheironError: If a centre is not finite or a radius not above zero.
        """
        forbidden = tuple(Forbidden(self.end(centre), radius) for centre, radius in regions)
        metric = replace(self.atlas.metric, forbidden=forbidden)
        return replace(self, atlas=self.atlas.under(metric))

    @cached_property
    def node_log_prob(self) -> NDArray[np.float64]:
        """Log density at the nodes, shape ``(nodes,)``."""
        return self.atlas.metric.density.log_prob(self.atlas.nodes)

    def contents(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Manifest fields and files of its artifact."""
        graph, penalty = self.atlas.graph, self.atlas.metric.penalty
        tensors: dict[str, NDArray[Any]] = {
            "nodes": self.atlas.nodes.astype(np.float32),
            "pairs": graph.pairs.astype(np.int16 if graph.nodes < 2**15 else np.int32),
            "lengths": graph.lengths.astype(np.float32),
            "beacons": graph.from_beacons.astype(np.float32),
            "phi": self.phi.astype(np.float16),
            "scale": self.scale.astype(np.float32),
            "centre": self.frame.centre.astype(np.float32),
            "spread": self.frame.spread.astype(np.float32),
            "ends": self.ends.astype(np.float32),
            **self.judge.tensors("judge"),
            "positions": self.positions.astype(np.float32),
            "marks": self.marks.astype(np.float32),
            **self.atlas.metric.density.tensors("density"),
            **self.surrogate.tensors(),
        }
        fields = {
            "model": self.model,
            HASH: self.model_hash,
            "latent": list(self.frame.names),
            "columns": list(self.frame.columns),
            "features": list(self.features),
            "penalty": vars(penalty).copy(),
            "metrics": dict(self.figures),
        }
        return fields, {_TENSORS: tensors_to_bytes(tensors)}

    def save(self, path: str | FilePath) -> Artifact:
        """Write it as an artifact folder; complete or not at all.

        Weights and forbidden regions are the player's and are not written.
        """
        fields, files = self.contents()
        return write_artifact(path, kind=KIND, name=NAME, fields=fields, files=files)

    @classmethod
    def load(cls, artifact: Artifact, model: str, latent: Sequence[str], mark: str) -> "Geometry":
        """The geometry in an artifact, for one model.

        Args:
            artifact: Of the kind ``geometry``.
            model: Name of the model that is to be played.
            latent: Names of its latent axes.
            mark: Its fingerprint; empty where it has none.

        Raises:
            CheironError: If it was fitted on another model or is damaged.
        """
        fields = artifact.manifest
        names, fitted_on = _words(fields.get("latent")), fields.get("model")
        if artifact.kind != KIND or fitted_on != model or names != tuple(latent):
            raise CheironError(
                f"{artifact.path} is a {artifact.kind} of the model {fitted_on!r} with "
                f"{len(names)} latents; expected a {KIND} of {model!r} with {len(latent)}; fit one "
                f"with: cheiron space geometry."
            )
        if mark and fields.get(HASH) not in (None, "", mark):
            raise CheironError(
                f"{artifact.path} was fitted on another model of the name {model}; fit one on this "
                "model with: cheiron space geometry."
            )
        try:
            return _read(cls, fields, artifact.tensors(_TENSORS))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise CheironError(
                f"the geometry at {artifact.path} is not whole ({error}); fit it again with: "
                "cheiron space geometry."
            ) from error


def _read(
    cls: type[Geometry], fields: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
) -> Geometry:
    t = {name: tensors[name] for name in tensors}
    real = {k: t[k].astype(np.float64) for k in ("nodes", "lengths", "beacons", "phi", "scale")}
    columns = tuple(int(i) for i in fields["columns"])
    frame = Frame(
        _words(fields["latent"]), columns,
        t["centre"].astype(np.float64), t["spread"].astype(np.float64),
    )  # fmt: skip
    nodes, surrogate = real["nodes"], Surrogate.of_tensors(t)
    graph = Graph(t["pairs"].astype(np.int64), real["lengths"], len(nodes), real["beacons"])
    penalty = Penalty(**{k: float(v) for k, v in fields["penalty"].items()})
    metric = Metric(surrogate, Mixture.of_tensors(t, "density"), penalty)
    judge, ends = Mixture.of_tensors(t, "judge"), t["ends"].astype(np.float64)
    features = _words(fields["features"])
    if nodes.shape[1] != len(columns) or surrogate.size != len(features):
        raise ValueError("its parts have different sizes")
    return cls(
        str(fields["model"]), str(fields.get(HASH) or ""), frame, Atlas(nodes, graph, metric),
        features, real["phi"], real["scale"], judge, ends, surrogate,
        t["positions"].astype(np.float32), t["marks"].astype(np.float64),
        {str(k): float(v) for k, v in dict(fields.get("metrics") or {}).items() if v is not None},
    )  # fmt: skip


def _words(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]
