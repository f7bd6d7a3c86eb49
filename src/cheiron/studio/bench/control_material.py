"""What control is measured on: held-out excerpts, and frames of the other sounds to fit on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, Latents
from cheiron.core.quantiles import Quantiles
from cheiron.core.space import Space
from cheiron.features.descriptors import SILENCE, WINDOW, describe, descriptor
from cheiron.studio.bench.control_coder import Coder
from cheiron.studio.bench.held_out import HeldOut, matches, read_held_out
from cheiron.training.corpus_files import find_audio

FIT_SECONDS = 150.0
"""Seconds of sound, from all files that are not held out, that quantiles and baselines see."""

_AUDIBLE = 40.0  # dB below a clip's loudest moment, where an excerpt may begin
_LEAST_FRAMES = 40
_GAP = 48  # frames between two that are moved to measure the delay
_BLUR = 4  # frames by which a window of four hops spreads a change

_Item = TypeVar("_Item")


@dataclass(frozen=True, eq=False)
class Excerpt:
    """One held-out sound as the model has it.

    Args:
        name: Of the file.
        original: Samples.
        z: Latents, shape ``(frames, D)``.
        sound: The unchanged decoding, ``frames * hop`` samples; late by the model's latency.
        curves: Positions of the descriptors in ``sound``, shape ``(frames, K)``, NaN if undefined.
        again: The model's own reconstruction of ``sound``, lined up with it.
    """

    name: str
    original: Audio
    z: Latents
    sound: Audio
    curves: NDArray[np.float64]
    again: Audio


@dataclass(frozen=True, eq=False)
class Material:
    """Everything that the subjects have in common.

    Args:
        model: Whose sound it is.
        coder: Its encoder.
        names: The descriptors, K of them.
        quantiles: What each may be on this corpus, as the model sounds it.
        excerpts: Held-out sounds.
        z: Latents to fit on, shape ``(frames, D)``.
        values: Descriptors heard there, in their units, shape ``(frames, K)``.
        delay: Frames from a latent to where it is heard.
        notes: What was left out.
    """

    model: AudioModel
    coder: Coder
    names: tuple[str, ...]
    quantiles: tuple[Quantiles, ...]
    excerpts: tuple[Excerpt, ...]
    z: Latents
    values: NDArray[np.float64]
    delay: int
    notes: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Latent frames per second."""
        return self.model.sample_rate / self.model.hop

    @property
    def edge(self) -> int:
        """Frames at either end whose analysis window or latency reaches beyond the excerpt."""
        return -(-(self.model.latency + WINDOW // 2) // self.model.hop) + 1

    def positions(self, sound: Audio) -> NDArray[np.float64]:
        """Descriptors of a sound as positions in [0, 1], shape ``(frames, K)``."""
        return to_positions(measure(sound, self.model, self.names), self.quantiles)


def measure(sound: Audio, model: AudioModel, names: Sequence[str]) -> NDArray[np.float64]:
    """Descriptors in their units, ``(frames, K)``; silence has the lowest loudness, no NaN."""
    values = describe(sound, model.sample_rate, model.hop, names).astype(np.float64)
    for i, name in enumerate(names):
        if descriptor(name).axis.unit == "dB":
            values[:, i] = np.nan_to_num(values[:, i], nan=SILENCE)
    return values


def to_positions(
    values: NDArray[np.float64], quantiles: Sequence[Quantiles]
) -> NDArray[np.float64]:
    """Values as positions of knobs, kept within [0, 1]."""
    columns = [q.to_unit(v) for q, v in zip(quantiles, values.T, strict=True)]
    return np.clip(np.stack(columns, axis=1), 0.0, 1.0)


def movable(latent: Space) -> list[int]:
    """Latents that a space may turn into others: neither texture nor pitch."""
    return [i for i, a in enumerate(latent.axes) if a.kind != "texture" and a.name != "pitch"]


def gather(
    model: AudioModel,
    folder: Path,
    patterns: Sequence[str],
    names: Sequence[str],
    clips: int,
    seconds: float,
    progress: Callable[[float], None] = lambda _: None,
) -> Material:
    """Read a folder and let the model encode and decode what is needed of it.

    Args:
        model: With an encoder.
        folder: Sounds; those that match are held out, the others are fitted on.
        patterns: Globs of file names.
        names: Descriptors.
        clips: How many held-out clips, evenly over the list.
        seconds: Length of an excerpt.
        progress: Told the share of the work that is done.

    Raises:
        CheironError: If there is no sound to measure, or a descriptor never varies in it.
    """
    for name in names:
        descriptor(name)
    held = read_held_out(folder, patterns, model.sample_rate, lambda s: progress(0.1 * s))
    coder = Coder(model)
    rows, sounds, notes = _fitting_sounds(model, folder, patterns, held)
    latents = coder.encode(sounds)
    progress(0.4)
    delay = decoder_delay(model, latents[0])
    pairs: list[tuple[Latents, NDArray[np.float64]]] = []
    for index, z in enumerate(latents):
        pairs.append(_frames_of(model, z, names, delay))
        progress(0.4 + 0.4 * (index + 1) / len(latents))
    z = np.concatenate([p[0] for p in pairs])
    values = np.concatenate([p[1] for p in pairs])
    quantiles = tuple(Quantiles.fit(v, name=n) for n, v in zip(names, values.T, strict=True))
    chosen = _spread(list(held.sounds), clips)
    cuts = [excerpt_of(held.sounds[n], round(seconds * model.sample_rate)) for n in chosen]
    excerpts = _excerpts(model, coder, chosen, cuts, names, quantiles)
    progress(1.0)
    notes = (*held.notes, *notes, f"fitted on {rows} files")
    return Material(
        model, coder, tuple(names), quantiles, excerpts, z, values, delay, notes
    )  # fmt: skip


def decoder_delay(model: AudioModel, z: Latents) -> int:
    """Frames from a latent to where it is heard most.

    Single frames are moved by a tenth of the latents' spread; the delay is the centre of gravity
    of the change of the magnitude spectrum, rounded. Phases do not count: an oscillator whose
    frequency moved for a moment keeps another phase for ever.

    Args:
        model: What decodes.
        z: Some latents of it, shape ``(frames, D)``.
    """
    z = z[: 20 * _GAP]
    if len(z) < 2 * _GAP:
        return 0
    moved = z.copy()
    places = np.arange(_GAP // 2, len(z) - _GAP + 1, _GAP)
    free = movable(model.latent)
    moved[places[:, None], free] += 0.1 * z[:, free].std(axis=0) + 1e-3
    before, after = (_magnitudes(model.decode(x), model.hop) for x in (z, moved))
    change = np.square(after - before).sum(axis=1)
    around = np.stack([change[p - _BLUR : p + _GAP // 2] for p in places])
    total = around.sum(axis=1)
    if not (total > 0).any():
        return 0
    shares = around[total > 0] / total[total > 0, None]
    late = shares @ (np.arange(around.shape[1]) - _BLUR)
    return max(0, round(float(np.median(late))))


def _magnitudes(sound: Audio, hop: int) -> NDArray[np.float64]:
    """Magnitude spectra of windows of four hops around every frame's middle."""
    size = 4 * hop
    padded = np.pad(sound.astype(np.float64), (size // 2 - hop // 2, size))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    return np.abs(np.fft.rfft(windows[: len(sound) // hop] * np.hanning(size), axis=1))


def excerpt_of(sound: Audio, samples: int) -> Audio:
    """The first stretch of a sound that begins where it is audible."""
    if len(sound) <= samples:
        return sound
    step = 512
    blocks = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1)
    loud = blocks > blocks.max() * 10 ** (-_AUDIBLE / 20)
    start = min(int(np.argmax(loud)) * step, len(sound) - samples)
    return sound[start : start + samples]


def _fitting_sounds(
    model: AudioModel, folder: Path, patterns: Sequence[str], held: HeldOut
) -> tuple[int, list[Audio], tuple[str, ...]]:
    """Stretches of the files that are not held out, at the level of the held-out ones."""
    paths = [p for p in find_audio(folder) if not matches(p, folder, patterns)]
    notes: tuple[str, ...] = ()
    sounds: list[Audio] = []
    rng = np.random.default_rng(0)
    if not paths:
        notes = ("every file is held out, so quantiles and baselines are fitted on those",)
        sounds = list(held.sounds.values())
    for path in paths:
        try:
            sounds.append(read_audio(path, model.sample_rate) * np.float32(held.gain))
        except CheironError as error:
            notes = (*notes, f"left out: {error}")
    sounds = [s for s in sounds if np.any(s) and len(s) > _LEAST_FRAMES * model.hop]
    if not sounds:
        raise CheironError(
            f"the files of {folder} that are not held out are silent or too short to fit on; add "
            "others, or hold out fewer with --hold-out."
        )
    each = round(max(1.0, FIT_SECONDS / len(sounds)) * model.sample_rate)
    most = max(1, round(FIT_SECONDS))  # files, where there are more than seconds
    parts: list[Audio] = []
    for sound in _spread(sounds, most):
        start = int(rng.integers(0, max(1, len(sound) - each + 1)))
        part = sound[start : start + each]
        parts.append(part if np.any(part) else sound[:each])
    return len(sounds), parts, notes


def _frames_of(
    model: AudioModel, z: Latents, names: Sequence[str], delay: int
) -> tuple[Latents, NDArray[np.float64]]:
    """Latents and what is heard of them, without the edges."""
    values = measure(model.decode(z), model, names)
    edge = min(WINDOW // 2 // model.hop + 1, len(z) // 4)
    stop = len(z) - delay - edge
    return z[edge:stop], values[edge + delay : stop + delay]


def _excerpts(
    model: AudioModel,
    coder: Coder,
    names: Sequence[str],
    cuts: Sequence[Audio],
    descriptors: Sequence[str],
    quantiles: Sequence[Quantiles],
) -> tuple[Excerpt, ...]:
    latents = coder.encode(cuts)
    sounds = [model.decode(z) for z in latents]
    curves = [to_positions(measure(s, model, descriptors), quantiles) for s in sounds]
    again = reconstruct_all(model, coder, sounds)
    parts = zip(names, cuts, latents, sounds, curves, again, strict=True)
    return tuple(Excerpt(*part) for part in parts)


def reconstruct_all(
    model: AudioModel, coder: Coder, sounds: Sequence[Audio], seed: int = 0
) -> list[Audio]:
    """What the model makes of some sounds, lined up with them."""
    late = model.latency
    found = zip(coder.encode(sounds), sounds, strict=True)
    return [model.decode(z, seed)[late : late + len(s)] for z, s in found]


def _spread(items: list[_Item], count: int) -> list[_Item]:
    """At most ``count``, evenly over the list."""
    if len(items) <= count:
        return items
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, count)]
