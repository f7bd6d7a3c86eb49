"""Along a vector field: transports of points, and the densities that they make.

Steps are of fixed number and of fourth order (Runge, Kutta), so the same arithmetic can be exported
as one graph. The field reads points that are off the manifold as their nearest points, which keeps
a path on it but for the error of a step; each step ends with a projection.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from cheiron.nets.manifold_flow import VectorField

Density = Callable[[Tensor], Tensor]
"""Points ``(batch, ambient)`` to log densities ``(batch,)``."""


def travel(
    field: VectorField,
    x: Tensor,
    steps: int = 16,
    *,
    start: float = 0.0,
    end: float = 1.0,
    context: Tensor | None = None,
) -> Tensor:
    """Where points are at ``end`` that are at ``x`` at ``start``; backwards if it is earlier.

    Args:
        field: What moves them.
        x: ``(batch, ambient)``.
        steps: Steps on the way.
        start: Time of ``x``.
        end: Time of the result.
        context: ``(batch, field.config.context)``.
    """
    size = (end - start) / steps
    for number in range(steps):
        t = start + size * number
        at = [torch.full((1, 1), t + part * size, dtype=x.dtype) for part in (0.0, 0.5, 1.0)]
        a = field(x, at[0], context)
        b = field(x + 0.5 * size * a, at[1], context)
        c = field(x + 0.5 * size * b, at[1], context)
        d = field(x + size * c, at[2], context)
        x = field.manifold.project(x + size / 6 * (a + 2 * b + 2 * c + d))
    return x


def log_density(
    field: VectorField,
    x: Tensor,
    steps: int = 32,
    *,
    base: Density | None = None,
    context: Tensor | None = None,
) -> Tensor:
    """Log density at ``x`` of what the field makes of its base.

    ``log p_1(x) = log p_0(x_0) - integral of the divergence`` along the path that ends in ``x``
    (Chen et al. 2018); exact up to the error of the steps.

    Args:
        field: The flow.
        x: Points, ``(batch, ambient)``.
        steps: Steps from data to base.
        base: Log density at t = 0; the manifold's own when absent.
        context: ``(batch, field.config.context)``.

    Returns:
        ``(batch,)``, with respect to the manifold's volume.
    """
    manifold = field.manifold
    size = -1.0 / steps
    total = torch.zeros(x.shape[0], dtype=x.dtype)
    for number in range(steps):
        t = 1.0 + size * number
        at = [torch.full((1, 1), t + part * size, dtype=x.dtype) for part in (0.0, 0.5, 1.0)]
        a, da = field.divergence(x, at[0], context)
        b, db = field.divergence(manifold.project(x + 0.5 * size * a), at[1], context)
        c, dc = field.divergence(manifold.project(x + 0.5 * size * b), at[1], context)
        d, dd = field.divergence(manifold.project(x + size * c), at[2], context)
        x = manifold.project(x + size / 6 * (a + 2 * b + 2 * c + d))
        total = total + size / 6 * (da + 2 * db + 2 * dc + dd)
    return (base or manifold.log_prob)(x) + total
