"""The last part of a training: space, landmarks, pictures, card, artifact."""

import io
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from cheiron.core.artifact_extend import extend
from cheiron.core.audio_files import write_audio
from cheiron.core.folder_swap import put_in_place
from cheiron.core.protocols import Latents
from cheiron.core.space import Axis, Space
from cheiron.models.onnx_model import OnnxModel
from cheiron.nets import PRESETS
from cheiron.studio.card import model_card
from cheiron.studio.plots import plot_reconstructions

if TYPE_CHECKING:
    from cheiron.nets.network import Network
    from cheiron.studio.train import Job
    from cheiron.training.corpus import Corpus
    from cheiron.training.validate import Heard


def finish(
    job: "Job", network: "Network", corpus: "Corpus", out: Path, command: str, console: Console
) -> Path:
    """Make ``out/model`` and ``out/listen`` of a trained network.

    Args:
        job: What was asked for.
        network: The trained network.
        corpus: What it was trained on.
        out: Run folder.
        command: How it was called, for the card.
        console: Where to say how it goes.

    Returns:
        The artifact's folder.
    """
    # These rooms import torch, which performing must not need.
    from cheiron.export.artifact import export_model
    from cheiron.training.landmarks import choose_landmarks
    from cheiron.training.space import explained_variance, fit_pca
    from cheiron.training.validate import encode_aligned, validate

    network.eval()
    with console.status("encoding the corpus"):
        z = [encode_aligned(network, corpus.audio(clip)) for clip in corpus.clips]
    latent = describe_latent(network, np.concatenate(z))
    space = fit_pca(np.concatenate(z), latent, job.name)
    clips = corpus.held_out or corpus.training
    with console.status("listening to sound it never heard"):
        heard = validate(network, corpus, clips)
    _write_listening_files(heard, corpus.sample_rate, out / "listen")
    family = PRESETS[job.preset][0]
    fields = {
        "preset": job.preset,
        "provenance": _provenance(job, corpus, command),
        "metrics": {
            "held_out_distance": float(np.mean([h.distance for h in heard])),
            "explained_variance": explained_variance(space),
        },
    }
    # Made beside its final name, where only a whole model may appear.
    partial = out / "model.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with console.status("exporting"):
            artifact = export_model(
                network, partial, name=job.name, family=family, latent=latent, fields=fields
            )
        with console.status("choosing landmarks"):
            landmarks = choose_landmarks(OnnxModel(artifact), space, corpus, z)
        pictures = {"reconstructions.png": _picture(heard, corpus.sample_rate)}
        card = model_card(artifact.manifest, corpus, heard)
        files = {**landmarks.files(), **pictures, "card.md": card.encode()}
        artifact = extend(artifact, landmarks.fields(), files)
        space.save(artifact.path / "spaces" / "pca", "pca")
        put_in_place(partial, out / "model")
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return _announce(out / "model", console)


def _announce(model: Path, console: Console) -> Path:
    size = sum(f.stat().st_size for f in model.rglob("*") if f.is_file()) / 1e6
    console.print(f"the model is in {model} ({size:.1f} MB); hear it with:", markup=False)
    console.print(f"  cheiron render {model} GESTURE.csv -o out.wav", markup=False)
    return model


def describe_latent(network: "Network", z: Latents) -> Space:
    """The latent space of a network, its ranges from 1 % to 99 % of a corpus.

    Args:
        network: Says what its axes are.
        z: Latents of the corpus, ``(frames, D)``.
    """
    low, rest, high = np.quantile(z.astype(np.float64), (0.01, 0.5, 0.99), axis=0)
    axes: list[Axis] = []
    for i, (name, unit, kind) in enumerate(network.latent_axes):
        top = float(max(high[i], low[i] + 1e-3))
        default = float(low[i] if name == "loudness" else rest[i])
        axes.append(Axis(name, float(low[i]), top, unit, default, kind=kind))  # pyright: ignore[reportArgumentType]
    return Space("latent", tuple(axes))


def _provenance(job: "Job", corpus: "Corpus", command: str) -> dict[str, Any]:
    return {
        "source": job.source,
        "licence": job.licence,
        "command": command,
        "train": job.train,
        "corpus": {
            "clips": len(corpus.clips),
            "seconds": corpus.seconds,
            "gain": corpus.gain,
            "sample_rate": corpus.sample_rate,
        },
        "hold_out": list(corpus.config.hold_out),
        "held_out": [clip.name for clip in corpus.held_out],
        "date": time.strftime("%Y-%m-%d"),
    }


def _write_listening_files(heard: Sequence["Heard"], sample_rate: int, folder: Path) -> None:
    """Original, half a second of silence, reconstruction: one file for each of a few clips."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    gap = np.zeros(sample_rate // 2, np.float32)
    for number, item in enumerate(_few(heard, 8), start=1):
        both = np.concatenate([item.original, gap, np.clip(item.output, -1.0, 1.0)])
        # Numbered, since files of different folders may share a name.
        write_audio(folder / f"{number}-{Path(item.clip.name).stem}.flac", both, sample_rate)


def _picture(heard: Sequence["Heard"], sample_rate: int) -> bytes:
    buffer = io.BytesIO()
    rows = [(Path(h.clip.name).stem, h.original, h.output) for h in _few(heard, 3)]
    plot_reconstructions(rows, sample_rate, buffer)
    return buffer.getvalue()


def _few(heard: Sequence["Heard"], count: int) -> list["Heard"]:
    """At most ``count``, evenly over the list."""
    index = np.unique(np.linspace(0, len(heard) - 1, min(count, len(heard))).astype(int))
    return [heard[i] for i in index]
