"""What a reconstruction is judged by, apart from its spectral distance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio
from cheiron.features.descriptors import SILENCE, WINDOW, describe

_HOP = 512  # samples between two frames of loudness or pitch
_GATE = -60.0  # dBFS; quieter frames of the original count in no loudness error
_VOICING = 0.5  # semitones between pYIN's candidates: coarse is fast, and voicing needs no more


def loudness(audio: Audio, sample_rate: int) -> NDArray[np.float32]:
    """A-weighted level in dB, at least -100, one for each 512 samples.

    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(44100) / 44100).astype(np.float32)
    >>> round(float(loudness(tone, 44100)[20]))
    -3
    """
    # Silence counts as the lowest level, so that errors stay finite.
    return np.nan_to_num(describe(audio, sample_rate, _HOP, ["loudness"])[:, 0], nan=SILENCE)


def loudness_error(original: Audio, output: Audio, sample_rate: int) -> float:
    """Mean absolute difference in dB where the original is above -60 dB; NaN if it never is.

    Args:
        original: Shape ``(samples,)``.
        output: The same shape.
        sample_rate: Samples per second.
    """
    wanted, got = loudness(original, sample_rate), loudness(output, sample_rate)
    heard = wanted > _GATE
    return float(np.abs(wanted - got)[heard].mean()) if heard.any() else float("nan")


@dataclass(frozen=True)
class PitchTrack:
    """The pitch of an original and where it has one.

    Args:
        f0: Hz, one for each 512 samples.
        voiced: Whether the frame is periodic, the same shape.
    """

    f0: NDArray[np.float64]
    voiced: NDArray[np.bool_]


@dataclass(frozen=True)
class PitchJudge:
    """Compares pitches by trackers that no model is built with.

    pYIN (Mauch & Dixon 2014) says where the original is voiced; plain YIN (de Cheveigné & Kawahara
    2002) measures both sounds, because pYIN rounds to its grid.

    Args:
        sample_rate: Samples per second.
        low: Lowest pitch in Hz.
        high: Highest pitch in Hz.
    """

    sample_rate: int
    low: float = 65.0
    high: float = 1500.0

    def track(self, original: Audio) -> PitchTrack:
        """The pitch of an original."""
        import librosa

        _, voiced, _ = librosa.pyin(
            original, sr=self.sample_rate, fmin=self.low, fmax=self.high,
            frame_length=WINDOW, hop_length=_HOP, resolution=_VOICING,
        )  # fmt: skip
        loud = loudness(original, self.sample_rate) > _GATE
        f0 = self._yin(original)
        count = min(len(f0), len(loud))
        return PitchTrack(f0[:count], voiced[:count] & loud[:count])

    def error(self, original: PitchTrack, output: Audio) -> float:
        """Median absolute error in cents over the voiced frames; NaN if there are none."""
        if not original.voiced.any():
            return float("nan")
        cents = 1200 * np.abs(np.log2(self._yin(output)[: len(original.f0)] / original.f0))
        return float(np.median(cents[original.voiced]))

    def _yin(self, audio: Audio) -> NDArray[np.float64]:
        import librosa

        f0 = librosa.yin(
            audio, sr=self.sample_rate, fmin=self.low, fmax=self.high,
            frame_length=WINDOW, hop_length=_HOP,
        )  # fmt: skip
        return np.asarray(f0, np.float64)


def level(audio: Audio) -> float:
    """RMS in dBFS, where a square wave of amplitude 1 has 0; at least -200."""
    mean = float(np.mean(np.square(audio, dtype=np.float64))) if len(audio) else 0.0
    return 10 * np.log10(max(mean, 1e-20))


@dataclass(frozen=True)
class Estimate:
    """A mean and how sure it is.

    Args:
        mean: Over all files that have a value; NaN if none has.
        low: Lower end of the 95 % interval.
        high: Upper end.
    """

    mean: float
    low: float
    high: float


def bootstrap(values: Sequence[float], draws: int = 2000, seed: int = 0) -> Estimate:
    """Mean with the 95 % percentile interval over files drawn with replacement.

    Args:
        values: One per file; NaN means that the file has none.
        draws: How many resamplings.
        seed: Of the resamplings.

    >>> bootstrap([2.0, 2.0, float("nan")])
    Estimate(mean=2.0, low=2.0, high=2.0)
    """
    known = np.array([v for v in values if np.isfinite(v)])
    if not len(known):
        return Estimate(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    means = known[rng.integers(0, len(known), (draws, len(known)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(float(known.mean()), float(low), float(high))
