"""Loops: named trajectories through the sounds of a model, to play around."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.atomic import write_error
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.studio.session.names import check_file_name

FOLDER = "loops"
_KIND = "loop"
_FILE = "loop.safetensors"


@dataclass(frozen=True)
class Loop:
    """What there is of a loop without reading it.

    Args:
        name: What people call it.
        length: Seconds.
        made: Unix seconds.
    """

    name: str
    length: float
    made: float


@dataclass(frozen=True)
class LoopPath:
    """The trajectory of a loop.

    Args:
        points: Latents, or control points; its time starts at zero.
        is_latent: Which of the two.
        of: Name of the model that it was made with; empty where nobody said.
    """

    points: Recording
    is_latent: bool = False
    of: str = ""


class Loops:
    """The loops of a session, each an artifact of the kind ``loop``; one thread calls it.

    Args:
        folder: The session's folder.
        trash: Where deleted ones go.
        kept: Whether the folder may be written to.
    """

    def __init__(self, folder: Path, trash: Path, kept: bool = True) -> None:
        self.folder = folder / FOLDER
        self.trash = trash
        self._kept = kept
        self._listed: dict[str, Loop] | None = None

    def save(self, name: str, path: Recording, model: str = "", is_latent: bool = False) -> Loop:
        """Keep a trajectory; one of that name is replaced.

        Args:
            name: What to call it.
            path: Latents or control points; their times are made to start at zero.
            model: Whose they are.
            is_latent: Whether they are latents, which every control space of the model can play.

        Raises:
            CheironError: If it has fewer than two points or undefined ones, the name cannot be a
                file's or the system refuses.
        """
        name = self._one_case(check_file_name(name))
        if not self._kept:
            raise CheironError(
                f"nothing can be kept in {self.folder.parent}: it may not be written to; open "
                "another session."
            )
        if path.duration <= 0 or not np.isfinite(path.values).all():
            raise CheironError(
                f"the loop {name!r} has fewer than two moments or undefined values; expected a "
                "movement in which every knob has a value, so record it again."
            )
        tensors = {"times": path.times - path.times[0], "values": path.values}
        loop = Loop(name, path.duration, time.time())
        fields = {"space": path.space.to_json(), "length": loop.length, "made": loop.made}
        write_artifact(
            self.folder / name,
            kind=_KIND,
            name=name,
            fields={**fields, "model": model, "of": "latents" if is_latent else "knobs"},
            files={_FILE: tensors_to_bytes(tensors)},
        )
        self._table()[name] = loop
        return loop

    def load(self, name: str) -> LoopPath:
        """The trajectory of a loop.

        Raises:
            CheironError: If there is no such loop or it is damaged.
        """
        self._known(name)
        artifact = Artifact.open(self.folder / name, _KIND)
        tensors = artifact.tensors(_FILE)
        if set(tensors) != {"times", "values"}:
            raise CheironError(f"the loop {self.folder / name} holds no path; make it again.")
        space = Space.from_json(artifact.manifest.get("space", {}))
        points = Recording(space, tensors["times"], tensors["values"])
        said = artifact.manifest.get("model", "")
        is_latent = artifact.manifest.get("of") == "latents"
        return LoopPath(points, is_latent, said if is_latent and isinstance(said, str) else "")

    def list(self) -> list[Loop]:
        """The loops, oldest first; damaged ones are left out."""
        return sorted(self._table().values(), key=lambda loop: loop.made)

    def delete(self, name: str) -> None:
        """Put a loop into the session's trash.

        Raises:
            CheironError: If there is no such loop or the system refuses.
        """
        self._known(name)
        place = self.trash / f"{name}.loop"
        try:
            self.trash.mkdir(exist_ok=True)
            shutil.rmtree(place, ignore_errors=True)
            (self.folder / name).rename(place)
        except OSError as error:
            raise write_error(place, error) from error
        del self._table()[name]

    def restore(self, name: str) -> None:
        """Bring back the loop of that name that was deleted last.

        Raises:
            CheironError: If there is none, its name is taken by now or the system refuses.
        """
        place = self.trash / f"{check_file_name(name)}.loop"
        if not place.exists() or name in self._table():
            raise CheironError(f"there is no loop {name!r} in the trash, or there is one already.")
        try:
            place.rename(self.folder / name)
        except OSError as error:
            raise write_error(self.folder / name, error) from error
        self._listed = None

    def _known(self, name: str) -> None:
        if name not in self._table():
            there = ", ".join(self._table()) or "none"
            raise CheironError(f"there is no loop {name!r}; there is {there}.")

    def _one_case(self, name: str) -> str:
        """The name as it is written already: some systems do not tell cases apart."""
        return next((n for n in self._table() if n.casefold() == name.casefold()), name)

    def _table(self) -> dict[str, Loop]:
        """Read once: nobody else writes here while the session is open."""
        if self._listed is None:
            found = [_read(path) for path in sorted(self.folder.glob("[!.]*"))]
            self._listed = {loop.name: loop for loop in found if loop is not None}
        return self._listed


def _read(path: Path) -> Loop | None:
    try:
        manifest = Artifact.open(path, _KIND).manifest
        return Loop(path.name, float(manifest["length"]), float(manifest["made"]))
    except (CheironError, KeyError, TypeError, ValueError):
        return None
