"""How large an install for performing is, without what only learning needs."""

import importlib.metadata
from importlib.resources import files
from pathlib import Path

from cheiron.core.errors import CheironError

_PACKAGE = "cheiron"


def performing_megabytes() -> float:
    """Megabytes (10^6 bytes) of Cheiron and of everything that performing requires.

    Raises:
        CheironError: If a requirement is not installed.
    """
    return sum(distribution_bytes(name) for name in performing_distributions()) / 1e6


def performing_distributions() -> tuple[str, ...]:
    """Cheiron and, over all levels, what it requires without any extra.

    Raises:
        CheironError: If one of them is not installed.

    >>> {"cheiron", "numpy", "onnxruntime"} <= set(performing_distributions())
    True
    """
    found: list[str] = []
    waiting = [_PACKAGE]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting.extend(_requirements(name))
    return tuple(sorted(found))


def distribution_bytes(name: str) -> int:
    """Bytes on the disk of the files of an installed distribution.

    Cheiron's own are counted where they are, because an editable install lists none of them.
    """
    if name == _PACKAGE:
        root = Path(str(files(_PACKAGE)))
        paths = [p for p in root.rglob("*") if "__pycache__" not in p.parts]
    else:
        listed = importlib.metadata.distribution(name).files or []
        paths = [Path(str(path.locate())) for path in listed]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _requirements(name: str) -> list[str]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    try:
        lines = importlib.metadata.distribution(name).requires or []
    except importlib.metadata.PackageNotFoundError as error:
        raise CheironError(
            f"the package {name}, which performing requires, is not installed; see: cheiron doctor"
        ) from error
    wanted = [Requirement(line) for line in lines]
    return [
        str(canonicalize_name(r.name))
        for r in wanted
        if r.marker is None or r.marker.evaluate({"extra": ""})
    ]
