"""Scenes of a session: what the knobs mean, and which are held, at places on a time line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cheiron.core.errors import CheironError
from cheiron.core.timeline import LEAST, spaced
from cheiron.studio.session.names import check_name

MOST = 64
"""How many scenes a session may have."""


@dataclass(frozen=True)
class Knob:
    """A control axis that a hand has set.

    Args:
        value: Control value, in the axis's own unit.
        locked: Whether the hand wins over the mapping.
    """

    value: float
    locked: bool = False


@dataclass(frozen=True)
class Scene:
    """One of the scenes that a piece leads through.

    Args:
        name: What people call it; unique.
        space: Name of its control space; the session's own when empty.
        knobs: What it holds, in the units of its control space.
        position: Its place on the time line, in [0, 1]; evenly between its neighbours when None.
    """

    name: str
    space: str = ""
    knobs: Mapping[str, Knob] = field(default_factory=dict[str, Knob])
    position: float | None = None


Scenes = tuple[Scene, ...]
"""In the order of their places."""


def places_of(scenes: Scenes) -> tuple[float, ...]:
    """Where each scene stands, in [0, 1].

    >>> places_of((Scene("dawn"), Scene("noon", position=0.2), Scene("dusk")))
    (0.0, 0.2, 1.0)
    """
    return spaced([scene.position for scene in scenes])


def index_of(scenes: Sequence[Scene], name: str) -> int:
    """Which scene bears a name.

    Raises:
        CheironError: If none does.
    """
    names = [scene.name for scene in scenes]
    if name not in names:
        raise CheironError(f"there is no scene {name!r}; there is {', '.join(names) or 'none'}.")
    return names.index(name)


def inserted(scenes: Scenes, scene: Scene, after: int) -> Scenes:
    """The scenes with one more, behind the one at ``after`` (-1: before all).

    Raises:
        CheironError: If the name is none or taken, or there are too many.
    """
    scene = replace(scene, name=_free(scenes, scene.name))
    if len(scenes) >= MOST:
        raise CheironError(f"there are {MOST} scenes already; remove one first.")
    return (*scenes[: after + 1], scene, *scenes[after + 1 :])


def without(scenes: Scenes, name: str) -> Scenes:
    """The scenes without one."""
    gone = index_of(scenes, name)
    return tuple(scene for index, scene in enumerate(scenes) if index != gone)


def changed(scenes: Scenes, name: str, /, **fields: object) -> Scenes:
    """The scenes with some fields of one replaced; a position stays between the neighbours'.

    Raises:
        CheironError: If there is no such scene, or its new name is none or taken.
    """
    at = index_of(scenes, name)
    others = tuple(scene for index, scene in enumerate(scenes) if index != at)
    if "name" in fields:
        fields["name"] = _free(others, str(fields["name"]))
    if (wanted := fields.get("position")) is not None:
        places = places_of(scenes)
        low = places[at - 1] + LEAST if at > 0 else 0.0
        high = places[at + 1] - LEAST if at + 1 < len(scenes) else 1.0
        fields["position"] = round(min(max(float(str(wanted)), low), high), 6)
    scene = replace(scenes[at], **fields)  # type: ignore[arg-type]
    return (*scenes[:at], scene, *scenes[at + 1 :])


def fresh_name(scenes: Scenes) -> str:
    """A name that is not taken yet.

    >>> fresh_name((Scene("scene 1"), Scene("storm")))
    'scene 3'
    """
    number, taken = len(scenes) + 1, {scene.name for scene in scenes}
    while f"scene {number}" in taken:
        number += 1
    return f"scene {number}"


def _free(scenes: Scenes, name: str) -> str:
    name = check_name(name)
    if name in [scene.name for scene in scenes]:
        raise CheironError(f"there is a scene {name!r} already; choose another name.")
    return name
