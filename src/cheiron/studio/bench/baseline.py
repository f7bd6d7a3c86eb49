"""What a model is compared with: mel inversion, silence, and itself before training."""

import importlib.util
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.core.protocols import Audio, AudioModel
from cheiron.studio.install import bench_command

_SIZE, _HOP, _BANDS, _ITERATIONS = 1024, 256, 16, 32


def require_librosa() -> None:
    """Refuse to start where librosa is missing.

    Raises:
        CheironError: If it is.
    """
    if importlib.util.find_spec("librosa") is None:
        raise CheironError(
            "comparing sounds needs librosa, which is not installed; install it with: "
            f"{bench_command()}"
        )


def griffin_lim(audio: Audio, sample_rate: int, seed: int = 0) -> Audio:
    """A sound rebuilt from 16 mel bands per frame, without any learning.

    Non-negative least squares from bands to bins, then 32 iterations of the fast Griffin-Lim
    algorithm (Perraudin et al. 2013) with windows of 1024 samples every 256: about as many numbers
    per second as a model's latents, and what they give without a model.

    Args:
        audio: Shape ``(samples,)``.
        sample_rate: Samples per second.
        seed: Fixes the first phases.

    Returns:
        The same shape.
    """
    import librosa

    if not np.any(audio):
        return np.zeros_like(audio)
    mel = librosa.feature.melspectrogram(
        y=audio, sr=sample_rate, n_fft=_SIZE, hop_length=_HOP, n_mels=_BANDS
    )
    magnitudes = librosa.feature.inverse.mel_to_stft(mel, sr=sample_rate, n_fft=_SIZE)
    rebuilt = librosa.griffinlim(
        magnitudes, n_iter=_ITERATIONS, hop_length=_HOP, n_fft=_SIZE, length=len(audio),
        random_state=seed,
    )  # fmt: skip
    return np.asarray(rebuilt, np.float32)


class Untrained:
    """The network of a model with fresh weights.

    Args:
        network: From :mod:`cheiron.export`.
    """

    def __init__(self, network: Any) -> None:
        self._network = network

    def reconstruct(self, audio: Audio) -> Audio:
        """Encode and decode a sound, lined up with it; the same shape."""
        from cheiron.export.torch_steps import one_thread, reconstruct

        late = self._network.latency
        padded = np.concatenate([audio, np.zeros(late, np.float32)])
        noise = uniform_noise(0, 0, len(padded) + self._network.hop)
        with one_thread():
            return reconstruct(self._network, padded, noise)[late:][: len(audio)]


def untrained(model: AudioModel) -> Untrained | str:
    """A model's network before any training (seed 0), or the reason why there is none."""
    artifact = getattr(model, "artifact", None)
    if artifact is None or "family" not in artifact.manifest:
        return f"{model.name} does not say which network it is, so none is compared untrained"
    if importlib.util.find_spec("torch") is None:
        return "PyTorch is not installed, so the untrained network is left out"
    from cheiron.export.network import make_network
    from cheiron.export.torch_steps import seeded

    manifest = artifact.manifest
    with seeded(0):
        network = make_network(str(manifest["family"]), manifest.get("config") or {})
    return Untrained(network.eval())
