"""The decoder of the RAVE family for the kernel; :mod:`cheiron.nets.rave` has the mathematics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cheiron.models.native.bank import synthesis_filters
from cheiron.models.native.cover import NotCoveredError, require
from cheiron.models.native.filtered_noise import add_noise
from cheiron.models.native.program import Builder, Kind, Program, Signal, padded
from cheiron.models.native.weights import Weights, integers, layer, rows

_HEADROOM = 16
_TEXTURE_WIDTH = 64
_FIELDS = (
    "bands",
    "taps",
    "latent",
    "texture",
    "kernel",
    "kernel_out",
    "core",
    "noise_bins",
    "noise_stage",
)
_LISTS = ("ratios", "widths", "dilations")
_OTHERS = {"sample_rate", "attenuation", "encoder_widths", "smooth", "loudness"}


@dataclass(frozen=True)
class _Settings:
    """Fields of :class:`cheiron.nets.rave.RaveConfig`; widths and ratios from the frames up."""

    bands: int
    taps: int
    latent: int
    texture: int
    kernel: int
    kernel_out: int
    core: int
    noise_bins: int
    noise_stage: int
    ratios: tuple[int, ...]
    widths: tuple[int, ...]
    dilations: tuple[int, ...]
    loudness: bool
    attenuation: float

    @property
    def hop(self) -> int:
        return self.bands * math.prod(self.ratios)

    @property
    def block(self) -> int:
        return self.hop // self.bands

    @property
    def slow(self) -> int:
        return self.latent - self.texture


def plan_rave(config: Mapping[str, Any], weights: Weights) -> Program:
    """The program of a RAVE-class decoder.

    Raises:
        NotCoveredError: If the kernel cannot do exactly this.
    """
    settings = _settings(config)
    first = int(settings.loudness)
    builder = Builder(first + settings.latent, settings.hop)
    z = builder.take(first, [0.0] * settings.latent, [1.0] * settings.latent)
    active, source = z, z
    for stage in range(len(settings.widths)):
        active = _stage(builder, weights, settings, stage, active)
        if stage == settings.noise_stage:
            source = active
    wave = _wave(builder, weights, settings, active)
    if settings.texture:
        _add_texture(builder, weights, settings, z, wave)
    audio = builder.signal(settings.hop)
    filters = synthesis_filters(settings.bands, settings.taps, settings.attenuation)
    builder.convolve(wave, filters, np.zeros(settings.bands, np.float32), raw=audio)
    if settings.noise_bins:
        shape = (settings.noise_bins, settings.widths[settings.noise_stage], 3)
        weight, bias = layer(weights, "decoder.magnitudes.layers.1", shape)
        logs = builder.signal(settings.noise_bins, source.rate)
        builder.convolve(source, weight, bias - np.float32(4), raw=logs)
        add_noise(builder, logs, settings.noise_bins, audio, None)
    if settings.loudness:
        builder.add(Kind.EMIT, audio, 0, builder.keep(1))
    else:
        builder.add(Kind.EMIT, audio, -1, -1)
    return builder.build()


def _settings(config: Mapping[str, Any]) -> _Settings:
    require(set(config) == {*_FIELDS, *_LISTS, *_OTHERS}, "it has other settings")
    numbers = dict(zip(_FIELDS, integers(config, _FIELDS), strict=True))
    lists = {name: _numbers(config, name) for name in _LISTS}
    attenuation: Any = config["attenuation"]
    fits = isinstance(attenuation, int | float) and 21 <= attenuation <= 200
    require(fits, f"its filters attenuate by {attenuation!r} dB")
    settings = _Settings(
        **numbers,
        ratios=lists["ratios"][::-1],
        widths=lists["widths"][::-1],
        dilations=lists["dilations"],
        loudness=config["loudness"] is True,
        attenuation=float(attenuation),
    )
    bands, texture = settings.bands, settings.texture
    require(len(settings.widths) == len(settings.ratios) + 1, "its widths do not fit its ratios")
    require(0 < bands <= 256 and bands % 8 == 0, f"it has {bands} bands")
    require(0 < settings.taps <= 65536 and settings.taps % bands == 0, "odd filters")
    require(settings.core <= 16, f"it has {settings.core} units at the frame rate")
    require(settings.kernel > 0 and settings.kernel_out > 0, "it has no kernels")
    require(settings.noise_stage < len(settings.widths), "its noise branch reads no stage")
    fits = texture % settings.block == 0 and texture // settings.block <= bands
    require(fits and texture < settings.latent, "odd texture axes")
    return settings


def _numbers(config: Mapping[str, Any], name: str) -> tuple[int, ...]:
    values: Any = config[name]
    if not isinstance(values, list | tuple):
        raise NotCoveredError(f"its setting {name} is {values!r}")
    numbers = cast(list[Any], list(values))
    require(all(type(n) is int and n > 0 for n in numbers), f"its setting {name} is {numbers}")
    return tuple(numbers)


def _stage(
    builder: Builder, weights: Weights, settings: _Settings, stage: int, active: Signal
) -> Signal:
    """One width: a convolution or an upsampling, then residual units; the output, rectified."""
    name, width = f"decoder.stages.{stage}.layers", settings.widths[stage]
    if stage == 0:
        dilations, rate, ratio = [2**i for i in range(settings.core)], 1, 1
        weight, bias = layer(weights, f"{name}.0", (width, settings.latent, 3))
    else:
        ratio = settings.ratios[stage - 1]
        dilations, rate = list(settings.dilations), active.rate * ratio
        shape = (width * ratio, settings.widths[stage - 1], 2)
        weight, bias = layer(weights, f"{name}.1.conv", shape)
    raw, out = builder.signal(width, rate), builder.signal(width, rate)
    builder.convolve(active, rows(weight, ratio), rows(bias, ratio), raw=raw, active=out)
    for i, dilation in enumerate(dilations, 1 if stage == 0 else 2):
        inside, after = builder.signal(width, rate), builder.signal(width, rate)
        unit = f"{name}.{i}.inner.layers"
        one = layer(weights, f"{unit}.1", (width, width, settings.kernel))
        two = layer(weights, f"{unit}.3", (width, width, settings.kernel_out))
        builder.convolve(out, *one, dilation=dilation, active=inside)
        builder.convolve(inside, *two, raw=raw, active=after, residual=raw)
        out = after
    return out


def _wave(builder: Builder, weights: Weights, settings: _Settings, active: Signal) -> Signal:
    """Waveform and loudness branches: the sub-bands."""
    bands = settings.bands
    branches, wave = builder.signal(2 * bands, active.rate), builder.signal(bands, active.rate)
    shape = (2 * bands, settings.widths[-1], 7)
    builder.convolve(active, *layer(weights, "decoder.wave.layers.1", shape), raw=branches)
    headroom = _HEADROOM if settings.loudness else 1
    builder.add(Kind.GATE, branches, padded(bands), active.rate, wave, headroom)
    return wave


def _add_texture(
    builder: Builder, weights: Weights, settings: _Settings, z: Signal, wave: Signal
) -> None:
    """Texture latents, at the levels that the slow latents say, added to the sub-bands."""
    block, slow, axes = settings.block, settings.slow, settings.texture
    name = "decoder.texture.levels.layers"
    inside, logs = builder.signal(_TEXTURE_WIDTH), builder.signal(axes)
    builder.convolve(z, *layer(weights, f"{name}.0", (_TEXTURE_WIDTH, slow, 3)), active=inside)
    weight, bias = layer(weights, f"{name}.2", (axes, _TEXTURE_WIDTH, 1))
    builder.convolve(inside, weight, bias - np.float32(1), raw=logs)
    builder.add(
        Kind.TEXTURE,
        logs,
        logs.stride,
        int(settings.loudness) + slow,
        axes // block,
        block,
        builder.constant(cosine_transform(block)),
        wave,
        wave.stride,
    )


def cosine_transform(size: int) -> NDArray[np.float32]:
    """The orthonormal cosine transform (DCT-II), one wave in each row."""
    n = np.arange(size)
    matrix = np.cos(math.pi / size * (n + 0.5) * n[:, np.newaxis]) * math.sqrt(2 / size)
    matrix[0] *= math.sqrt(0.5)
    return matrix.astype(np.float32)
