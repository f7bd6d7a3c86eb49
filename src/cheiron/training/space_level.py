"""Latents that are a level: is it heard as they say, and silence, which corpora hardly have."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cheiron.core.protocols import AudioModel, Latents
from cheiron.core.space import Space
from cheiron.training.space_frames import EVERY, LEAST_FRAMES, Ear, Frames, measure, window_mean

QUIET = -95.0
"""dB to which sounds fade: nobody hears it."""

_CLIPS, _FRAMES = 12, 350
_ALIKE, _NEAR = 0.98, 3.0  # correlation, and dB apart after the mean difference, of an exact level


def level_of(latent: Space) -> int:
    """Which latent is a level in dB; -1 where there is none.

    >>> level_of(Space.of("latent", ["z1", "z2"]))
    -1
    """
    # A regularised latent may be called loudness too, but holds no dB.
    named = [(axis.name, axis.unit) for axis in latent.axes]
    return named.index(("loudness", "dB")) if ("loudness", "dB") in named else -1


def hear_fading(ear: Ear, latents: Sequence[Latents], seconds: float) -> Frames | None:
    """Stretches of a second that fade to :data:`QUIET`, so that a knob of loudness reaches it.

    Args:
        ear: Decodes and measures.
        latents: One array for each clip, ``(frames, D)``.
        seconds: How much, spread evenly over the clips.

    Returns:
        Nothing where the latents hold no level in dB.
    """
    model = ear.model
    column, length = level_of(model.latent), round(model.sample_rate / model.hop)
    if column < 0:
        return None
    usable = [i for i, z in enumerate(latents) if len(z) >= LEAST_FRAMES]
    places = np.unique(np.linspace(0, len(usable) - 1, max(1, round(seconds))).astype(int))
    whole: Frames | None = None
    for i in (usable[place] for place in places):
        start = (len(latents[i]) - min(length, len(latents[i]))) // 3
        z = latents[i][start : start + length].copy()
        z[:, column] += (np.linspace(0.0, 1.0, len(z)) * (QUIET - z[:, column])).astype(z.dtype)
        found = ear.hear(z)
        found = replace(found, clip=np.full_like(found.clip, -1), place=found.place + start)
        whole = found if whole is None else whole.joined(found)
    return whole


def passing_level(model: AudioModel, latents: Sequence[Latents]) -> int:
    """Which latent is a level that is heard as it says; such a one is the knob already.

    Args:
        model: What decodes.
        latents: A corpus, one array for each clip.

    Returns:
        Its index; -1 where there is none, or the rest of the latents changes the level too.
    """
    column = level_of(model.latent)
    usable = [z for z in latents if len(z) >= LEAST_FRAMES]
    if column < 0 or not usable:
        return -1
    said: list[float] = []
    heard: list[float] = []
    for index in np.unique(np.linspace(0, len(usable) - 1, _CLIPS).astype(int)):
        z = usable[index][:_FRAMES]
        levels = measure(model.decode(z), model, ("loudness",), EVERY)[:, 0]
        places = np.arange(len(levels)) * EVERY + EVERY // 2
        edge = LEAST_FRAMES // 4
        inner = (places >= edge) & (places < len(z) - edge)
        said += window_mean(z[:, [column]], model.hop)[places[inner], 0].tolist()
        heard += levels[inner].tolist()
    x, y = np.array(said), np.array(heard)
    if len(x) < 2 or x.std() == 0 or y.std() == 0:
        return -1
    alike = float(np.corrcoef(x, y)[0, 1]) >= _ALIKE
    return column if alike and float(np.abs(y - x - np.mean(y - x)).mean()) <= _NEAR else -1
