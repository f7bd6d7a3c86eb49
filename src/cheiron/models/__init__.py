"""Audio models at run time: latents to sound and back, behind one contract.

To add a kind of model, write a class that keeps :class:`cheiron.core.protocols.AudioModel` and has
a class method ``load(path, *, trust)``, and name it in :data:`MODELS`.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from cheiron.core.protocols import AudioModel
from cheiron.models.shipped import find_model, shipped_models

__all__ = ["MODELS", "find_model", "load_model", "shipped_models"]

MODELS = {
    "onnx": "cheiron.models.onnx_model:OnnxModel",
    "torchscript": "cheiron.models.torchscript:TorchScriptModel",
}
"""Kinds of audio models, name to ``"module:Class"``."""

# A file's suffix tells its kind; folders and zips are artifacts.
_KIND_OF_SUFFIX = {".ts": "torchscript"}


class _Loader(Protocol):
    def load(self, path: Path, *, trust: bool) -> AudioModel: ...


def load_model(path: str | Path, *, trust: bool = False) -> AudioModel:
    """Load an audio model, ready to play.

    Args:
        path: A folder or zip that Cheiron exported, a RAVE or nn~ ``.ts`` file, or the name of a
            model that comes with Cheiron.
        trust: Whether the user says that this ``.ts`` file, which is a program, may run; its hash
            is remembered. Artifacts hold no code and need no trust.

    Raises:
        CheironError: If there is no such model, or it is damaged, newer, foreign or not trusted.
    """
    found = find_model(path)
    kind = _KIND_OF_SUFFIX.get(found.suffix.lower(), "onnx")
    module, name = MODELS[kind].split(":")
    loader = cast(_Loader, getattr(import_module(module), name))
    return loader.load(found, trust=trust)
