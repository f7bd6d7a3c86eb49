"""Which model it is: a name may be given twice, weights are not."""

import hashlib
import json

from cheiron.core.artifact import Artifact

FIELD = "model_hash"
"""Manifest field of a control space that names the model it was fitted on."""

_NOT_SOUND = ("landmarks.safetensors",)  # may be made again while the sound stays the same


def fingerprint(artifact: Artifact) -> str:
    """SHA-256 of everything in a model's artifact that its sound depends on, as hex digits.

    Landmarks, pictures, cards and control spaces do not change it.

    Args:
        artifact: Of the kind ``audio-model``.
    """
    files = artifact.manifest["files"]
    hashes = {
        name: files[name]["sha256"]
        for name in artifact.files
        if name.endswith((".onnx", ".safetensors")) and name not in _NOT_SOUND
    }
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
