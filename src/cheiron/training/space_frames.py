"""Latents and what is heard of them: the table that a control space is fitted on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, Latents
from cheiron.core.space import Space
from cheiron.features.descriptors import SILENCE, WINDOW, describe, descriptor

EVERY = 4
"""Latent frames between two measured ones: neighbours share most of their window."""

_SILENT = -70.0  # dB, below which a level that passes is not compared with what is heard

LEAST_FRAMES = 40
"""Shortest clip that is listened to."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which latents a fitted space turns into knobs, and which pass.

    Args:
        moved: Latents that go through the flow: free ones, and a level that others change too.
        context: Latents that pass, and that the flow depends on: the pitch, and an exact level.
        texture: Noise-like latents.
    """

    moved: tuple[int, ...]
    context: tuple[int, ...]
    texture: tuple[int, ...]

    @classmethod
    def of(cls, latent: Space, level: int = -1) -> "Split":
        """By the kinds and names of a latent space's axes.

        Args:
            latent: The latents.
            level: A level that passes; -1 if none does.

        >>> split = Split.of(Space.of("latent", ["pitch", "loudness", "z1"]))
        >>> split.moved, split.context
        ((1, 2), (0,))
        """
        texture = tuple(i for i, a in enumerate(latent.axes) if a.kind == "texture")
        context = tuple(i for i, a in enumerate(latent.axes) if a.name == "pitch" or i == level)
        rest = (i for i in range(latent.size) if i not in {*texture, *context})
        return cls(tuple(rest), context, texture)


@dataclass(frozen=True, eq=False)
class Frames:
    """Some frames of a corpus, or of proposals.

    Args:
        z: Latents, averaged as the analysis window weighs them, ``(frames, D)``.
        levels: Log levels of the texture groups over that window, ``(frames, groups)``.
        sparks: The same of the one frame in its middle.
        values: Descriptors in their units, ``(frames, K)``; NaN where undefined.
        louder: How many dB louder it is than a level that passes says, ``(frames,)``; NaN where
            there is none, or silence.
        clip: Which clip each is of, ``(frames,)``; -1 where none of its labels holds.
        place: Which frame of that clip it is, ``(frames,)``.
    """

    z: Latents
    levels: NDArray[np.float32]
    sparks: NDArray[np.float32]
    values: NDArray[np.float64]
    louder: NDArray[np.float32]
    clip: NDArray[np.int64]
    place: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.z)

    def joined(self, other: "Frames") -> "Frames":
        """Both."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Frames))
        return Frames(*(np.concatenate(pair) for pair in pairs))


def measure(
    sound: Audio, model: AudioModel, names: Sequence[str], every: int
) -> NDArray[np.float64]:
    """Descriptors in their units every so many latent frames; silence has the lowest level."""
    values = describe(sound, model.sample_rate, model.hop * every, names).astype(np.float64)
    for i, name in enumerate(names):
        if descriptor(name).axis.unit == "dB":
            values[:, i] = np.nan_to_num(values[:, i], nan=SILENCE)
    return values


@dataclass(frozen=True, eq=False)
class Texture:
    """How loud texture latents are, in groups of neighbours.

    Args:
        columns: Which latents they are.
        mean: Of each.
        std: Of each.
        groups: How many groups, at most.
    """

    columns: tuple[int, ...]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    groups: int = 8

    @classmethod
    def of(cls, z: Latents, split: Split) -> "Texture":
        """As they are in a corpus."""
        part = z[:, split.texture].astype(np.float64)
        return cls(split.texture, part.mean(axis=0), np.maximum(part.std(axis=0), 1e-6))

    def power(self, z: Latents) -> NDArray[np.float64]:
        """Mean square of each group, ``(frames, groups)``; no columns where there is none."""
        count = len(self.columns)
        if not count:
            return np.zeros((len(z), 0))
        square = ((z[:, self.columns] - self.mean) / self.std) ** 2
        groups = min(self.groups, count)
        starts = np.searchsorted(np.arange(count) * groups // count, np.arange(groups))
        sizes = np.diff([*starts, count])
        return np.add.reduceat(square, starts, axis=1) / sizes


def gather_frames(
    ear: "Ear",
    latents: Sequence[Latents],
    seconds: float,
    progress: Callable[[float], None] = lambda _: None,
) -> Frames:
    """Decode stretches of a corpus and measure them.

    Args:
        ear: Decodes and measures.
        latents: One array for each clip, ``(frames, D)``.
        seconds: How much to decode in all, spread evenly over the clips.
        progress: Told the share that is done.

    Raises:
        CheironError: If no clip is long enough to be measured.
    """
    model = ear.model
    usable = [i for i, z in enumerate(latents) if len(z) >= LEAST_FRAMES]
    if not usable:
        raise CheironError(
            f"none of the {len(latents)} clips lasts {LEAST_FRAMES} frames "
            f"({LEAST_FRAMES * model.hop / model.sample_rate:.2f} s); give longer sounds."
        )
    rate = model.sample_rate / model.hop
    most = max(1, round(seconds))  # clips of a second, where there are very many
    usable = [usable[i] for i in np.unique(np.linspace(0, len(usable) - 1, most).astype(int))]
    each = _share([len(latents[i]) for i in usable], seconds * rate)
    parts: list[Frames] = []
    for number, i in enumerate(usable):
        start = (len(latents[i]) - min(each, len(latents[i]))) // 3  # attacks matter more than ends
        found = ear.hear(latents[i][start : start + each])
        parts.append(replace(found, clip=found.clip + i, place=found.place + start))
        progress((number + 1) / len(usable))
    columns = (np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Frames))
    return Frames(*columns)


@dataclass(frozen=True, eq=False)
class Ear:
    """Decodes latents and measures what is heard.

    Args:
        model: What decodes.
        names: Descriptors.
        texture: How loud textures are.
        delay: Of the decoder, in frames.
        level: Which latent is a level that passes; -1 if none is.
    """

    model: AudioModel
    names: tuple[str, ...]
    texture: Texture
    delay: int
    level: int = -1

    def hear(self, z: Latents, seed: int = 0) -> Frames:
        """One stretch; frames at either end, whose window reaches beyond, are left out."""
        model = self.model
        names = self.names if self.level < 0 else (*self.names, "loudness")
        values = measure(model.decode(z, seed), model, names, EVERY)
        # A row stands for the middle of EVERY frames; its window is centred between two of them.
        place = np.arange(len(values)) * EVERY + EVERY // 2 - self.delay
        edge = min(WINDOW // 2 // model.hop + 1, len(z) // 4)
        kept = (place >= edge) & (place + self.delay < len(z) - edge)
        place = place[kept]
        power = self.texture.power(z)
        mean = window_mean(z, model.hop)[place]
        return Frames(
            mean,
            _level(window_mean(power, model.hop)[place]),
            _level(power[place]),
            values[kept, : len(self.names)],
            self._louder(mean, values[kept, -1]),
            np.zeros(len(place), np.int64),
            place,
        )

    def _louder(self, z: Latents, loudness: NDArray[np.float64]) -> NDArray[np.float32]:
        if self.level < 0:
            return np.full(len(z), np.nan, np.float32)
        away = loudness - z[:, self.level]
        return np.where(loudness > _SILENT, away, np.nan).astype(np.float32)


def _level(power: NDArray[np.float64]) -> NDArray[np.float32]:
    """As :func:`cheiron.nets.flow_texture.level_of`."""
    return (0.5 * np.log(power + 1e-4)).astype(np.float32)


def window_mean(rows: NDArray[Any], hop: int) -> NDArray[Any]:
    """Rows averaged as a Hann window over the sound weighs their energy, the same shape."""
    half = max(0, WINDOW // 2 // hop - 1)
    weights = np.hanning(2 * half + 3)[1:-1] ** 2
    weights /= weights.sum()
    padded = np.pad(rows, ((half, half), (0, 0)), mode="edge")
    out = np.zeros_like(rows)
    for k, weight in enumerate(weights):
        out += rows.dtype.type(weight) * padded[k : k + len(rows)]
    return out


def decoder_delay(model: AudioModel, z: Latents) -> int:
    """Frames from a latent to where it is heard most.

    Single frames are moved a little; the delay is the centre of gravity of the energy by which
    the sound changes.

    Args:
        model: What decodes.
        z: Some latents of it, ``(frames, D)``.
    """
    gap = 48
    z = z[: 20 * gap]
    if len(z) < 2 * gap:
        return 0
    places = np.arange(gap // 2, len(z) - gap + 1, gap)
    moved, columns = z.copy(), list(Split.of(model.latent).moved)
    moved[places[:, None], columns] += 0.1 * z[:, columns].std(axis=0) + 1e-3
    change = (model.decode(moved).astype(np.float64) - model.decode(z)) ** 2
    energy = change.reshape(len(z), model.hop).sum(axis=1)
    after = np.stack([energy[p : p + gap // 2] for p in places])
    total = after.sum(axis=1)
    if not (total > 0).any():
        return 0
    shares = after[total > 0] / total[total > 0, None]
    return round(float((shares * np.arange(gap // 2)).sum(axis=1).mean()))


def _share(lengths: Sequence[int], frames: float) -> int:
    """How many frames of each clip make so many in all."""
    each = frames / len(lengths)
    for _ in range(4):  # what short clips leave goes to the long ones
        total = sum(min(n, each) for n in lengths)
        each *= frames / max(total, 1.0)
    return max(LEAST_FRAMES, round(min(each, max(lengths))))
