"""A flow on the globe as a plain function of NumPy arrays."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cheiron.nets.manifold import Sphere
from cheiron.nets.manifold_flow import FieldConfig
from cheiron.nets.manifold_ode import log_density
from cheiron.training.manifold_fit import FitConfig, fit_flow
from cheiron.training.manifold_kernels import Points

_STEPS = 24
_MOST_STEPS = 100_000
_BATCH = 1024


def fit_globe(
    train: Points,
    seed: int,
    minutes: float,
    shape: Mapping[str, Any],
    progress: Callable[[float], None] = lambda _: None,
) -> Callable[[Points], NDArray[np.float64]]:
    """A flow from the uniform density to places, by Riemannian flow matching.

    Args:
        train: Unit vectors, shape ``(places, 3)``.
        seed: Fixes every draw.
        minutes: Processor time for the training.
        shape: Fields of :class:`cheiron.nets.manifold_flow.FieldConfig`.
        progress: Told the share that is done.

    Returns:
        Unit vectors ``(points, 3)`` to log densities ``(points,)``.
    """
    config = FitConfig(_MOST_STEPS, rate=3e-3, seconds=60 * minutes, seed=seed)
    data = torch.from_numpy(train.astype(np.float32))
    field = fit_flow(Sphere(2), data, FieldConfig(**shape, seed=seed), config, progress=progress)

    def log_prob(x: Points) -> NDArray[np.float64]:
        parts = torch.from_numpy(x.astype(np.float32)).split(_BATCH)
        with torch.no_grad():
            found = torch.cat([log_density(field, part, _STEPS) for part in parts])
        return found.numpy().astype(np.float64)

    return log_prob
