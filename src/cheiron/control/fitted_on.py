"""Whether an artifact is a control space of one family, fitted on one model."""

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.space import Space

KIND = "control-space"
"""Kind of the artifacts that hold a control space."""


def check_fitted_on(artifact: Artifact, family: str, model: str, latent: Space) -> None:
    """Refuse what is of another kind or family, or was fitted on another model.

    Args:
        artifact: What is to be loaded.
        family: The family that loads it.
        model: Name of the model that is to be played.
        latent: Its latents.

    Raises:
        CheironError: In one sentence.
    """
    fields = artifact.manifest
    if artifact.kind != KIND or fields.get("family") != family:
        raise CheironError(
            f"{artifact.path} is a {artifact.kind} of the family {fields.get('family')!r}; "
            f"expected a {KIND} of the family {family!r}."
        )
    fitted_on = Space.from_json(fields.get("latent", {}))
    if fields.get("model") != model or fitted_on.names != latent.names:
        raise CheironError(
            f"the control space {artifact.name!r} was fitted on the model "
            f"{fields.get('model')!r} with {fitted_on.size} latents, not on {model!r} with "
            f"{latent.size}; fit one on this model."
        )
