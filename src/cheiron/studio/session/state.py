"""Everything about the instrument that stays until somebody changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from cheiron.core.errors import CheironError
from cheiron.mapping.connection import Connection
from cheiron.studio.session import plain
from cheiron.studio.session.names import check_name
from cheiron.studio.session.scene import Knob, Scene

MappingKind = Literal["map", "direct", "explore", "neighbours", "gmr", "hmm", "hierarchical"]
OutputKind = Literal["device", "page", "none"]

__all__ = [
    "MAX_BLOCK",
    "MAX_GAIN",
    "MIN_BLOCK",
    "Follow",
    "Knob",
    "MappingKind",
    "OutputChoice",
    "OutputKind",
    "Preset",
    "Scene",
    "SessionState",
    "Shown",
    "SourceChoice",
    "in_space",
]

MAX_GAIN = 4.0
MIN_BLOCK, MAX_BLOCK = 16, 8192  # samples that an output may ask for at once


@dataclass(frozen=True)
class SourceChoice:
    """A source that is open.

    Args:
        kind: A key of ``SOURCES``, such as ``"osc"``.
        settings: What it is opened with, plain data such as ``{"port": 9000}``; nulls are dropped.
        name: What it is called, where that does not follow from its place among the others.

    Raises:
        CheironError: If a setting is no plain data.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str = field(default="", compare=False)  # the same sensor by another name is the same

    def __post_init__(self) -> None:
        settings = plain.anything(self.settings, f"the settings of the source {self.kind!r}")
        object.__setattr__(self, "settings", settings)


@dataclass(frozen=True)
class Shown:
    """A demonstration that counts; the journal holds its movement and its sound.

    Args:
        id: Its id in the journal.
        name: The gesture that it is a take of.
    """

    id: str
    name: str


@dataclass(frozen=True)
class OutputChoice:
    """Where the sound goes.

    Args:
        kind: ``"device"``, ``"page"`` or ``"none"``.
        device: Name of the sound device; the system's own choice when empty.
        block: Samples asked for at once; the output's own choice when 0.
    """

    kind: OutputKind = "device"
    device: str = ""
    block: int = 0


@dataclass(frozen=True)
class Follow:
    """Programs that follow the control point.

    Args:
        osc: ``"host:port"``; nobody when empty.
        midi: Name of a MIDI port; nobody when empty.
    """

    osc: str = ""
    midi: str = ""


@dataclass(frozen=True)
class Preset:
    """The part of a state that a preset holds.

    Args:
        space: Name of the control space.
        mapping: How motion becomes a control point.
        connections: The cables of a direct mapping.
        loop: Name of the loop to explore around; none when empty.
        scenes: What the time line leads through; none when empty, and ``space`` is what is played.
        knobs: Control axis -> what the hand set.
        params: Name -> value of what can be turned beside the knobs.
    """

    space: str = ""
    mapping: MappingKind = "map"
    connections: tuple[Connection, ...] = ()
    loop: str = ""
    scenes: tuple[Scene, ...] = ()
    knobs: Mapping[str, Knob] = field(default_factory=dict[str, Knob])
    params: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        object.__setattr__(self, "connections", tuple(self.connections))
        object.__setattr__(self, "scenes", tuple(self.scenes))


@dataclass(frozen=True)
class SessionState(Preset):
    """The whole instrument as one value; a change makes a new one (``dataclasses.replace``).

    Besides what a :class:`Preset` holds:

    Args:
        model: Name or path of the model.
        model_hash: SHA-256 that tells whether it is still the same model; unknown when empty.
        seed: Fixes every random draw.
        sources: The sources that are open, in order.
        output: Where the sound goes.
        follow: Programs that follow.
        gain: Factor on the sound, 1 leaves it as it is.
        presets: Name -> preset.
        deleted_takes: Names of takes that lie in the trash, so that undo brings them back.
        deleted_loops: The same of loops.
        demonstrations: What the taught mappings learn from, in order of teaching.
        grammar: Gesture -> those that may follow it; any may follow one that is not named.

    >>> state = SessionState(model="sax").with_knob("pitch", 220.0).keeping_preset("low")
    >>> state.with_knob("pitch", 440.0).with_preset("low").knobs
    {'pitch': Knob(value=220.0, locked=False)}
    """

    model: str = "sax"
    model_hash: str = ""
    seed: int = 0
    sources: tuple[SourceChoice, ...] = ()
    output: OutputChoice = OutputChoice()
    follow: Follow = Follow()
    gain: float = 1.0
    presets: Mapping[str, Preset] = field(default_factory=dict[str, Preset])
    deleted_takes: tuple[str, ...] = ()
    deleted_loops: tuple[str, ...] = ()
    demonstrations: tuple[Shown, ...] = ()
    grammar: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sources", "deleted_takes", "deleted_loops", "demonstrations"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        grammar = {name: tuple(after) for name, after in self.grammar.items()}
        object.__setattr__(self, "grammar", grammar)

    def preset(self) -> Preset:
        """The part that a preset holds, as it is now."""
        return Preset(**{f.name: getattr(self, f.name) for f in fields(Preset)})

    def keeping_preset(self, name: str) -> "SessionState":
        """The same, with what is played now kept as the preset ``name``.

        Raises:
            CheironError: If it cannot be a name.
        """
        return replace(self, presets={**self.presets, check_name(name): self.preset()})

    def with_preset(self, name: str) -> "SessionState":
        """The same, playing the preset ``name``.

        Raises:
            CheironError: If there is no such preset.
        """
        preset = self._preset(name)
        return replace(self, **{f.name: getattr(preset, f.name) for f in fields(Preset)})

    def without_preset(self, name: str) -> "SessionState":
        """The same without the preset ``name``.

        Raises:
            CheironError: If there is no such preset.
        """
        self._preset(name)
        return replace(self, presets={k: v for k, v in self.presets.items() if k != name})

    def with_knob(self, axis: str, value: float, locked: bool | None = None) -> "SessionState":
        """The same with a knob turned; whether it is locked stays as it was unless said."""
        before = self.knobs.get(axis, Knob(value))
        knob = Knob(float(value), before.locked if locked is None else locked)
        return replace(self, knobs={**self.knobs, axis: knob})

    def without_knob(self, axis: str) -> "SessionState":
        """The same with a knob released to the mapping."""
        return replace(self, knobs={k: v for k, v in self.knobs.items() if k != axis})

    def with_param(self, name: str, value: float) -> "SessionState":
        """The same with a parameter turned."""
        return replace(self, params={**self.params, name: float(value)})

    def with_connection(self, connection: Connection) -> "SessionState":
        """The same with a cable added, in the place of the one to the same target."""
        targets = [c.target for c in self.connections]
        if connection.target not in targets:
            return replace(self, connections=(*self.connections, connection))
        kept = list(self.connections)
        kept[targets.index(connection.target)] = connection
        return replace(self, connections=tuple(kept))

    def without_connection(self, target: str) -> "SessionState":
        """The same without the cables to ``target``."""
        return replace(self, connections=tuple(c for c in self.connections if c.target != target))

    def _preset(self, name: str) -> Preset:
        if name not in self.presets:
            there = ", ".join(self.presets) or "none"
            raise CheironError(f"there is no preset {name!r}; there is {there}.")
        return self.presets[name]


def in_space(state: SessionState, space: str | None) -> SessionState:
    """A session's state in the control space that the command line asks for.

    Knobs that were held in another one are let go, and its scenes are left.

    >>> in_space(SessionState(space="pca"), "descriptors").space
    'descriptors'
    """
    if space is None:
        return state
    name = str(Path(space).absolute()) if Path(space).is_dir() else space
    if name == state.space and not state.scenes:
        return state
    return replace(state, space=name, scenes=(), knobs={})
