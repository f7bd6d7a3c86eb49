"""What is measured of sound, frame by frame: the frames and how each is measured.

Frame ``t`` stands for the samples ``[t * hop, (t + 1) * hop)``, like a latent frame; it is measured
on a window of 2048 samples around their middle, with silence beyond the ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.hearing import HANN, LOUDEST_SAMPLE, SILENCE, WINDOW
from cheiron.core.protocols import Audio
from cheiron.core.space import Axis, Space
from cheiron.features import DESCRIPTORS

Column = NDArray[np.float32]
"""One number for each frame, shape ``(frames,)``; NaN where undefined."""

_CHUNK = 256  # frames at a time: the working set stays in the cache


class Windows:
    """Some windows of a sound, with what several descriptors share computed once.

    Args:
        samples: Shape ``(frames, WINDOW)``.
        sample_rate: Samples per second.
    """

    def __init__(self, samples: NDArray[np.float32], sample_rate: int) -> None:
        self.samples, self.sample_rate = samples, sample_rate

    @cached_property
    def frequencies(self) -> NDArray[np.float32]:
        """Hz of each bin, shape ``(bins,)``."""
        return np.arange(WINDOW // 2 + 1, dtype=np.float32) * np.float32(self.sample_rate / WINDOW)

    @cached_property
    def power(self) -> NDArray[np.float32]:
        """Power of the Hann-windowed spectrum, shape ``(frames, bins)``."""
        spectrum = np.fft.rfft(self.samples * HANN, axis=1)
        return (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)

    @cached_property
    def energy(self) -> NDArray[np.float64]:
        """Mean square, shape ``(frames,)``."""
        return np.mean(np.square(self.samples, dtype=np.float64), axis=1)

    @cached_property
    def audible(self) -> NDArray[np.bool_]:
        """Whether there is anything to measure, shape ``(frames,)``."""
        return self.energy > 10 ** (SILENCE / 10)

    @cached_property
    def magnitude(self) -> NDArray[np.float32]:
        """Square root of :attr:`power`."""
        return np.sqrt(self.power)

    @cached_property
    def centre(self) -> NDArray[np.float32]:
        """Centre of gravity of :attr:`magnitude` in Hz, 0 in silence, shape ``(frames,)``."""
        total = self.magnitude.sum(axis=1)
        centre = self.magnitude @ self.frequencies / np.where(total > 0, total, 1.0)
        return centre.astype(np.float32, copy=False)

    @cached_property
    def loudness_pattern(self) -> NDArray[np.float64]:
        """Specific loudness in sone/Bark, every tenth of a Bark, shape ``(frames, 240)``."""
        from cheiron.features.descriptors_loudness import pattern_of_power

        return pattern_of_power(self.power, self.sample_rate)

    @cached_property
    def peaks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Hz and amplitude of the strongest partials, see :func:`.strongest_peaks`."""
        from cheiron.features.descriptors_partials import strongest_peaks

        return strongest_peaks(self.samples, self.sample_rate)

    @cached_property
    def pitch(self) -> tuple[Column, Column]:
        """Fundamental in Hz, whatever it means, and periodicity in [0, 1]."""
        from cheiron.features.descriptors_pitch import mcleod

        return mcleod(self.samples, self.sample_rate)


@dataclass(frozen=True)
class Descriptor:
    """One measure of sound.

    Args:
        axis: Its name, unit and usual range.
        measure: Windows to one number each.
    """

    axis: Axis
    measure: Callable[[Windows], Column]

    def __call__(self, windows: Windows) -> Column:
        """Measure; shape ``(frames,)``, NaN where undefined."""
        return self.measure(windows)


def describes(
    unit: str, low: float, high: float
) -> Callable[[Callable[[Windows], Column]], Descriptor]:
    """Make a descriptor of a function: its name is the axis's, its first line the help."""

    def decorate(measure: Callable[[Windows], Column]) -> Descriptor:
        text = (measure.__doc__ or "").strip().partition("\n")[0]
        axis = Axis(measure.__name__, low, high, unit, default=low, help=text, kind="descriptor")
        return Descriptor(axis, measure)

    return decorate


def descriptor(name: str) -> Descriptor:
    """The descriptor of that name.

    Raises:
        CheironError: If there is none; lists those there are.
    """
    if name not in DESCRIPTORS:
        raise CheironError(
            f"there is no sound descriptor {name!r}; choose one of {', '.join(DESCRIPTORS)}."
        )
    module, _, function = DESCRIPTORS[name].partition(":")
    return getattr(import_module(module), function)


def descriptor_space(names: Sequence[str] = tuple(DESCRIPTORS)) -> Space:
    """What the columns of :func:`describe` mean.

    >>> descriptor_space(["loudness", "f0"]).axes[1].unit
    'Hz'
    """
    return Space("descriptors", tuple(descriptor(n).axis for n in names))


def describe(
    audio: Audio, sample_rate: int, hop: int, names: Sequence[str] = tuple(DESCRIPTORS)
) -> NDArray[np.float32]:
    """Measure a whole sound.

    Args:
        audio: Shape ``(samples,)``.
        sample_rate: Samples per second.
        hop: Samples per frame.
        names: Which descriptors, in order.

    Returns:
        Shape ``(ceil(samples / hop), len(names))``, NaN where undefined; that is also wherever a
        window holds samples that are no numbers or far beyond any sound.

    Raises:
        CheironError: If a descriptor is unknown.

    >>> tone = np.sin(2 * np.pi * 441 * np.arange(44100) / 44100).astype(np.float32)
    >>> [round(float(x)) for x in describe(tone, 44100, 512, ["rms", "f0"])[40]]
    [-3, 441]
    """
    frames = -(-len(audio) // hop)
    before = frame_start(hop)
    padded = np.zeros(max(0, frames - 1) * hop + WINDOW + max(0, before) + hop, np.float32)
    padded[max(0, before) : max(0, before) + len(audio)] = audio
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[max(0, -before) :: hop]
    return measure_windows(views[:frames], sample_rate, names)


def frame_start(hop: int) -> int:
    """Samples from the beginning of a frame's window to the frame's first sample."""
    return WINDOW // 2 - hop // 2


def measure_windows(
    windows: NDArray[np.float32], sample_rate: int, names: Sequence[str]
) -> NDArray[np.float32]:
    """Measure windows of sound.

    Args:
        windows: Shape ``(frames, WINDOW)``; may be a view.
        sample_rate: Samples per second.
        names: Which descriptors, in order.

    Returns:
        Shape ``(frames, len(names))``, NaN where undefined.

    Raises:
        CheironError: If a descriptor is unknown.
    """
    measures = [descriptor(name) for name in names]
    table = np.empty((len(windows), len(names)), np.float32)
    for start in range(0, len(windows), _CHUNK):
        samples = np.ascontiguousarray(windows[start : start + _CHUNK], np.float32)
        sound = np.abs(samples) <= LOUDEST_SAMPLE  # not for NaN
        whole = sound.all(axis=1)
        shared = Windows(samples if whole.all() else np.where(sound, samples, 0.0), sample_rate)
        rows = table[start : start + len(samples)]
        for column, measure in enumerate(measures):
            rows[:, column] = measure(shared)
        rows[~whole] = np.nan
    return table
