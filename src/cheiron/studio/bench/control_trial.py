"""One task played: knobs replaced, decoded, measured again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, ControlSpace, Latents
from cheiron.core.quantiles import Quantiles
from cheiron.features.descriptors import descriptor
from cheiron.features.spectral_distance import spectral_distance
from cheiron.studio.bench.control_curves import Ask
from cheiron.studio.bench.control_material import Excerpt, Material, reconstruct_all


@dataclass(frozen=True, eq=False)
class Subject:
    """A control space that is judged.

    Args:
        title: What it is called in tables.
        space: It.
        columns: Which of the material's descriptors it has knobs for.
        knobs: The knob of each of those, as an index of the control space.
        codes: Axes of the control space that count as codes for disentanglement.
        fit_seconds: What fitting it took; NaN where nobody knows.
    """

    title: str
    space: ControlSpace
    columns: tuple[int, ...]
    knobs: tuple[int, ...]
    codes: tuple[int, ...]
    fit_seconds: float = float("nan")


@dataclass(frozen=True, eq=False)
class Heard:
    """What came of a task.

    Args:
        ask: The task.
        measured: Positions in [0, 1], shape ``(frames, K)``, as early as they were asked for: the
            decoder's delay is taken off. NaN where undefined and at the edges.
        distance: Multi-scale spectral distance from the original.
        again: The same between the sound and the model's own reconstruction of it.
    """

    ask: Ask
    measured: NDArray[np.float64]
    distance: float
    again: float


def subject_of(
    title: str, space: ControlSpace, names: Sequence[str], fit_seconds: float = float("nan")
) -> Subject:
    """A space as a subject.

    Args:
        title: For tables.
        space: With a knob for at least one of the descriptors.
        names: The descriptors that are judged.
        fit_seconds: What fitting it took.

    Raises:
        CheironError: If it has a knob for none of them.
    """
    axes = space.control.axes
    columns = tuple(i for i, name in enumerate(names) if name in space.control.names)
    if not columns:
        raise CheironError(
            f"the control space {title} has a knob for none of {', '.join(names)}; it has "
            f"{', '.join(space.control.names[:8])}, so choose another with --space or --axes."
        )
    knobs = tuple(space.control.index(names[i]) for i in columns)
    codes = tuple(i for i, axis in enumerate(axes) if axis.kind != "texture")
    return Subject(title, space, columns, knobs, codes, fit_seconds)


def edited(
    subject: Subject, z: Latents, wanted: NDArray[np.float64], material: Material
) -> Latents:
    """Latents whose knobs follow the wanted curves, the other knobs as they were.

    Args:
        subject: Whose knobs.
        z: Latents, shape ``(frames, D)``.
        wanted: Positions, shape ``(frames, K)``; NaN for descriptors not asked for.
        material: Knows what the positions mean.
    """
    c = subject.space.to_control(z).copy()
    for column, knob in zip(subject.columns, subject.knobs, strict=True):
        if np.isfinite(wanted[0, column]):
            name, curve = material.names[column], wanted[:, column]
            c[:, knob] = knob_of(subject.space, name, curve, material.quantiles[column])
    return subject.space.to_latent(c)


def knob_of(
    space: ControlSpace, name: str, positions: NDArray[np.float64], quantiles: Quantiles
) -> NDArray[np.float64]:
    """Where a space's knob must stand for its descriptor to be at a position of the corpus.

    A knob with marks says what its travel means; one in the descriptor's own unit is set to the
    value; any other is turned to that share of its travel.
    """
    axis = space.control.axes[space.control.index(name)]
    if axis.marks:
        travel = np.linspace(axis.low, axis.high, len(axis.marks))
        return np.interp(quantiles.from_unit(positions), axis.marks, travel)
    if axis.unit and axis.unit == descriptor(name).axis.unit:
        return quantiles.from_unit(positions)
    return axis.low + positions * (axis.high - axis.low)


def play(subject: Subject, material: Material, asks: Sequence[Ask]) -> list[Heard]:
    """Do some tasks and measure what is heard.

    Args:
        subject: Who does them.
        material: The excerpts that the tasks are about.
        asks: Tasks; their unchanged curves stay the excerpts' own.
    """
    excerpts = [material.excerpts[a.excerpt] for a in asks]
    pairs = list(zip(asks, excerpts, strict=True))
    sounds = [
        material.model.decode(edited(subject, e.z, a.wanted, material), a.seed) for a, e in pairs
    ]
    return heard_of(material, asks, excerpts, sounds)


def heard_of(
    material: Material, asks: Sequence[Ask], excerpts: Sequence[Excerpt], sounds: Sequence[Audio]
) -> list[Heard]:
    """Measure sounds that were made for tasks."""
    again = reconstruct_all(material.model, material.coder, sounds)
    found: list[Heard] = []
    for ask, excerpt, sound, other in zip(asks, excerpts, sounds, again, strict=True):
        found.append(
            Heard(
                ask,
                aligned(material.positions(sound), material),
                spectral_distance(excerpt.original, _lined_up(sound, excerpt, material)),
                spectral_distance(sound, other),
            )
        )
    return found


def unchanged(material: Material, excerpt: Excerpt) -> tuple[float, float]:
    """Both distances of :class:`Heard` for an excerpt's own latents."""
    sound = _lined_up(excerpt.sound, excerpt, material)
    again = spectral_distance(excerpt.sound, excerpt.again)
    return spectral_distance(excerpt.original, sound), again


def aligned(curves: NDArray[np.float64], material: Material) -> NDArray[np.float64]:
    """Curves earlier by the decoder's delay, NaN at the edges."""
    moved = np.full_like(curves, np.nan)
    edge, stop = material.edge, len(curves) - material.delay - material.edge
    moved[edge:stop] = curves[edge + material.delay : stop + material.delay]
    return moved


def _lined_up(sound: Audio, excerpt: Excerpt, material: Material) -> Audio:
    late = material.model.latency
    return sound[late : late + len(excerpt.original)]
