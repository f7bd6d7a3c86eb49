"""Monotonic rational-quadratic splines (Gregory & Delbourgo 1982; Durkan et al. 2019)."""

import math

import torch
from torch import Tensor
from torch.nn import functional

LEAST = 0.02
"""Least share of the interval that a bin has, on either axis: no flat and no steep places."""

LEAST_SLOPE = 0.05
"""Least slope at a knot."""


def parameters(bins: int) -> int:
    """Numbers that one spline takes: widths, heights and the slopes at the inner knots."""
    return 3 * bins - 1


def spline(x: Tensor, raw: Tensor, bound: float, inverse: bool) -> tuple[Tensor, Tensor]:
    """Bend ``[-bound, bound]`` monotonically onto itself; outside nothing changes.

    Args:
        x: Any shape.
        raw: Unconstrained parameters, the shape of ``x`` and then ``parameters(bins)``; zeros give
            the identity.
        bound: End of the interval.
        inverse: Whether to go from values back to arguments.

    Returns:
        What ``x`` becomes, and the logarithm of the slope there, both of its shape.

    >>> x = torch.linspace(-6, 6, 7)
    >>> raw = torch.linspace(-1, 1, 7 * 11).reshape(7, 11)
    >>> y, slope = spline(x, raw, 4.0, inverse=False)
    >>> back, _ = spline(y, raw, 4.0, inverse=True)
    >>> bool(torch.allclose(x, back, atol=1e-5)), float(slope[0])
    (True, 0.0)
    """
    bins = (raw.shape[-1] + 1) // 3
    left, width = _knots(raw[..., :bins], bound)
    low, height = _knots(raw[..., bins : 2 * bins], bound)
    # softplus of the offset is 1 - LEAST_SLOPE, so that zeros are slope 1
    offset = math.log(math.expm1(1.0 - LEAST_SLOPE))
    inner = LEAST_SLOPE + functional.softplus(raw[..., 2 * bins :] + offset)
    slopes = functional.pad(inner, (1, 1), value=1.0)
    inside = torch.clamp(x, -bound, bound)
    start = low if inverse else left
    # One-hot choice of the bin: neither search nor boolean indexing, so it exports as plain nodes.
    reached = (inside[..., None] >= start[..., 1:]).to(x.dtype)
    ones = torch.ones_like(inside)[..., None]
    chosen = torch.cat([ones, reached], -1) - functional.pad(reached, (0, 1))
    x0, w, y0, h, d0, d1 = (
        (chosen * part).sum(-1)
        for part in (left, width, low, height, slopes[..., :-1], slopes[..., 1:])
    )
    share = _share_of(inside, y0, h, w, d0, d1) if inverse else (inside - x0) / w
    value, log_slope = _bend(share, w, h, d0, d1)
    moved = x0 + share * w if inverse else y0 + value
    outside = (x.abs() > bound).to(x.dtype)
    y = outside * x + (1.0 - outside) * moved
    return y, (1.0 - outside) * (-log_slope if inverse else log_slope)


def _knots(raw: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """Where bins start and how long they are, shape ``(..., bins)`` each."""
    bins = raw.shape[-1]
    sizes = (LEAST + (1.0 - LEAST * bins) * torch.softmax(raw, -1)) * (2.0 * bound)
    return torch.cumsum(sizes, -1) - sizes - bound, sizes


def _bend(share: Tensor, w: Tensor, h: Tensor, d0: Tensor, d1: Tensor) -> tuple[Tensor, Tensor]:
    """Height above the bin's lower end and log slope, at a share of the bin's width."""
    mean = h / w
    both = share * (1.0 - share)
    below = mean + (d0 + d1 - 2.0 * mean) * both
    value = h * (mean * share * share + d0 * both) / below
    rise = d1 * share * share + 2.0 * mean * both + d0 * (1.0 - share) * (1.0 - share)
    return value, 2.0 * torch.log(mean) + torch.log(rise) - 2.0 * torch.log(below)


def _share_of(y: Tensor, y0: Tensor, h: Tensor, w: Tensor, d0: Tensor, d1: Tensor) -> Tensor:
    """The share of the bin's width at which a height is reached: the root of a quadratic."""
    mean = h / w
    up = y - y0
    bend = d0 + d1 - 2.0 * mean
    a = h * (mean - d0) + up * bend
    b = h * d0 - up * bend
    c = -mean * up
    root = torch.sqrt(torch.clamp(b * b - 4.0 * a * c, min=0.0) + 1e-20)
    return torch.clamp(2.0 * c / (-b - root), 0.0, 1.0)
