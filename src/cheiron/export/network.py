"""From an artifact back to the torch network, and from a name and a configuration to one."""

import importlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import torch

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.export.onnx_graph import fold_weight_norm
from cheiron.export.weights import WEIGHTS
from cheiron.nets import CONFIGS, FAMILIES
from cheiron.nets.network import Network

# What a network raises when it is built from numbers that fit no network.
_MISFITS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def make_network(family: str, config: Mapping[str, Any]) -> Network:
    """A network of a family with fresh weights.

    Args:
        family: A name of :data:`cheiron.nets.FAMILIES`.
        config: Fields of its configuration; those left out keep their defaults.

    Raises:
        CheironError: If the family or a field is unknown, or the fields do not fit together.
    """
    if family not in FAMILIES:
        raise CheironError(f"there is no model family {family!r}; there are {', '.join(FAMILIES)}.")
    kind = _load(CONFIGS[family])
    known = {field.name for field in fields(kind)}
    unknown = sorted(str(name) for name in config if name not in known)
    if unknown:
        raise CheironError(
            f"the family {family} has no setting {unknown[0]!r}; it has {', '.join(sorted(known))}."
        )
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in config.items()}
    try:
        return _load(FAMILIES[family])(kind(**values))
    except _MISFITS as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise CheironError(
            f"the settings of this {family} model do not fit together ({reason}); "
            "expected those of a preset or of an exported model."
        ) from error


def load_network(artifact: Artifact) -> Network:
    """The network that an artifact was exported from, in evaluation mode.

    Raises:
        CheironError: If the weights do not fit the configuration.
    """
    manifest = artifact.manifest
    config = manifest.get("config")
    if not isinstance(config, dict):
        raise CheironError(f"{artifact.path} has no configuration; export it again.")
    network = make_network(str(manifest.get("family")), config)
    fold_weight_norm(network)
    tensors = artifact.tensors(WEIGHTS)
    try:
        network.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in tensors.items()})
    except RuntimeError as error:
        raise CheironError(
            f"the weights of {artifact.path} do not fit its configuration; export it again."
        ) from error
    return network.eval()


def _load(target: str) -> Any:
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)
