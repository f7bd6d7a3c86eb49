"""The first control space of a model: its named axes as they are, the rest in order of variance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.control.linear import LinearSpace
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents
from cheiron.core.space import Axis, Space

QUIET = -80.0
"""The loudness axis reaches at least down to this level in dB, and to the latent axis's own low
end, so that it can be silent."""

LOUDEST = -12.0
"""The loudness axis ends here at the latest: louder noise would go beyond full scale."""

_AUDIBLE = -50.0  # dB; what other axes say of softer frames is not counted
_QUANTILES = (0.01, 0.5, 0.99)
_FIRST = ("loudness", "pitch")
_LEAST_STD = 1e-6


@dataclass(frozen=True)
class _Knob:
    """One control axis: its direction in the latent space, its origin and spread there."""

    axis: Axis
    direction: NDArray[np.float64]
    origin: float
    std: float


def fit_pca(z: Latents, latent: Space, model: str) -> LinearSpace:
    """Principal components as knobs, beside the axes that have a meaning of their own.

    Latent axes of the kind ``"descriptor"`` (pitch, loudness) stay knobs of their own, and so do
    those of the kind ``"texture"``, around their mean. All others are turned into ``pc1``, ``pc2``
    … in order of variance; the largest component of each direction is positive. Ranges are 1 % to
    99 % of the corpus, rest is its median. Loudness rests at its low end and, where there is a
    pitch axis, ends where every region of pitch can still follow. Where there is a loudness axis,
    only frames above -50 dB say where the others are.

    Args:
        z: Latents of the corpus, shape ``(frames, D)``; rows that are not finite are left out.
        latent: What they mean.
        model: Name of the model.

    Returns:
        The space; loudness and pitch come first, then the components, then texture.

    Raises:
        CheironError: If there are fewer than two frames.

    >>> z = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32) * [1, 9, 3]
    >>> space = fit_pca(z, Space.of("latent", ["z0", "z1", "z2"]), "toy")
    >>> space.control.names, int(np.abs(space.to_control(z[:1] + [[0, 1, 0]])
    ...                                 - space.to_control(z[:1]))[0].argmax())
    (('pc1', 'pc2', 'pc3'), 0)
    """
    z64 = z[np.isfinite(z).all(axis=1)].astype(np.float64)
    if len(z64) < 2:
        raise CheironError(
            f"the control space of {model} needs at least 2 latent frames that are finite, found "
            f"{len(z64)}; give it more sound, or train the model again."
        )
    heard = _heard(z64, latent)
    kinds = {kind: _indices(latent, kind) for kind in ("descriptor", "texture")}
    special = {*kinds["descriptor"], *kinds["texture"]}
    free = [i for i in range(latent.size) if i not in special]
    knobs = [
        *(_descriptor(latent, i, z64, heard) for i in kinds["descriptor"]),
        *_components(heard, free),
        *(_texture(latent.axes[i], i, heard) for i in kinds["texture"]),
    ]
    rotation = np.stack([k.direction for k in knobs])
    return LinearSpace(
        Space("pca", tuple(k.axis for k in knobs)),
        latent,
        rotation.T @ np.array([k.origin for k in knobs]),
        rotation,
        np.array([max(k.std, _LEAST_STD) for k in knobs]),
        model,
    )


def explained_variance(space: LinearSpace) -> dict[str, float]:
    """Share of the variance of all components that each one has, for a manifest's metrics.

    Args:
        space: What :func:`fit_pca` gave.

    Returns:
        By name of the axis, in order, adding up to 1; empty if there are no components.
    """
    axes = zip(space.control.axes, space.std.tolist(), strict=True)
    power = {axis.name: std**2 for axis, std in axes if axis.kind == "residual"}
    return {name: value / sum(power.values()) for name, value in power.items()}


def _heard(z: NDArray[np.float64], latent: Space) -> NDArray[np.float64]:
    """The frames that are loud enough to mean something; all, if that is not known."""
    # A regularised latent may be called loudness too, but holds no dB.
    if ("loudness", "dB") not in [(axis.name, axis.unit) for axis in latent.axes]:
        return z
    loud = z[:, latent.index("loudness")] > _AUDIBLE
    return z[loud] if loud.sum() >= 2 else z


def _indices(latent: Space, kind: str) -> list[int]:
    """Axes of a kind; among descriptors loudness and pitch first."""
    order = {name: i for i, name in enumerate(_FIRST)}
    found = [i for i, axis in enumerate(latent.axes) if axis.kind == kind]
    return sorted(found, key=lambda i: order.get(latent.axes[i].name, len(order)))


def _descriptor(latent: Space, i: int, z: NDArray[np.float64], heard: NDArray[np.float64]) -> _Knob:
    axis = latent.axes[i]
    if axis.name == "loudness" and axis.unit == "dB":
        low, high = level_range(latent, i, z)
        new = _ranged(axis, low, low, high)
        return _Knob(new, np.eye(z.shape[1])[i], 0.0, float(z[:, i].std()))
    new = _ranged(axis, *np.quantile(heard[:, i], _QUANTILES))
    return _Knob(new, np.eye(z.shape[1])[i], 0.0, float(heard[:, i].std()))


def level_range(latent: Space, i: int, z: NDArray[np.float64]) -> tuple[float, float]:
    """From where to where a knob of the level goes: from silence to what every pitch can follow.

    Args:
        latent: The latents.
        i: Which of them is the level, in dB.
        z: A corpus, ``(frames, D)``.
    """
    heard = _heard(z, latent)
    low = min(float(np.quantile(z[:, i], _QUANTILES[0])), QUIET, latent.axes[i].low)
    pitch = heard[:, latent.index("pitch")] if "pitch" in latent.names else None
    return low, max(min(_loudest_everywhere(heard[:, i], pitch), LOUDEST), low + 1.0)


def _loudest_everywhere(
    loudness: NDArray[np.float64], pitch: NDArray[np.float64] | None, regions: int = 4
) -> float:
    """The loudness that the corpus reaches in every region of its pitch.

    Beyond it, the loudest region's level asked of the softest one would be far too loud.
    """
    if pitch is None or len(loudness) < 50 * regions:
        return float(np.quantile(loudness, _QUANTILES[2]))
    order = np.argsort(pitch, kind="stable")
    parts = np.array_split(loudness[order], regions)
    return min(float(np.quantile(part, _QUANTILES[2])) for part in parts)


def _texture(axis: Axis, i: int, heard: NDArray[np.float64]) -> _Knob:
    mean = float(heard[:, i].mean())
    low, _, high = np.quantile(heard[:, i] - mean, _QUANTILES)
    new = _ranged(axis, min(low, 0.0), 0.0, max(high, 0.0))
    return _Knob(new, np.eye(heard.shape[1])[i], mean, float(heard[:, i].std()))


def _components(heard: NDArray[np.float64], free: list[int]) -> list[_Knob]:
    if not free:
        return []
    part = heard[:, free]
    mean = part.mean(axis=0)
    covariance = (part - mean).T @ (part - mean) / len(part)
    variances, vectors = np.linalg.eigh(covariance)
    total = max(float(variances.sum()), 1e-12)
    knobs: list[_Knob] = []
    for rank, column in enumerate(np.argsort(-variances, kind="stable"), start=1):
        vector = vectors[:, column]
        vector = vector * np.sign(vector[np.argmax(np.abs(vector))])
        share = max(float(variances[column]), 0.0) / total
        text = f"Principal component {rank}: {100 * share:.1f} % of the latents' variance."
        points = (part - mean) @ vector
        axis = Axis(f"pc{rank}", help=text, kind="residual")
        direction = np.zeros(heard.shape[1])
        direction[free] = vector
        ends = _ranged(axis, *np.quantile(points, _QUANTILES))
        knobs.append(_Knob(ends, direction, float(mean @ vector), float(points.std())))
    return knobs


def _ranged(axis: Axis, low: float, default: float, high: float) -> Axis:
    """The axis with another range, never an empty one."""
    if high - low < 2 * _LEAST_STD:
        low, high = low - _LEAST_STD, high + _LEAST_STD
    low, default, high = float(low), float(default), float(high)
    return Axis(axis.name, low, high, axis.unit, default, axis.help, axis.kind)
