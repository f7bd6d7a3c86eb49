"""Opening the takes of a session: whatever a kill interrupted is brought to its end."""

import re
from pathlib import Path

import soundfile

from cheiron.core.errors import CheironError
from cheiron.studio.session.names import is_file_name
from cheiron.studio.session.raw_sound import RawSound, find_raw, raw_path
from cheiron.studio.session.takes import TakeRow, Takes

_TEMPORARY = re.compile(r"\..*\.[0-9a-f]{12}\.tmp(\.\w+)?")
"""What ``core.atomic`` calls files that are not complete."""


def recover(takes: Takes) -> tuple[str, ...]:
    """Finish what was being recorded, renamed or deleted when the program died.

    Only the one process that holds the session's lock may call it, while nothing is recorded.

    Returns:
        What was found, each one sentence.

    Raises:
        CheironError: If the journal cannot be used.
    """
    remove_temporary(takes.folder)
    _settle(takes)
    notes = [note for raw in find_raw(takes.folder) if (note := _finish_sound(takes, raw))]
    notes += [note for row in takes.rows() if (note := _finish_gesture(takes, row))]
    return (*notes, *_adopt(takes), *_missing(takes))


def remove_temporary(folder: Path) -> None:
    """Drop the incomplete files that a killed writer left behind."""
    for path in folder.glob(".*.tmp*"):
        if _TEMPORARY.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def _settle(takes: Takes) -> None:
    """Put every file where the journal says that it is."""
    for take, was in takes.journal.ask("SELECT id, was FROM takes WHERE was != ''"):
        for row in takes.rows():
            if row.id == take and is_file_name(was):
                _move(takes.path(was), takes.path(row.name))
        takes.journal.run("UPDATE takes SET was = '' WHERE id = ?", (take,))
    for row in takes.rows():
        if row.stage == "trashed" and not takes.trashed_path(row).exists():
            others = {r.name for r in takes.rows() if r.stage != "trashed"}
            if row.name not in others:
                _move(takes.path(row.name), takes.trashed_path(row))
        if row.stage == "kept":
            _move(takes.trashed_path(row), takes.path(row.name))


def _move(old: Path, new: Path) -> None:
    if old.exists() and not new.exists():
        new.parent.mkdir(exist_ok=True)
        old.rename(new)


def _finish_sound(takes: Takes, raw: RawSound) -> str:
    """Make a take of a raw file; the sentence that says so."""
    rows = [r for r in takes.rows() if r.stage == "recording" and r.name == raw.name]
    try:
        if rows:
            row = rows[-1]
        elif takes.path(raw.name).exists() and _samples(takes.path(raw.name)) == raw.samples:
            raw.path.unlink()  # killed between the last two steps of finishing
            return ""
        else:  # the journal was lost, but not the sound
            name = raw.name
            count = 1
            while takes.path(name).exists():
                count += 1
                name = f"{raw.name} ({count})"
            moved = raw.path.rename(raw_path(takes.folder, name, raw.sample_rate))
            made = moved.stat().st_mtime
            raw = RawSound(moved, name, raw.sample_rate)
            row = takes.add(name, "recording", made, raw.sample_rate, 0)
        take = takes.finish(row, raw)
    except CheironError as error:
        reason = str(error).rstrip(".")
        return f"{raw.name} was not finished and stays as it was recorded: {reason}."
    return f"Recovered {take.name}, {take.length:.1f} s." if take is not None else ""


def _finish_gesture(takes: Takes, row: TakeRow) -> str:
    """Make a take of motion alone where no sound had been written."""
    raw = raw_path(takes.folder, row.name, row.sample_rate)
    if row.stage != "recording" or raw.exists():
        return ""
    take = takes.finish(row, RawSound(raw, row.name, row.sample_rate))
    return f"Recovered the gesture of {take.name}, {take.length:.1f} s." if take else ""


def _adopt(takes: Takes) -> list[str]:
    """Take in the sounds that the journal knows nothing of, such as those of a lost journal."""
    known = {row.name for row in takes.rows() if row.stage != "trashed"}
    notes: list[str] = []
    for path in sorted(takes.folder.glob("*.flac"), key=lambda p: p.stat().st_mtime):
        if path.stem in known or path.name.startswith("."):
            continue
        try:
            info = soundfile.info(path)
        except soundfile.SoundFileError:
            notes.append(f"{path} cannot be read as sound; look whether it was copied whole.")
            continue
        takes.add(path.stem, "kept", path.stat().st_mtime, info.samplerate, info.frames)
    return notes


def _missing(takes: Takes) -> list[str]:
    """Say where a sound has gone from the folder; its gesture stays."""
    notes: list[str] = []
    for row in takes.rows():
        if row.stage != "kept" or (row.samples and takes.path(row.name).exists()):
            continue
        if row.samples:
            notes.append(f"The sound of {row.name} is no longer in {takes.folder}.")
            takes.journal.run("UPDATE takes SET samples = 0 WHERE id = ?", (row.id,))
        if not takes.has_gesture(row):
            takes.journal.run("DELETE FROM takes WHERE id = ?", (row.id,))
    return notes


def _samples(path: Path) -> int:
    try:
        return soundfile.info(path).frames
    except soundfile.SoundFileError:
        return -1
