"""Which files that hold code the user has said may run, by their SHA-256."""

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from cheiron.core.atomic import atomic_path, write_error
from cheiron.core.errors import CheironError


def config_folder() -> Path:
    """Where Cheiron keeps what the user decided.

    ``CHEIRON_CONFIG`` names it; otherwise it is the platform's usual place.
    """
    if chosen := os.environ.get("CHEIRON_CONFIG"):
        return Path(chosen).expanduser()
    if base := os.environ.get("XDG_CONFIG_HOME"):
        return Path(base) / "cheiron"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "cheiron"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "cheiron"
    return Path.home() / ".config" / "cheiron"


def read_trusted(path: Path, trust: bool = False) -> bytes:
    """The bytes of a file that holds code, if the user trusts exactly these bytes.

    Args:
        path: The file.
        trust: Whether the user says so now; it is remembered.

    Raises:
        CheironError: If the file cannot be read or is not trusted.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheironError(f"{path} could not be read: {error.strerror}.") from error
    digest = hashlib.sha256(data).hexdigest()
    trusted = _load()
    if digest in trusted:
        return data
    if not trust:
        raise CheironError(
            f"{path} is a program and could do anything on this computer, and you have not said "
            "yet that you trust it; if you know where it comes from, say so once with --trust "
            f"(SHA-256 {digest[:16]}…)."
        )
    today = datetime.now(UTC).date().isoformat()
    _save({**trusted, digest: {"file": path.name, "since": today}})
    return data


def is_trusted(digest: str) -> bool:
    """Whether the user has said that the file with this SHA-256 may run."""
    return digest in _load()


def _file() -> Path:
    return config_folder() / "trusted.json"


def _load() -> dict[str, Any]:
    try:
        loaded: Any = json.loads(_file().read_bytes())
        return dict(cast(dict[str, Any], loaded["sha256"]))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheironError(
            f"{_file()} is damaged; delete it, then say again with --trust which files may run."
        ) from error


def _save(trusted: dict[str, Any]) -> None:
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(_file(), error) from error
    with atomic_path(_file()) as temporary:
        temporary.write_text(json.dumps({"sha256": trusted}, indent=2) + "\n")
