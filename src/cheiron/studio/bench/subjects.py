"""What is timed: a model's steps as they are played, and the same network in other ways."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cheiron.core.artifact import Artifact
from cheiron.core.noise import uniform_noise
from cheiron.core.protocols import AudioModel, Latents
from cheiron.core.space import Axis, Space
from cheiron.models import load_model

BLOCK = 128
"""Samples of a live block; models of a larger hop take one hop."""

_LATENTS = 64  # different blocks, in turn
_LONGEST = 100.0  # an axis without bounds that mean something is driven this far, at most

Way = Callable[[int], object]
"""Makes one block; called with the number of the call."""


def frames_per_block(model: AudioModel, samples: int = BLOCK) -> int:
    """Latent frames of a block: as many as fit, at least one."""
    return max(1, samples // model.hop)


def block_milliseconds(model: AudioModel) -> float:
    """Duration of a block."""
    return 1000.0 * frames_per_block(model) * model.hop / model.sample_rate


def own_decoders(model: AudioModel) -> dict[str, Way]:
    """A model's decoder, everything that a live step does included.

    Returns:
        ``"kernel"``, if the compiled kernel decodes it, and ``"onnx"``.
    """
    from cheiron.models.decoding import GraphDecoder
    from cheiron.models.onnx_model import OnnxModel

    if isinstance(model, OnnxModel) and model.decoded_by != GraphDecoder.words:
        plain = OnnxModel(model.artifact, kernel=False)
        return {"kernel": _decoder(model), "onnx": _decoder(plain)}
    return {"onnx": _decoder(model)}


def _decoder(model: AudioModel) -> Way:
    blocks = _latents(model)
    state = model.init_decoder(0)

    def way(call: int) -> object:
        nonlocal state
        state, audio = model.decode_step(state, blocks[call % _LATENTS])
        return audio

    return way


def onnx_encoder(model: AudioModel) -> Way:
    """Stream a model's encoder."""
    size = frames_per_block(model) * model.hop
    sound = 0.3 * uniform_noise(1, 0, _LATENTS * size).reshape(_LATENTS, size)
    state = model.init_encoder()

    def way(call: int) -> object:
        nonlocal state
        state, z = model.encode_step(state, sound[call % _LATENTS])
        return z

    return way


def torch_decoders(model: AudioModel, kinds: Iterable[str]) -> dict[str, Way]:
    """The same decoder by PyTorch: ``"eager"`` Python, or ``"torchscript"``, traced and frozen.

    Nothing but the network is timed: its noise is given, and its sound is not looked at. Empty
    where PyTorch is not installed or the model does not say which network it is.
    """
    artifact: Artifact | None = getattr(model, "artifact", None)
    if artifact is None or "family" not in artifact.manifest or not has_torch():
        return {}
    from cheiron.export import torch_steps
    from cheiron.export.network import load_network

    network = load_network(artifact)
    frames = frames_per_block(model)
    noise = uniform_noise(0, 0, frames * model.hop)
    makers = {
        "eager": torch_steps.eager_decoder,
        "torchscript": torch_steps.torchscript_decoder,
    }
    steps = {kind: makers[kind](network, frames, noise) for kind in kinds}
    blocks = _latents(model)
    return {kind: _way(step, blocks) for kind, step in steps.items()}


def random_model(preset: str, folder: Path) -> AudioModel:
    """A preset of the RAVE class with random weights, exported and loaded.

    Args:
        preset: Name of the preset.
        folder: Where its artifact goes.

    Raises:
        ModuleNotFoundError: If the learning install is absent.
    """
    from cheiron.export.artifact import export_model
    from cheiron.export.network import make_network
    from cheiron.export.torch_steps import seeded
    from cheiron.nets.rave import PRESETS

    with seeded(0):
        network = make_network("rave", asdict(PRESETS[preset]))
    axes = tuple(Axis(f"z{i}", -3.0, 3.0) for i in range(network.latent_size))
    latent = Space("latent", axes)
    export_model(network.eval(), folder / preset, name=preset, family="rave", latent=latent)
    return load_model(folder / preset)


def has_torch() -> bool:
    """Whether what exports and runs networks is installed."""
    return all(importlib.util.find_spec(name) for name in ("torch", "onnx", "onnxscript"))


def _way(step: Callable[[Latents], Any], blocks: Latents) -> Way:
    return lambda call: step(blocks[call % _LATENTS])


def _latents(model: AudioModel) -> Latents:
    """Blocks within the latents' ranges, shape ``(64, frames, D)``."""
    low = np.clip(model.latent.low, -_LONGEST, _LONGEST)
    high = np.clip(model.latent.high, -_LONGEST, _LONGEST)
    shape = (_LATENTS, frames_per_block(model), model.latent.size)
    share = np.random.default_rng(0).random(shape, dtype=np.float32)
    return (low + share * (high - low)).astype(np.float32)
