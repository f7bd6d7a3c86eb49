"""Names that people give, and names that files can bear."""

import unicodedata
from datetime import datetime
from pathlib import Path

from cheiron.core.errors import CheironError

_LIMIT = 80  # characters
_BYTES = 160  # a file's whole name may have 255 on every usual system
_NOT_IN_FILES = frozenset('/\\:*?"<>|')
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{i}" for port in ("com", "lpt") for i in range(10)}
)


def check_name(name: str) -> str:
    """A name that somebody gave to a preset, without spaces around it.

    Raises:
        CheironError: If it is empty, too long or holds signs that no line can show.

    >>> check_name(" slow rain ")
    'slow rain'
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > _LIMIT or not name.isprintable():
        raise CheironError(
            f"{name[:_LIMIT]!r} cannot be a name; expected 1 to {_LIMIT} letters, digits, spaces "
            "or signs, so choose another."
        )
    return name


def check_file_name(name: str) -> str:
    """A name that somebody gave to a take or loop, which becomes a file's on any system.

    Raises:
        CheironError: If it cannot be a name, or not that of a file.

    >>> check_file_name("take 3")
    'take 3'
    """
    name = check_name(name)
    stem = name.partition(".")[0].strip().lower()
    if (
        _NOT_IN_FILES & set(name)
        or name[0] in ".~"
        or name[-1] == "."
        or len(name.encode()) > _BYTES
        or stem in _RESERVED
    ):
        raise CheironError(
            f"{name!r} cannot be the name of a file; leave out the signs "
            f"{' '.join(sorted(_NOT_IN_FILES))}, a dot at either end and words that the system "
            "keeps for itself, and no more than about 80 letters."
        )
    return name


def is_file_name(name: object) -> bool:
    """Whether a name from a file is one that :func:`check_file_name` has passed.

    >>> is_file_name("take 3"), is_file_name("../take 3"), is_file_name(3)
    (True, False, False)
    """
    try:
        return isinstance(name, str) and check_file_name(name) == name
    except CheironError:
        return False


def set_aside(path: Path) -> Path:
    """Give a damaged file another name, which nothing ever deletes.

    Raises:
        OSError: If the system refuses.
    """
    base = f"{path.name}.damaged-{datetime.now():%Y-%m-%d-%H%M%S}"
    aside, count = path.with_name(base), 0
    while aside.exists():
        count += 1
        aside = path.with_name(f"{base}-{count}")
    return path.rename(aside)
