"""Worked examples of the three interactions, made of recorded gestures: they play anywhere."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from cheiron.core.recording import Recording
from cheiron.models import load_model
from cheiron.sources.gesture_csv import read_gesture
from cheiron.studio.interactions import interaction
from cheiron.studio.live.drawn_path import drawn, path_of
from cheiron.studio.live.player import Player, Wanted, load_player
from cheiron.studio.session.demonstrations import Kept
from cheiron.studio.session.gestures import write_gesture
from cheiron.studio.session.state import SessionState, Shown, SourceChoice
from cheiron.studio.session.store import Session
from cheiron.studio.spaces import Shelf

PERFORMANCE = "performance.csv"
"""What the hand does in an example: a file in the session's folder."""

SECONDS = 60.0
"""Length of the performance."""

GESTURES = {
    "zero": ("digit_0", ((0.25, 0.3), (0.6, 0.2), (0.45, 0.6), (0.25, 0.3))),
    "seven": ("digit_7", ((0.85, 0.85), (0.5, 0.9), (0.75, 0.5))),
}
"""Name -> which recordings it is, and the path on the map that it is taught to."""

_SHOWN, _PLAYED = ("1", "2"), "3"
_REST = 1.5  # seconds without movement between two gestures
_RATE = 25.0
_LOOP = 8.0


def make_example(name: str, model: str, folder: Path, trust: bool = False) -> Path:
    """Make the worked example of an interaction.

    A recorded hand, replayed in a loop, writes the digits 0 and 7 in the air. In I1 it drives the
    knobs; in I2 it plays around a loop; in I3 two takes of each digit are taught to one path
    through the sounds each, and the third take, which was never shown, plays them.

    Args:
        name: ``I1``, ``I2`` or ``I3``.
        model: Of a shipped model, or a path.
        folder: Where to; absent or empty.
        trust: Whether a ``.ts`` file may run.

    Returns:
        The session's folder.

    Raises:
        CheironError: If there is no such interaction or model, or the folder is not free.
    """
    loops = ["drawn"] if name.upper() == "I2" else []
    state, _ = interaction(SessionState(model=model), name, loops)
    state = replace(
        state, sources=(SourceChoice("replay", {"path": str(folder / PERFORMANCE), "loop": True}),)
    )
    shelf = Shelf(load_model(model, trust=trust))
    player = load_player(Wanted.of(state, shelf.spaces), shelf)
    with Session.create(folder, state) as session:
        write_gesture(session.path / PERFORMANCE, performance())
        if name.upper() == "I2":
            path = path_of(_timed(GESTURES["zero"][1], _LOOP), player)
            session.loops.save("drawn", path, player.model.name, is_latent=True)
        if name.upper() == "I3":
            session.save(replace(state, demonstrations=_show(session, player)))
        return session.path


def gesture(which: str, take: str) -> Recording:
    """A gesture that comes with Cheiron, such as ``digit_0``, take ``1``."""
    path = Path(str(files("cheiron"))) / "assets" / "gestures" / f"{which}_{take}.csv"
    return read_gesture(path).recording


def performance(seconds: float = SECONDS) -> Recording:
    """The digits in turn, with rests between them; takes that nothing was taught with.

    >>> performance(10.0).duration > 9.9
    True
    """
    rows: list[np.ndarray[tuple[int, int], np.dtype[np.float32]]] = []
    count, wanted = 0, round(seconds * _RATE) + 1
    moves = [gesture(which, _PLAYED) for which, _ in GESTURES.values()]
    space = moves[0].space
    turning = [space.index(n) for n in space.names if n.startswith("gyroscope")]
    number = 0
    while count < wanted:
        move = moves[number % len(moves)]
        still = np.repeat(move.values[-1:], round(_REST * _RATE), axis=0)
        still[:, turning] = 0.0
        rows += [move.values, still]
        count += len(move) + len(still)
        number += 1
    values = np.concatenate(rows)[:wanted]
    return Recording(space, np.arange(wanted) / _RATE, values)


def _show(session: Session, player: Player) -> tuple[Shown, ...]:
    """Two takes of each gesture, each with its path, as long as the take."""
    shown: list[Shown] = []
    for name, (which, path) in GESTURES.items():
        for take in _SHOWN:
            motion = gesture(which, take)
            sound = path_of(_timed(path, motion.duration), player)
            kept = Kept(motion, sound, player.model.name, f"a path for {name}")
            shown.append(Shown(session.demonstrations.add(kept), name))
    return tuple(shown)


def _timed(path: tuple[tuple[float, float], ...], seconds: float) -> np.ndarray:
    times = np.linspace(0.0, seconds, len(path))
    return drawn([(*place, time) for place, time in zip(path, times.tolist(), strict=True)])
