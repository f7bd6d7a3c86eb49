"""Roughness as :mod:`cheiron.features.descriptors_partials` has it, differentiable.

Which maxima are partials is decided without gradients; how high and where they are has them.
"""

import torch
from torch import Tensor

from cheiron.core import hearing


def roughness(hertz: Tensor, amplitude: Tensor) -> Tensor:
    """How much partials beat (Vassilakis, SMC 2007).

    Args:
        hertz: Frequencies, ``(rows, PARTIALS)``.
        amplitude: Amplitudes, same shape; 0 for those that are missing.

    Returns:
        Shape ``(rows,)``.
    """
    first, second = torch.triu_indices(
        hearing.PARTIALS, hearing.PARTIALS, 1, device=hertz.device
    ).unbind()
    low = torch.minimum(hertz[:, first], hertz[:, second])
    away = (hertz[:, first] - hertz[:, second]).abs() * (0.24 / (0.0207 * low + 18.96))
    one, other = amplitude[:, first], amplitude[:, second]
    depth = 2 * torch.minimum(one, other) / torch.clamp(one + other, min=hearing.FAINTEST_PARTIAL)
    beat = torch.exp(-3.5 * away) - torch.exp(-5.75 * away)
    span = hearing.PARTIAL_FULL - hearing.PARTIAL_FROM
    share = amplitude / torch.clamp(amplitude[:, :1], min=hearing.FAINTEST_PARTIAL)
    counts = torch.clamp((share - hearing.PARTIAL_FROM) / span, 0.0, 1.0)
    beat = beat * counts[:, first] * counts[:, second]
    # A missing partial has no beat; the floor keeps the root's gradient finite.
    product = torch.clamp(one * other, min=hearing.FAINTEST_PARTIAL**2)
    return (product**0.1 * 0.5 * depth**3.11 * beat).sum(-1)


def strongest_peaks(samples: Tensor, sample_rate: int) -> tuple[Tensor, Tensor]:
    """Hz and amplitude of the strongest partials of windows ``(rows, WINDOW)``, loudest first.

    Returns:
        Shape ``(rows, PARTIALS)`` each; missing ones have amplitude 0.
    """
    window = torch.as_tensor(hearing.HAMMING, dtype=samples.dtype, device=samples.device)
    spectrum = torch.fft.rfft(samples * window, 2 * hearing.WINDOW, dim=-1)
    power = spectrum.real.square() + spectrum.imag.square()
    height = torch.sqrt(torch.clamp(power, min=1e-18)) * (2 / (0.54 * hearing.WINDOW))
    with torch.no_grad():
        here = height[:, 1:-1]
        least = torch.clamp(0.01 * here.amax(-1, keepdim=True), min=hearing.FAINTEST_PARTIAL)
        crest = (here > height[:, :-2]) & (here >= height[:, 2:]) & (here >= least)
        found = torch.where(crest, here, 0.0).topk(hearing.PARTIALS, dim=-1)
    at, there = found.indices + 1, found.values > 0
    left, peak, right = (
        torch.log(torch.clamp(height.gather(1, at + side), min=hearing.FAINTEST_PARTIAL))
        for side in (-1, 0, 1)
    )
    shift = 0.5 * (left - right) / torch.clamp(left - 2 * peak + right, max=-1e-9)
    shift = torch.clamp(shift, -0.5, 0.5)
    amplitude = torch.exp(peak - 0.25 * (left - right) * shift)
    hertz = (at + shift) * (sample_rate / (2 * hearing.WINDOW))
    return hertz, torch.where(there, amplitude, 0.0)
