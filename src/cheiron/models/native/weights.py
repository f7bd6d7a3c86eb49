"""The weights and settings of an artifact, as plans read them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.models.native.cover import NotCoveredError, require
from cheiron.models.native.program import padded

Weights = Mapping[str, NDArray[np.float32]]
"""Weight and bias of every layer by PyTorch's names, weight norms folded."""


def layer(
    weights: Weights, name: str, shape: tuple[int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight and bias of a convolution.

    Args:
        weights: All weights.
        name: The layer, without ``.conv``.
        shape: Channels out, channels in, taps.

    Raises:
        NotCoveredError: If there is no such layer or it has another shape.
    """
    try:
        weight, bias = (weights[f"{name}.conv.{part}"] for part in ("weight", "bias"))
    except KeyError as error:
        raise NotCoveredError(f"there is no {error}") from error
    fits = weight.shape == shape and bias.shape == shape[:1]
    require(fits, f"{name} is {weight.shape}, not {shape}")
    return weight.astype(np.float32), bias.astype(np.float32)


def rows(array: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Channels out as ``count`` rows, one after the other, each padded to whole vectors."""
    parts = array.reshape(count, -1, *array.shape[1:])
    margin = padded(parts.shape[1]) - parts.shape[1]
    spread = np.pad(parts, [(0, 0), (0, margin), *((0, 0),) * (array.ndim - 1)])
    return spread.reshape(-1, *array.shape[1:])


def integers(config: Mapping[str, Any], names: tuple[str, ...]) -> list[int]:
    """Whole numbers of a configuration.

    Raises:
        NotCoveredError: If one is missing or no whole number.
    """
    values = [config.get(name) for name in names]
    for name, value in zip(names, values, strict=True):
        require(type(value) is int and 0 <= value < 2**31, f"its setting {name} is {value!r}")
    return [int(value or 0) for value in values]
