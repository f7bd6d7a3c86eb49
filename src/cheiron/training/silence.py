"""Silence that is not worth training on."""

from dataclasses import dataclass

import numpy as np

from cheiron.core.protocols import Audio


@dataclass(frozen=True)
class SilenceCut:
    """What of a sound's silence is kept.

    Args:
        threshold: Samples up to this size are silent.
        margin: Samples kept around what is not silent.
        longest: Samples; a longer silence within a sound is cut out.
        fade: Samples over which the ends beside a cut are cross-faded.
    """

    threshold: float
    margin: int
    longest: int
    fade: int


def cut_silence(audio: Audio, cut: SilenceCut) -> Audio:
    """A sound without the silence at its ends and without long silences inside.

    Args:
        audio: Shape ``(samples,)``.
        cut: What to keep.

    Returns:
        Shape ``(samples,)``; empty if all of it is silent.

    >>> sound = np.array([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0], np.float32)
    >>> cut_silence(sound, SilenceCut(0.5, margin=1, longest=5, fade=1)).tolist()
    [0.0, 1.0, 0.0, 2.0, 0.0]
    """
    loud = np.flatnonzero(np.abs(audio) > cut.threshold)
    if not loud.size:
        return audio[:0]
    # The margins on both sides of a cut must not meet.
    gaps = np.flatnonzero(np.diff(loud) > max(cut.longest, 2 * cut.margin + 1))
    starts = np.maximum(np.append(loud[0], loud[gaps + 1]) - cut.margin, 0)
    stops = np.append(loud[gaps], loud[-1]) + 1 + cut.margin
    stretches = [audio[a:b] for a, b in zip(starts, stops, strict=True)]
    return _joined(stretches, min(cut.fade, cut.margin))


def _joined(stretches: list[Audio], fade: int) -> Audio:
    """One after the other, each overlapping the one before by ``fade`` samples."""
    rise = ((np.arange(fade) + 0.5) / max(fade, 1)).astype(np.float32)
    pieces: list[Audio] = [stretches[0]]
    for stretch in stretches[1:]:
        before = pieces[-1]
        mixed = before[len(before) - fade :] * (1 - rise) + stretch[:fade] * rise
        seam = mixed.astype(np.float32, copy=False)
        pieces[-1:] = [before[: len(before) - fade], seam, stretch[fade:]]
    return np.concatenate(pieces)
