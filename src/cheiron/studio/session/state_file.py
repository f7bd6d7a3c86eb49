"""``session.toml``: a state that people can read, and that is never lost.

Beside it lies ``session.toml.bak``, the same once more: a disk that damages one leaves the other.
"""

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.items import Item, Table

from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.state_plain import from_plain, to_plain

FORMAT_VERSION = 1
NAME = "session.toml"
BACKUP = "session.toml.bak"
_SIZE_LIMIT = 4 * 2**20  # bytes; a larger one is not ours
_HEAD = (
    "A session of Cheiron: everything about the instrument that stays until it is changed.",
    "Cheiron writes this file while the session is open; change it by hand only while it is not.",
)
_COMMENTS = {
    "output": "Where the sound goes: device, page or none; block 0 is the output's own choice.",
    "follow": "Programs that follow: OSC as host:port, MIDI as the name of a port.",
    "knobs": "Knobs set by hand; a locked one wins over the mapping.",
    "params": "What can be turned beside the knobs.",
    "connections": "Cables from a motion axis to a control axis.",
    "sources": "The sources that are open.",
    "scenes": "What the time line leads through: each has a control space and holds knobs.",
    "demonstrations": "What was shown: the journal holds its movement and sound by this id.",
    "grammar": "Which gestures may follow one; any may follow one that is not named.",
    "presets": "Each holds space, mapping, loop, scenes, knobs, params and connections.",
}


class DamagedError(CheironError):
    """The file is no TOML at all: nothing a person would have written."""


def render(state: SessionState) -> str:
    """The text of ``session.toml``.

    >>> parse(render(SessionState(gain=0.25)), "session.toml").gain
    0.25
    """
    data = to_plain(state)
    sections = {key: data.pop(key, None) for key in _COMMENTS}
    head = {"format": FORMAT_VERSION, **data}
    parts = [f"# {line}\n" for line in _HEAD] + [tomlkit.dumps(head)]
    parts += [_section(key, json.dumps(value)) for key, value in sections.items() if value]
    return "".join(parts)


def parse(text: str, label: str) -> SessionState:
    """The state that a text says.

    Args:
        text: TOML.
        label: What to call the file in a sentence.

    Raises:
        DamagedError: If it is no TOML.
        CheironError: If it is of a newer format, or a key or value is not as it should be.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number with thousands of digits
        raise DamagedError(f"{label} is not TOML: {error}; mend that line.") from error
    version = data.pop("format", None)
    if type(version) is int and version > FORMAT_VERSION:
        raise CheironError(
            f"{label} is of the newer format {version}, and this program reads up to "
            f"{FORMAT_VERSION}; update Cheiron."
        )
    if not data and version is None:
        raise DamagedError(f"{label} is empty; put the copy {BACKUP} in its place.")
    if version != FORMAT_VERSION:
        raise CheironError(
            f"{label} says format = {version!r}; expected format = {FORMAT_VERSION}, so mend "
            "that line."
        )
    return from_plain(data, label)


def write_state(folder: Path, state: SessionState) -> None:
    """Write ``session.toml`` and its copy, each complete or not at all.

    Raises:
        CheironError: If the system refuses.
    """
    data = render(state).encode()
    for name in (NAME, BACKUP):
        with atomic_path(folder / name) as temporary:
            temporary.write_bytes(data)


def read_state(folder: Path) -> tuple[SessionState, tuple[str, ...]]:
    """The state of a session's folder, and what had to be mended, each one sentence.

    Where ``session.toml`` is missing or is no TOML, its copy is read.

    Raises:
        DamagedError: If neither can be read.
        CheironError: If it is of a newer format, or a person wrote something wrong in it.
    """
    try:
        return parse(_read(folder / NAME), str(folder / NAME)), ()
    except DamagedError as error:
        try:
            state = parse(_read(folder / BACKUP), str(folder / BACKUP))
        except DamagedError:
            raise error from None
        reason = str(error).partition(";")[0].rstrip(".")
        return state, (f"{reason}; the last good copy, {BACKUP}, was opened instead.",)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_SIZE_LIMIT + 1)
        if len(data) > _SIZE_LIMIT:
            raise DamagedError(f"{path} is larger than {_SIZE_LIMIT // 2**20} MB; it is not ours.")
        return data.decode()
    except FileNotFoundError as error:
        raise DamagedError(f"{path} is missing.") from error
    except UnicodeDecodeError as error:
        raise DamagedError(f"{path} is not text; put the copy {BACKUP} in its place.") from error
    except OSError as error:
        raise CheironError(f"{path} could not be read: {error.strerror}.") from error


@lru_cache(maxsize=64)
def _section(key: str, value: str) -> str:
    """The lines of one section, from its JSON.

    They are remembered, for the file is written again after every turn of a knob, and tomlkit
    takes tens of milliseconds for all of it.
    """
    document = tomlkit.document()
    document.add(key, _SECTIONS.get(key, _flat)(json.loads(value)))
    return f"\n# {_COMMENTS[key]}\n{tomlkit.dumps(document).lstrip()}"


def _flat(value: Any) -> Item:
    """Names with a value each; a value that is itself a table goes on one line."""
    table = tomlkit.table()
    for key, item in cast(Mapping[str, Any], value).items():
        table.add(tomlkit.key(key), _inline(item))
    return table


def _many(value: Any) -> Item:
    tables = tomlkit.aot()
    for item in value:
        tables.append(cast(Table, _flat(item)))
    return tables


def _presets(value: Any) -> Item:
    table = tomlkit.table(is_super_table=True)
    for name, preset in cast(Mapping[str, Any], value).items():
        table.add(tomlkit.key(name), _flat(preset))
    return table


def _inline(value: Any) -> Item:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, item in cast(Mapping[str, Any], value).items():
            table.add(tomlkit.key(key), _inline(item))
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for item in cast(list[Any], value):
            array.append(_inline(item))
        return array
    return tomlkit.item(value)


_SECTIONS = {
    "connections": _many,
    "sources": _many,
    "scenes": _many,
    "demonstrations": _many,
    "presets": _presets,
}
