"""Give a finished folder its name in such a way that a kill leaves the old one or the new one."""

import shutil
from pathlib import Path

from cheiron.core.atomic import sibling, sync


def put_in_place(finished: Path, folder: Path) -> None:
    """Rename a folder; an older one of that name is replaced.

    No portable call swaps two folders: the old one steps aside first, and :func:`recover` brings
    it back if the program was killed at that moment.
    """
    recover(folder)  # what an earlier kill left would be in the way
    previous = _previous(folder)
    if folder.exists():
        folder.rename(previous)
    try:
        finished.rename(folder)
    except OSError:
        recover(folder)
        raise
    sync(folder.parent)
    shutil.rmtree(previous, ignore_errors=True)


def recover(folder: Path) -> None:
    """Bring back a folder that was about to be replaced, or drop it if it was."""
    previous = _previous(folder)
    if not previous.exists():
        return
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)
    else:
        previous.rename(folder)


def _previous(folder: Path) -> Path:
    return sibling(folder, ".{}.previous")
