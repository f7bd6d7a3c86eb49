"""Build the live chain: from whatever sensors are open to the latents of one model."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cheiron.control.hand import HandBoard, HandStage
from cheiron.control.scenes import SCENE, SCENE_AXIS, knobs_of
from cheiron.control.stage import ControlStage
from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.param import Param
from cheiron.core.protocols import AudioModel, ControlSpace
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.core.timeline import TimeLine
from cheiron.engine.patch import Patch
from cheiron.features.motion import MotionFeatures
from cheiron.features.smoothing import LIVE, OneEuro
from cheiron.mapping import MAPPINGS, TAUGHT
from cheiron.mapping.connection import Connection
from cheiron.mapping.fingers import fingers_of
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.mapping.live import LiveMapping, LiveStage, Plan, Setting
from cheiron.mapping.live_defaults import Habit, switches
from cheiron.mapping.live_taught import Echo, Lesson, plan_taught
from cheiron.mapping.overlay import Overlay
from cheiron.mapping.scenes import Holding, SceneBoard, SceneMapping
from cheiron.mapping.taught_kinds import PARAMS, TRUST
from cheiron.studio.chain import examples_of, landmarks_of
from cheiron.studio.geometry_files import feel_of

DEFAULT_KIND = "map"
"""The mapping that plays when nobody has chosen one."""


@dataclass(frozen=True)
class LiveChain:
    """A chain as it is played, and what the page shows of it.

    Args:
        gesture: Fused sensor frame to control frame: smoothing, features, mapping, hand.
        latent: Control frame to latents.
        mapping: The mapping inside ``gesture``.
        connections: The cables in use.
        notes: What the player should know, in sentences.
        places: The map of the sound space.
        echo: What a taught mapping understands, read while it plays.
    """

    gesture: Patch
    latent: ControlStage
    mapping: LiveStage
    connections: tuple[Connection, ...]
    notes: tuple[str, ...]
    places: LandmarkMap
    echo: Echo = field(default_factory=Echo)

    @property
    def params(self) -> tuple[Param, ...]:
        """What can be turned now."""
        return self.gesture.params

    def confidence(self, state: list[Any]) -> float:
        """How far the last output is to be trusted, from the state of ``gesture``."""
        return self.mapping.confidence(state[self.gesture.stages.index(self.mapping)])


def mapping_kinds() -> list[dict[str, str]]:
    """Every mapping with its sentence, as the page lists them."""
    return [{"name": name, "help": _load(name).help} for name in (*MAPPINGS, *TAUGHT)]


def live_params() -> tuple[Param, ...]:
    """Everything that can be turned in any chain: what a board must hold."""
    mappings = (param for name in MAPPINGS for param in _load(name).params)
    taught = (param for name in TAUGHT for param in PARAMS[name])
    return tuple(dict.fromkeys((*LIVE, *mappings, TRUST, *taught)))


def motion_axes(sensors: Space, rate: float) -> tuple[Axis, ...]:
    """Every motion axis that a connection may start from: features, then the sensors' own.

    Args:
        sensors: The fused axes of all open sources; may be empty.
        rate: Frames per second.
    """
    return MotionFeatures(sensors, rate).out_space.axes


def steering_axes(kind: str) -> tuple[Axis, ...]:
    """What connections of one mapping may lead to besides the knobs."""
    return _load(kind).steering


def landmark_map(model: AudioModel, space: ControlSpace) -> LandmarkMap:
    """The map of a model's landmarks; of its first two axes where it has none.

    A place on a time line of scenes is no part of it.
    """
    landmarks, knobs = landmarks_of(model), knobs_of(space.control)
    if landmarks is None or len(landmarks) == 0:
        return LandmarkMap.plane(knobs)
    points = space.to_control(landmarks.z)[:, : knobs.size]
    return LandmarkMap(knobs, points, landmarks.position)


def build_chain(
    sensors: Space,
    model: AudioModel,
    space: ControlSpace,
    *,
    board: ParamBoard,
    hands: HandBoard,
    kind: str = DEFAULT_KIND,
    connections: Sequence[Connection] = (),
    loop: Recording | None = None,
    lesson: Lesson | None = None,
    places: LandmarkMap | None = None,
    scenes: SceneBoard | None = None,
    line: TimeLine | None = None,
    held: Sequence[Mapping[int, Holding]] = (),
    seed: int = 0,
) -> LiveChain:
    """The chain for the sensors that are there now; it is built anew when they change.

    Nothing that is merely not there stops it: a connection whose axis is missing is dormant and
    said in a note.

    Args:
        sensors: The fused axes of all open sources; may be empty.
        model: What is to sound.
        space: Its control space.
        board: Params, holding at least :func:`live_params`.
        hands: Knobs held by hand.
        kind: A key of ``MAPPINGS`` or ``TAUGHT``.
        connections: What the player has connected; the mapping's own choice when empty. Those that
            the mapping has no use for take over their knobs.
        loop: Control points to move around, one for each latent frame.
        lesson: What a kind of ``TAUGHT`` has learned; nothing when absent.
        places: :func:`landmark_map` of the model, if it is at hand.
        scenes: Where on the time line of scenes the player wants to be.
        line: That time line; none where there are no scenes.
        held: For each scene the knobs that it holds.
        seed: Fixes the texture noise.

    Raises:
        CheironError: If there is no such mapping, or the loop is of another control space.
    """
    check_kind(kind)
    rate = model.sample_rate / model.hop
    every = MotionFeatures(sensors, rate)
    awake, notes = _awake(connections, every.out_space)
    travel = [c for c in awake if c.target == SCENE and SCENE in space.control.names]
    awake = tuple(c for c in awake if c.target != SCENE)
    places = places or landmark_map(model, space)
    examples, knobs = examples_of(model, space), knobs_of(space.control)
    setting = Setting(
        every.out_space, sensors.names, knobs, rate, board, places, examples, awake, loop,
        feel_of(model, space),
    )  # fmt: skip
    plan = _plan(kind, setting, lesson)
    over = [c for c in awake if c.target in knobs.names and c not in plan.connections]
    cables = (*plan.connections, *over, *travel)
    features = every.only([*plan.reads, *(c.source for c in (*over, *travel))], rate)
    mapping = plan.make(features.out_space)
    echo: Echo = getattr(mapping, "echo", None) or Echo()
    if over:
        mapping = Overlay(features.out_space, mapping, over, rate)
    if SCENE in space.control.names:
        scenes = scenes or SceneBoard()
        mapping = SceneMapping(
            features.out_space, mapping, SCENE_AXIS, scenes, line, held, travel, rate
        )
    fingers = fingers_of(sensors, Habit("", ()))
    onsets = {axis: f.touch for f in fingers if f.touch for axis in (f.x, f.y)}
    smooth = [name for name in features.reads if name not in switches(sensors)]
    smoothing = OneEuro(sensors, rate, only=smooth, board=board, onsets=onsets)
    gesture = Patch(smoothing, features, mapping, HandStage(hands, rate))
    latent = ControlStage(space, space.std, seed)
    notes = [*notes, *plan.notes, *_dormant(connections, space.control.names)]
    return LiveChain(gesture, latent, mapping, cables, tuple(dict.fromkeys(notes)), places, echo)


def _dormant(connections: Sequence[Connection], knobs: Sequence[str]) -> list[str]:
    """A note for each cable whose knob this control space does not have."""
    return [
        f"{c.source} -> {c.target} waits: this control space has no knob {c.target}."
        for c in connections
        if c.target not in knobs and "." not in c.target
    ]


def _awake(
    connections: Sequence[Connection], motion: Space
) -> tuple[tuple[Connection, ...], list[str]]:
    """The connections whose motion axis exists, and a note for each of the others."""
    there = set(motion.names)
    notes = [
        f"{c.source} -> {c.target} waits: no open source has the axis {c.source}."
        for c in connections
        if c.source not in there
    ]
    return tuple(c for c in connections if c.source in there), notes


def check_kind(kind: str) -> str:
    """The kind of mapping, if it is one.

    Raises:
        CheironError: If there is no such mapping.
    """
    if kind not in MAPPINGS and kind not in TAUGHT:
        there = ", ".join((*MAPPINGS, *TAUGHT))
        raise CheironError(f"there is no mapping {kind!r}; choose one of {there}.")
    return kind


def _plan(kind: str, setting: Setting, lesson: Lesson | None) -> Plan:
    if kind in TAUGHT:
        return plan_taught(setting, lesson or Lesson(), PARAMS[kind])
    return _load(kind).plan(setting)


def _load(name: str) -> type[LiveMapping]:
    module, _, attribute = (MAPPINGS | TAUGHT)[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
