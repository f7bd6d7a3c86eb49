"""A trained network as an artifact that plays without torch."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cheiron.core.artifact import Artifact, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.core.space import Space
from cheiron.export.network import make_network
from cheiron.export.onnx_graph import export_graphs, fold_weight_norm
from cheiron.export.weights import WEIGHTS, point_into, weight_tensors
from cheiron.models.onnx_model import OnnxModel
from cheiron.nets.network import Network

TOLERANCE = 1e-4
"""How far an exported graph may be from its network, as a share of the largest value."""


def export_model(
    network: Network,
    path: Path,
    *,
    name: str,
    family: str,
    latent: Space,
    fields: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Artifact:
    """Write an audio model's artifact and check it against the network.

    Args:
        network: The network; it is copied, not changed.
        path: Folder to write.
        name: What people will call the model.
        family: A name of :data:`cheiron.nets.FAMILIES`.
        latent: What its latents mean.
        fields: Further manifest fields: provenance, metrics, landmarks.
        files: Further files: the model card, pictures, landmarks.

    Raises:
        CheironError: If the exported graphs do not compute what the network does.
    """
    network = _folded(network, family)
    manifest = {
        "family": family,
        "config": asdict(network.config),
        "parameters": sum(t.numel() for t in network.state_dict().values()),
        "sample_rate": network.config.sample_rate,
        "hop": network.hop,
        "latency": network.latency,
        "latent": latent.to_json(),
        **(fields or {}),
    }
    contents = {**_graph_files(network), **(files or {})}
    artifact = write_artifact(path, kind="audio-model", name=name, fields=manifest, files=contents)
    worst = parity(network, OnnxModel(artifact, kernel=False))
    if not worst < TOLERANCE:
        shutil.rmtree(artifact.path)
        raise CheironError(
            f"the exported graphs differ from the network by {worst:.1e}, more than "
            f"{TOLERANCE:.0e}; report this together with the versions that cheiron doctor prints."
        )
    return artifact


def _folded(network: Network, family: str) -> Network:
    """The same network with its weight norms folded."""
    # Not a deep copy: its classes are those of the original, which folding would take apart.
    fresh, state = make_network(family, asdict(network.config)), network.state_dict()
    if not any("parametrizations" in name for name in state):
        fold_weight_norm(fresh)
    fresh.load_state_dict(state)
    fold_weight_norm(fresh)
    return fresh.eval()


def _graph_files(network: Network) -> dict[str, bytes]:
    weights = tensors_to_bytes(weight_tensors(network.state_dict()))
    graphs = export_graphs(network)
    return {
        "encoder.onnx": point_into(graphs.encoder, weights),
        "decoder.onnx": point_into(graphs.decoder, weights),
        "decoder_step.onnx": point_into(graphs.decoder_step, weights),
        WEIGHTS: weights,
    }


def parity(network: Network, model: OnnxModel, frames: int = 48, seed: int = 0) -> float:
    """Largest difference between a network and its exported model, in both directions.

    Differences count as a share of the largest value (or of 1, if that is more).

    Args:
        network: In evaluation mode.
        model: Its export.
        frames: Length of the test sound in latent frames.
        seed: Seed of the test sound and of the noise.
    """
    hop = network.hop
    n = frames * hop
    t = np.arange(n, dtype=np.float32) / network.config.sample_rate
    audio = 0.2 * np.sin(2 * np.pi * 330 * t) + 0.02 * uniform_noise(seed + 1, 0, n)
    audio = audio.astype(np.float32)
    noise = torch.from_numpy(uniform_noise(seed, 0, n))[None, None]
    with torch.no_grad():
        z, _ = network.encode(torch.from_numpy(audio)[None, None], network.init_encoder(1))
        sound, _ = network.decode(z, network.init_decoder(1), noise)
    latents = z[0].T.numpy().copy()
    wave = sound[0, 0].numpy()
    far = _apart(model.encode(audio), latents)
    far = max(far, _apart(model.decode(latents, seed), wave))
    state = model.init_decoder(seed)
    for i, frame in enumerate(latents):
        state, block = model.decode_step(state, frame[None])
        far = max(far, _apart(block, wave[i * hop : (i + 1) * hop]))
    return far


def _apart(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    return float(np.abs(found - wanted).max() / max(1.0, float(np.abs(wanted).max())))
