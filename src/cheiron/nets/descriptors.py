"""What is measured of sound, frame by frame, differentiably: for losses through a decoder.

The same frames and numbers as ``cheiron.features.descriptors.describe``, which says what each of
them means. Where a descriptor is undefined, its value is a finite number that means nothing.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from cheiron.core import hearing
from cheiron.core.errors import CheironError
from cheiron.nets import descriptors_loudness as ear
from cheiron.nets import descriptors_partials as partials


class Spectra:
    """Windows of sounds, with what several descriptors share computed once.

    Args:
        samples: Shape ``(rows, WINDOW)``.
        sample_rate: Samples per second.
    """

    def __init__(self, samples: Tensor, sample_rate: int) -> None:
        self.samples, self.sample_rate = samples, sample_rate

    def table(self, values: object) -> Tensor:
        """Constants of the samples' type, where the samples are."""
        return torch.as_tensor(values, dtype=self.samples.dtype, device=self.samples.device)

    @cached_property
    def frequencies(self) -> Tensor:
        """Hz of each bin."""
        bins = torch.arange(hearing.WINDOW // 2 + 1, device=self.samples.device)
        return bins.to(self.samples.dtype) * (self.sample_rate / hearing.WINDOW)

    @cached_property
    def power(self) -> Tensor:
        """Power of the Hann-windowed spectrum, ``(rows, bins)``."""
        spectrum = torch.fft.rfft(self.samples * self.table(hearing.HANN), dim=-1)
        return spectrum.real.square() + spectrum.imag.square()

    @cached_property
    def magnitude(self) -> Tensor:
        """Square root of :attr:`power`, with a gradient of 0 at 0."""
        return torch.sqrt(torch.clamp(self.power, min=1e-16))

    @cached_property
    def energy(self) -> Tensor:
        """Mean square, ``(rows,)``."""
        return self.samples.square().mean(-1)

    @cached_property
    def audible(self) -> Tensor:
        """Whether there is anything to measure, bool ``(rows,)``."""
        return self.energy > 10 ** (hearing.SILENCE / 10)

    @cached_property
    def centre(self) -> Tensor:
        """Centre of gravity of :attr:`magnitude` in Hz, ``(rows,)``."""
        return self.magnitude @ self.frequencies / self.magnitude.sum(-1)

    @cached_property
    def loudness_pattern(self) -> Tensor:
        """Specific loudness in sone/Bark, ``(rows, 240)``."""
        return ear.pattern_of_power(self.power, self.sample_rate)


Measured = tuple[Tensor, Tensor]
"""Values and whether they are defined, ``(rows,)`` each."""


def _rms(s: Spectra) -> Measured:
    return _decibels(s.energy)


def _loudness(s: Spectra) -> Measured:
    return _decibels(s.power @ s.table(hearing.a_weighting(s.sample_rate)))


def _centroid(s: Spectra) -> Measured:
    return s.centre, s.audible


def _bandwidth(s: Spectra) -> Measured:
    away = (s.frequencies - s.centre[:, None]).square()
    spread = (s.magnitude * away).sum(-1) / s.magnitude.sum(-1)
    return torch.sqrt(torch.clamp(spread, min=1e-3)), s.audible


def _rolloff(s: Spectra) -> Measured:
    below = torch.cumsum(s.magnitude, -1)
    target = 0.85 * below[:, -1]
    place = torch.clamp((below < target[:, None]).sum(-1, keepdim=True), max=below.shape[1] - 1)
    over = below.gather(1, place)[:, 0] - target
    part = 1.0 - over / s.magnitude.gather(1, place)[:, 0]
    edge = (place[:, 0] - 0.5 + part) * (s.sample_rate / hearing.WINDOW)
    return torch.clamp(edge, min=0.0), s.audible


def _flatness(s: Spectra) -> Measured:
    power = torch.clamp(s.power, min=1e-10)
    return torch.exp(torch.log(power).mean(-1)) / power.mean(-1), s.audible


def _flux(s: Spectra) -> Measured:
    before, after = (_mel_level(s, part) for part in hearing.FLUX_PARTS)
    return torch.clamp(after - before, min=0.0).mean(-1), s.audible


def _mel_level(s: Spectra, part: slice) -> Tensor:
    spectrum = torch.fft.rfft(s.samples[:, part] * s.table(hearing.FLUX_HANN), dim=-1)
    power = spectrum.real.square() + spectrum.imag.square()
    bands = power @ s.table(hearing.mel_bands(s.sample_rate))
    return _decibels(bands)[0]


def _roughness(s: Spectra) -> Measured:
    return partials.roughness(*partials.strongest_peaks(s.samples, s.sample_rate)), s.audible


def _sharpness(s: Spectra) -> Measured:
    return ear.sharpness(s.loudness_pattern), s.audible & ear.heard(s.loudness_pattern)


def _boominess(s: Spectra) -> Measured:
    return ear.boominess(s.loudness_pattern), s.audible & ear.heard(s.loudness_pattern)


def _decibels(power: Tensor) -> Measured:
    least = 10 ** (hearing.SILENCE / 10)
    return 10 * torch.log10(torch.clamp(power, min=least)), power > least


MEASURES: dict[str, Callable[[Spectra], Measured]] = {
    "loudness": _loudness,
    "rms": _rms,
    "centroid": _centroid,
    "bandwidth": _bandwidth,
    "rolloff": _rolloff,
    "flatness": _flatness,
    "flux": _flux,
    "sharpness": _sharpness,
    "boominess": _boominess,
    "roughness": _roughness,
}
"""The descriptors that have a differentiable twin."""


def measure(
    audio: Tensor, sample_rate: int, hop: int, names: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Measure whole sounds so that gradients reach them.

    Frame ``t`` stands for the samples ``[t * hop, (t + 1) * hop)`` and is measured on 2048 samples
    around their middle, with silence beyond the ends. A larger hop costs less.

    Args:
        audio: Shape ``(batch, samples)``.
        sample_rate: Samples per second.
        hop: Samples per frame.
        names: Which descriptors, in order, of :data:`MEASURES`.

    Returns:
        Values ``(batch, ceil(samples / hop), len(names))``, finite and with finite gradients
        whatever the sound, and which of them are defined (bool, same shape).

    Raises:
        CheironError: If a descriptor has no differentiable twin; lists those that have.

    >>> tone = 0.5 * torch.sin(torch.arange(8192) * 0.1)
    >>> values, defined = measure(tone[None], 44100, 1024, ["loudness", "centroid"])
    >>> values.shape, bool(defined.all()), round(float(values[0, 4, 1]))
    (torch.Size([1, 8, 2]), True, 703)
    """
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise CheironError(
            f"{unknown[0]!r} cannot be steered through a decoder; choose among "
            f"{', '.join(MEASURES)}."
        )
    batch, length = audio.shape
    frames = -(-length // hop)
    shape = (batch, frames, len(names))
    if 0 in shape:
        return audio.new_zeros(shape), audio.new_zeros(shape, dtype=torch.bool)
    windows, sound = _cut(audio, hop, frames)
    spectra = Spectra(windows, sample_rate)
    values: list[Tensor] = []
    defined: list[Tensor] = []
    for name in names:
        value, known = MEASURES[name](spectra)
        values.append(value)
        defined.append(known & sound)
    return torch.stack(values, -1).reshape(shape), torch.stack(defined, -1).reshape(shape)


def _cut(audio: Tensor, hop: int, frames: int) -> tuple[Tensor, Tensor]:
    """Windows ``(batch * frames, WINDOW)``, and whether each holds sound only."""
    before = hearing.WINDOW // 2 - hop // 2
    after = (frames - 1) * hop - before + hearing.WINDOW - audio.shape[1]
    whole = torch.isfinite(audio) & (audio.abs() <= hearing.LOUDEST_SAMPLE)
    padded = functional.pad(torch.where(whole, audio, 0.0), (before, after))
    windows = padded.unfold(-1, hearing.WINDOW, hop).reshape(-1, hearing.WINDOW)
    if bool(whole.all()):
        return windows, torch.ones(len(windows), dtype=torch.bool, device=audio.device)
    broken = functional.pad((~whole).to(audio.dtype), (before, after))
    rows = broken.unfold(-1, hearing.WINDOW, hop).reshape(-1, hearing.WINDOW)
    return windows, rows.sum(-1) == 0
