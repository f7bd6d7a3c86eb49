"""The perceptual map: what a latent point sounds like, as numbers that can be subtracted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cheiron.core.noise import normal_noise
from cheiron.core.protocols import Audio, AudioModel, Latents
from cheiron.features.descriptors import WINDOW, Windows, descriptor

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

BANDS = 32
"""Mel bands."""

QUALITIES = ("loudness", "centroid", "sharpness", "boominess")
"""Descriptors beside the mel bands. Flatness and bandwidth hang on what is hardly audible, so that
noise would tell neighbours apart; the bands say the same."""

_LOWEST, _HIGHEST = 60.0, 16000.0  # Hz
_RATIOS = ("centroid",)  # heard by ratios: their logarithm counts
_BAND_FLOOR = 3e-7  # mean square of a band that nobody hears (-65 dB)
_QUIET, _CLEAR = -70.0, -50.0  # dB between which qualities of a sound fade in
_SETTLE, _SPAN = 0.04, 0.1  # seconds: until the decoder has forgotten its start, and measured
_WINDOWS = 5
_AT_ONCE = 50  # points whose sound is measured at once: memory stays flat


@dataclass(frozen=True)
class Scale:
    """Features made comparable: mel bands count as much as all other descriptors together.

    Args:
        names: One for each feature: ``mel.HZ`` or the name of a descriptor.
        mean: Shape ``(K,)``.
        spread: Shape ``(K,)``, above zero.
    """

    names: tuple[str, ...]
    mean: Points
    spread: Points

    @classmethod
    def of(cls, names: Sequence[str], raw: Points) -> "Scale":
        """The scale on which these points have variance 1 in mel bands and 1 in the others.

        Args:
            names: Of the features.
            raw: Shape ``(count, K)``.
        """
        mean, deviation = raw.mean(axis=0), raw.std(axis=0)
        mel = np.array([name.startswith("mel.") for name in names])
        spread = np.empty(len(names))
        # One scale for all bands: a decibel is a decibel.
        spread[mel] = max(float(np.sqrt((deviation[mel] ** 2).sum())), 1e-6)
        spread[~mel] = np.maximum(deviation[~mel], 1e-6) * np.sqrt(max((~mel).sum(), 1))
        return cls(tuple(names), mean, spread)

    def __call__(self, raw: Points) -> Points:
        """Comparable features of raw ones, the same shape."""
        return (raw - self.mean) / self.spread


class Listener:
    """Holds latent points, decodes them and measures what is heard.

    Every point is played from a fresh start with the same noise, so equal points sound equal and
    what differs between two neighbours is their own difference, not chance. Texture moves as noise
    around its mean, as when nobody drives it.

    Args:
        model: Decodes.
        columns: Latent axes that a point gives; the others are texture.
        centre: Whole latent vector, shape ``(D,)``, for the axes that a point does not give.
        spread: Standard deviation of each latent's noise, shape ``(D,)``; 0 where it is still.
        seed: Fixes all noise.
    """

    def __init__(
        self,
        model: AudioModel,
        columns: Sequence[int],
        centre: NDArray[np.floating],
        spread: NDArray[np.floating],
        seed: int = 0,
    ) -> None:
        self._model, self._columns, self._seed = model, list(columns), seed
        rate = model.sample_rate
        settle = -(-round(_SETTLE * rate) // model.hop)
        self._span = max(round(_SPAN * rate), WINDOW)
        self._frames = settle + -(-self._span // model.hop)
        draws = normal_noise(seed, 0, self._frames * model.latent.size)
        noise = draws.reshape(self._frames, model.latent.size)
        held = np.zeros(model.latent.size, bool)
        held[self._columns] = True
        still = np.where(held, 0.0, centre + noise * spread)
        self._base = still.astype(np.float32)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the features, in order."""
        bands = [f"mel.{round(f)}" for f in _centres(self._model.sample_rate)]
        return (*bands, *QUALITIES)

    def hear(self, point: NDArray[np.floating]) -> Audio:
        """The sound of one point, held, without its beginning; shape ``(samples,)``."""
        z: Latents = self._base.copy()
        z[:, self._columns] = point
        return self._model.decode(z, self._seed)[-self._span :]

    def measure(self, points: Points, progress: Callable[[float], None] = lambda _: None) -> Points:
        """Raw features.

        Args:
            points: Shape ``(count, len(columns))``.
            progress: Told the share of the points that are done.

        Returns:
            Shape ``(count, len(names))``, all finite.
        """
        found = np.empty((len(points), len(self.names)))
        for start in range(0, len(points), _AT_ONCE):
            part = points[start : start + _AT_ONCE]
            found[start : start + len(part)] = self._features([self.hear(p) for p in part])
            progress(min(1.0, (start + len(part)) / len(points)))
        return found

    def _features(self, sounds: list[Audio]) -> Points:
        starts = np.linspace(0, self._span - WINDOW, _WINDOWS).astype(int)
        cut = [sound[s : s + WINDOW] for sound in sounds for s in starts]
        windows = Windows(np.ascontiguousarray(cut), self._model.sample_rate)
        power = windows.power.reshape(len(sounds), _WINDOWS, -1).mean(axis=1, dtype=np.float64)
        bands = power @ _bands(self._model.sample_rate).T
        mel = 10 * np.log10(bands + _BAND_FLOOR)
        qualities = [
            _steady(name, descriptor(name)(windows).reshape(len(sounds), _WINDOWS))
            for name in self.names[BANDS:]
        ]
        level = qualities[0]
        sure = np.clip((level - _QUIET) / (_CLEAR - _QUIET), 0.0, 1.0)
        # A sound that nobody hears has no quality: it fades to nothing instead of jumping there.
        rest = [sure * quality for quality in qualities[1:]]
        return np.column_stack([mel, level, *rest])


def _steady(name: str, columns: NDArray[np.float32]) -> Points:
    """One number for each sound; what is undefined is the lowest."""
    values = columns.astype(np.float64)
    if name in _RATIOS:
        values = np.log2(np.maximum(values, 1e-5))
    floor = _QUIET if name == "loudness" else 0.0
    values = np.nan_to_num(values, nan=floor)
    if name == "loudness":
        values = np.maximum(values, floor)
    return values.mean(axis=1)


def _centres(sample_rate: int) -> Points:
    """Middle of each band in Hz."""
    highest = _mel(min(_HIGHEST, 0.45 * sample_rate))
    return 700.0 * (10.0 ** (np.linspace(_mel(_LOWEST), highest, BANDS) / 2595.0) - 1.0)


def _mel(hertz: float) -> float:
    return 2595.0 * float(np.log10(1.0 + hertz / 700.0))


def _bands(sample_rate: int) -> Points:
    """Weights of each bin's power in each band, shape ``(bands, bins)``.

    Bells a band wide instead of triangles: a partial that moves through them changes the levels
    without kinks. They add up to the mean square of the sound.
    """
    frequencies = np.fft.rfftfreq(WINDOW, 1 / sample_rate)
    mels = 2595.0 * np.log10(1.0 + frequencies / 700.0)
    middles = 2595.0 * np.log10(1.0 + _centres(sample_rate) / 700.0)
    width = middles[1] - middles[0]
    bells = np.exp(-0.5 * ((mels[None] - middles[:, None]) / width) ** 2) / np.sqrt(2 * np.pi)
    return bells * 2.0 / (0.375 * WINDOW * WINDOW)
