"""Places on the globe from a table of latitudes and longitudes."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError

LEAST = 50
"""Fewer places than this cannot be split into parts that say anything."""


@dataclass(frozen=True, eq=False)
class Places:
    """Points on the globe.

    Args:
        name: Of the set.
        points: Unit vectors, float64, shape ``(places, 3)``; the last number is north.
        left_out: Rows of the table without coordinates.
    """

    name: str
    points: NDArray[np.float64]
    left_out: int = 0


def to_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors of degrees, shape ``(…, 3)``.

    >>> to_sphere(np.array(90.0), np.array(0.0)).round(6).tolist()
    [0.0, 0.0, 1.0]
    """
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)


def read_places(path: Path) -> Places:
    """Read a CSV with a column of latitudes and one of longitudes, in degrees.

    Lines that begin with ``#`` are comments. The columns are those whose names begin with *lat*
    and *lon* (of any case); without a line of names they are the first two. Rows where either is
    empty are left out.

    Raises:
        CheironError: If there are no such columns, a number is out of range or no number at all,
            or there are fewer than 50 places.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CheironError(f"{path} could not be read as text: {error}.") from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise CheironError(f"{path} is empty; expected rows of latitude and longitude in degrees.")
    mark = max(",;\t", key=lines[0][1].count)
    rows = list(csv.reader((line for _, line in lines), delimiter=mark))
    columns, first = _columns(path, [cell.strip() for cell in rows[0]])
    found: list[tuple[float, float]] = []
    for (number, _), row in zip(lines[first:], rows[first:], strict=True):
        cells = [row[c].strip() if c < len(row) else "" for c in columns]
        if all(cells):
            found.append(_place(path, number, cells))
    if len(found) < LEAST:
        raise CheironError(
            f"{path} has {len(found)} places; expected at least {LEAST}, so that a tenth of them "
            "can be held out."
        )
    latitude, longitude = np.array(found).T
    return Places(path.stem, to_sphere(latitude, longitude), len(rows) - first - len(found))


def _columns(path: Path, names: list[str]) -> tuple[tuple[int, int], int]:
    """The columns of latitude and longitude, and how many lines of names there are."""
    lower = [name.lower().strip('"') for name in names]
    lat = next((i for i, name in enumerate(lower) if name.startswith("lat")), None)
    lon = next((i for i, name in enumerate(lower) if name.startswith(("lon", "lng"))), None)
    if lat is not None and lon is not None:
        return (lat, lon), 1
    if len(names) >= 2 and all(_number(name) is not None for name in names[:2]):
        return (0, 1), 0
    raise CheironError(
        f"{path} has the columns {', '.join(names)[:80]}; expected one named latitude and "
        "one named longitude, in degrees."
    )


def _place(path: Path, number: int, cells: list[str]) -> tuple[float, float]:
    lat, lon = (_number(cell) for cell in cells)
    if lat is None or lon is None:
        raise CheironError(
            f"{path}, line {number}: {', '.join(cells)} are no coordinates; expected latitude and "
            "longitude in degrees."
        )
    if not (-90 <= lat <= 90 and -360 <= lon <= 360):
        raise CheironError(
            f"{path}, line {number}: latitude {lat:g}, longitude {lon:g}; expected degrees within "
            "±90 and ±360, so check which column is which."
        )
    return lat, lon


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
