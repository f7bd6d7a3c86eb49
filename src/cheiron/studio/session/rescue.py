"""What can still be read of a damaged journal."""

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

_TABLES = ("events", "takes", "recordings", "chunks", "history", "marks", "demonstrations")
_PATIENCE = sqlite3.DatabaseError


def rescue(damaged: Path, into: sqlite3.Connection) -> int:
    """Take over the rows that can be read, into a new journal with the same tables.

    Each table is read from its beginning up to the first damaged page, then from its end back to
    the last one. The damaged file itself is only copied, so nothing changes it.

    Args:
        damaged: The file that was set aside, its ``-wal`` beside it.
        into: Where to; the caller commits.

    Returns:
        How many rows.
    """
    with tempfile.TemporaryDirectory(prefix="cheiron-") as folder:
        copy = Path(folder) / "journal"
        try:
            for suffix in ("", "-wal"):
                if Path(f"{damaged}{suffix}").exists():
                    shutil.copyfile(f"{damaged}{suffix}", f"{copy}{suffix}")
            with closing(sqlite3.connect(copy)) as source:
                source.execute("PRAGMA trusted_schema=OFF")
                return sum(_table(source, table, into) for table in _TABLES)
        except (OSError, _PATIENCE):
            return 0


def _table(source: sqlite3.Connection, table: str, into: sqlite3.Connection) -> int:
    rows: dict[int, tuple[Any, ...]] = {}
    names = [row[1] for row in into.execute(f"PRAGMA table_info({table})")]
    columns = ", ".join(f'"{name}"' for name in names)
    for order in ("ASC", "DESC"):
        with suppress(_PATIENCE):
            if not _is_table(source, table):
                return 0
            for row in source.execute(
                f"SELECT rowid, {columns} FROM {table} NOT INDEXED ORDER BY rowid {order}"
            ):
                if row[0] in rows:
                    break
                rows[row[0]] = row[1:]
    taken = 0
    marks = ", ".join("?" * len(names))
    for _, row in sorted(rows.items()):
        with suppress(_PATIENCE):  # a row of damaged form
            into.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)
            taken += 1
    return taken


def _is_table(source: sqlite3.Connection, table: str) -> bool:
    """A view or trigger of that name is somebody else's program."""
    found = source.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchall()
    return found == [("table",)]
