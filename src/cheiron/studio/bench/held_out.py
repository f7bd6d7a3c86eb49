"""The sounds that a model is judged by: those it was not trained on."""

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel
from cheiron.training.corpus import PEAK
from cheiron.training.corpus_files import find_audio


@dataclass(frozen=True)
class HeldOut:
    """Held-out sounds at the level of their whole folder.

    Args:
        sounds: Samples by file name, untrimmed, in order of names.
        gain: What every sample was multiplied by, so that the loudest of the folder is 0.9.
        notes: What could not be read.
    """

    sounds: dict[str, Audio]
    gain: float
    notes: tuple[str, ...]


def hold_out_patterns(model: AudioModel, given: Sequence[str]) -> tuple[str, ...]:
    """Glob patterns of file names: those given, else those the model was trained without.

    Raises:
        CheironError: If there are none.
    """
    artifact = getattr(model, "artifact", None)
    manifest: dict[str, Any] = artifact.manifest if artifact is not None else {}
    provenance = manifest.get("provenance")
    recorded: Any = provenance.get("hold_out") if isinstance(provenance, dict) else None
    patterns = tuple(given) or tuple(map(str, recorded or ()))
    if not patterns:
        raise CheironError(
            f"{model.name} does not say which files it was trained without; name some with "
            "--hold-out PATTERN ('*' for all of them)."
        )
    return patterns


def read_held_out(
    folder: Path,
    patterns: Sequence[str],
    sample_rate: int,
    progress: Callable[[float], None] = lambda _: None,
) -> HeldOut:
    """Read a folder, find its peak and keep the files that match.

    Args:
        folder: Any folder; sub-folders count.
        patterns: Globs of file names, or of paths below the folder.
        sample_rate: Of the result.
        progress: Told the share of the files that are read.

    Raises:
        CheironError: If there is no sound, none that matches, or none that is not silent.
    """
    if not folder.is_dir():
        raise CheironError(f"{folder} is not a folder; give the one that the model was trained on.")
    paths = find_audio(folder)
    if not paths:
        raise CheironError(
            f"there is no sound file in {folder}; give the folder that the model was trained on."
        )
    if not any(matches(path, folder, patterns) for path in paths):
        raise CheironError(
            f"none of the {len(paths)} sound files in {folder} matches {' '.join(patterns)}; "
            f"the first is called {paths[0].name}."
        )
    kept: dict[str, Audio] = {}
    notes: list[str] = []
    peak = 0.0
    for index, path in enumerate(paths):
        try:
            audio = read_audio(path, sample_rate)
        except CheironError as error:
            notes.append(f"left out: {error}")
            continue
        peak = max(peak, float(np.abs(audio).max()))
        if matches(path, folder, patterns):
            kept[path.relative_to(folder).as_posix()] = audio
        progress((index + 1) / len(paths))
    # Digital silence has no distance to speak of, and a single sample no spectrum.
    kept = {name: audio for name, audio in kept.items() if np.any(audio) and len(audio) > 1}
    if not kept:
        raise CheironError(
            f"every file in {folder} that matches {' '.join(patterns)} is silent or damaged; "
            "choose others with --hold-out."
        )
    gain = PEAK / peak
    return HeldOut({n: a * np.float32(gain) for n, a in kept.items()}, gain, tuple(notes))


def matches(path: Path, folder: Path, patterns: Sequence[str]) -> bool:
    """Whether a file of a folder is held out."""
    names = (path.name, path.relative_to(folder).as_posix())  # as for a corpus
    return any(fnmatch.fnmatch(name, pattern) for name in names for pattern in patterns)
