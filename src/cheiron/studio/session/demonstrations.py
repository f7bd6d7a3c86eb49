"""Demonstrations in the journal: the movement and the sound of each, for good."""

import json
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.studio.session.journal import Journal


@dataclass(frozen=True, eq=False)
class Kept:
    """A demonstration as it was made, whatever learns from it.

    Args:
        motion: Fused sensor axes; its time starts at zero.
        sound: Latents on the same time; None where it is only to be recognised.
        model: Whose latents they are; empty where nobody said.
        of: What sounded, for people: the name of a loop, or what was played.
    """

    motion: Recording
    sound: Recording | None = None
    model: str = ""
    of: str = ""


class Demonstrations:
    """The demonstrations of a session. They are added and never changed.

    Which of them count is said by the session's state, so taking one back or bringing it again is
    a change like any other.

    Args:
        journal: The session's.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read: dict[str, Kept] = {}

    def add(self, kept: Kept) -> str:
        """Keep one; it is safe when this returns.

        Returns:
            Its id.

        Raises:
            CheironError: If the system refuses.
        """
        motion, sound = _packed(kept.motion), None if kept.sound is None else _packed(kept.sound)
        number = self._journal.run(
            "INSERT INTO demonstrations (made, model, what, motion_space, motion_times, "
            "motion_rows, sound_space, sound_times, sound_rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (time.time(), kept.model, kept.of, *motion, *(sound or (None, None, None))),
        )
        self._read[str(number)] = kept
        return str(number)

    def load(self, id: str) -> Kept:  # noqa: A002 - it is what it is called everywhere
        """One of them.

        Raises:
            CheironError: If there is none of that id, or it is damaged.
        """
        if id not in self._read:
            self._read[id] = self._load(id)
        return self._read[id]

    def _load(self, id: str) -> Kept:  # noqa: A002
        number = int(id) if id.isascii() and id.isdigit() and len(id) < 18 else -1
        rows = self._journal.ask(
            "SELECT model, what, motion_space, motion_times, motion_rows, sound_space, "
            "sound_times, sound_rows FROM demonstrations WHERE id = ?",
            (number,),
        )
        if not rows:
            raise CheironError(
                f"the journal has no demonstration {id!r}; delete it from the list, or show the "
                "gesture again."
            )
        model, of, *parts = rows[0]
        try:
            motion = _unpacked(*parts[:3])
            sound = None if parts[3] is None else _unpacked(*parts[3:])
        except (TypeError, ValueError, KeyError) as error:
            raise CheironError(
                f"the demonstration {id!r} is damaged ({error}); show the gesture again."
            ) from error
        return Kept(motion, sound, str(model), str(of))


def _packed(recording: Recording) -> tuple[str, bytes, bytes]:
    return (
        json.dumps(recording.space.to_json()),
        recording.times.astype("<f8").tobytes(),
        recording.values.astype("<f4").tobytes(),
    )


def _unpacked(space: Any, times: Any, rows: Any) -> Recording:
    found = Space.from_json(json.loads(space))
    seconds = np.frombuffer(times, "<f8")
    values = np.frombuffer(rows, "<f4").reshape(len(seconds), found.size)
    return Recording(found, seconds, values)
