"""What a geometry is fitted on: audible moments of clips, one half to build, one to judge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, Latents
from cheiron.features.descriptors import describe
from cheiron.training.landmarks import aligned_latents

LEAST_CLIPS = 4
"""With fewer, nothing would be left to judge by that the paths were not made with."""

_AUDIBLE = 50.0  # dB below the loudest moment
_FAINTEST = -70.0  # dB: what never exceeds this is silence
_MOMENTS = 12_000  # looked at; more make no difference to 1500 nodes
_LEAST_MOMENTS = 40


@dataclass(frozen=True)
class ClipSound:
    """One clip of a corpus.

    Args:
        name: For people.
        samples: How many it has.
        read: Gives them.
        held_out: Whether the model was trained without it.
    """

    name: str
    samples: int
    read: Callable[[], Audio]
    held_out: bool = False


@dataclass(frozen=True, eq=False)
class Material:
    """Latents of audible moments.

    Args:
        build: What the geometry is made of, shape ``(moments, D)``.
        judge: Moments of other clips.
        clips: How many clips each of them comes from.
    """

    build: Latents
    judge: Latents
    clips: tuple[int, int]


def gather_moments(
    model: AudioModel,
    clips: Sequence[ClipSound],
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> Material:
    """Encode a corpus and keep the moments that can be heard.

    Clips that the model was trained without judge, and others by chance until half of all do.

    Args:
        model: With an encoder.
        clips: At the model's sample rate.
        seed: Fixes which clips judge.
        progress: Told the share of the clips that are done.

    Raises:
        CheironError: If there are too few clips, or too little to hear.
    """
    if len(clips) < LEAST_CLIPS:
        raise CheironError(
            f"the corpus has {len(clips)} clip{'s' * (len(clips) != 1)}; a geometry needs at least "
            f"{LEAST_CLIPS}, since paths are judged by clips that they were not made with; add "
            "sounds, or cut a long one into several files."
        )
    step = _step(sum(clip.samples for clip in clips) // model.hop)
    found: list[tuple[Latents, NDArray[np.float32]]] = []
    for index, clip in enumerate(clips):
        found.append(_moments(model, clip.read(), step))
        progress((index + 1) / len(clips))
    levels = np.concatenate([level for _, level in found])
    loudest = float(np.nanmax(levels, initial=-np.inf))
    if loudest < _FAINTEST:
        raise CheironError(
            "the corpus is silent: no moment of it is louder than -70 dB; give the sounds that "
            f"{model.name} was trained on."
        )
    floor = max(loudest - _AUDIBLE, _FAINTEST)
    heard = [z[level > floor] for z, level in found]
    judging = _judges([clip.held_out for clip in clips], np.random.default_rng(seed))
    build = np.concatenate([z for z, judge in zip(heard, judging, strict=True) if not judge])
    judge = np.concatenate([z for z, judge in zip(heard, judging, strict=True) if judge])
    if min(len(build), len(judge)) < _LEAST_MOMENTS:
        raise CheironError(
            f"only {len(build) + len(judge)} moments of the corpus are audible, "
            f"{min(len(build), len(judge))} of them in one of the two parts it is cut into; "
            f"expected at least {_LEAST_MOMENTS} in each, so give more sound."
        )
    return Material(build, judge, (len(clips) - sum(judging), sum(judging)))


def _step(frames: int) -> int:
    """Frames between two moments, odd: the middle of a stretch of so many frames is a frame."""
    step = max(1, frames // _MOMENTS)
    return step + 1 - step % 2


def _moments(model: AudioModel, audio: Audio, step: int) -> tuple[Latents, NDArray[np.float32]]:
    """Latents and loudness in the middle of each stretch of ``step`` frames."""
    z = aligned_latents(model, audio)
    levels = describe(audio, model.sample_rate, model.hop * step, ("loudness",))[:, 0]
    frames = np.arange(len(levels)) * step + step // 2
    there = frames < len(z)
    z, levels = z[frames[there]], levels[there]
    finite = np.isfinite(z).all(axis=1)
    return z[finite], np.nan_to_num(levels[finite], nan=-np.inf)


def _judges(held_out: Sequence[bool], rng: np.random.Generator) -> list[bool]:
    """Which clips judge: half of them, those held out first."""
    count = len(held_out)
    order = sorted(range(count), key=lambda i: (not held_out[i], rng.random()))
    chosen = set(order[: count // 2])
    return [i in chosen for i in range(count)]
