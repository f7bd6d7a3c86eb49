"""The decoder of the DDSP family for the kernel; :mod:`cheiron.nets.ddsp` has the mathematics."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cheiron.models.native.cover import require
from cheiron.models.native.filtered_noise import add_noise
from cheiron.models.native.program import Builder, Kind, Program, Signal
from cheiron.models.native.weights import Weights, integers, layer, rows

_PITCH, _LOUDNESS = 0, 1
_SPAN = 16  # samples that c/harmonics.c makes at a time
_FIELDS = ("sample_rate", "hop", "timbre", "partials", "noise_bins", "width", "depth")
_ENCODER = {"window", "encoder_width", "mels", "short_mels", "lowest", "highest"}


def plan_ddsp(config: Mapping[str, Any], weights: Weights) -> Program:
    """The program of a DDSP-class decoder.

    Raises:
        NotCoveredError: If the kernel cannot do exactly this.
    """
    require(set(config) == {*_FIELDS, *_ENCODER}, "it has other settings")
    rate, hop, timbre, partials, bins, width, depth = integers(config, _FIELDS)
    require(hop > 0 and hop % _SPAN == 0, f"its hop is no multiple of {_SPAN}")
    require(rate > 0 and partials > 0, "it has no partials")
    builder = Builder(2 + timbre, hop)
    shift, scale = [60.0, -40.0, *[0.0] * timbre], [1 / 12, 1 / 20, *[1.0] * timbre]
    x = builder.take(0, shift, scale)
    x = _network(builder, weights, x, width, depth)
    weight, bias = layer(
        weights, f"decoder.net.layers.{2 + 2 * depth}", (3 * partials + bins, width, 1)
    )
    tilt = -1.0 - 1.5 * np.log(np.arange(1.0, partials + 1))
    lift = np.concatenate([tilt, np.full(partials, 0.5), np.zeros(partials), np.full(bins, -4.0)])
    bias = (bias + lift).astype(np.float32)
    tone, breath = slice(3 * partials), slice(3 * partials, None)
    audio = builder.signal(hop)
    part = rows(bias[:partials], 1).size
    directions, logs = builder.signal(3 * part), builder.signal(bins)
    builder.convolve(x, rows(weight[tone], 3), rows(bias[tone], 3), raw=directions)
    builder.convolve(x, weight[breath], bias[breath], raw=logs)
    outer = next(g for g in (5, 4, 6, 3, 2, 1) if partials % g == 0)
    inner = partials // outer
    builder.add(
        Kind.HARMONICS,
        directions,
        directions.stride,
        part,
        outer,
        inner,
        _PITCH,
        _LOUDNESS,
        builder.keep(4 * part),
        builder.keep(2 * inner * _SPAN),
        audio,
        hop,
        rate,
    )
    add_noise(builder, logs, bins, audio, _LOUDNESS)
    builder.add(Kind.EMIT, audio, -1, -1)
    return builder.build()


def _network(builder: Builder, weights: Weights, x: Signal, width: int, depth: int) -> Signal:
    """Residual convolutions over latent frames."""
    weight, bias = layer(weights, "decoder.net.layers.0", (width, x.channels, 3))
    y = builder.signal(width)
    builder.convolve(x, weight, bias, active=y)
    for i in range(depth):
        name = f"decoder.net.layers.{2 + 2 * i}.inner.layers"
        inside, out = builder.signal(width), builder.signal(width)
        first = layer(weights, f"{name}.0", (width, width, 3))
        second = layer(weights, f"{name}.2", (width, width, 1))
        builder.convolve(y, *first, dilation=2**i, active=inside)
        builder.convolve(inside, *second, residual=y, active=out)
        y = out
    return y
