"""A rotated latent space: principal components as knobs."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.control.fitted_on import KIND, check_fitted_on
from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents
from cheiron.core.space import Space

FAMILY = "linear"
_TENSORS = "space.safetensors"


class LinearSpace:
    """Control space ``z = mean + W^T c`` with orthonormal rows of W, such as PCA.

    Args:
        control: The knobs, D axes.
        latent: The model's latents, D axes.
        mean: Latents where every knob is at zero, shape ``(D,)``.
        rotation: W, one knob's direction in each row, shape ``(D, D)``.
        std: Spread of each knob over the corpus, shape ``(D,)``, above zero.
        model: Name of the model that it was fitted on.

    Raises:
        CheironError: If the shapes do not fit, a number is not finite or W is not orthonormal.

    >>> latent = Space.of("latent", ["z0", "z1"])
    >>> quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> knobs = Space.of("control", ["a", "b"])
    >>> space = LinearSpace(knobs, latent, np.ones(2), quarter, np.ones(2))
    >>> space.to_latent(np.array([[0.5, 0.0]], np.float32)).tolist()
    [[1.0, 1.5]]
    """

    def __init__(
        self,
        control: Space,
        latent: Space,
        mean: NDArray[Any],
        rotation: NDArray[Any],
        std: NDArray[Any],
        model: str = "",
    ) -> None:
        size = latent.size
        shapes = (control.size, mean.shape, rotation.shape, std.shape)
        if shapes != (size, (size,), (size, size), (size,)):
            raise CheironError(
                f"a linear control space of {control.size} knobs has mean {mean.shape}, rotation "
                f"{rotation.shape} and std {std.shape}; expected all for {size} latents."
            )
        self._control, self._latent, self.model = control, latent, model
        self._mean: NDArray[np.float32] = np.ascontiguousarray(mean, dtype=np.float32)
        self._rotation: NDArray[np.float32] = np.ascontiguousarray(rotation, dtype=np.float32)
        self.std: NDArray[np.float32] = np.ascontiguousarray(std, dtype=np.float32)
        square = self._rotation.astype(np.float64) @ self._rotation.T.astype(np.float64)
        finite = all(np.isfinite(a).all() for a in (self._mean, self._rotation, self.std))
        if not finite or np.abs(square - np.eye(size)).max(initial=0.0) > 1e-4:
            raise CheironError(
                "the rotation of a linear control space is not orthonormal or holds numbers that "
                "are not finite; fit the space again."
            )
        if (self.std <= 0).any():
            raise CheironError(
                "a linear control space has a knob without spread; expected each std above zero."
            )

    @classmethod
    def identity(cls, latent: Space, model: str = "") -> "LinearSpace":
        """The latents themselves as knobs, with their own names and ranges.

        For models that come without a control space.
        """
        size = latent.size
        control = Space("control", latent.axes)
        return cls(control, latent, np.zeros(size), np.eye(size), np.ones(size), model)

    @property
    def control(self) -> Space:
        """The knobs."""
        return self._control

    @property
    def latent(self) -> Space:
        """The model's latents."""
        return self._latent

    def to_latent(self, c: NDArray[np.float32]) -> Latents:
        """Latents of control points, ``(frames, D)`` both."""
        return np.matmul(c, self._rotation, dtype=np.float32) + self._mean

    def to_control(self, z: Latents) -> NDArray[np.float32]:
        """Control points of latents, ``(frames, D)`` both."""
        return np.matmul(z - self._mean, self._rotation.T, dtype=np.float32)

    def log_prob(self, z: Latents) -> NDArray[np.float32]:
        """Log density of a Gaussian with each knob's spread, shape ``(frames,)``."""
        std = self.std.astype(np.float64)
        c = self.to_control(z) / std
        constant = np.log(std).sum() + 0.5 * len(std) * np.log(2 * np.pi)
        return (-0.5 * (c * c).sum(axis=1) - constant).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Its arrays, by the names of the arguments."""
        return {"mean": self._mean, "rotation": self._rotation, "std": self.std}

    def save(self, path: str | Path, name: str = "pca") -> Artifact:
        """Write it as a ``control-space`` artifact folder; complete or not at all."""
        fields = {
            "family": FAMILY,
            "model": self.model,
            "control": self._control.to_json(),
            "latent": self._latent.to_json(),
        }
        files = {_TENSORS: tensors_to_bytes(self.tensors())}
        return write_artifact(path, kind=KIND, name=name, fields=fields, files=files)

    @classmethod
    def load(cls, artifact: Artifact, model: str, latent: Space) -> "LinearSpace":
        """The space in an artifact, for one model.

        Args:
            artifact: Of the kind ``control-space``.
            model: Name of the model that is to be played.
            latent: Its latents.

        Raises:
            CheironError: If it is not a linear control space or was fitted on another model.
        """
        check_fitted_on(artifact, FAMILY, model, latent)
        tensors = artifact.tensors(_TENSORS)
        missing = sorted({"mean", "rotation", "std"} - set(tensors))
        if missing:
            raise CheironError(
                f"the control space {artifact.name!r} holds no {', '.join(missing)}; fit it again."
            )
        control = Space.from_json(artifact.manifest.get("control", {}))
        return cls(control, latent, tensors["mean"], tensors["rotation"], tensors["std"], model)
