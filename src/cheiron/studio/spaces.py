"""The control spaces of a model: those that it brings, and those that people made for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cheiron.control.geometry import NAME as GEOMETRY
from cheiron.control.linear import LinearSpace
from cheiron.control.reading import KIND, read_space
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel, ControlSpace
from cheiron.core.space import Space
from cheiron.models.fingerprint import FIELD, fingerprint
from cheiron.studio.session.home import data_folder

_FIRST = ("descriptors", "pca")
_REACH = 2.0  # latents of a model without a control space are taken to be about standard normal


@dataclass(frozen=True)
class Spaces:
    """What there is to choose from.

    Args:
        own: Names of the spaces that the model brings.
        made: Names of those in :func:`space_folder`, where they are of no name in ``own``.
        notes: Why others are left out, in sentences.
    """

    own: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the model's own first."""
        return (*self.own, *self.made)

    @property
    def default(self) -> str:
        """Which one plays when nobody chose."""
        return default_space(self.own or self.made)


def default_space(names: Sequence[str]) -> str:
    """The control space of a model where nobody chose; empty where it has none.

    >>> default_space(["pca", "mine", "descriptors"]), default_space(["pca"]), default_space([])
    ('descriptors', 'pca', '')
    """
    return next((name for name in _FIRST if name in names), next(iter(names), ""))


class Shelf:
    """The control spaces of one loaded model, each read once; one thread calls it.

    Args:
        model: A loaded model.

    Attributes:
        model: That model.
        spaces: What there is.
    """

    def __init__(self, model: AudioModel) -> None:
        self.model = model
        self.spaces = spaces_of(model)
        self._stamp = _stamp(space_folder(model.name))
        self._read: dict[str, tuple[int, ControlSpace]] = {}

    def get(self, name: str) -> ControlSpace:
        """A space by its name or path; read again only when it has been made again.

        Raises:
            CheironError: As :func:`control_space`.
        """
        place = space_folder(self.model.name) / name
        stamp = _stamp(place / "manifest.json") or _stamp(Path(name) / "manifest.json")
        known = self._read.get(name)
        if known is None or known[0] != stamp:
            known = self._read[name] = stamp, control_space(self.model, name)
        return known[1]

    def look(self) -> bool:
        """See whether somebody has made or removed a space since the last look."""
        stamp = _stamp(space_folder(self.model.name))
        if stamp == self._stamp:
            return False
        self._stamp, before = stamp, self.spaces
        self.spaces = spaces_of(self.model)
        return self.spaces != before


def space_folder(model: str) -> Path:
    """Where the control spaces lie that people made for a model of this name.

    >>> space_folder("sax").parts[-2:]
    ('spaces', 'sax')
    """
    return data_folder() / "spaces" / model


def spaces_of(model: AudioModel) -> Spaces:
    """Every control space that fits a model; those that do not are left out with a note."""
    artifact = _artifact_of(model)
    folders = artifact.folders if artifact is not None else ()
    own = tuple(f.removeprefix("spaces/") for f in folders if f.startswith("spaces/"))
    made: list[str] = []
    notes: list[str] = []
    for path in _made(model.name):
        try:
            _open(path, model)
        except CheironError as error:
            notes.append(f"the control space {path.name} is left out: {error}")
        else:
            made.append(path.name)
    return Spaces(own, tuple(name for name in made if name not in own), tuple(notes))


def space_names(model: AudioModel) -> tuple[str, ...]:
    """Names of the control spaces that fit a model; none for a model that nobody fitted one on."""
    return spaces_of(model).names


def control_space(model: AudioModel, name: str | None = None) -> ControlSpace:
    """The control space to play a model by.

    Args:
        model: A loaded model.
        name: Which of :func:`space_names`, or the path of one; :func:`default_space` when absent.
            A model without any is played by its latents themselves, each from -2 to 2.

    Raises:
        CheironError: If the space is not there, is damaged or belongs to another model.
    """
    if name:
        return read_space(find_space(model, name), model.name, model.latent)
    first = spaces_of(model).default
    if first:
        return read_space(find_space(model, first), model.name, model.latent)
    axes = tuple(replace(a, low=-_REACH, high=_REACH, default=0.0) for a in model.latent.axes)
    return LinearSpace.identity(Space("latent", axes), model.name)


def find_space(model: AudioModel, name: str) -> Artifact:
    """The artifact of a control space.

    Args:
        model: A loaded model.
        name: Which of :func:`space_names`, or the path of one.

    Raises:
        CheironError: If it is not there, is damaged or belongs to another model.
    """
    artifact = _artifact_of(model)
    if artifact is not None and f"spaces/{name}" in artifact.folders:
        return artifact.inside(f"spaces/{name}", KIND)
    place = next((path for path in _made(model.name) if path.name == name), None)
    if place is None and Path(name).exists():
        place = Path(name)
    if place is None:
        names = space_names(model)
        there = f"only {', '.join(names)}" if names else "none"
        raise CheironError(f"{model.name} has no control space {name!r}, {there}; choose another.")
    return _open(place, model)


def _open(path: Path, model: AudioModel) -> Artifact:
    """A control space that lies by itself, once it is sure that it is this model's."""
    found, artifact = Artifact.open(path, KIND), _artifact_of(model)
    fitted_on, mark = str(found.manifest.get("model")), found.manifest.get(FIELD)
    if fitted_on != model.name:
        raise CheironError(
            f"{path} was fitted on the model {fitted_on!r}, not on {model.name!r}; fit one on this "
            "model."
        )
    if mark and artifact is not None and mark != fingerprint(artifact):
        raise CheironError(
            f"{path} was fitted on another model of the name {model.name}; fit one on this model."
        )
    return found


def _made(model: str) -> Iterator[Path]:
    """Folders that people made for a model of this name."""
    folder = space_folder(model)
    found = (path for path in sorted(folder.glob("[!.]*")) if path.is_dir())
    return (path for path in found if path.name != GEOMETRY)


def _stamp(path: Path) -> int:
    """When a file or folder was changed last; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _artifact_of(model: AudioModel) -> Artifact | None:
    """The artifact behind a model; a TorchScript file has none."""
    return getattr(model, "artifact", None)
