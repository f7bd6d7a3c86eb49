"""Takes: what was played, as sound, as gesture or both."""

import time
from dataclasses import dataclass
from pathlib import Path

from cheiron.core.atomic import write_error
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio
from cheiron.core.recording import Recording, Times, Values
from cheiron.core.space import Space
from cheiron.studio.session.gestures import GestureWriter, gesture_span, read_rows, write_gesture
from cheiron.studio.session.journal import Journal
from cheiron.studio.session.names import check_file_name, is_file_name
from cheiron.studio.session.raw_sound import RawSound, RawWriter, raw_path

FOLDER = "takes"
TRASH = ".trash"
# A journal may have come from somebody else, and SQLite lets any value stand in any column.
_WELL_FORMED = (
    "typeof(name) = 'text' AND typeof(made) = 'real' AND typeof(start) = 'real' "
    "AND typeof(sample_rate) = 'integer' AND sample_rate > 0 "
    "AND typeof(samples) = 'integer' AND samples >= 0"
)
_ROW = "id, name, stage, made, start, sample_rate, samples"


@dataclass(frozen=True)
class Take:
    """A finished take.

    Args:
        name: What people call it.
        length: Seconds.
        made: Unix seconds.
        has_sound: Whether there is a FLAC file.
        has_gesture: Whether the journal holds its motion.
    """

    name: str
    length: float
    made: float
    has_sound: bool
    has_gesture: bool


@dataclass(frozen=True)
class TakeRow:
    """What the journal says of a take; ``stage`` is ``recording``, ``kept`` or ``trashed``."""

    id: int
    name: str
    stage: str
    made: float
    start: float
    sample_rate: int
    samples: int


class TakeWriter:
    """A take that is being recorded: a ``RecordSink``, called by the recorder's thread.

    Everything given to it is safe from a kill when the call returns. Make it with
    :meth:`Takes.begin`; :meth:`finish` makes it a take.
    """

    def __init__(
        self, takes: "Takes", row: TakeRow, raw: RawWriter, gesture: GestureWriter
    ) -> None:
        self.name, self.sample_rate = row.name, row.sample_rate
        self._takes = takes
        self._row = row
        self._raw = raw
        self._gesture = gesture

    def write_motion(self, times: Times, values: Values, space: Space) -> None:
        """Keep frames, as :meth:`GestureWriter.append`."""
        self._gesture.append(times, values, space)

    def write_sound(self, block: Audio) -> None:
        """Keep samples, shape ``(samples,)``."""
        self._raw.write(block)

    def finish(self) -> None:
        """Make it a take; one in which nothing happened leaves nothing.

        Raises:
            CheironError: If the system refuses, such as on a full disk; then all that was
                recorded stays, and becomes a take when the session is opened again.
        """
        self._raw.close()
        raw = RawSound(self._raw.path, self._row.name, self._row.sample_rate)
        self._takes.finish(self._row, raw)


class Takes:
    """The takes of a session; any thread may call it, none that is in a hurry.

    Args:
        folder: The session's folder.
        journal: Its journal.
        kept: Whether the folder may be written to.
    """

    def __init__(self, folder: Path, journal: Journal, kept: bool = True) -> None:
        self.folder = folder / FOLDER
        self.trash = folder / TRASH
        self.journal = journal
        self._kept = kept
        self._seen: dict[TakeRow, Take] = {}

    def begin(
        self, sample_rate: int, name: str | None = None, start: float | None = None
    ) -> TakeWriter:
        """A new take to record.

        Args:
            sample_rate: Samples per second of its sound.
            name: What to call it; ``"take 1"`` and so on when absent.
            start: The moment it begins, on the clock of the frames; now when absent.

        Raises:
            CheironError: If there is a take of that name, or nothing can be written.
        """
        self._writable()
        name = self._next_name() if name is None else self._free(name)
        start = time.monotonic() if start is None else start
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise write_error(self.folder, error) from error
        raw = RawWriter(raw_path(self.folder, name, sample_rate))
        try:
            row = self.add(name, "recording", time.time(), sample_rate, 0, start)
        except CheironError:
            raw.close()
            raw.path.unlink(missing_ok=True)
            raise
        return TakeWriter(self, row, raw, GestureWriter(self.journal, row.id))

    def finish(self, row: TakeRow, raw: RawSound) -> Take | None:
        """Make a recorded take one that is finished; None when nothing happened in it.

        Raises:
            CheironError: If the system refuses; then nothing is lost.
        """
        try:
            samples = raw.samples if raw.path.exists() else 0
            if samples:
                raw.to_flac(self.path(row.name))
            self.journal.run(
                "UPDATE takes SET stage = 'kept', samples = ? WHERE id = ?", (samples, row.id)
            )
            raw.path.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(self.path(row.name), error) from error
        if not samples and not self.has_gesture(row):
            self.journal.run("DELETE FROM takes WHERE id = ?", (row.id,))
            return None
        return self._take(self._row(row.name))

    def list(self) -> list[Take]:
        """The finished takes, oldest first."""
        return [self._take(row) for row in self.rows() if row.stage == "kept"]

    def path(self, name: str) -> Path:
        """Where the sound of a take lies."""
        return self.folder / f"{name}.flac"

    def gesture(self, name: str) -> Recording:
        """The motion of a take; its time is zero where the sound begins.

        Raises:
            CheironError: If there is no such take or it has no motion.
        """
        row = self._row(name)
        recording = read_rows(self.journal, row.id, row.start)
        if recording is None:
            raise CheironError(f"the take {name!r} holds sound but no gesture; choose another.")
        return recording

    def export_gesture(self, name: str, path: str | Path) -> None:
        """Write the motion of a take as CSV.

        Raises:
            CheironError: As :meth:`gesture`, or if the system refuses.
        """
        write_gesture(path, self.gesture(name))

    def rename(self, old: str, new: str) -> None:
        """Give a take another name.

        Raises:
            CheironError: If there is no such take, the name is taken or the system refuses.
        """
        self._writable()
        row = self._row(old)
        if check_file_name(new) == row.name:
            return
        new = self._free(new, own=row.name)
        # The journal first: where a kill comes between, opening the session renames the file.
        self.journal.run("UPDATE takes SET name = ?, was = ? WHERE id = ?", (new, row.name, row.id))
        self._move(self.path(row.name), self.path(new))
        self.journal.run("UPDATE takes SET was = '' WHERE id = ?", (row.id,))

    def delete(self, name: str) -> None:
        """Put a take into the session's trash, a hidden folder that nothing empties by itself.

        Raises:
            CheironError: If there is no such take or the system refuses.
        """
        self._writable()
        row = self._row(name)
        self.journal.run("UPDATE takes SET stage = 'trashed' WHERE id = ?", (row.id,))
        self._move(self.path(name), self.trashed_path(row))

    def restore(self, name: str) -> None:
        """Bring back the take of that name that was deleted last.

        Raises:
            CheironError: If there is none, its name is taken by now or the system refuses.
        """
        self._writable()
        rows = [r for r in self.rows() if r.stage == "trashed" and r.name == name]
        if not rows:
            raise CheironError(f"there is no take {name!r} in the trash; look into {self.trash}.")
        self._free(name)
        self.journal.run("UPDATE takes SET stage = 'kept' WHERE id = ?", (rows[-1].id,))
        self._move(self.trashed_path(rows[-1]), self.path(name))

    def rows(self) -> "list[TakeRow]":
        """All that the journal says of takes, in the order in which they were made."""
        found = self.journal.ask(f"SELECT {_ROW} FROM takes WHERE {_WELL_FORMED} ORDER BY id")
        return [TakeRow(*row) for row in found if is_file_name(row[1])]

    def add(
        self, name: str, stage: str, made: float, sample_rate: int, samples: int, start: float = 0.0
    ) -> TakeRow:
        """Tell the journal of a take."""
        added = self.journal.run(
            "INSERT INTO takes (name, stage, made, sample_rate, samples, start) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (name, stage, made, sample_rate, samples, start),
        )
        return TakeRow(added, name, stage, made, start, sample_rate, samples)

    def has_gesture(self, row: TakeRow) -> bool:
        """Whether the journal holds its motion."""
        return gesture_span(self.journal, row.id) is not None

    def trashed_path(self, row: TakeRow) -> Path:
        """Where the sound of a deleted take lies; two of one name do not meet."""
        return self.trash / f"{row.name}.{row.id}.flac"

    def _take(self, row: TakeRow) -> Take:
        if row not in self._seen:  # of a finished take nothing changes but what its row says
            self._seen[row] = self._look(row)
        return self._seen[row]

    def _look(self, row: TakeRow) -> Take:
        span = gesture_span(self.journal, row.id)
        length = row.samples / row.sample_rate if row.samples else span or 0.0
        return Take(row.name, length, row.made, row.samples > 0, span is not None)

    def _row(self, name: str) -> TakeRow:
        for row in self.rows():
            if row.stage == "kept" and row.name == name:
                return row
        there = ", ".join(take.name for take in self.list()) or "none"
        raise CheironError(f"there is no take {name!r}; there is {there}.")

    def _taken(self, own: str = "") -> set[str]:
        """Names in use, folded: some systems do not tell large letters from small ones."""
        names = [row.name for row in self.rows() if row.stage != "trashed"]
        names += [path.stem for path in self.folder.glob("*.flac")]
        return {name.casefold() for name in names} - {own.casefold()}

    def _free(self, name: str, own: str = "") -> str:
        name = check_file_name(name)
        if name.casefold() in self._taken(own):
            raise CheironError(f"there is a take {name!r} already; choose another name.")
        return name

    def _next_name(self) -> str:
        taken = {row.name for row in self.rows()} | self._taken()
        return next(n for i in range(1, 10**6) if (n := f"take {i}") not in taken)

    def _writable(self) -> None:
        if not self._kept:
            raise CheironError(
                f"nothing can be kept in {self.folder.parent}: it may not be written to; open "
                "another session to record."
            )

    def _move(self, old: Path, new: Path) -> None:
        try:
            if old.exists():
                new.parent.mkdir(exist_ok=True)
                old.replace(new)
        except OSError as error:
            raise write_error(new, error) from error
