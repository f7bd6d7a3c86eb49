"""The loudness pattern of :mod:`cheiron.features.descriptors_loudness`, differentiable."""

from functools import cache

import torch
from torch import Tensor

from cheiron.core import hearing


def sharpness(pattern: Tensor) -> Tensor:
    """Sharpness in acum of loudness patterns ``(..., 240)``; 0 where there is no loudness."""
    return pattern @ _constant(hearing.sharpness_weights(), pattern) / _total(pattern)


def boominess(pattern: Tensor) -> Tensor:
    """Booming index of loudness patterns ``(..., 240)``; 0 where there is no loudness."""
    weights, low = hearing.boom_weights()
    share = pattern @ _constant(low, pattern) / _total(pattern)
    # Patterns stay below 1000 sone/Bark; a sum of exponentials beyond float32 takes logsumexp.
    nepers = 0.1 * 2.302585092994046
    loud = torch.logsumexp(nepers * pattern * _constant(weights, pattern), -1) / nepers
    return loud * share


def heard(pattern: Tensor) -> Tensor:
    """Whether patterns are loud enough to have a quality, bool ``(...)``."""
    return pattern.sum(-1) * hearing.STEP > hearing.FAINTEST


def pattern_of_power(power: Tensor, sample_rate: int) -> Tensor:
    """Specific loudness of Hann-windowed power spectra ``(rows, bins)``: sone/Bark ``(rows, 240)``.

    Gradients are finite everywhere, 0 where a critical band is below the threshold in quiet.
    """
    bands = power @ _constant(hearing.third_octaves(sample_rate), power)
    level = 10 * torch.log10(torch.clamp(bands, min=1e-16)) + hearing.FULL_SCALE
    return _spread(_main_loudness(level))


def _main_loudness(level: Tensor) -> Tensor:
    steps, corrections = (_constant(t, level) for t in hearing.low_level_correction())
    low = level[:, :11] + torch.stack(
        [Curve(steps[:, i], corrections[:, i])(level[:, i]) for i in range(11)], -1
    )
    groups = [_decibel_sum(low[:, group]) for group in hearing.GROUPS]
    heard = torch.cat([torch.stack(groups, -1), level[:, 11:]], -1)
    off = hearing.TRANSMISSION + hearing.BAND_WIDTH + hearing.THRESHOLD
    above = heard - _constant(off, level)
    rise = (0.75 + 0.25 * 10 ** (0.1 * above)) ** 0.25 - 1
    gain = _constant(0.0635 * 10 ** (0.025 * hearing.THRESHOLD), level)
    main = torch.clamp(gain * rise, min=0.0)
    lowest = main[:, :1]
    lowest = lowest * torch.clamp(0.4 + 0.32 * torch.clamp(lowest, min=1e-9) ** 0.2, max=1.0)
    return torch.cat([lowest, main[:, 1:], torch.zeros_like(lowest)], -1)


def _spread(main: Tensor) -> Tensor:
    entering = torch.zeros_like(main[:, 0])
    pattern: list[Tensor] = []
    for band, (fall, rise, off, width) in enumerate(_bands(str(main.device), main.dtype)):
        left = fall(entering)[:, None]
        pattern.append(torch.maximum(rise(left - off), main[:, band, None]))
        entering = torch.maximum(rise(left[:, 0] - width), main[:, band])
    return torch.cat(pattern, -1)


class Curve:
    """Straight lines through points, constant beyond them; differentiable almost everywhere.

    Args:
        x: Increasing, shape ``(n,)``.
        y: Shape ``(n,)``.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self._x, self._y = x.contiguous(), y
        self._slope = (y[1:] - y[:-1]) / (x[1:] - x[:-1])

    def __call__(self, at: Tensor) -> Tensor:
        """Values at ``at``, any shape."""
        inside = torch.minimum(torch.maximum(at, self._x[0]), self._x[-1])
        place = torch.bucketize(inside.detach(), self._x, right=True) - 1
        place = torch.clamp(place, 0, len(self._slope) - 1)
        return self._y[place] + (inside - self._x[place]) * self._slope[place]


@cache
def _bands(device: str, dtype: torch.dtype) -> list[tuple[Curve, Curve, Tensor, float]]:
    """Of each critical band: travel of a level, level of a travel, its points' distances, width."""
    like = torch.empty(0, device=device, dtype=dtype)
    where = hearing.band_of_point()
    low, found = 0.0, list[tuple[Curve, Curve, Tensor, float]]()
    for band, end in enumerate(hearing.BAND_ENDS):
        levels, travel = (_constant(t, like) for t in hearing.decay(band))
        off = _constant(hearing.BARK[where == band] - low, like)
        found.append((Curve(levels, travel), Curve(travel, levels), off, float(end - low)))
        low = float(end)
    return found


def _total(pattern: Tensor) -> Tensor:
    return torch.clamp(pattern.sum(-1), min=1e-6)


def _decibel_sum(level: Tensor) -> Tensor:
    return 10 * torch.log10(torch.clamp((10 ** (0.1 * level)).sum(-1), min=1e-16))


def _constant(values: object, like: Tensor) -> Tensor:
    return torch.as_tensor(values, dtype=like.dtype, device=like.device)
