"""Choose a few hundred moments of the corpus that cover what a model can do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, ControlSpace, Latents
from cheiron.features.descriptors import SILENCE, describe
from cheiron.models.landmarks import Landmarks
from cheiron.training.corpus import Corpus
from cheiron.training.cover import medoids, spread_out
from cheiron.training.previews import make_previews

SOUND_LIMIT = 2_200_000
"""Bytes that all previews together may have."""

_NAMES = ("loudness", "rms", "centroid", "flatness", "f0", "periodicity")
_LEVELS = ("loudness", "rms")
_CANDIDATES = 20_000  # moments looked at; more make no difference to a few hundred
_DYNAMICS = 50.0  # dB below the loudest moment; what is softer is represented by one landmark
_QUIET_TRIES = 7
_QUIET_SECONDS = 0.5


@dataclass(frozen=True)
class _Moments:
    """Moments to choose from, one in each row."""

    clip: NDArray[np.int64]  # -1: silence that is in no clip
    frame: NDArray[np.int64]
    z: Latents
    measures: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.clip)

    @property
    def loudness(self) -> NDArray[np.float32]:
        return self.measures[:, _NAMES.index("loudness")]

    def take(self, index: NDArray[np.intp]) -> "_Moments":
        return _Moments(self.clip[index], self.frame[index], self.z[index], self.measures[index])

    def __add__(self, other: "_Moments") -> "_Moments":
        return _Moments(
            np.concatenate([self.clip, other.clip]),
            np.concatenate([self.frame, other.frame]),
            np.concatenate([self.z, other.z]),
            np.concatenate([self.measures, other.measures]),
        )


def aligned_latents(model: AudioModel, audio: Audio) -> Latents:
    """Latents whose frame ``t`` stands for the samples ``[t * hop, (t + 1) * hop)`` of a sound.

    Args:
        model: Encodes with a delay of ``model.latency`` samples.
        audio: Shape ``(samples,)``.

    Returns:
        Shape ``(ceil(samples / hop), D)``.
    """
    late = model.latency // model.hop
    frames = -(-len(audio) // model.hop)
    padded = np.zeros((frames + late) * model.hop, np.float32)
    padded[: len(audio)] = audio
    return model.encode(padded)[late:]


def choose_landmarks(
    model: AudioModel,
    space: ControlSpace,
    corpus: Corpus,
    z_by_clip: Sequence[Latents],
    count: int = 240,
    seed: int = 0,
) -> Landmarks:
    """Moments that cover the control space, with their measures, a map and their sound.

    They are the medoids of a k-means in control coordinates (without texture). Held-out clips are
    not looked at. One more is quiet: of several quiet moments, silence itself among them, the one
    that the model holds most softly; it comes first.

    Args:
        model: Plays the previews.
        space: Its control space.
        corpus: What it was trained on.
        z_by_clip: For each of ``corpus.clips``, what :func:`aligned_latents` gives.
        count: How many; fewer if the corpus has fewer different moments.
        seed: Fixes the choice and the previews.

    Raises:
        CheironError: If the corpus has another sample rate than the model, or no moment of it has
            latents that are finite.
        ValueError: If there is not one array of latents for each clip.
    """
    if corpus.sample_rate != model.sample_rate:
        raise CheironError(
            f"the corpus has {corpus.sample_rate} Hz and {model.name} {model.sample_rate} Hz; "
            f"build the corpus with --sample-rate {model.sample_rate}."
        )
    if len(z_by_clip) != len(corpus.clips):
        raise ValueError(f"{len(corpus.clips)} clips have {len(z_by_clip)} arrays of latents")
    moments = _moments(model, corpus, z_by_clip)
    quiet = _quietest(model, moments, seed)
    floor = max(float(moments.loudness.max()) - _DYNAMICS, float(quiet.loudness[0]))
    heard = np.flatnonzero(moments.loudness >= floor)
    where = _places(space, moments.z[heard])
    index = heard[medoids(where, count - 1, np.random.default_rng(seed))]
    others = moments.take(index)
    chosen = quiet + others
    trajectories = [
        (_hold(model, quiet.z[0]), 0),
        *((z_by_clip[c], int(t)) for c, t in zip(others.clip, others.frame, strict=True)),
    ]
    previews = make_previews(model, trajectories, SOUND_LIMIT, seed)
    return Landmarks(
        z=chosen.z,
        position=spread_out(_places(space, chosen.z)),
        descriptors=chosen.measures,
        names=_NAMES,
        sources=tuple(corpus.clips[i].name if i >= 0 else "" for i in chosen.clip),
        start=previews.start,
        length=previews.length,
        sample_rate=previews.sample_rate,
        sound=previews.sound,
    )


def _moments(model: AudioModel, corpus: Corpus, z_by_clip: Sequence[Latents]) -> _Moments:
    """Every n-th frame of the training clips; never none."""
    used = [(i, clip) for i, clip in enumerate(corpus.clips) if not clip.held_out]
    step = sum(len(z_by_clip[i]) for i, _ in used) // _CANDIDATES
    step += 1 - step % 2  # odd: the middle of a stretch of so many frames is a frame
    found: _Moments | None = None
    for i, clip in used:
        z = z_by_clip[i]
        table = describe(corpus.audio(clip), corpus.sample_rate, model.hop * step, _NAMES)
        frames = np.arange(len(table)) * step + step // 2
        frames = frames[frames < len(z)]
        frames = frames[np.isfinite(z[frames]).all(axis=1)]
        measures = _floored(table[frames // step])
        part = _Moments(np.full(len(frames), i), frames, z[frames].astype(np.float32), measures)
        found = part if found is None else found + part
    if found is None or not len(found):
        raise CheironError(f"{model.name} gives no finite latents for this corpus; train it again.")
    return found


def _floored(measures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Levels of silence are a number, so that whoever looks for the quietest moment finds it."""
    for name in _LEVELS:
        column = _NAMES.index(name)
        measures[:, column] = np.nan_to_num(measures[:, column], nan=SILENCE)
    return measures


def _places(space: ControlSpace, z: Latents) -> NDArray[np.float64]:
    """Control coordinates in which a distance is a difference in sound.

    Axes with a meaning count by their range. The others share one scale, so that a component of
    little variance counts little; texture does not count.
    """
    low, high = space.control.low.astype(np.float64), space.control.high.astype(np.float64)
    named = np.array([axis.kind == "descriptor" for axis in space.control.axes])
    counts = np.array([axis.kind != "texture" for axis in space.control.axes])
    width = high - low
    shared = width[counts & ~named].max(initial=0.0)
    scale = np.where(named, width, shared)
    c = np.clip(space.to_control(z).astype(np.float64), low, high)
    return ((c - low) / np.where(counts, scale, 1.0))[:, counts]


def _quietest(model: AudioModel, moments: _Moments, seed: int) -> _Moments:
    """The quiet moment that the model holds most softly."""
    order = np.argsort(moments.loudness, kind="stable")
    quiet = order[: max(1, int((moments.loudness < moments.loudness.min() + 3.0).sum()))]
    tries = quiet[np.unique(np.linspace(0, len(quiet) - 1, _QUIET_TRIES).astype(int))]
    candidates = moments.take(tries) + _silence(model)
    levels = [_held_level(model, z, seed) for z in candidates.z]
    return candidates.take(np.array([int(np.argmin(levels))]))


def _silence(model: AudioModel) -> _Moments:
    """What the model makes of a second without sound."""
    z = aligned_latents(model, np.zeros(model.sample_rate, np.float32))[-1:]
    measures = np.full((1, len(_NAMES)), np.nan, np.float32)
    return _Moments(np.array([-1]), np.array([0]), z.astype(np.float32), _floored(measures))


def _hold(model: AudioModel, z: Latents) -> Latents:
    """One latent frame, held."""
    return np.repeat(z[None], round(_QUIET_SECONDS * model.sample_rate / model.hop) + 1, axis=0)


def _held_level(model: AudioModel, z: Latents, seed: int) -> float:
    """Mean square of the later part of a held sound."""
    audio = model.decode(_hold(model, z), seed)
    return float(np.mean(np.square(audio[len(audio) // 2 :], dtype=np.float64)))
