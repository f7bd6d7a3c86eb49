"""What the knobs of a fitted space are: names, ranges, marks, and how dense the corpus is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from cheiron.control.scenes import SCENE_AXIS
from cheiron.core.protocols import Latents
from cheiron.core.quantiles import Quantiles
from cheiron.core.space import Axis, Space
from cheiron.features.descriptors import descriptor
from cheiron.nets.flow_space import SpaceNet
from cheiron.training.space import level_range
from cheiron.training.space_frames import Split
from cheiron.training.space_level import level_of

MARKS = 101
"""Marks of a descriptor knob: enough that straight lines between them are right to 1e-3."""

_QUANTILES = (0.01, 0.5, 0.99)
_QUIET = ("loudness", "rms")  # rest at their low end: silence where nothing moves
_LEAST = 1e-4
_FAR = 8.0


def knobs_of(net: SpaceNet, latents: Sequence[Latents], split: Split) -> NDArray[np.float32]:
    """Knobs of a corpus as the network has them, ``(frames, D)``.

    Args:
        net: The fitted network.
        latents: The corpus, one array for each clip.
        split: Which latents move.
    """
    order = [*split.moved, *split.context, *split.texture]
    z = np.concatenate(latents)[:, order].astype(np.float32)
    with torch.no_grad():
        parts = [net(part)[0] for part in torch.from_numpy(z).split(4096)]
    return torch.cat(parts).numpy()


def control_of(
    names: Sequence[str],
    quantiles: Sequence[Quantiles],
    personal: Sequence[str],
    knobs: NDArray[np.float32],
    latent: Space,
    split: Split,
    z: Latents | None = None,
    scene: bool = False,
) -> Space:
    """The knobs of a space.

    Args:
        names: Descriptors, in the order of the first knobs.
        quantiles: Of each.
        personal: Names of the labelled qualities after them.
        knobs: Of the corpus, see :func:`knobs_of`.
        latent: The model's latents.
        split: Which of them move.
        z: The corpus, ``(frames, D)``; needed where a level passes.
        scene: Whether the last knob is the place on a time line of scenes.
    """
    axes: list[Axis] = []
    for name, quantile in zip(names, quantiles, strict=True):
        measured = descriptor(name).axis
        still = 0.0 if name in _QUIET else 0.5
        marks = quantile.marks(MARKS)
        axes.append(
            Axis(name, 0.0, 1.0, measured.unit, still, measured.help, "descriptor", marks=marks)
        )
    for name in personal:
        axis = Axis(name, help="As it was labelled.", kind="personal")
        axes.append(replace(_ranged(axis, knobs[:, len(axes)]), low=-2.0, high=2.0, default=0.0))
    rest = knobs.shape[1] - int(scene) - len(axes) - len(split.context) - len(split.texture)
    for number in range(1, rest + 1):
        text = "What no other knob stands for."
        axes.append(_ranged(Axis(f"r{number}", help=text, kind="residual"), knobs[:, len(axes)]))
    for index in split.context:
        new = _ranged(latent.axes[index], knobs[:, len(axes)])
        if z is not None and index == level_of(latent):
            low, high = level_range(latent, index, z.astype(np.float64))
            new = replace(new, low=low, high=high, default=low)
        axes.append(new)
    for index in split.texture:
        axes.append(_ranged(latent.axes[index], knobs[:, len(axes)], rest=0.0))
    if scene:
        axes.append(SCENE_AXIS)
    return Space("descriptors", tuple(axes))


def density_of(knobs: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Mean and precision of the knobs of a corpus: a Gaussian copula where they are quantiles."""
    k: NDArray[np.float64] = knobs.astype(np.float64)
    # A few frames far out, such as of silence, do not say how wide the rest is.
    middle, spread = np.median(k, axis=0), k.std(axis=0)
    k = np.clip(k, middle - _FAR * spread, middle + _FAR * spread)
    mean: NDArray[np.float64] = k.mean(axis=0)
    covariance: NDArray[np.float64] = (k - mean).T @ (k - mean) / len(k)
    covariance += _LEAST * np.diag(np.maximum(np.diag(covariance), _LEAST))
    return {"mean": mean, "precision": np.linalg.inv(covariance).astype(np.float64)}


def _ranged(axis: Axis, values: NDArray[np.float32], rest: float | None = None) -> Axis:
    low, middle, high = (float(v) for v in np.quantile(values, _QUANTILES))
    if rest is not None:
        low, middle, high = min(low, rest), rest, max(high, rest)
    if high - low < 2 * _LEAST:
        low, high = low - _LEAST, high + _LEAST
    return replace(axis, low=low, high=high, default=middle)
