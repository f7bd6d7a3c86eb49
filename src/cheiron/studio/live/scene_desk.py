"""What pages ask of control spaces and scenes, done so that nothing jumps."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cheiron.control.scenes import SCENE
from cheiron.core.errors import CheironError
from cheiron.core.marks import translated
from cheiron.core.space import Space
from cheiron.core.timeline import TimeLine
from cheiron.mapping.scenes import Journey
from cheiron.studio.live.carry import Point, carried
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.player import Player
from cheiron.studio.session.scene import (
    Knob,
    Scene,
    Scenes,
    changed,
    fresh_name,
    index_of,
    inserted,
    places_of,
    without,
)
from cheiron.studio.session.state import SessionState

LONGEST = 3600.0
"""Seconds of the longest way through the scenes."""

Message = Mapping[str, Any]


class SceneDesk:
    """Changes of control spaces and scenes; all calls come from the conductor's thread.

    Args:
        instrument: What is played.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._live = instrument

    def space(self, message: Message) -> None:
        """Play in another control space; with scenes, one of them does, the nearest if unsaid.

        Raises:
            CheironError: If there is no such space, or it is of another model.
        """
        name, state = message["name"], self._live.state
        if state.scenes:
            scene = message.get("scene") or state.scenes[self._nearest(self._place())].name
            after = replace(state, scenes=changed(state.scenes, scene, space=name))
        else:
            after = replace(state, space=name)
        self._change(after, f"space {name}")

    def add(self, message: Message) -> None:
        """Keep what is played now as one more scene, behind the one that is played."""
        state, player = self._live.state, self._player()
        name = message["name"] or fresh_name(state.scenes)
        scenes, at = state.scenes, message["at"]
        left = TimeLine(places_of(scenes)).at(at)[0] if scenes else -1
        space, held = player.space_at(scenes, at), dict[str, Knob]()
        if scenes:
            near = self._nearest(at)
            held = {**scenes[near].knobs, **self._as_held_by(near, _by_hand(state))}
        else:
            held = _by_hand(state)
        scenes = inserted(scenes, Scene(name, space, held), left)
        here = Knob(places_of(scenes)[left + 1])
        self._change(replace(state, scenes=scenes, knobs={SCENE: here}), f"add {name}")

    def remove(self, message: Message) -> None:
        """Take a scene out; what the last one plays goes on.

        Raises:
            CheironError: If there is no such scene.
        """
        name, state = message["name"], self._live.state
        gone = state.scenes[index_of(state.scenes, name)]
        left = without(state.scenes, name)
        after = self._moved(state, left)
        if not left:
            by_hand = {**gone.knobs, **_by_hand(state)}
            after = replace(state, scenes=(), space=gone.space or state.space, knobs=by_hand)
        self._change(after, f"remove {name}")

    def set(self, message: Message) -> None:
        """Give a scene another name, control space or place.

        Raises:
            CheironError: If there is no such scene or space, or the name is taken.
        """
        name, state = message["name"], self._live.state
        fields = {k: message[k] for k in ("space", "position") if k in message}
        if "rename" in message:
            fields["name"] = message["rename"]
        scenes = changed(state.scenes, name, **fields)
        self._change(self._moved(state, scenes), f"scene {name}", f"scene {name}")

    def hold(self, message: Message) -> None:
        """Let a scene hold what the hand holds, or give back to the hand what it holds.

        Raises:
            CheironError: If there is no such scene.
        """
        name, state, player = message["name"], self._live.state, self._player()
        number = index_of(state.scenes, name)
        scene, by_hand = state.scenes[number], _by_hand(state)
        place = {SCENE: state.knobs[SCENE]} if SCENE in state.knobs else {}
        if message["on"]:
            held = {**scene.knobs, **self._as_held_by(number, by_hand)}
            knobs = {n: k for n, k in by_hand.items() if n not in held} | place
        else:
            spaces = player.scenes
            given = {} if spaces is None else {
                n: replace(k, value=spaces.value(number, n, k.value))
                for n, k in scene.knobs.items()
                if n in spaces.spaces[number].control.names
            }  # fmt: skip
            held, knobs = dict[str, Knob](), given | by_hand | place
        scenes = changed(state.scenes, name, knobs=held)
        word = "holds" if message["on"] else "lets go"
        self._live.apply(replace(state, scenes=scenes, knobs=knobs), f"{name} {word}")

    def go(self, message: Message) -> None:
        """Go to a place on the time line, in some seconds.

        Raises:
            CheironError: If there are no scenes.
        """
        player, live = self._player(), self._live
        if SCENE not in player.space.control.names:
            raise CheironError("there are no scenes to go to; add one first.")
        to = min(max(float(message["to"]), 0.0), 1.0)
        seconds = min(max(float(message["seconds"]), 0.0), LONGEST)
        start = live.runner.moment().time
        player.travel.go(Journey(start, seconds, self._place(), to))
        live.apply(live.state.with_knob(SCENE, to, locked=False), f"go to {to:.3g}", "scene-go")

    def _change(self, after: SessionState, name: str, key: str = "") -> None:
        live, old = self._live, self._player()
        new = live.ensemble.prepare(after)
        if new is not old:
            done = carried(live.state, after, old, new, self._point(old))
            after = done.state
            for knob in done.lost:
                live.note("info", f"{knob} is let go: there is no such knob here.")
        live.apply(after, name, key)

    def _player(self) -> Player:
        player = self._live.ensemble.player
        if player is None:
            raise CheironError("nothing is played yet; wait a moment.")
        return player

    def _point(self, player: Player) -> Point:
        """The sounding control point."""
        control = self._live.runner.moment().control
        size = player.space.control.size
        return control if len(control) == size else np.full(size, np.nan, np.float32)

    def _place(self) -> float:
        """Where on the time line the sound is."""
        player, moment = self._player(), self._live.runner.moment()
        cables = self._live.state.connections
        if any(cable.target == SCENE for cable in cables) and not player.travel.locked:
            place = float(self._point(player)[-1])
            if place == place:  # NaN is not equal to itself
                return place
        return player.travel.journey.at(moment.time)

    def _nearest(self, place: float) -> int:
        return TimeLine(places_of(self._live.state.scenes)).nearest(place)

    def _moved(self, state: SessionState, scenes: Scenes) -> SessionState:
        """Other scenes, and the place moved with those that stay."""
        knob = state.knobs.get(SCENE)
        if knob is None or not scenes:
            return replace(state, scenes=scenes)
        before = dict(zip((s.name for s in state.scenes), places_of(state.scenes), strict=True))
        if len(scenes) == len(state.scenes):  # one of them may have another name
            before = dict(zip((s.name for s in scenes), before.values(), strict=True))
        after = dict(zip((s.name for s in scenes), places_of(scenes), strict=True))
        both = [name for name in before if name in after]
        place = float(np.interp(knob.value, [before[n] for n in both], [after[n] for n in both]))
        return replace(
            state, scenes=scenes, knobs={**state.knobs, SCENE: replace(knob, value=place)}
        )

    def _as_held_by(self, number: int, knobs: Mapping[str, Knob]) -> dict[str, Knob]:
        """Knobs that are played as those of one scene's own control space."""
        spaces = self._player().scenes
        if spaces is None:
            return {}
        own, joint = spaces.spaces[number].control, spaces.control
        return {
            name: replace(knob, value=_translated(knob.value, name, joint, own))
            for name, knob in knobs.items()
            if name in own.names and name in joint.names
        }


def _by_hand(state: SessionState) -> dict[str, Knob]:
    """What the hand holds, but for the place on the time line."""
    return {name: knob for name, knob in state.knobs.items() if name != SCENE}


def _translated(value: float, name: str, given: Space, wanted: Space) -> float:
    axes = (space.axes[space.index(name)] for space in (given, wanted))
    return float(translated(value, *axes))
