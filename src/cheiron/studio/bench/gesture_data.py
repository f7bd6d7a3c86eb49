"""Recorded gestures to judge recognition by."""

import csv
import importlib.util
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.sources.gesture_csv import read_gesture

WATCH = "seglearn"
"""In place of a path: the watch data of the package of this name."""

_SECONDS = 5.0  # of each set of repetitions


@dataclass(frozen=True)
class Takes:
    """Recorded gestures with their names, in order of recording.

    Args:
        recordings: Raw sensor axes.
        labels: Index into ``names`` of each.
        names: What the gestures are called.
    """

    recordings: tuple[Recording, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]


def read_takes(path: Path, progress: Callable[[float], None] = lambda _: None) -> Takes:
    """Read every CSV of a folder or zip.

    The gesture's name is what the column ``label`` says, else the folder that the file lies in,
    else the file's name up to its first digit.

    Args:
        path: A folder or a zip.
        progress: Told the share that is read.

    Raises:
        CheironError: If there are not two gestures with two takes each.
    """
    if not path.exists():
        raise CheironError(f"there is nothing at {path}; give a folder or zip of CSV gestures.")
    if path.is_dir():
        return _read(path, progress)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder, [n for n in archive.namelist() if n.endswith(".csv")])
        except zipfile.BadZipFile as error:
            raise CheironError(
                f"{path} is no zip; give a folder or zip of CSV gestures."
            ) from error
        return _read(Path(folder), progress)


def watch_takes(people: Sequence[int] = range(1, 11)) -> Takes:
    """Seven shoulder exercises of ten people: 5 s from the middle of each of 140 sets.

    Reference: Burns et al., Physiological Measurement 39, 2018; 50 Hz, a watch on the wrist.

    Args:
        people: Whose sets, from 1 to 10.

    Raises:
        CheironError: If the package is not installed.
    """
    package = importlib.util.find_spec(WATCH)
    if package is None or package.origin is None:
        raise CheironError(
            "the watch data come with the package seglearn, which is not installed; install it "
            "(pip install seglearn), or give a folder or zip of CSV gestures."
        )
    # Read as its own load_watch does; importing it would need pandas for nothing.
    file = Path(package.origin).parent / "data" / "watch_dataset.npy"
    found = np.load(file, allow_pickle=True).item()
    space = Space.of("watch", [f"{s}_{a}" for s in ("accelerometer", "gyroscope") for a in "xyz"])
    half, recordings = int(25 * _SECONDS), list[Recording]()
    kept = [i for i, person in enumerate(found["subject"]) if int(person) in people]
    for whole in (found["X"][i] for i in kept):
        rows = whole[len(whole) // 2 - half : len(whole) // 2 + half].astype(np.float32)
        rows[:, :3] *= 9.81  # from g
        recordings.append(Recording(space, np.arange(len(rows)) / 50.0, rows))
    return Takes(
        tuple(recordings),
        tuple(int(found["y"][i]) for i in kept),
        tuple(map(str, found["y_labels"])),
    )


def every_second(takes: Takes, first: int) -> Takes:
    """Every second take of each gesture.

    Args:
        takes: At least two of each gesture.
        first: 0 for the first, third and so on, 1 for the others.
    """
    owners = np.asarray(takes.labels)
    kept = np.sort(
        np.concatenate([np.flatnonzero(owners == c)[first::2] for c in range(len(takes.names))])
    )
    recordings = tuple(takes.recordings[i] for i in kept)
    return Takes(recordings, tuple(takes.labels[i] for i in kept), takes.names)


def _read(folder: Path, progress: Callable[[float], None]) -> Takes:
    paths = sorted(folder.rglob("*.csv"))
    found: list[tuple[str, str, Recording]] = []
    for index, path in enumerate(paths):
        found.append((_name(path, folder), path.name, read_gesture(path).recording))
        progress((index + 1) / len(paths))
    found.sort(key=lambda take: take[:2])
    names = tuple(dict.fromkeys(name for name, _, _ in found))
    labels = tuple(names.index(name) for name, _, _ in found)
    if len(names) < 2 or min(np.bincount(labels)) < 2:
        raise CheironError(
            f"{len(found)} takes of {len(names)} gestures were found; expected at least two "
            "gestures with two takes each, as CSV files with a column label or in a folder each."
        )
    return Takes(tuple(recording for _, _, recording in found), labels, names)


def _name(path: Path, folder: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = next(csv.DictReader(file), {})
    label = first.get("label")
    if label:
        return str(label)
    if path.parent != folder:
        return path.parent.name
    return re.split(r"\d", path.stem)[0].strip("_- ") or path.stem


def degraded(recording: Recording, how: str, seed: int) -> Recording:
    """A recording as a worse sensor or network would have given it.

    Args:
        recording: As it was.
        how: ``noise`` (a tenth of each axis's spread), ``strong noise`` (all of it),
            ``25 Hz``, ``100 Hz``, ``loss`` (5 % of the packets) or ``gap`` (0.3 s without any).
        seed: Of what is random.

    >>> from cheiron.core.space import Space
    >>> walk = Recording(Space.of("m", ["x"]), np.arange(100) / 50, np.zeros((100, 1)))
    >>> len(degraded(walk, "25 Hz", 0))
    50
    """
    random = np.random.default_rng(seed)
    times, values = recording.times, recording.values
    if how.endswith("noise"):
        share = 0.1 if how == "noise" else 1.0
        noise = random.standard_normal(values.shape) * share * np.nanstd(values, axis=0)
        return Recording(recording.space, times, values + noise.astype(np.float32))
    if how.endswith("Hz"):
        grid = np.arange(times[0], times[-1], 1 / float(how.split()[0]))
        columns = [np.interp(grid, times, column) for column in values.T]
        return Recording(recording.space, grid, np.stack(columns, axis=1).astype(np.float32))
    if how == "loss":
        kept = random.random(len(times)) >= 0.05
    else:
        begins = times[0] + random.uniform(0.2, 0.6) * recording.duration
        kept = (times < begins) | (times > begins + 0.3)
    return Recording(recording.space, times[kept], values[kept])
