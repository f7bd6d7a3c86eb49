"""Build the chain from gesture to latents for one model and one recording."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cheiron.control.scenes import knobs_of
from cheiron.control.stage import ControlStage
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel, ControlSpace
from cheiron.core.recording import Recording
from cheiron.engine.patch import Patch
from cheiron.features.motion import MotionFeatures
from cheiron.features.smoothing import OneEuro
from cheiron.mapping.automatic import Examples, automatic, resting
from cheiron.mapping.connection import Connection, Rest, read_connections
from cheiron.mapping.direct import DirectMapping
from cheiron.models.landmarks import Landmarks, read_landmarks
from cheiron.studio.geometry_files import placed
from cheiron.studio.spaces import control_space, space_names

__all__ = [
    "build_patch",
    "control_space",
    "examples_of",
    "landmarks_of",
    "read_maps",
    "space_names",
]

_SURVEY_RATE = 50.0  # Hz


def read_maps(texts: Sequence[str]) -> tuple[Connection, ...]:
    """Connections from the ``--map`` options: lines with an arrow, or TOML files.

    Raises:
        CheironError: If a line or a file is not of its form.
    """
    maps: list[Connection] = []
    for text in texts:
        if "->" in text:
            maps.append(Connection.parse(text))
        elif Path(text).exists():
            maps.extend(read_connections(text))
        else:
            raise CheironError(
                f"--map {text!r} is neither a connection such as "
                '"gyro_energy -> loudness : 0..3 => 0..1" nor a TOML file that exists.'
            )
    return tuple(maps)


def examples_of(model: AudioModel, space: ControlSpace) -> Examples | None:
    """What the model's landmarks say of loudness; None where it has none.

    Of a space with scenes, a place on their time line is no part of the points.
    """
    landmarks = landmarks_of(model)
    if landmarks is None or "loudness" not in landmarks.names:
        return None
    bright = landmarks.column("centroid") if "centroid" in landmarks.names else None
    controls = space.to_control(landmarks.z)[:, : knobs_of(space.control).size]
    return Examples(controls, landmarks.column("loudness"), bright)


def landmarks_of(model: AudioModel) -> Landmarks | None:
    """The landmarks of a model; None where it has none.

    Where the model has a geometry, their places on the map are those of the geometry.

    Raises:
        CheironError: If they are damaged.
    """
    artifact = _artifact_of(model)
    landmarks = read_landmarks(artifact, model.latent.size) if artifact is not None else None
    return None if landmarks is None else placed(model, landmarks)


def build_patch(
    motion: Recording,
    model: AudioModel,
    space: ControlSpace,
    connections: Sequence[Connection] = (),
    seed: int = 0,
) -> Patch:
    """The chain for one gesture.

    Args:
        motion: The gesture on the model's control clock.
        model: What is to sound.
        space: Its control space.
        connections: The mapping; the automatic one when empty.
        seed: Fixes the texture noise.

    Raises:
        CheironError: If a connection names an axis that is not there.
    """
    rate = model.sample_rate / model.hop
    features = MotionFeatures(motion.space, rate)
    rest: Rest | None = None
    if not connections:
        moved, examples = _features_of(motion, rate), examples_of(model, space)
        connections = automatic(moved, knobs_of(space.control), examples)
        rest = resting(connections, space.control, examples)
        if rest is not None:  # a place on a time line of scenes stays at its own
            still = space.control.default[len(rest.point) :].tolist()
            rest = replace(rest, point=(*rest.point, *still))
    sources = [c.source for c in connections]
    if set(sources) <= set(features.out_space.names):  # else the mapping says what there is
        features = features.only(sources, rate)
    smoothing = OneEuro(motion.space, rate, only=features.reads)
    mapping = DirectMapping(features.out_space, space.control, connections, rate, rest)
    return Patch(smoothing, features, mapping, ControlStage(space, space.std, seed))


def _features_of(motion: Recording, rate: float) -> Recording:
    """All motion features, on a coarser clock: quantiles need no more, and it saves time."""
    every = max(1, round(rate / _SURVEY_RATE))
    motion = Recording(motion.space, motion.times[::every], motion.values[::every])
    rate /= every
    chain = Patch(OneEuro(motion.space, rate), MotionFeatures(motion.space, rate))
    return chain.trace(motion).out


def _artifact_of(model: AudioModel) -> Artifact | None:
    """The artifact behind a model; a TorchScript file has none."""
    return getattr(model, "artifact", None)
