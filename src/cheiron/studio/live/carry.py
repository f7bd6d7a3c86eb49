"""Another control space while it sounds: what the hand holds comes over through the latents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cheiron.control.scenes import SCENE
from cheiron.core.protocols import ControlSpace
from cheiron.core.space import Axis
from cheiron.mapping.connection import Connection
from cheiron.studio.live.player import Player
from cheiron.studio.session.scene import Knob, Scene
from cheiron.studio.session.state import SessionState

Point = NDArray[np.float32]


@dataclass(frozen=True)
class Carried:
    """A state in other knobs.

    Args:
        state: The state.
        lost: Names of knobs that were held and that there are no more.
    """

    state: SessionState
    lost: tuple[str, ...] = ()


def carried(
    before: SessionState, after: SessionState, old: Player, new: Player, point: Point
) -> Carried:
    """A state that plays in other control spaces what was played in the old ones.

    The sounding point goes through its latents into the new knobs. A held knob that there still is
    stays held, at its new value; where nothing but the hand moves the knobs, all others are held
    as well, so that the point stays. What cables and scenes say in a knob's unit is turned into
    its new one. A space that is itself conditioned on a place on a time line begins at the first:
    that is where it knows what latents are.

    Args:
        before: What was played.
        after: The same with other control spaces or scenes; its knobs are still the old ones.
        old: What ``before`` is played by.
        new: What ``after`` is played by.
        point: The sounding control point of ``old``; NaN where undefined.
    """
    start = np.where(np.isnan(point), _undriven(old.space), point).astype(np.float32)
    z = old.space.to_latent(start[None])
    there = _seen(new, after, z)
    kept = {
        name: replace(knob, value=there[name]) if name != SCENE or new.scenes is None else knob
        for name, knob in after.knobs.items()
        if name in there
    }
    lost = tuple(name for name in after.knobs if name not in there and name in _names(old))
    if after.mapping == "direct":
        driven = {cable.target for cable in after.connections}
        was = set(old.space.control.axes)
        free = (a for a in new.space.control.axes if a.kind != "texture" and a not in was)
        kept = {a.name: Knob(there[a.name]) for a in free if a.name not in driven} | kept
    cables = tuple(_recabled(cable, start, old, new, after) for cable in after.connections)
    state = replace(after, knobs=kept, connections=cables, scenes=_rescened(before, after, new, z))
    return Carried(state, lost)


def recast(
    knobs: Mapping[str, Knob], old: ControlSpace, new: ControlSpace, z: Point
) -> dict[str, Knob]:
    """Held knobs of one control space as those of another.

    Names that the other does not have are left out.

    Args:
        knobs: What is held, in the units of ``old``.
        old: Their control space.
        new: The other one.
        z: Latents of the other knobs, shape ``(1, D)``.
    """
    names = [name for name in knobs if name in old.control.names]
    if old is new or not names:
        return {name: knob for name, knob in knobs.items() if name in new.control.names}
    c = old.to_control(z).copy()
    for name in names:
        c[0, old.control.index(name)] = knobs[name].value
    found = new.to_control(old.to_latent(c))[0]
    return {
        name: replace(knobs[name], value=float(found[new.control.index(name)]))
        for name in names
        if name in new.control.names
    }


def _undriven(space: ControlSpace) -> Point:
    """What stands for knobs that nobody drives: their rest; textures as loud as their noise is."""
    texture = np.array([axis.kind == "texture" for axis in space.control.axes])
    return (space.control.default + np.where(texture, space.std, 0.0)).astype(np.float32)


def _names(player: Player) -> tuple[str, ...]:
    return player.space.control.names


def _seen(player: Player, state: SessionState, z: Point) -> dict[str, float]:
    """A control point by name, exact at the scene that is played."""
    scenes = player.scenes
    if scenes is None:
        c = player.space.to_control(z)[0]
    else:
        place = state.knobs[SCENE].value if SCENE in state.knobs else 0.0
        c = scenes.seen_from(scenes.line.nearest(place), z)[0]
    return dict(zip(_names(player), map(float, c), strict=True))


def _recabled(
    cable: Connection, point: Point, old: Player, new: Player, after: SessionState
) -> Connection:
    """The cable with what it says in the knob's old unit in its new one."""
    one, other = (_axis(player, cable.target) for player in (old, new))
    if cable.outputs is None or one is None or other is None or one == other:
        return cable
    ends: list[float] = []
    for end in cable.outputs:
        c = point.copy()
        c[old.space.control.index(cable.target)] = end
        value = _seen(new, after, old.space.to_latent(c[None]))[cable.target]
        ends.append(min(max(value, other.low), other.high))
    return replace(cable, outputs=(ends[0], ends[1]))


def _axis(player: Player, name: str) -> Axis | None:
    control = player.space.control
    return control.axes[control.index(name)] if name in control.names else None


def _rescened(
    before: SessionState, after: SessionState, new: Player, z: Point
) -> tuple[Scene, ...]:
    """The scenes, with what those hold whose control space is another one now."""
    was = {scene.name: scene.space for scene in before.scenes}
    found: list[Scene] = []
    for number, scene in enumerate(after.scenes):
        name = was.get(scene.name, scene.space)
        if scene.knobs and name != scene.space and new.scenes is not None and name:
            knobs = recast(scene.knobs, new.shelf.get(name), new.scenes.spaces[number], z)
            scene = replace(scene, knobs=knobs)
        found.append(scene)
    return tuple(found)
