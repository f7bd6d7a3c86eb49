"""From a model and a folder of sounds to a control space on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cheiron.core.atomic import sibling
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel
from cheiron.models.fingerprint import FIELD, fingerprint
from cheiron.studio.bench.control_coder import Coder
from cheiron.studio.bench.held_out import matches
from cheiron.studio.space_geometry import read_clips

if TYPE_CHECKING:
    from cheiron.training.geometry_material import ClipSound
    from cheiron.training.space_fit import Clip, Fitted, Progress
    from cheiron.training.space_judge import KnobScore

LEAST = 0.5
"""Correlation below which a knob hardly does what it says."""

_ENCODED = 240.0  # seconds of the corpus that are encoded
_LEAST = 5.0
_FRAMES = 100  # of a clip, at least
_JUDGED = 6  # held-out sounds, of a few seconds each
_READ, _FIT, _EXPORT = 0.08, 0.85, 0.95  # shares of the work


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Args:
        place: Folder to write.
        axes: Descriptors.
        corpus: Corpus or folder of sounds.
        hold_out: Globs of files to judge by; those of the model when empty.
        labels: CSV of labels.
        method: How to fit.
        minutes: Computing time.
        seed: Of every draw.
        name: What the space is called.
    """

    place: Path
    axes: tuple[str, ...]
    corpus: Path
    hold_out: tuple[str, ...] = ()
    labels: Path | None = None
    method: Any = "conditional"
    minutes: float = 3.0
    seed: int = 0
    name: str = "descriptors"


@dataclass(frozen=True)
class Made:
    """What came of it.

    Args:
        path: Where it lies.
        scores: How well each knob does.
        judged_on: On what.
        seconds: What the fit took.
        notes: What to say besides.
    """

    path: Path
    scores: tuple["KnobScore", ...]
    judged_on: str
    seconds: float
    notes: tuple[str, ...]


def make_space(model: AudioModel, order: Order, progress: "Progress") -> Made:
    """Fit a space and write it.

    Args:
        model: With an encoder.
        order: What is asked for.
        progress: Told how far it is.

    Raises:
        CheironError: If the corpus, the axes or the labels do not allow it.
        ModuleNotFoundError: If the learning install is absent.
    """
    # These rooms import torch, which performing must not need.
    from cheiron.features.descriptors import descriptor
    from cheiron.training.checkpoint import Checkpoint
    from cheiron.training.space_config import SpaceConfig
    from cheiron.training.space_fit import fit_space
    from cheiron.training.space_judge import judge_knobs
    from cheiron.training.space_labels import read_labels

    for axis in order.axes:
        descriptor(axis)
    config = SpaceConfig(order.axes, order.method, order.minutes, seed=order.seed)
    labels = read_labels(order.labels) if order.labels else ()
    progress("reading the corpus", 0.0)
    training, held, notes = _parted(read_clips(model, order.corpus), order)
    clips = _encoded(model, training, _ENCODED)
    progress("fitting", _READ)
    keep = sibling(order.place, ".{}.fit.pt")
    keep.parent.mkdir(parents=True, exist_ok=True)
    try:
        fitted = fit_space(
            model,
            clips,
            config,
            labels,
            lambda what, share: progress(what, _READ + (_FIT - _READ) * share),
            Checkpoint(keep),
        )
    except RuntimeError as error:  # such as a space of one latent
        raise CheironError(
            f"the space could not be fitted ({error}); try other axes or more sound."
        ) from error
    progress("exporting", _FIT)
    space = _exported(model, fitted, order, len(training))
    progress("judging the knobs", _EXPORT)
    judged = _judged(model, held) or _judged(model, training)
    stage = fitted.stage
    scores = judge_knobs(space, stage.ear, stage.quantiles, [clip.z for clip in judged])
    space.fields["metrics"] |= {
        f"{score.name}.{key}": getattr(score, key)
        for score in scores
        for key in ("pearson", "l1", "leak")
    }
    artifact = space.save(order.place, order.name)
    keep.unlink(missing_ok=True)
    what = f"{len(judged)} sounds {'that were held out' if held else 'of the corpus itself'}"
    return Made(artifact.path, scores, what, fitted.figures["seconds"], notes)


def _judged(model: AudioModel, clips: Sequence["ClipSound"]) -> list["Clip"]:
    """A few seconds of a few sounds, evenly over the list; none where nothing can be heard."""
    if not clips:
        return []
    places = np.unique(np.linspace(0, len(clips) - 1, _JUDGED).astype(int))
    chosen = [clips[i] for i in places]
    try:
        return _encoded(model, chosen, 3.0 * len(chosen))
    except CheironError:  # silence: what cannot be judged by
        return []


def _parted(
    clips: Sequence["ClipSound"], order: Order
) -> tuple[list["ClipSound"], list["ClipSound"], tuple[str, ...]]:
    """Clips to fit on and to judge by, and what to say of them."""

    def is_held(clip: "ClipSound") -> bool:
        if not order.hold_out:
            return clip.held_out
        return matches(order.corpus / clip.name, order.corpus, order.hold_out)

    held = [clip for clip in clips if is_held(clip)]
    training = [clip for clip in clips if not is_held(clip)]
    if order.hold_out and not held:
        raise CheironError(
            f"no sound matches --hold-out {' '.join(order.hold_out)}; the first is called "
            f"{clips[0].name}."
        )
    if not training:
        raise CheironError(
            "every sound is held out, so nothing is left to fit on; hold out fewer with --hold-out."
        )
    notes: list[str] = []
    if len(training) == 1:
        notes.append("the corpus is one clip: the knobs know only what that clip has.")
    if not held:
        notes.append("no sound was held out, so the knobs are judged by what they were fitted on.")
    return training, held, tuple(notes)


def _encoded(model: AudioModel, clips: Sequence["ClipSound"], seconds: float) -> list["Clip"]:
    """A stretch of every clip, or of clips evenly over the list, through the encoder."""
    from cheiron.training.space_fit import Clip

    rate = model.sample_rate
    # Clips of a second, or long enough to be listened to, where there are very many.
    most = max(1, round(seconds / max(1.0, _FRAMES * model.hop / rate)))
    places = np.unique(np.linspace(0, len(clips) - 1, most).astype(int))
    chosen = [clips[i] for i in places]
    each = seconds * rate / len(chosen)
    for _ in range(4):  # what short clips leave goes to the long ones
        total = sum(min(clip.samples, each) for clip in chosen)
        each *= seconds * rate / max(total, 1.0)
    sounds: list[Audio] = []
    starts: list[float] = []
    for clip in chosen:
        audio = clip.read()
        length = min(len(audio), max(round(each), 1))
        start = (len(audio) - length) // 3  # attacks matter more than ends
        sounds.append(audio[start : start + length])
        starts.append(start / rate)
    total = sum(len(s) for s in sounds) / rate
    if total < _LEAST and seconds > _LEAST * 4:
        raise CheironError(
            f"the corpus has only {total:.1f} s of sound to fit on; give at least {_LEAST:g} s."
        )
    if not any(np.abs(s).max(initial=0.0) > 1e-4 for s in sounds):
        raise CheironError("the corpus is silent; give sounds that the model was trained on.")
    late = model.latency // model.hop
    latents = [z[late:] for z in Coder(model).encode(sounds)]
    parts = zip(chosen, starts, latents, strict=True)
    return [Clip(clip.name, start, z) for clip, start, z in parts if len(z)]


def _exported(model: AudioModel, fitted: "Fitted", order: Order, files: int) -> Any:
    from cheiron.export.space import export_space
    from cheiron.training.space_axes import control_of, density_of, knobs_of

    stage = fitted.stage
    split = stage.split
    knobs = knobs_of(fitted.net, stage.latents, split)
    personal = tuple(p.name for p in fitted.personal)
    whole = np.concatenate(stage.latents)
    names, latent = stage.ear.names, model.latent
    scene = fitted.net.config.scene
    control = control_of(names, stage.quantiles, personal, knobs, latent, split, whole, scene)
    artifact = getattr(model, "artifact", None)
    frames = sum(len(z) for z in stage.latents)
    said = {p.name: f"{p.frames} labelled frames" for p in fitted.personal}
    fields = {
        "method": order.method,
        "seed": order.seed,
        "minutes": order.minutes,
        "learned_from": {
            **dict.fromkeys(names, f"{frames} frames of {files} sounds"),
            **said,
        },
        "corpus": order.corpus.resolve().name,
        "metrics": {"fit_seconds": fitted.figures["seconds"], **fitted.figures},
        FIELD: fingerprint(artifact) if artifact is not None else "",
    }
    sequence = [*split.moved, *split.context, *split.texture]
    return export_space(
        fitted.net, control, model.latent, sequence, density_of(knobs), fields, model.name
    )
