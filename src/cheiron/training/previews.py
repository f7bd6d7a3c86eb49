"""What a moment of the corpus sounds like when the model plays it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from cheiron.core.audio_files import encode_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, Latents

_FADE = 0.015  # seconds
_LEAD = 0.15  # seconds decoded before a preview, so that it begins as if within the sound
_QUALITIES = ((1.0, 0.4), (0.5, 0.4), (0.5, 0.3), (0.5, 0.2), (0.25, 0.2))  # rate, seconds


@dataclass(frozen=True, eq=False)
class Previews:
    """Short sounds in one file.

    Args:
        sound: A FLAC file.
        start: Where each begins, in samples, shape ``(count,)``.
        length: Samples of each, shape ``(count,)``.
        sample_rate: Samples per second.
    """

    sound: bytes
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    sample_rate: int


def make_previews(
    model: AudioModel, moments: Sequence[tuple[Latents, int]], limit: int, seed: int = 0
) -> Previews:
    """Decode around some moments, as well as a number of bytes allows.

    Previews are 0.4 s at the model's sample rate, or at half of it, or shorter.

    Args:
        model: What plays.
        moments: Trajectories, shape ``(frames, D)``, each with the frame that is meant.
        limit: Bytes that the file may have.
        seed: Fixes the noise.

    Raises:
        CheironError: If even the poorest previews are too large.
    """
    longest = _QUALITIES[0][1]
    sounds = [_decode(model, z, frame, longest, seed) for z, frame in moments]
    for share, seconds in _QUALITIES:
        rate = round(model.sample_rate * share)
        pieces = list(_finish(sounds, model.sample_rate, rate, seconds))
        sound = encode_audio(np.concatenate(pieces), rate, ".flac", "PCM_16")
        if len(sound) <= limit:
            length = np.array([len(piece) for piece in pieces], np.int64)
            return Previews(sound, np.cumsum(length) - length, length, rate)
    raise CheironError(
        f"{len(moments)} previews need more than {limit} bytes; choose fewer landmarks."
    )


def _decode(model: AudioModel, z: Latents, frame: int, seconds: float, seed: int) -> Audio:
    """The sound around a frame."""
    rate = model.sample_rate / model.hop
    frames = max(1, round(seconds * rate))
    first = max(0, min(frame - frames // 2, len(z) - frames))
    lead = min(first, round(_LEAD * rate))
    sound = model.decode(z[first - lead : first + frames], seed)
    return np.array(sound[lead * model.hop :])


def _finish(sounds: Sequence[Audio], old_rate: int, rate: int, seconds: float) -> Iterator[Audio]:
    """The middle of each sound, at another rate, faded in and out."""
    for sound in sounds:
        keep = min(len(sound), round(seconds * old_rate))
        first = (len(sound) - keep) // 2
        piece = sound[first : first + keep]
        if rate != old_rate:
            piece = soxr.resample(piece, old_rate, rate, quality="HQ")
        fade = min(len(piece) // 2, round(_FADE * rate))
        ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / max(fade, 1))).astype("f4")
        piece = np.clip(piece, -1.0, 1.0).astype(np.float32)
        piece[:fade] *= ramp
        piece[len(piece) - fade :] *= ramp[::-1]
        yield piece
