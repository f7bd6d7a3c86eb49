"""One process to a session."""

import errno
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cheiron.core.errors import CheironError

_LOCK = ".lock"
_OWNER = ".owner.json"
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


class SessionLock:
    """Held while a session is open; the system lets go of it when the process dies, however.

    Args:
        folder: The session's folder.

    Attributes:
        writable: Whether the folder may be written to. Where it may not, there is no lock:
            nobody can spoil anything for another.

    Raises:
        CheironError: If another process has the session, or the system refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._owner = folder / _OWNER
        self._lock = FileLock(folder / _LOCK, timeout=0, thread_local=False)
        self.writable = True
        try:
            self._lock.acquire()
        except Timeout as error:
            raise CheironError(
                f"the session {folder} is already open in {_who(self._owner)}; close it there, or "
                "choose another session."
            ) from error
        except OSError as error:
            if error.errno not in _REFUSED:
                raise CheironError(f"{folder} could not be locked: {error.strerror}.") from error
            self.writable = False
            return
        with suppress(OSError):  # only for the sentence that another process would read
            mine = {"process": os.getpid(), "since": time.time()}
            self._owner.write_text(json.dumps(mine), encoding="utf-8")

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._lock.is_locked:
            with suppress(OSError):
                self._owner.unlink(missing_ok=True)
            self._lock.release()


def _who(owner: Path) -> str:
    """The process that has a session, as far as it can be told."""
    try:
        data: Any = json.loads(owner.read_text(encoding="utf-8"))
        since = time.strftime("%H:%M on %d %B", time.localtime(float(data["since"])))
        return f"the process {int(data['process'])} (since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
