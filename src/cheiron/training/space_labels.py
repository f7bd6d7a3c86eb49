"""Labels that a person gives to stretches of sounds: the qualities of personal knobs."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cheiron.control.scenes import SCENE
from cheiron.core.errors import CheironError
from cheiron.core.quantiles import Quantiles
from cheiron.training.space_targets import Target

COLUMNS = ("file", "start", "end", "name", "value")
"""Columns of a CSV of labels; times are seconds in the file, an empty value says nothing."""

_LEAST_FRAMES = 20


@dataclass(frozen=True)
class Label:
    """What one stretch of a sound is.

    Args:
        file: Name of the sound.
        start: Seconds into it.
        end: Seconds into it.
        name: Which quality.
        value: 0 to 1 for yes or no, or any number; NaN says nothing.
    """

    file: str
    start: float
    end: float
    name: str
    value: float


@dataclass(frozen=True, eq=False)
class Personal:
    """One labelled quality over the frames of a corpus.

    Args:
        name: Of the knob.
        labels: As a flow takes them, ``(frames,)``: 0 to 1 for yes or no, else normal scores; NaN
            where nobody said.
        target: What they are.
        frames: How many are labelled.
    """

    name: str
    labels: NDArray[np.float32]
    target: Target
    frames: int

    @property
    def heard(self) -> NDArray[np.float32]:
        """The same as positions that a reader learns: -1 to 1 for no and yes."""
        return self.labels if self.target.kind == "continuous" else 2.0 * self.labels - 1.0


def read_labels(path: Path) -> tuple[Label, ...]:
    """Labels from a CSV with the columns :data:`COLUMNS`.

    Raises:
        CheironError: If it cannot be read or a row is not of that form.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                raise CheironError(
                    f"{path} has no column {missing[0]!r}; expected {', '.join(COLUMNS)}."
                )
            return tuple(_label(row, path, line) for line, row in enumerate(reader, start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CheironError(
            f"the labels {path} cannot be read ({error}); expected a CSV with the columns "
            f"{', '.join(COLUMNS)}."
        ) from error


def personal_of(
    labels: Sequence[Label], files: Sequence[str], seconds: NDArray[np.float64]
) -> tuple[Personal, ...]:
    """Labels as columns over frames, one for each name, in order of appearance.

    Args:
        labels: All labels.
        files: The sound that each frame is of, ``(frames,)``.
        seconds: When in that sound it is, ``(frames,)``.

    Raises:
        CheironError: If a quality is labelled for too few frames, or has one value only.
    """
    names = list(dict.fromkeys(label.name for label in labels))
    where = np.array(files)
    return tuple(_column(name, labels, where, seconds) for name in names)


def places_of(
    labels: Sequence[Label], files: Sequence[str], seconds: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Where on the time line of scenes frames stand, ``(frames,)``; NaN where it is not said.

    Args:
        labels: Those called :data:`SCENE`, at least one.
        files: The sound that each frame is of.
        seconds: When in that sound it is.

    Raises:
        CheironError: If a place is not in [0, 1], or there are not two of them.
    """
    for label in labels:
        if not 0.0 <= label.value <= 1.0 and not math.isnan(label.value):
            raise CheironError(
                f"{label.file} is said to stand at the scene {label.value:g}; expected a place on "
                "the time line from 0 to 1."
            )
    return _spread_over(SCENE, labels, np.array(files), seconds).astype(np.float32)


def _column(
    name: str, labels: Sequence[Label], where: NDArray[np.str_], seconds: NDArray[np.float64]
) -> Personal:
    column = _spread_over(name, labels, where, seconds)
    known = column[np.isfinite(column)]
    if known.min() >= 0.0 and known.max() <= 1.0:
        positive = float(np.clip(known.mean(), 0.05, 0.95))
        return Personal(name, column.astype(np.float32), Target("binary", positive), len(known))
    normal = Quantiles.fit(known, name=f"the quality {name!r}").to_normal(column)
    return Personal(name, np.clip(normal, -3, 3).astype(np.float32), Target(), len(known))


def _spread_over(
    name: str, labels: Sequence[Label], where: NDArray[np.str_], seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What labels of one name say of each frame; NaN where they say nothing."""
    column = np.full(len(seconds), np.nan)
    for label in labels:
        if label.name == name:
            inside = (seconds >= label.start) & (seconds < label.end) & (where == label.file)
            column[inside] = label.value
    known = column[np.isfinite(column)]
    if len(known) < _LEAST_FRAMES:
        raise CheironError(
            f"the quality {name!r} is labelled for {len(known)} frames that were listened to; "
            f"expected at least {_LEAST_FRAMES}, so label longer stretches of sounds in the corpus "
            "that are not held out."
        )
    if known.min() == known.max():
        raise CheironError(
            f"every label of {name!r} is {known[0]:g}, so there is nothing to tell apart; label "
            "sounds without it too."
        )
    return column


def _label(row: dict[str, str | None], path: Path, line: int) -> Label:
    try:
        start, end = float(row["start"] or "nan"), float(row["end"] or "nan")
        value = float(row["value"] or "nan")
    except ValueError as error:
        raise CheironError(f"line {line} of {path} has a number that is none ({error}).") from error
    file, name = (row["file"] or "").strip(), (row["name"] or "").strip()
    if not file or not name or not start < end or math.isinf(value):
        raise CheironError(
            f"line {line} of {path} names no stretch; expected a file, a start before its end in "
            "seconds, a name and a number."
        )
    return Label(file, start, end, name, value)
