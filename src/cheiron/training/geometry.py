"""Fit the geometry of a frozen model: once, offline, in about two minutes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cheiron.control.geodesic import Atlas
from cheiron.control.geodesic_graph import neighbours
from cheiron.control.geometry import Frame, Geometry
from cheiron.control.geometry_density import Mixture, Points
from cheiron.control.geometry_metric import Metric, Penalty
from cheiron.control.geometry_surrogate import Surrogate
from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel, Latents
from cheiron.training.cover import medoids
from cheiron.training.geometry_layout import lay_out
from cheiron.training.geometry_material import Material
from cheiron.training.geometry_mixture import fit_mixture
from cheiron.training.geometry_network import fit_surrogate
from cheiron.training.geometry_phi import Listener, Scale

_ENDS = 600  # moments between which paths are judged
_QUIET_QUANTILE, _USUAL_QUANTILE = 0.1, 0.5  # of the corpus's log density
_NEAR = 0.3  # standard deviations by which taught points leave the corpus


@dataclass(frozen=True)
class GeometryConfig:
    """How a geometry is fitted.

    Args:
        nodes: Corpus moments in the graph, at most.
        neighbours: Each one's nearest that it is connected with.
        taught: Points that are decoded to teach the surrogate, as a multiple of the nodes.
        beta: How much low density counts against what is heard.
        seed: Fixes every choice and all noise.
    """

    nodes: int = 1500
    neighbours: int = 10
    taught: float = 4.0
    beta: float = 1.0
    seed: int = 0


def fit_geometry(
    model: AudioModel,
    material: Material,
    config: GeometryConfig | None = None,
    *,
    landmarks: Latents | None = None,
    model_hash: str = "",
    progress: Callable[[float], None] = lambda _: None,
) -> Geometry:
    """Perceptual map, metric, graph and densities of a model's latents.

    Args:
        model: Decodes; it is not changed.
        material: Its corpus.
        config: How.
        landmarks: Latents of its landmarks, for the map, shape ``(count, D)``.
        model_hash: What tells it from others of its name.
        progress: Told the share of the work that is done.

    Raises:
        CheironError: If the model has only texture, or the corpus only one sound.
    """
    config = config or GeometryConfig()
    rng = np.random.default_rng(config.seed)
    frame = frame_of(model, material.build)
    build, judge = frame.point(material.build), frame.point(material.judge)
    nodes = build[medoids(build, config.nodes, rng)]
    if len(nodes) < 10:
        raise CheironError(
            f"the corpus has only {len(nodes)} different moments; a geometry needs at least 10, "
            "so give sounds that differ."
        )
    nodes = frame_rounded(nodes)
    listener = Listener(model, frame.columns, frame.centre, frame.texture, config.seed)
    taught = np.concatenate([nodes, _between(nodes, config, rng)])
    raw = listener.measure(frame.held(taught), lambda share: progress(0.9 * share))
    scale = Scale.of(listener.names, raw[: len(nodes)])
    phi = scale(raw)
    surrogate, explained = fit_surrogate(taught, phi, config.seed)
    density = fit_mixture(build, config.seed)
    metric = Metric(surrogate, density, penalty_of(surrogate, density, build, config.beta))
    atlas = Atlas.of(nodes, neighbours(nodes, config.neighbours), metric)
    progress(0.97)
    known = np.zeros((0, model.latent.size)) if landmarks is None else landmarks
    marks = frame_rounded(frame.point(known))
    figures = {
        "explained": explained,
        "log_prob_built": float(density.log_prob(build).mean()),
        "log_prob_judge": float(density.log_prob(judge).mean()),
        "nodes": float(len(nodes)),
        "edges": float(len(atlas.graph.pairs)),
        "clips_built": float(material.clips[0]),
        "clips_judge": float(material.clips[1]),
    }
    ends = frame_rounded(judge[rng.permutation(len(judge))[:_ENDS]])
    return Geometry(
        model.name, model_hash, frame, atlas, listener.names, phi[: len(nodes)],
        np.stack([scale.mean, scale.spread]), judge_of(judge, config.seed), ends, surrogate,
        lay_out(surrogate(marks)), marks, figures,
    )  # fmt: skip


def frame_of(model: AudioModel, z: Latents) -> Frame:
    """Coordinates of a model: every latent but texture, in standard deviations of the corpus.

    Raises:
        CheironError: If there is nothing but texture.
    """
    axes = model.latent.axes
    columns = tuple(i for i, axis in enumerate(axes) if axis.kind != "texture")
    if not columns:
        raise CheironError(
            f"every latent of {model.name} is texture, which nobody steers; its geometry would "
            "have no dimension."
        )
    z64 = z.astype(np.float64)
    spread = np.maximum(z64.std(axis=0), 1e-6)
    return Frame(model.latent.names, columns, z64.mean(axis=0), spread)


def judge_of(x: Points, seed: int) -> Mixture:
    """The density that paths are judged by.

    Args:
        x: Moments of clips that nothing else was fitted on, standardised.
        seed: Of the geometry.
    """
    return fit_mixture(x, seed + 1)


def frame_rounded(nodes: Points) -> Points:
    """The points as they will be read back, so that a saved geometry is the one that was made."""
    return nodes.astype(np.float32).astype(np.float64)


def penalty_of(surrogate: Surrogate, density: Mixture, x: Points, beta: float) -> Penalty:
    """How low density counts, in proportion to the metric and to the corpus's own spread."""
    some = x[:: max(1, len(x) // 500)]
    jacobian = surrogate.jacobian(some)
    usual = float((jacobian**2).sum(axis=(1, 2)).mean() / x.shape[1])
    low, middle = np.quantile(density.log_prob(some), (_QUIET_QUANTILE, _USUAL_QUANTILE))
    return Penalty(max(usual, 1e-9), float(low), max(float(middle - low), 0.5), beta)


def _between(nodes: Points, config: GeometryConfig, rng: np.random.Generator) -> Points:
    """Points on lines between nodes, far and near, and around nodes: where paths may lead."""
    count = max(0, round((config.taught - 1) * len(nodes) / 3))
    a, b = nodes[rng.integers(len(nodes), size=(2, count))]
    far = a + rng.random((count, 1)) * (b - a)
    pairs = neighbours(nodes, config.neighbours)
    first, second = nodes[pairs[rng.integers(len(pairs), size=count)].T]
    near = first + rng.random((count, 1)) * (second - first)
    around = nodes[rng.integers(len(nodes), size=count)]
    around = around + _NEAR * rng.normal(size=around.shape)
    return np.concatenate([far, near, around])
