"""What cannot become a control space, said before any computing."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cheiron.control.scenes import SCENE
from cheiron.core.errors import CheironError
from cheiron.core.quantiles import Quantiles
from cheiron.features.descriptors import SILENCE
from cheiron.training.space_config import Method
from cheiron.training.space_frames import Frames, Split
from cheiron.training.space_labels import Label

SAME = 0.995
"""Rank correlation from which two descriptors are one."""

_LEAST_FRAMES = 200
_LEAST_DEFINED = 40


def quantiles_of(frames: Frames, names: Sequence[str]) -> tuple[Quantiles, ...]:
    """The normaliser of each descriptor.

    Args:
        frames: Of the corpus.
        names: Its columns.

    Raises:
        CheironError: If there is too little sound or only silence, a descriptor is undefined or
            constant, or two are the same.
    """
    if len(frames) < _LEAST_FRAMES:
        raise CheironError(
            f"only {len(frames)} frames of the corpus could be measured, expected at least "
            f"{_LEAST_FRAMES}; give more or longer sounds."
        )
    values = np.where(frames.values <= SILENCE, np.nan, frames.values)
    if not np.isfinite(values).any():
        raise CheironError(
            "the model makes only silence of this corpus; give sounds that it was trained on."
        )
    for name, column in zip(names, values.T, strict=True):
        known = int(np.isfinite(column).sum())
        if known < _LEAST_DEFINED:
            raise CheironError(
                f"{name} is undefined in {'all' if not known else f'all but {known}'} of the "
                f"{len(column)} frames; choose another axis, or sounds that have it."
            )
    quantiles = tuple(Quantiles.fit(v, name=n) for n, v in zip(names, frames.values.T, strict=True))
    refuse_twins(frames.values, names)
    return quantiles


def check_counts(named: int, split: Split, conditional: bool) -> None:
    """Whether so many knobs can be named.

    Raises:
        CheironError: If there are too few latents.
    """
    moved = len(split.moved)
    if not named:
        raise CheironError(
            "loudness alone was to be named, and the model has that knob of itself; name other "
            "descriptors with --axes."
        )
    if moved < 2 or (named >= moved and not conditional):
        raise CheironError(
            f"{named} knobs were to be named of {moved} latents that can be moved; name fewer with "
            "--axes, or fit with --method conditional."
        )


def check_labels(labels: Sequence[Label], files: Sequence[str], taken: set[str]) -> None:
    """Whether labels are about the corpus, under names that are free.

    Args:
        labels: What a person said.
        files: Names of the corpus's sounds that are fitted on.
        taken: Names that other knobs have.

    Raises:
        CheironError: If one is not.
    """
    for label in labels:
        if label.name in taken or re.fullmatch(r"r\d+", label.name):
            raise CheironError(
                f"the quality {label.name!r} has the name of a knob that is an axis already; give "
                "it another name."
            )
    absent = sorted({label.file for label in labels} - set(files))
    if labels and len(absent) == len({label.file for label in labels}):
        raise CheironError(
            f"none of the labelled files, such as {absent[0]!r}, is in the part of the corpus that "
            f"is fitted on, such as {files[0]!r}, so every quality is labelled for 0 frames; name "
            "files as they are there."
        )


def check_scenes(labels: Sequence[Label], method: Method) -> None:
    """Whether a fit can be conditioned on scenes, if labels say where they stand.

    Raises:
        CheironError: If it is of one direction for each descriptor.
    """
    if method == "linear" and any(label.name == SCENE for label in labels):
        raise CheironError(
            f"directions are the same at every place, so --method linear has no use for the labels "
            f"called {SCENE!r}; choose another method, or leave them out."
        )


def refuse_twins(values: NDArray[np.float64], names: Sequence[str]) -> None:
    """Refuse two that are the same thing.

    Args:
        values: ``(frames, len(names))``; NaN where undefined.
        names: Of the columns.

    Raises:
        CheironError: With their correlation.
    """
    for i, first in enumerate(names):
        for j in range(i):
            r = _rank_correlation(values[:, i], values[:, j])
            if abs(r) >= SAME:
                raise CheironError(
                    f"{names[j]} and {first} are the same thing on this corpus (their rank "
                    f"correlation is {r:.4f}); name one of them."
                )


def _rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < _LEAST_DEFINED:
        return 0.0
    a, b = (np.argsort(np.argsort(v[both])).astype(np.float64) for v in (x, y))
    return float(np.corrcoef(a, b)[0, 1])
