"""Judge a geometry: paths beside lines, local steps beside plain ones, maps beside maps."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic import Path, straight
from cheiron.control.geometry import Geometry
from cheiron.core.protocols import AudioModel
from cheiron.models.landmarks import Landmarks, read_landmarks
from cheiron.training.geometry_layout import distances_of, stress, trustworthiness
from cheiron.training.geometry_travel import Ear, Travel, travel_path

WAYS = ("geodesic", "straight", "paced", "live")
"""How a pair was travelled: the refined geodesic, the straight line, the straight line at constant
perceptual speed, and the path that is found while playing."""

_LIVE_CALLS = 400
_PLACES = 12  # where local steps are tried
_DIRECTIONS = 8
_STEP = 0.3  # perceptual size of a tried step, in usual ones
_APART = 0.5  # standard deviations between two ends, at least


@dataclass(frozen=True, eq=False)
class Pair:
    """One pair of ends and what was heard between them.

    Args:
        ends: In standardised coordinates, shape ``(2, D)``.
        paths: By :data:`WAYS`.
        heard: The same.
    """

    ends: NDArray[np.float64]
    paths: Mapping[str, Path]
    heard: Mapping[str, Travel]

    def better(self, way: str = "geodesic") -> bool:
        """Whether the lowest log density along a way is above the straight line's."""
        return self.heard[way].least > self.heard["straight"].least

    def own_better(self, way: str = "geodesic") -> bool:
        """The same by the density that paths are made with."""
        return self.heard[way].own_least > self.heard["straight"].own_least


def judge_pairs(
    model: AudioModel,
    geometry: Geometry,
    ends: NDArray[np.float64],
    count: int,
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Pair]:
    """Travel between pairs of corpus moments and listen.

    Paths are paced with one noise and judged with another.

    Args:
        model: Decodes.
        geometry: Of it.
        ends: Moments of clips that the geometry was not made with, standardised.
        count: How many pairs.
        seed: Fixes pairs and noise.
        progress: Told the share of the pairs that are done.
    """
    rng = np.random.default_rng(seed)
    ear, judge = Ear(model, geometry, 2 * seed), Ear(model, geometry, 2 * seed + 1)
    pairs: list[Pair] = []
    for index in range(count):
        both = _two(ends, rng)
        a, b = geometry.frame.latent(both)
        line = straight(*both)
        paths = {
            "geodesic": travel_path(ear, a, b),
            "straight": line,
            "paced": ear.paced(line),
            "live": geometry.path(a, b),
        }
        pairs.append(Pair(both, paths, {name: judge.judge(p) for name, p in paths.items()}))
        progress((index + 1) / count)
    return pairs


def figures_of(pairs: Sequence[Pair]) -> dict[str, float]:
    """Means over pairs, by name."""
    found: dict[str, float] = {}
    for way in WAYS:
        travels = [pair.heard[way] for pair in pairs]
        lines = [pair.heard["straight"] for pair in pairs]
        found[f"{way}.variation"] = float(np.mean([t.variation for t in travels]))
        found[f"{way}.log_prob_min"] = float(np.median([t.least for t in travels]))
        found[f"{way}.energy_ratio"] = _ratio([t.energy for t in travels], lines, "energy")
        found[f"{way}.length_ratio"] = _ratio([t.length for t in travels], lines, "length")
        if way != "straight":
            found[f"{way}.log_prob_above"] = float(np.mean([p.better(way) for p in pairs]))
            found[f"{way}.own_log_prob_above"] = float(np.mean([p.own_better(way) for p in pairs]))
    for way in ("geodesic", "live"):
        found[f"{way}.variation_ratio"] = found[f"{way}.variation"] / max(
            found["straight.variation"], 1e-12
        )
    return found


def live_milliseconds(
    geometry: Geometry, ends: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """How long the live path takes, shape ``(calls,)``."""
    rng = np.random.default_rng(seed)
    latents = geometry.frame.latent(ends)
    taken: list[float] = []
    for call in range(_LIVE_CALLS + 20):
        a, b = latents[rng.choice(len(latents), 2, replace=False)]
        start = time.perf_counter()
        geometry.path(a, b)
        if call >= 20:
            taken.append(1000 * (time.perf_counter() - start))
    return np.array(taken)


def metric_milliseconds(geometry: Geometry, ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """How long the metric at one point takes, shape ``(calls,)``."""
    taken: list[float] = []
    for call in range(_LIVE_CALLS):
        point = ends[call % len(ends)][None]
        start = time.perf_counter()
        geometry.atlas.metric.tensor(point)
        taken.append(1000 * (time.perf_counter() - start))
    return np.array(taken)


def local_steps(
    model: AudioModel, geometry: Geometry, ends: NDArray[np.float64], seed: int
) -> dict[str, float]:
    """How unequal steps of one size are to the ear: plain ones, and those of the metric.

    At each of a few places, steps in random directions, as large on the whole either way; the
    figure is the standard deviation of the logarithm of what the decoder makes of them, as a
    factor.
    """
    rng = np.random.default_rng(seed)
    ear = Ear(model, geometry, 2 * seed + 1)
    places = ends[rng.choice(len(ends), _PLACES, replace=False)]
    turns = rng.normal(size=(_PLACES, _DIRECTIONS, ends.shape[1]))
    turns /= np.linalg.norm(turns, axis=2, keepdims=True)
    tensors = geometry.atlas.metric.heard(places)
    values, vectors = np.linalg.eigh(tensors)
    roots = np.matmul(vectors / np.sqrt(values)[:, None, :], vectors.transpose(0, 2, 1))
    size = _STEP * np.sqrt(geometry.atlas.metric.penalty.usual)
    equal = size * np.matmul(turns, roots)
    plain = turns * np.linalg.norm(equal, axis=2).mean()
    start = ear.phi(places)
    found: dict[str, float] = {}
    for name, steps in (("plain", plain), ("equal", equal)):
        moved = (places[:, None] + steps).reshape(-1, ends.shape[1])
        change = ear.phi(moved).reshape(_PLACES, _DIRECTIONS, -1) - start[:, None]
        sizes = np.linalg.norm(change, axis=2)
        found[f"step.{name}"] = float(np.exp(np.log(np.maximum(sizes, 1e-9)).std()))
    return found


def layouts(
    model: AudioModel, geometry: Geometry, landmarks: Landmarks | None, seed: int
) -> dict[str, float]:
    """How well maps of the landmarks keep what they sound like.

    Distances are those between perceptual features as the decoder plays the landmarks.
    """
    if landmarks is None or geometry.places(landmarks.z) is None or len(landmarks) < 40:
        return {}
    phi = Ear(model, geometry, 2 * seed + 1).phi(geometry.frame.point(landmarks.z))
    apart = distances_of(phi)
    found: dict[str, float] = {}
    plain = landmarks.position
    artifact = getattr(model, "artifact", None)
    own = None if artifact is None else read_landmarks(artifact, model.latent.size)
    if own is not None:
        plain = own.position  # the model's own map, before the geometry took its place
    maps = {"perceptual": geometry.positions, "plain": plain}
    for name, flat in maps.items():
        found[f"map.{name}.trustworthiness"] = trustworthiness(apart, flat.astype(np.float64))
        found[f"map.{name}.stress"] = stress(apart, flat.astype(np.float64))
    return found


def _two(ends: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Two ends that are not the same sound."""
    both = ends[rng.choice(len(ends), 2, replace=False)]
    for _ in range(100):
        if np.linalg.norm(both[0] - both[1]) > _APART:
            break
        both = ends[rng.choice(len(ends), 2, replace=False)]
    return both


def _ratio(values: Sequence[float], lines: Sequence[Travel], name: str) -> float:
    return float(
        np.median([v / max(getattr(t, name), 1e-12) for v, t in zip(values, lines, strict=True)])
    )
