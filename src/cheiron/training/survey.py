"""What is in a corpus: how loud, which notes, where."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio
from cheiron.features.descriptors import WINDOW, describe
from cheiron.training.corpus import Corpus

_FRAMES = 20_000  # measured at most, so that a large corpus takes no longer
_STRIPES = 1500  # of the picture
_AUDIBLE = 50.0  # dB below the loudest frame
_PITCHED = 0.3  # share of audible frames with a pitch from which pitch is worth telling
_FLOOR = -80.0  # dB


@dataclass(frozen=True, eq=False)
class Survey:
    """Measures of a corpus, taken at regular intervals.

    Args:
        loudness: A-weighted dB of each frame that is not silent, shape ``(frames,)``.
        f0: Hz of those frames, shape ``(frames,)``; NaN where there is no pitch.
        peaks: For each clip its peak levels in dB over time, shape ``(stripes,)`` each.
        stripe: Samples that one of those stands for.
    """

    loudness: NDArray[np.float32]
    f0: NDArray[np.float32]
    peaks: tuple[NDArray[np.float32], ...]
    stripe: int

    @property
    def loudness_range(self) -> tuple[float, float]:
        """5 % and 95 % of the frames, dB."""
        low, high = np.quantile(self.loudness, (0.05, 0.95))
        return float(low), float(high)

    @property
    def voiced(self) -> float:
        """Share of the audible frames that have a pitch."""
        audible = self.loudness > self.loudness.max() - _AUDIBLE
        return float(np.isfinite(self.f0[audible]).mean())

    @property
    def pitch_range(self) -> tuple[float, float] | None:
        """2 % and 98 % of the pitches in Hz; None for sound that is not about pitch."""
        if self.voiced < _PITCHED:
            return None
        low, high = np.quantile(self.f0[np.isfinite(self.f0)], (0.02, 0.98))
        return float(low), float(high)


def survey(corpus: Corpus) -> Survey:
    """Measure a corpus, one clip at a time.

    Args:
        corpus: At least one clip.
    """
    total = sum(clip.length for clip in corpus.clips)
    hop = max(WINDOW, -(-total // _FRAMES))
    stripe = max(1, -(-total // _STRIPES))
    tables: list[NDArray[np.float32]] = []
    peaks: list[NDArray[np.float32]] = []
    for clip in corpus.clips:
        audio = corpus.audio(clip)
        tables.append(describe(audio, corpus.sample_rate, hop, ("loudness", "f0")))
        peaks.append(_peaks(audio, stripe))
    loudness, f0 = np.concatenate(tables).T
    heard = np.isfinite(loudness)
    if not heard.any():  # only what nobody hears, such as a constant
        return Survey(np.full(1, _FLOOR, np.float32), np.full(1, np.nan, np.float32),
                      tuple(peaks), stripe)  # fmt: skip
    return Survey(loudness[heard], f0[heard], tuple(peaks), stripe)


def note_name(hertz: float) -> str:
    """The nearest note of a pitch.

    >>> note_name(440.0), note_name(103.8)
    ('A4', 'G♯2')
    """
    note = round(69 + 12 * np.log2(hertz / 440.0))
    names = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
    return f"{names[note % 12]}{note // 12 - 1}"


def _peaks(audio: Audio, stripe: int) -> NDArray[np.float32]:
    """Largest sample of each stretch, in dB, at least the floor."""
    starts = np.arange(0, len(audio), stripe)
    peaks = np.maximum.reduceat(np.abs(audio), starts)
    return np.maximum(20 * np.log10(np.maximum(peaks, 1e-9)), _FLOOR).astype(np.float32)
