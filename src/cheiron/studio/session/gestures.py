"""Gestures in the journal: rows as they happen, and a recording of them."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording, Times, Values
from cheiron.core.space import Axis, Space
from cheiron.studio.session.journal import Journal

# A journal may have come from somebody else, and SQLite lets any value stand in any column.
_WHOLE = "typeof(times) = 'blob' AND length(times) >= 8 AND typeof(\"rows\") = 'blob'"


class GestureWriter:
    """Rows of one take, appended to the journal; called by one thread.

    Where the space changes on the way (a sensor came or went) a new stretch begins.

    Args:
        journal: Where to.
        take: Which take's they are.
    """

    def __init__(self, journal: Journal, take: int) -> None:
        self._journal = journal
        self._take = take
        self._space: Space | None = None
        self._recording = 0

    def append(self, times: Times, values: Values, space: Space) -> None:
        """Keep rows; they are safe when this returns.

        Args:
            times: Seconds on the engine's clock, shape ``(rows,)``, never falling.
            values: Shape ``(rows, space.size)``.
            space: What the values mean.

        Raises:
            CheironError: If the system refuses.
        """
        if not len(times):
            return
        if space is not self._space and space != self._space:
            self._recording = self._journal.run(
                "INSERT INTO recordings (take, space) VALUES (?, ?)",
                (self._take, json.dumps(space.to_json())),
            )
        self._space = space
        self._journal.run(
            'INSERT INTO chunks (recording, times, "rows") VALUES (?, ?, ?)',
            (self._recording, times.astype("<f8").tobytes(), values.astype("<f4").tobytes()),
        )


def gesture_span(journal: Journal, take: int) -> float | None:
    """Seconds from the first row of a take to its last; None where it has none."""
    ends: list[float] = []
    for order, end in (("ASC", 0), ("DESC", -1)):
        for (times,) in journal.ask(
            "SELECT times FROM recordings JOIN chunks ON chunks.recording = recordings.id "
            f"WHERE take = ? AND {_WHOLE} "
            f"ORDER BY recordings.id {order}, chunks.id {order} LIMIT 1",
            (take,),
        ):
            ends += np.frombuffer(times, "<f8", len(times) // 8)[[end]].tolist()
    return ends[1] - ends[0] if ends else None


def read_rows(journal: Journal, take: int, start: float) -> Recording | None:
    """All rows of a take as one recording, None where it has none.

    Axes that were not there all the time are undefined (NaN) for the rest.

    Args:
        journal: Where from.
        take: Which take's.
        start: The moment that becomes zero.
    """
    stretches = [
        stretch
        for recording, space in journal.ask(
            "SELECT id, space FROM recordings WHERE take = ? ORDER BY id", (take,)
        )
        if len(stretch := _stretch(journal, recording, _space(space)))
    ]
    if not stretches:
        return None
    axes: dict[str, Axis] = {a.name: a for s in stretches for a in s.space.axes}
    space = Space(stretches[0].space.name, tuple(axes.values()))
    parts: list[Values] = []
    for stretch in stretches:
        part = np.full((len(stretch), space.size), np.nan, dtype=np.float32)
        part[:, [space.index(name) for name in stretch.space.names]] = stretch.values
        parts.append(part)
    times = np.maximum.accumulate(np.concatenate([s.times for s in stretches])) - start
    return Recording(space, times, np.concatenate(parts))


def write_gesture(path: str | Path, recording: Recording) -> None:
    """Write a gesture as the CSV that ``read_gesture`` reads: time in seconds, a column per axis.

    Raises:
        CheironError: If it has fewer than two distinct times, or the system refuses.
    """
    if recording.duration <= 0:
        raise CheironError(
            f"the gesture for {path} has fewer than two moments, and a movement takes time; "
            "record a longer one."
        )
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["time_s", *recording.space.names])
        for time, row in zip(recording.times.tolist(), recording.values, strict=True):
            cells = ("" if np.isnan(v) else np.format_float_positional(v, trim="-") for v in row)
            writer.writerow([repr(time), *cells])


def _space(text: Any) -> Space:
    try:
        return Space.from_json(json.loads(text))
    except (TypeError, ValueError) as error:
        raise CheironError(f"a gesture is damaged ({error}); record it again.") from error


def _stretch(journal: Journal, recording: int, space: Space) -> Recording:
    """The rows of one space; a chunk of damaged form is left out."""
    times, values = [np.empty(0)], [np.empty((0, space.size), np.float32)]
    for time_bytes, row_bytes in journal.ask(
        f'SELECT times, "rows" FROM chunks WHERE recording = ? AND {_WHOLE} ORDER BY id',
        (recording,),
    ):
        count = len(time_bytes) // 8
        if len(time_bytes) == 8 * count and len(row_bytes) == 4 * count * space.size:
            times.append(np.frombuffer(time_bytes, "<f8"))
            values.append(np.frombuffer(row_bytes, "<f4").reshape(count, space.size))
    return Recording(space, np.maximum.accumulate(np.concatenate(times)), np.concatenate(values))
