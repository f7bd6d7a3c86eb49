"""Gestures as CSV files: a time column and any numeric columns."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space

FAMILIES: dict[str, tuple[tuple[str, ...], str, float]] = {
    "quaternion": (("quat", "q"), "", 1.0),
    "accelerometer": (("acc", "accel", "acceleration", "a"), "m/s²", 20.0),
    "linear_acceleration": (("linear_accel", "linacc", "user_acceleration"), "m/s²", 10.0),
    "gravity": (("grav",), "m/s²", 10.0),
    "gyroscope": (("gyro", "rotation_rate", "g"), "rad/s", 10.0),
    "magnetometer": (("mag", "m"), "µT", 60.0),
}
"""Sensor -> (other names it goes by, unit, largest usual magnitude). Axes are ``sensor_x`` …"""

_TIME_COLUMNS: dict[str, float | None] = {
    "time": None,
    "t": None,
    "timestamp": None,
    "seconds_elapsed": 1.0,
    "time_s": 1.0,
    "timestamp_s": 1.0,
    "time_ms": 1e-3,
    "timestamp_ms": 1e-3,
}
"""Name -> seconds per unit, None where the steps must tell."""

_SECONDS_BY_NAME = frozenset({"time", "t"})
_LARGEST = float(np.finfo(np.float32).max)
_LONGEST = 4 * 3600.0  # seconds; beyond it is a wrong time, and a sound that no memory holds
_NOT_MOTION = frozenset({"session_id", "label", "id", "index", ""})


@dataclass(frozen=True)
class Gesture:
    """What a CSV file held.

    Args:
        recording: The motion; its time starts at zero.
        notes: What had to be mended on the way, each one sentence.
    """

    recording: Recording
    notes: tuple[str, ...] = ()


def read_gesture(path: str | Path) -> Gesture:
    """Read a gesture from a CSV file.

    The file has one header line, a time column (``time`` or ``t`` in seconds, ``timestamp`` in
    seconds, milli-, micro- or nanoseconds, told apart by its steps) and numeric columns; phone
    recordings with ``accelerometer_x`` … open as they are. Rows out of order are sorted, of rows
    with one time the last is kept, cells that are empty or text are *undefined* (NaN).

    Args:
        path: The file.

    Raises:
        CheironError: If it cannot be read, has no time column, no numeric column, fewer than two
            distinct times, or lasts longer than 4 hours.
    """
    path = Path(path)
    header, rows = _read_table(path)
    time_name = next((name for name in header if name in _TIME_COLUMNS), None)
    if time_name is None:
        raise CheironError(
            f"{path} has the columns {_list(header)} but no time; expected a column called "
            "time or t (seconds) or timestamp (milliseconds or seconds); rename it."
        )
    time_index = header.index(time_name)
    times = _numbers(row[time_index] for row in rows)
    names, columns = _motion_columns(header, rows, time_index)
    if not names:
        raise CheironError(
            f"{path} has the columns {_list(header)} but none with numbers besides the time; "
            "expected motion such as x, y or accelerometer_x."
        )
    values = np.stack(columns, axis=1)
    order, notes = _order(times)
    if len(order) < 2:
        raise CheironError(
            f"{path} has {len(order)} row{'s' * (len(order) != 1)} with a time of its own; "
            "expected at least two, a movement takes time."
        )
    times, values = times[order], values[order]
    missing = int(np.isnan(values).sum())
    if missing:
        notes.append(f"{missing} cells hold no number; the value before is held.")
    scale = _TIME_COLUMNS[time_name] or _unit(times, time_name)
    seconds = (times - times[0]) * scale
    if seconds[-1] > _LONGEST:
        raise CheironError(
            f"{path} lasts {seconds[-1] / 3600:.0f} hours, from {time_name} {times[0]:.15g} to "
            f"{times[-1]:.15g}; expected at most {_LONGEST / 3600:.0f}; remove the rows whose time "
            "is wrong, or cut it into parts."
        )
    space = Space("motion", tuple(_axis(n, values[:, i]) for i, n in enumerate(names)))
    return Gesture(Recording(space, seconds, values.astype(np.float32)), tuple(notes))


def _read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of equal length; blank lines and comment lines are left out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CheironError(f"there is no file {path}; expected a gesture as CSV.") from error
    except IsADirectoryError as error:
        raise CheironError(f"{path} is a folder; expected a gesture as a CSV file.") from error
    except UnicodeDecodeError as error:
        raise CheironError(f"{path} is not text; expected a gesture as CSV.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise CheironError(f"{path} is empty; expected a header line and rows of numbers.")
    delimiter = max(",;\t", key=lines[0].count)
    try:
        header, *rows = csv.reader(lines, delimiter=delimiter)
    except csv.Error as error:
        raise CheironError(f"{path} is not CSV ({error}); expected a gesture as CSV.") from error
    header = [name.strip().lower() for name in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise CheironError(f"{path} has the column {twice[0]!r} twice; rename or remove one.")
    width = len(header)
    return header, [(row + [""] * width)[:width] for row in rows]


def _numbers(cells: Iterable[str]) -> NDArray[np.float64]:
    """Cells as float64; NaN where a cell holds no finite number or one that float32 cannot."""
    cells = list(cells)
    try:
        numbers = np.array(list(map(float, cells)), dtype=np.float64)
    except ValueError:
        numbers = np.array([_number(cell) for cell in cells], dtype=np.float64)
    return np.where(np.abs(numbers) <= _LARGEST, numbers, np.nan)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _motion_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], time_index: int
) -> tuple[list[str], list[NDArray[np.float64]]]:
    """Names and values of the columns that hold numbers, under their canonical names."""
    names: list[str] = []
    columns: list[NDArray[np.float64]] = []
    for index, name in enumerate(header):
        if index == time_index or name in _NOT_MOTION or name in _TIME_COLUMNS:
            continue
        values = _numbers(row[index] for row in rows)
        if np.isfinite(values).any():
            canonical = _canonical(name)
            names.append(name if canonical in header else canonical)
            columns.append(values)
    return names, columns


def _canonical(name: str) -> str:
    """``gyro_x``, ``gyrox`` -> ``gyroscope_x``; other names as they are."""
    stem, axis = name[:-1].rstrip("_. "), name[-1]
    for family, (aliases, _, _) in FAMILIES.items():
        axes = "wxyz" if family == "quaternion" else "xyz"
        if axis in axes and stem in (family, *aliases):
            return f"{family}_{axis}"
    return name


def _order(times: NDArray[np.float64]) -> tuple[NDArray[np.intp], list[str]]:
    """Indices that sort the rows and keep the last of equal times, and what that mended."""
    notes: list[str] = []
    good = np.flatnonzero(np.isfinite(times))
    if len(good) < len(times):
        notes.append(f"{len(times) - len(good)} rows have no time; they were left out.")
    behind = int((np.diff(times[good]) < 0).sum())
    if behind:
        notes.append(f"{behind} rows were out of order; they were sorted by time.")
    order = good[np.argsort(times[good], kind="stable")]
    last = np.append(np.diff(times[order]) > 0, True)[: len(order)]
    if not last.all():
        notes.append(f"{int((~last).sum())} rows repeat a time; the last of each was kept.")
    return order[last], notes


def _unit(times: NDArray[np.float64], name: str) -> float:
    """Seconds per unit of a time column, from its median step; sensors send at 2 to 2000 Hz."""
    step = float(np.median(np.diff(times)))
    if step < (2.0 if name in _SECONDS_BY_NAME else 0.5):
        return 1.0
    if step <= 1e3:
        return 1e-3
    return 1e-6 if step <= 5e5 else 1e-9


def _axis(name: str, values: NDArray[np.float64]) -> Axis:
    """An axis with the usual range of its sensor, or else the range of the recording."""
    family = FAMILIES.get(name[:-2]) if name[-2:-1] == "_" else None
    if family is not None:
        _, unit, most = family
        return Axis(name, -most, most, unit, help=f"As recorded, in {unit or 'no unit'}.")
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if high <= low:
        high = low + 1.0
    return Axis(name, low, high, default=low, help="As recorded.")


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:12])
    return f"{shown}, … ({len(names)} in all)" if len(names) > 12 else shown
