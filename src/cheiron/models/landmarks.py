"""Landmarks: moments of the corpus that a model knows, to look at, to hear and to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cheiron.core.artifact import Artifact, tensors_to_bytes
from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, Latents

TENSORS = "landmarks.safetensors"
AUDIO = "landmarks.flac"
_FIELD = "landmarks"
_ARRAYS = {"z": 2, "position": 2, "descriptors": 2, "start": 1, "length": 1}


@dataclass(frozen=True, eq=False)
class Landmarks:
    """A few hundred moments that cover what a model can do.

    Args:
        z: Latents, shape ``(count, D)``.
        position: Place on a map, in [0, 1], shape ``(count, 2)``.
        descriptors: Measures of the recording there, shape ``(count, K)``; NaN where undefined.
        names: Names of the descriptors, see :data:`cheiron.features.DESCRIPTORS`.
        sources: The file that each moment comes from; empty for silence itself.
        start: Where its preview begins in the sound, in samples, shape ``(count,)``.
        length: Samples of its preview, shape ``(count,)``.
        sample_rate: Samples per second of the previews.
        sound: All previews one after the other, a FLAC file.

    Raises:
        CheironError: If the parts do not fit together.
    """

    z: Latents
    position: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    names: tuple[str, ...]
    sources: tuple[str, ...]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    sample_rate: int
    sound: bytes

    def __post_init__(self) -> None:
        count = len(self.z)
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        fits = (
            all(a.ndim == _ARRAYS[n] and len(a) == count for n, a in arrays.items())
            and self.position.shape[1] == 2
            and self.descriptors.shape[1] == len(self.names)
            and len(self.sources) == count
            and self.sample_rate > 0
        )
        if not (fits and np.isfinite(self.z).all()):
            shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
            raise CheironError(
                f"landmarks with {shapes}, {len(self.names)} descriptors and {len(self.sources)} "
                "sources do not fit together; export the model again."
            )

    def __len__(self) -> int:
        return len(self.z)

    def column(self, name: str) -> NDArray[np.float32]:
        """One descriptor of all landmarks, shape ``(count,)``.

        Raises:
            CheironError: If it was not measured.
        """
        if name not in self.names:
            raise CheironError(
                f"the landmarks hold no descriptor {name!r}; they have {', '.join(self.names)}."
            )
        return self.descriptors[:, self.names.index(name)]

    def previews(self) -> list[Audio]:
        """The sound of each landmark at ``sample_rate``.

        Raises:
            CheironError: If the sound is damaged or too short.
        """
        whole = read_audio(self.sound, self.sample_rate)
        ends = self.start + self.length
        if len(self) and (self.start.min() < 0 or ends.max() > len(whole)):
            raise CheironError("the previews of the landmarks are cut short; export it again.")
        return [whole[a:b] for a, b in zip(self.start, ends, strict=True)]

    def files(self) -> dict[str, bytes]:
        """What they are in an artifact."""
        tensors = {name: getattr(self, name) for name in _ARRAYS}
        return {TENSORS: tensors_to_bytes(tensors), AUDIO: self.sound}

    def fields(self) -> dict[str, Any]:
        """What the manifest of that artifact says of them."""
        return {
            _FIELD: {
                "count": len(self),
                "descriptors": list(self.names),
                "sources": list(self.sources),
                "sample_rate": self.sample_rate,
            }
        }


def read_landmarks(artifact: Artifact, size: int) -> Landmarks | None:
    """The landmarks of a model; None where it has none.

    Args:
        artifact: The model.
        size: How many latents it has.

    Raises:
        CheironError: If they are damaged or of another model.
    """
    if TENSORS not in artifact.files:
        return None
    label = f"the landmarks of {artifact.path}"
    tensors = artifact.tensors(TENSORS)
    fields: Any = artifact.manifest.get(_FIELD)
    missing = sorted(set(_ARRAYS) - set(tensors))
    if missing or not isinstance(fields, Mapping):
        what = ", ".join(missing) or "description in the manifest"
        raise CheironError(f"{label} hold no {what}; export the model again.")
    rate: Any = fields.get("sample_rate")
    landmarks = Landmarks(
        z=tensors["z"].astype(np.float32),
        position=tensors["position"].astype(np.float32),
        descriptors=tensors["descriptors"].astype(np.float32),
        names=_words(fields.get("descriptors")),
        sources=_words(fields.get("sources")),
        start=tensors["start"].astype(np.int64),
        length=tensors["length"].astype(np.int64),
        sample_rate=rate if isinstance(rate, int) else 0,
        sound=artifact.read(AUDIO),
    )
    if landmarks.z.shape[1] != size:
        raise CheironError(
            f"{label} have {landmarks.z.shape[1]} latents, expected {size}; export the model again."
        )
    return landmarks


def _words(value: Any) -> tuple[str, ...]:
    return tuple(map(str, cast(list[Any], value))) if isinstance(value, list) else ()
