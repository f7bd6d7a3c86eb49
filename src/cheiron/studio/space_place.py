"""Where a fitted space is written, and under which name: checked before anything is computed."""

import re
from collections.abc import Sequence
from pathlib import Path

from cheiron.control.geometry import NAME as GEOMETRY
from cheiron.control.reading import KIND
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError

_USUAL, _OTHER = "descriptors", "mine"


def free_name(wanted: str | None, taken: Sequence[str]) -> str:
    """The name of a space: what was asked for, else the usual one where it is free.

    Args:
        wanted: What was asked for.
        taken: Names of spaces that the model brings.

    Raises:
        CheironError: If it is no plain name, or the model brings a space of it.

    >>> free_name(None, ["pca"]), free_name(None, ["descriptors"]), free_name("voice", [])
    ('descriptors', 'mine', 'voice')
    """
    name = wanted if wanted is not None else _OTHER if _USUAL in taken else _USUAL
    if not re.fullmatch(r"\w[\w.\- ]*", name) or name == GEOMETRY:
        raise CheironError(
            f"{name!r} cannot be the name of a space; choose letters, digits, '-' and '_', and not "
            f"{GEOMETRY!r}."
        )
    if name in taken:
        raise CheironError(
            f"the model brings a space called {name!r} itself, which would be played in its place; "
            "choose another --name."
        )
    return name


def check_place(place: Path) -> None:
    """Refuse to write where something else lies.

    Args:
        place: Folder to write; nothing, or a control space that is to be replaced.

    Raises:
        CheironError: If a file, a folder of other things, or another kind of artifact is there.
    """
    for parent in place.parents:
        if parent.exists() and not parent.is_dir():
            raise CheironError(f"{parent} is a file, so {place} cannot be in it; choose another.")
    if not place.exists():
        return
    if not place.is_dir():
        raise CheironError(f"{place} is a file; choose a folder for the space.")
    if not any(place.iterdir()):
        return
    try:
        kind = Artifact.open(place).kind
    except CheironError:
        kind = "folder of other things"
    if kind != KIND:
        raise CheironError(f"{place} is a {kind}, which would be lost; choose another --out.")
