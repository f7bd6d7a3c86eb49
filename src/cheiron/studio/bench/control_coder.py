"""A model's encoder over many sounds at once, where the learning install allows it."""

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from cheiron.core.protocols import Audio, AudioModel, Latents

_BATCH = 8  # sounds at a time; the windows of all their frames are held at once


class Coder:
    """Encodes batches of sounds.

    An encoder that takes one frame at a time costs as much as the sound lasts; the same network in
    torch takes a batch in the time of one. Without torch, or for a model that is no artifact, the
    model itself encodes.

    Args:
        model: What is to encode.
    """

    def __init__(self, model: AudioModel) -> None:
        self.model = model
        self.network: Any = _network(model)

    def encode(self, sounds: Sequence[Audio]) -> list[Latents]:
        """Latents of each sound and of the silence of the model's latency after it.

        Args:
            sounds: Shape ``(samples,)`` each.

        Returns:
            Shape ``(frames, D)`` each, ``ceil((samples + latency) / hop)`` frames; decoding them
            gives the sound ``latency`` samples late.
        """
        hop, late = self.model.hop, self.model.latency
        if self.network is None:
            rest = np.zeros(late, np.float32)
            return [self.model.encode(np.concatenate([s, rest])).copy() for s in sounds]
        from cheiron.export.torch_steps import one_thread
        from cheiron.training.validate import encode_batch

        found: list[Latents] = []
        for start in range(0, len(sounds), _BATCH):
            part = sounds[start : start + _BATCH]
            frames = [-(-(len(s) + late) // hop) for s in part]
            padded = np.zeros((len(part), 1, max(frames) * hop), np.float32)
            for row, sound in zip(padded, part, strict=True):
                row[0, : len(sound)] = sound
            with one_thread():
                rows = encode_batch(self.network, padded)
            found += [z[:n] for z, n in zip(rows, frames, strict=True)]
        return found


def _network(model: AudioModel) -> Any:
    artifact = getattr(model, "artifact", None)
    if artifact is None or "family" not in artifact.manifest:
        return None
    if importlib.util.find_spec("torch") is None:
        return None
    from cheiron.export.network import load_network

    return load_network(artifact)
