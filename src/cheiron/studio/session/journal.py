"""``journal.sqlite``: everything recorded, kept as it happens.

SQLite's write-ahead log: what was committed survives the death of the program at any moment, and
a power cut loses at most the last commits, never the file.
"""

import json
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.studio.session.names import set_aside
from cheiron.studio.session.rescue import rescue

NAME = "journal.sqlite"
MIGRATIONS = (
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
    CREATE TABLE takes (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, was TEXT NOT NULL DEFAULT '',
        stage TEXT NOT NULL, made REAL NOT NULL, start REAL NOT NULL,
        sample_rate INTEGER NOT NULL, samples INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY, take INTEGER NOT NULL, space TEXT NOT NULL);
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, recording INTEGER NOT NULL, times BLOB NOT NULL,
        "rows" BLOB NOT NULL);
    CREATE INDEX chunk_of ON chunks (recording);
    CREATE TABLE history (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL);
    CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
    """,
    """
    CREATE TABLE demonstrations (
        id INTEGER PRIMARY KEY, made REAL NOT NULL, model TEXT NOT NULL, what TEXT NOT NULL,
        motion_space TEXT NOT NULL, motion_times BLOB NOT NULL, motion_rows BLOB NOT NULL,
        sound_space TEXT, sound_times BLOB, sound_rows BLOB);
    """,
)
"""What each version of the schema adds to the one before; never change one, add another."""

SCHEMA_VERSION = len(MIGRATIONS)
_BUSY = 5.0  # seconds; only a foreign program can hold the file


class RefusedError(CheironError):
    """The system does not let it be opened: no permission, no room."""


class _UnusableError(Exception):
    """The file is damaged or foreign; its text says how."""


class Journal:
    """The journal of one session; any thread may call it, none that is in a hurry.

    Times of events are Unix seconds; times of gestures are those of the frames.

    Args:
        connection: SQLite's, already checked; see :meth:`open`.
        path: Where it lies, for sentences.

    >>> with Journal.scratch() as journal:
    ...     journal.note("model", {"name": "sax"})
    ...     journal.ask("SELECT kind, data FROM events")
    [('model', '{"name": "sax"}')]
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(cls, path: Path) -> tuple["Journal", tuple[str, ...]]:
        """The journal at a path, made where there is none; and what had to be mended.

        One that is damaged or foreign is set aside under another name, and what can be read of it
        is taken over into a new one.

        Raises:
            RefusedError: If the system refuses.
            CheironError: If it is of a newer version.
        """
        try:
            return cls(_connect(path), path), ()
        except _UnusableError as error:
            reason = str(error)
        except sqlite3.Error as error:
            raise RefusedError(str(_sentence(path, error))) from error
        try:
            aside = _set_aside(path)
        except OSError as error:
            raise RefusedError(
                f"{path} {reason}, and cannot be renamed ({error.strerror}); move it away."
            ) from error
        journal = cls(_connect(path), path)
        with journal.transaction():
            taken = rescue(aside, journal._connection)
        return journal, (
            f"{path.name} {reason}; it was kept as {aside.name}, and {taken} of its rows were "
            "taken over into a new one.",
        )

    @classmethod
    def scratch(cls, like: Path | None = None) -> "Journal":
        """A journal that is thrown away at the end, beginning as a copy of another.

        For a session whose folder cannot be written to: it is all there and works, for now.
        """
        folder = tempfile.TemporaryDirectory(prefix="cheiron-")
        path = Path(folder.name) / NAME
        try:
            for suffix in ("", "-wal") if like is not None else ():
                source = Path(f"{like}{suffix}")
                if source.exists():
                    shutil.copyfile(source, f"{path}{suffix}")
            journal, _ = cls.open(path)
        except (OSError, CheironError):  # no room for a copy either: begin with nothing
            journal = cls(_connect(Path(":memory:")), path)
        journal._scratch = folder
        return journal

    def note(self, kind: str, data: Mapping[str, Any]) -> None:
        """Keep an event, with the time now.

        Raises:
            CheironError: If the system refuses.
        """
        self.run(
            "INSERT INTO events (time, kind, data) VALUES (?, ?, ?)",
            (time.time(), kind, json.dumps(data)),
        )

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query finds.

        Raises:
            CheironError: If the file has been damaged since it was opened.
        """
        with self._lock, self._guarded():
            return self._connection.execute(query, values).fetchall()

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Change something, at once or with the transaction that is open; the id of a new row.

        Raises:
            CheironError: If the system refuses, such as on a full disk.
        """
        with self._lock, self._guarded():
            return self._connection.execute(statement, values).lastrowid or 0

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """All that is run inside happens, or none of it; other threads wait.

        Raises:
            CheironError: If the system refuses.
        """
        with self._lock:
            self.run("BEGIN IMMEDIATE")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.rollback()
                raise

    def snapshot(self, path: Path) -> None:
        """Write a copy of the whole as it is now, while others go on writing.

        Raises:
            CheironError: If the system refuses.
        """
        # Through a reader of its own: in this mode a reader and the writer do not wait for
        # each other, and what is being recorded must not.
        where = f"{self.path.absolute().as_uri()}?mode=rw" if self.path.exists() else ":memory:"
        with (
            self._guarded(),
            closing(sqlite3.connect(where, uri=True, timeout=_BUSY)) as reader,
            closing(sqlite3.connect(path)) as copy,
        ):
            reader.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")

    def close(self) -> None:
        """Finish; a second call does nothing."""
        with self._lock:
            self._connection.close()
            if self._scratch is not None:
                self._scratch.cleanup()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _guarded(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _sentence(self.path, error) from error


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to a journal that was found whole, of this version.

    Raises:
        _UnusableError: If it is damaged or something else.
        CheironError: If it is of a newer version.
    """
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")  # it may come from somebody else
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise CheironError(
                f"{path} is of the newer version {version}, and this program reads up to "
                f"{SCHEMA_VERSION}; update Cheiron."
            )
        if _schema(connection) != _expected(version):
            raise _UnusableError("is not a journal of Cheiron")
        check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if check != "ok":
            raise _UnusableError("is damaged")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        for number in range(version, SCHEMA_VERSION):
            connection.executescript(
                f"BEGIN; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
            )
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):  # the system, not the file
            raise
        raise _UnusableError("is damaged") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = connection.execute("SELECT type, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {(kind, " ".join(sql.split())) for kind, sql in rows}


def _expected(version: int) -> set[tuple[str, str]]:
    with sqlite3.connect(":memory:") as plain:
        for script in MIGRATIONS[:version]:
            plain.executescript(script)
        schema = _schema(plain)
    plain.close()
    return schema


def _set_aside(path: Path) -> Path:
    aside = set_aside(path)
    for suffix in ("-wal", "-shm"):
        companion = Path(f"{path}{suffix}")
        if companion.exists():
            companion.rename(f"{aside}{suffix}")
    return aside


def _sentence(path: Path, error: sqlite3.Error) -> CheironError:
    text = str(error)
    if "full" in text:
        reason = "the disk is full; free some space and try again"
    elif "readonly" in text or "unable to open" in text:
        reason = "this place may not be written to; choose another one"
    elif "malformed" in text or "not a database" in text:
        reason = "it is damaged; close the session and open it again, which mends it"
    else:
        reason = f"{text}; look at the disk it is on and try again"
    return CheironError(f"{path} could not be used: {reason}.")
