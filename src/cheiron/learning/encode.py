"""A sound as a path of control points: what a loop or a resynthesis is played from."""

import math
from pathlib import Path

import numpy as np

from cheiron.control.linear import LinearSpace
from cheiron.control.reading import KIND, read_space
from cheiron.core.artifact import Artifact
from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel, ControlSpace, Latents
from cheiron.learning.task import Result, Task
from cheiron.models import load_model

LONGEST = 600.0
"""Seconds of the longest sound that is taken."""

_PIECE = 0.25  # seconds of sound between two reports


def encode(task: Task) -> Result:
    """The job ``encode``: a sound file through a model's encoder into its control space.

    Parameters: ``audio``, a path; ``model``, a path or the name of a shipped model; ``space``,
    which of its control spaces, empty for the latents themselves; ``trust`` for a ``.ts`` file.

    Result: ``rate`` (frames per second), ``frames``, ``seconds``, and the arrays ``z`` (latents)
    and ``control`` (control points), both float32, shape ``(frames, D)``. Frame ``t`` stands for
    the samples ``[t * hop, (t + 1) * hop)``: the encoder's delay is taken out.

    Raises:
        CheironError: If a file cannot be read, the sound is too long, or the model has no encoder
            or no such space.
    """
    asked = task.parameters
    model = load_model(Path(str(asked["model"])), trust=bool(asked.get("trust", False)))
    space = load_space(model, str(asked.get("space", "")))
    audio = read_audio(Path(str(asked["audio"])), model.sample_rate)
    seconds = len(audio) / model.sample_rate
    if seconds > LONGEST:
        raise CheironError(
            f"{asked['audio']} lasts {seconds / 60:.0f} minutes; expected at most "
            f"{LONGEST / 60:.0f}, so cut out the part that you want."
        )
    z = _latents(model, audio, task)
    words = {"rate": model.sample_rate / model.hop, "frames": len(z), "seconds": seconds}
    control = np.ascontiguousarray(space.to_control(z), dtype=np.float32)
    return Result(words, {"z": z, "control": control})


def load_space(model: AudioModel, name: str) -> ControlSpace:
    """One of a model's control spaces, by name or path; the latents themselves when it is empty.

    Raises:
        CheironError: If it is not there or is damaged.
    """
    if not name:
        return LinearSpace.identity(model.latent, model.name)
    if Path(name).is_absolute():
        return read_space(Artifact.open(name, KIND), model.name, model.latent)
    artifact: Artifact | None = getattr(model, "artifact", None)
    if artifact is None or f"spaces/{name}" not in artifact.folders:
        raise CheironError(f"{model.name} has no control space {name!r}; choose another.")
    return read_space(artifact.inside(f"spaces/{name}"), model.name, model.latent)


def _latents(model: AudioModel, audio: Audio, task: Task) -> Latents:
    """Encode piece by piece, to be watched and cancelled; the encoder's delay is cut off."""
    hop = model.hop
    late = model.latency // hop
    frames = math.ceil(len(audio) / hop)
    padded = np.zeros((frames + late) * hop, np.float32)
    padded[: len(audio)] = audio
    piece = max(1, round(_PIECE * model.sample_rate / hop)) * hop
    state, parts = model.init_encoder(), list[Latents]()
    for start in range(0, len(padded), piece):
        task.progress(start / len(padded))
        state, z = model.encode_step(state, padded[start : start + piece])
        parts.append(z.copy())  # the next step may reuse it
    return np.concatenate(parts)[late:]
