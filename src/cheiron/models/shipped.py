"""The models that come inside the package."""

from importlib.resources import files
from pathlib import Path

from cheiron.core.errors import CheironError


def shipped_models() -> dict[str, Path]:
    """Folders (or zips) of the models that come with Cheiron, by name in alphabetical order.

    >>> all(path.exists() for path in shipped_models().values())
    True
    """
    root = Path(str(files("cheiron"))) / "assets" / "models"
    if not root.is_dir():
        return {}
    # Hidden: what a kill may leave while a model is replaced.
    found = (p for p in sorted(root.iterdir()) if _is_model(p) and not p.name.startswith("."))
    return {path.stem if path.suffix == ".zip" else path.name: path for path in found}


def find_model(path: str | Path) -> Path:
    """Where a model is: a path as given, or the name of a shipped model.

    A name means the shipped model unless a model of that name lies in the current folder.

    Raises:
        CheironError: If there is neither.
    """
    shipped = shipped_models()
    try:
        given = Path(path).expanduser()
        if str(path) in shipped and not _is_model(given):
            return shipped[str(path)]
        there = given.exists()
    except (OSError, RuntimeError):  # no system has such a name, or no such user
        given, there = Path(path), False
    if not there:
        names = f", or one of the shipped models: {', '.join(shipped)}" if shipped else ""
        raise CheironError(
            f"there is no model {str(path)!r}; give the path of a model folder, "
            f"a zip or a .ts file{names}."
        )
    return given


def _is_model(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in (".zip", ".ts")
    return (path / "manifest.json").is_file()
