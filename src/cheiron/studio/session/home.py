"""Where sessions lie unless somebody says otherwise."""

import hashlib
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError
from cheiron.studio.session.state_file import BACKUP, NAME

_LAST = "last-session"


def data_folder() -> Path:
    """Where Cheiron keeps what the user made.

    ``CHEIRON_HOME`` names it; otherwise it is the platform's usual place.
    """
    if chosen := os.environ.get("CHEIRON_HOME"):
        return Path(chosen).expanduser()
    if base := os.environ.get("XDG_DATA_HOME"):
        return Path(base) / "cheiron"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "cheiron"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "cheiron"
    return Path.home() / ".local" / "share" / "cheiron"


def default_session(model: str) -> Path:
    """The folder of the session that a model is played in when none is named.

    Args:
        model: Its name, or the path of one; models of one name in two places do not share it.

    >>> default_session("sax").parts[-2:]
    ('sessions', 'sax')
    """
    name = re.sub(r"[^\w.-]+", "-", Path(model).stem or "model").strip("-.") or "model"
    if model != name:
        place = hashlib.sha256(str(Path(model).absolute()).encode()).hexdigest()
        name = f"{name[:60]}-{place[:8]}"
    return data_folder() / "sessions" / name


def last_session() -> Path | None:
    """The session that was opened last, if it is still there."""
    with suppress(OSError, UnicodeDecodeError):
        path = Path((data_folder() / _LAST).read_text(encoding="utf-8").strip())
        if path.is_absolute() and is_session(path):
            return path
    return None


def remember_session(path: Path) -> None:
    """Make it the one that was opened last; where that cannot be kept it is forgotten."""
    with suppress(OSError, CheironError):
        data_folder().mkdir(parents=True, exist_ok=True)
        with atomic_path(data_folder() / _LAST) as temporary:
            temporary.write_text(f"{path.absolute()}\n", encoding="utf-8")


def is_session(path: str | Path) -> bool:
    """Whether a path is a session's folder."""
    return any((Path(path) / name).is_file() for name in (NAME, BACKUP))
