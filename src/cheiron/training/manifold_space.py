"""Fitting a manifold onto the latents of a corpus."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cheiron.control.linear import LinearSpace
from cheiron.control.manifold_chart import ROUND, Chart
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Latents
from cheiron.core.space import Space
from cheiron.nets.manifold import Euclidean, Product, Sphere, Torus
from cheiron.nets.manifold_flow import FieldConfig, VectorField
from cheiron.training.manifold_fit import FitConfig, couple, fit_flow
from cheiron.training.space import fit_pca

SHAPE = FieldConfig(width=64, depth=2, waves=24, reach=3.0)
"""Small enough for a fraction of a millisecond for each frame."""

_MOST = 20_000  # frames of the corpus
_LEAST = 200
_AUDIBLE = -50.0  # dB
_LOOP_SHARE = 0.3  # of each batch, where there is a loop
_LEAST_TURN = 0.05  # share of a loop's variance that must go round


@dataclass(frozen=True, eq=False)
class Fitted:
    """Everything that a manifold space is made of.

    Args:
        base: Principal components.
        chart: Polar coordinates of the free ones.
        field: The flow.
        mean: Of each knob of the base.
    """

    base: LinearSpace
    chart: Chart
    field: VectorField
    mean: NDArray[np.float64]


def fit_manifold(
    z: Latents,
    latent: Space,
    model: str,
    manifold: str,
    loop: Latents | None = None,
    config: FitConfig | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Fitted:
    """Lay a circle, torus or sphere onto a corpus of latents.

    Without a loop the manifold goes round the mean of the corpus in its first principal
    components. With one (circle only) it goes round where the loop does, and the phase of the loop
    is taught to the flow by pairing each of its frames with a base point of that phase.

    Args:
        z: Latents of the corpus, shape ``(frames, D)``.
        latent: What they mean.
        model: Name of the model.
        manifold: ``"circle"``, ``"torus"`` or ``"sphere"``.
        loop: Latents of one turn, shape ``(frames, D)``.
        config: How the flow is trained.
        progress: Told the share that is done.

    Raises:
        CheironError: If there are too few frames or latents, or the loop does not go round.
    """
    if loop is not None and manifold != "circle":
        raise CheironError(f"a loop goes round a circle, not a {manifold}; leave one of them out.")
    base = fit_pca(z, latent, model)
    knobs, _ = _audible(base, z)
    if len(knobs) < _LEAST:
        raise CheironError(
            f"the corpus has {len(knobs)} frames that can be heard; expected at least {_LEAST}, "
            "so give more sound."
        )
    moved = [i for i, axis in enumerate(base.control.axes) if axis.kind == "residual"]
    needs = ROUND.get(manifold, (0, 0, 0))[1]
    if len(moved) < needs:
        raise CheironError(
            f"a {manifold} needs {needs} latents, {model} has {len(moved)} that are free; choose "
            "another manifold or model."
        )
    scale = base.std[moved].astype(np.float64)
    flat = knobs[:, moved] / scale
    turn = None if loop is None else _audible(base, loop)
    around = None if turn is None else (turn[0][:, moved] / scale, turn[1])
    chart = _chart(manifold, flat, around)
    field = _flow(chart, flat, around, config or FitConfig(steps=1500, batch=256), progress)
    return Fitted(base, chart, field, knobs.mean(axis=0))


def manifold_of(chart: Chart) -> Product:
    """The product of manifolds that a chart's points live on."""
    first = Sphere(2) if chart.manifold == "sphere" else Torus(ROUND[chart.manifold][0])
    return Product((first, Euclidean(chart.lines)))


def _audible(base: LinearSpace, z: Latents) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Knobs of the frames that can be heard, and which share of the whole each is at."""
    share = np.arange(len(z)) / max(len(z), 1)
    known = np.isfinite(z).all(axis=1)
    knobs, share = base.to_control(z[known]).astype(np.float64), share[known]
    if "loudness" in base.control.names:
        loud = knobs[:, base.control.index("loudness")] > _AUDIBLE
        knobs, share = knobs[loud], share[loud]
    every = max(1, len(knobs) // _MOST)
    return knobs[::every], share[::every]


def _chart(
    manifold: str,
    flat: NDArray[np.float64],
    around: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> Chart:
    size = flat.shape[1]
    centre, rotation = flat.mean(axis=0), np.eye(size)
    if around is not None:
        centre, rotation = _ring(*around)
    first = Chart(manifold, centre, rotation, _standard(manifold))
    numbers, _, radii = ROUND[manifold]
    logs = first.to_point(flat)[:, numbers : numbers + radii]
    radius = np.stack([logs.mean(axis=0), np.maximum(logs.std(axis=0), 1e-3)])
    return Chart(manifold, centre, rotation, radius)


def _standard(manifold: str) -> NDArray[np.float64]:
    radii = ROUND[manifold][2]
    return np.stack([np.zeros(radii), np.ones(radii)])


def _ring(
    rows: NDArray[np.float64], share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre of a loop, and a rotation that takes the plane in which it turns to the first two."""
    if len(rows) < 8:
        raise CheironError(
            f"the loop has {len(rows)} frames that can be heard; expected at least 8."
        )
    phase = 2 * np.pi * share
    centre = rows.mean(axis=0)
    wave = np.stack([np.cos(phase), np.sin(phase)])
    first = 2 * wave @ (rows - centre) / len(rows)
    left, sizes, right = np.linalg.svd(first, full_matrices=True)
    power = 0.5 * float((sizes**2).sum()) / max(float((rows - centre).var(axis=0).sum()), 1e-12)
    if power < _LEAST_TURN or sizes[1] < 0.05 * sizes[0]:
        raise CheironError(
            f"the loop does not go round: {100 * power:.0f} % of its movement is one turn, and its "
            f"ellipse is {sizes[1] / max(sizes[0], 1e-12):.2f} wide for 1 long; give a sound that "
            "goes away from its beginning and comes back another way."
        )
    plane = left @ right[:2]
    return centre, np.concatenate([plane, right[2:]])


def _flow(
    chart: Chart,
    flat: NDArray[np.float64],
    around: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    config: FitConfig,
    progress: Callable[[float], None],
) -> VectorField:
    space = manifold_of(chart)
    points = _tensor(chart.to_point(flat))
    if around is None:
        return fit_flow(space, points, SHAPE, _coupled(config), progress=progress)
    ring, phase = _tensor(chart.to_point(around[0])), _tensor(2 * math.pi * around[1])
    # Repeated until the loop is a fixed share of what is drawn.
    often = max(1, round(_LOOP_SHARE / (1 - _LOOP_SHARE) * len(points) / len(ring)))
    data = torch.cat([points, ring.repeat(often, 1)])
    labels = torch.cat([torch.full((len(points),), math.nan), phase.repeat(often)])

    def partners(rows: Tensor, generator: torch.Generator) -> Tensor:
        start = space.sample(len(rows), generator)
        start = start[couple(space, start, data[rows], generator)]
        known = labels[rows]
        angle = torch.where(known.isnan(), start[:, 0], known)
        return space.project(torch.cat([angle[:, None], start[:, 1:]], -1))

    return fit_flow(space, data, SHAPE, config, partners=partners, progress=progress)


def _coupled(config: FitConfig) -> FitConfig:
    return FitConfig(**{**vars(config), "couple": True})


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))
