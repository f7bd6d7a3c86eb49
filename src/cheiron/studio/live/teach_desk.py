"""Commands of pages that teach: show a gesture, draw a path, take what was recorded."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.studio.interactions import interaction
from cheiron.studio.live.drawn_path import drawn, path_of
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.player import Player
from cheiron.studio.session.demonstrations import Kept
from cheiron.studio.session.names import check_name

Message = Mapping[str, Any]


class TeachDesk:
    """What pages may ask of the teacher; all calls come from the conductor's thread.

    Args:
        live: The instrument.
    """

    def __init__(self, live: Instrument) -> None:
        self._live = live
        self.actions: dict[str, Callable[[Message], object]] = {
            "teach-start": self._start,
            "teach-stop": lambda m: live.teacher.stop() if m["keep"] else live.teacher.cancel(),
            "teach-take": self._take,
            "loop-draw": self._draw,
            "interaction": self._interaction,
        }
        """Command -> what does it."""

    def _start(self, message: Message) -> None:
        self._live.teacher.start(
            message["gesture"], message["sound"], float(message.get("count", 0.0))
        )

    def _take(self, message: Message) -> None:
        """A recorded take's movement, to a loop's sound."""
        live, player = self._live, self._player()
        motion = live.session.takes.gesture(message["take"])
        path = live.teacher.guide(message["sound"], player)
        z = player.space.to_latent(_whole(path, player))
        rate = player.model.sample_rate / player.model.hop
        times = np.arange(len(z)) / rate
        lasts = min(motion.duration, float(times[-1]))
        rows = motion.times - motion.times[0] <= lasts
        moved = Recording(motion.space, motion.times[rows] - motion.times[0], motion.values[rows])
        sound = Recording(player.model.latent, times, z)
        kept = Kept(moved, sound, player.model.name, message["sound"])
        live.teacher.keep(check_name(message["gesture"]), kept, player)

    def _draw(self, message: Message) -> None:
        """A loop along a path that was drawn on the map.

        Raises:
            CheironError: If the path is no movement, or the name cannot be a loop's.
        """
        live, player = self._live, self._player()
        path = path_of(drawn(message["path"]), player)
        live.session.loops.save(message["name"], path, player.model.name, is_latent=True)
        live.tape.forget_loop(message["name"])
        live.note("info", f"the loop {message['name']} is there ({path.duration:.1f} s).")
        if live.state.loop == message["name"]:
            live.refresh()

    def _interaction(self, message: Message) -> None:
        live = self._live
        loops = [loop.name for loop in live.session.loops.list()]
        state, notes = interaction(live.state, message["name"], loops)
        live.apply(state, f"interaction {message['name']}")
        for note in notes:
            live.note("info", note)

    def _player(self) -> Player:
        player = self._live.ensemble.player
        if player is None:
            raise CheironError("nothing is played yet; wait a moment.")
        return player


def _whole(path: Recording, player: Player) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Control points with every axis of what is played, a place on a time line too."""
    rows = np.tile(player.space.control.default.astype(np.float32), (len(path), 1))
    known = np.isfinite(path.values)
    rows[:, : path.space.size][known] = path.values[known]
    return rows
