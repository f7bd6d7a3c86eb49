"""Where pages speak to the instrument."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.mapping import MAPPINGS
from cheiron.studio.live.chain import steering_axes
from cheiron.studio.live.changes import CHANGES, DRAGGED, connection_of
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.learner import Learner
from cheiron.studio.live.loop_maker import LoopMaker
from cheiron.studio.live.scene_desk import SceneDesk
from cheiron.studio.live.teach_desk import TeachDesk
from cheiron.studio.live.view import View
from cheiron.studio.server.front import Front

Message = Mapping[str, Any]


class Desk:
    """Understands what pages say; a :class:`cheiron.studio.server.front.Listener`.

    Gestures go straight to their sources, on the link's thread; commands to the conductor, one
    after the other, and their replies when they are done.

    Args:
        instrument: What they play.
        front: The way back to the pages.
        learner: Makes loops of sound.
        listening: Called when the server takes pages for the first time.
    """

    def __init__(
        self,
        instrument: Instrument,
        front: Callable[[], Front],
        view: View,
        learner: Learner,
        listening: Callable[[], None],
    ) -> None:
        self._instrument, self._front, self._view = instrument, front, view
        self._listening = listening
        self._heard = threading.Event()
        self._loops = LoopMaker(instrument, learner)
        self._shelved: object = None
        scenes = SceneDesk(instrument)
        self._actions: dict[str, Callable[[Message], object]] = {
            "space": scenes.space,
            "scene-add": scenes.add,
            "scene-remove": scenes.remove,
            "scene-set": scenes.set,
            "scene-hold": scenes.hold,
            "scene-go": scenes.go,
            **TeachDesk(instrument).actions,
            "connect": self._connect,
            "disconnect": self._disconnect,
            "record": self._record,
            "replay": lambda m: instrument.tape.replay(m["take"], m.get("loop", False)),
            "replay-stop": lambda _: instrument.tape.stop_replay(),
            "take-rename": self._take_rename,
            "take-delete": self._take_delete,
            "loop-from-take": lambda m: self._loops.from_take(m["take"]),
            "loop-delete": self._loop_delete,
            "learn": self._learn,
            "phone-open": self._phone_open,
            "phone-invite": lambda m: instrument.phones.invite(int(m["seat"])),
            "panic": self._panic,
            "undo": lambda _: instrument.undo(),
            "redo": lambda _: instrument.redo(),
        }  # commands that need more than the session's state

    def listening(self) -> None:
        """The server takes pages."""
        self._instrument.changed()
        if not self._heard.is_set():
            self._heard.set()
            self._listening()

    def opened(self, page: int) -> None:
        """A page has come."""
        self._instrument.changed()

    def closed(self, page: int) -> None:
        """A page has gone: what it touched is let go."""
        self._instrument.rack.left(page, time.monotonic())

    def gesture(self, page: int, message: dict[str, Any]) -> None:
        """Hand a gesture to its source, or answer a ping."""
        now = time.monotonic()
        if message["type"] == "ping":
            self._front().send_json({"type": "pong", "page": message["page"], "engine": now}, page)
        else:
            self._instrument.rack.push(page, message, now)

    def command(self, page: int, message: dict[str, Any]) -> Literal["later"] | None:
        """Have a command done; the reply follows when it is."""
        instrument, kind = self._instrument, message["type"]
        if kind == "mute":
            instrument.mute(message["on"])
            return None
        if kind == "knob":  # at once; the state of the session follows
            instrument.ensemble.turn(message["axis"], message["value"], message.get("locked"))

        def done(error: CheironError | None) -> None:
            reply: dict[str, Any] = {"type": "reply", "id": message["id"], "ok": error is None}
            if error is not None:
                reply["message"] = str(error)
            self._front().send_json(reply, page)

        instrument.conductor.submit(lambda: self._do(message), done)
        return "later"

    def loop_from_sound(self, path: Path) -> None:
        """Have a loop made of a sound file; a note says when it is there, or why not."""
        note = self._instrument.note

        def failed(error: CheironError | None) -> None:
            if error is not None:
                note("error", str(error))

        self._instrument.conductor.submit(lambda: self._loops.from_sound(path, path.stem), failed)

    def shelve(self) -> None:
        """Tell the server what pages may fetch, if that has changed."""
        instrument = self._instrument
        player = instrument.ensemble.player
        if player is None:
            return
        takes = {t.name: instrument.session.takes.path(t.name) for t in self._view.takes()}
        shelf = (player, takes)
        if shelf != self._shelved:
            self._shelved = shelf
            artifact: Artifact | None = player.artifact
            self._front().shelve(player.landmarks, artifact.path if artifact else None, takes)

    def _do(self, message: Message) -> None:
        """On the conductor's thread."""
        kind, instrument = message["type"], self._instrument
        if kind == "knob":
            instrument.ensemble.turned(message["axis"])
        change = CHANGES.get(kind)
        if change is not None:
            state, name = change(instrument.state, message)
            instrument.apply(state, name, name if kind in DRAGGED else "")
            return
        self._actions[kind](message)
        instrument.changed()

    def _record(self, message: Message) -> None:
        tape = self._instrument.tape
        if message["on"]:
            tape.record(message.get("name"))
        else:
            tape.stop_recording()

    def _connect(self, message: Message) -> None:
        cable = connection_of(message["connection"])
        self._check_target(cable.target)
        state = self._instrument.connect(cable)
        self._instrument.apply(state, f"connect {cable.source} to {cable.target}")

    def _learn(self, message: Message) -> None:
        if message["target"]:
            self._check_target(message["target"])
        self._view.learn(message["target"], message.get("outputs"))

    def let_phones_in(self, address: str = "") -> None:
        """Open the door for phones, and a source for the first; on the conductor's thread.

        Raises:
            CheironError: If it cannot be opened.
        """
        live = self._instrument
        live.phones.open(address)
        if not live.rack.phones():
            opening = {"kind": "phone", "settings": {"seat": 1}}
            live.apply(*CHANGES["source-open"](live.state, opening))

    def _phone_open(self, message: Message) -> None:
        if message["on"]:
            self.let_phones_in(message.get("address", ""))
        else:
            self._instrument.phones.close()

    def _check_target(self, target: str) -> None:
        """A cable may lead to a knob, or to what any of the mappings is steered by."""
        player = self._instrument.ensemble.player
        knobs = player.space.control.names if player is not None else ()
        steering = [axis.name for kind in MAPPINGS for axis in steering_axes(kind)]
        if target not in (*knobs, *steering):
            raise CheironError(
                f"there is no knob {target!r}; choose one of {', '.join((*knobs, *steering))}."
            )

    def _disconnect(self, message: Message) -> None:
        target, live = message["target"], self._instrument
        chain = live.ensemble.chain
        known = (*live.state.connections, *(chain.connections if chain is not None else ()))
        if target not in [cable.target for cable in known]:
            raise CheironError(f"nothing is connected to {target!r}; load the page again.")
        live.apply(live.disconnect(target), f"disconnect {target}")

    def _take_rename(self, message: Message) -> None:
        self._instrument.session.takes.rename(message["take"], message["name"])
        self._instrument.tape.renamed(message["take"], message["name"])

    def _take_delete(self, message: Message) -> None:
        name, live = message["take"], self._instrument
        if name in live.state.deleted_takes:  # an older one; undo brings back the last of them
            live.session.takes.delete(name)
            live.tape.takes_changed()
        else:
            deleted = (*live.state.deleted_takes, name)
            live.apply(replace(live.state, deleted_takes=deleted), f"delete {name}")
        if live.tape.replaying == name:
            live.tape.stop_replay()

    def _loop_delete(self, message: Message) -> None:
        name, live = message["name"], self._instrument
        if live.state.loop == name and live.state.mapping == "explore":
            raise CheironError(f"the loop {name!r} is being played; choose another one first.")
        if name in live.state.deleted_loops:  # as with takes
            live.session.loops.delete(name)
            live.tape.forget_loop(name)
        else:
            deleted = (*live.state.deleted_loops, name)
            live.apply(replace(live.state, deleted_loops=deleted), f"delete {name}")

    def _panic(self, message: Message) -> None:
        self._view.learn("", None)
        self._instrument.panic()
