"""A control space from its artifact, of whatever family it is."""

import importlib
from typing import Protocol

from cheiron.control import CONTROLS
from cheiron.control.fitted_on import KIND
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import ControlSpace
from cheiron.core.space import Space


class _Family(Protocol):
    """The class behind an entry of ``CONTROLS``."""

    def load(self, artifact: Artifact, model: str, latent: Space) -> ControlSpace:
        """The space in an artifact, for one model."""
        ...


def read_space(artifact: Artifact, model: str, latent: Space) -> ControlSpace:
    """The control space that an artifact holds, for one model.

    Args:
        artifact: Of the kind ``control-space``.
        model: Name of the model that is to be played.
        latent: Its latents.

    Raises:
        CheironError: If it is of a family that this version does not know, belongs to another
            model or is damaged.
    """
    family = str(artifact.manifest.get("family"))
    if artifact.kind != KIND or family not in CONTROLS:
        raise CheironError(
            f"{artifact.path} is a {artifact.kind} of the family {family}; expected a {KIND} of "
            f"one of the families {', '.join(CONTROLS)}, so update cheiron or choose another space."
        )
    module, _, kind = CONTROLS[family].partition(":")
    found: _Family = getattr(importlib.import_module(module), kind)
    return found.load(artifact, model, latent)
