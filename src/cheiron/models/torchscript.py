"""RAVE and nn~ exports: TorchScript ``.ts`` files, played through PyTorch.

A ``.ts`` file keeps its streaming state in its own buffers and draws its noise from PyTorch's
global generator. Here every stream gets a copy of the module as it was in the file and a generator
state of its own, and runs one latent frame at a time: so two streams never meet, and blocks of any
size give the same samples. PyTorch is imported when such a file is loaded, and only then.
"""

import io
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, Latents
from cheiron.core.space import Axis, Space
from cheiron.models.guard import LatentGuard, all_finite
from cheiron.models.nn_tilde import NnTildeMethods, read_methods
from cheiron.models.trust import read_trusted

_RANGE = 3.0  # RAVE's latents are close to unit variance
_GENERATOR = Lock()  # PyTorch has one generator for all threads


@dataclass(slots=True)
class TorchStream:
    """One stream through a module.

    Attributes:
        module: A copy that no other stream runs.
        random: The generator's state.
        guard: Counts in ``guard.replaced`` the latents that were NaN or infinite.
        silenced: Blocks that were NaN or infinite: taken as silence, the stream restarted.
    """

    module: Any
    random: Any
    guard: LatentGuard
    silenced: int = 0


def load_torchscript(path: str | Path, trust: bool = False) -> "TorchScriptModel":
    """Load a RAVE or nn~ export.

    Args:
        path: The ``.ts`` file.
        trust: Whether the user says that this file, which is a program, may run.

    Raises:
        CheironError: If the file is not trusted, PyTorch is missing, or it is no such export.
    """
    path = Path(path)
    data = read_trusted(path, trust)  # the same bytes are hashed and run
    torch = _import_torch(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of TorchScript as a whole
            module = torch.jit.load(io.BytesIO(data), map_location="cpu").eval()
    except Exception as error:  # PyTorch raises errors of many kinds for a damaged file
        raise CheironError(
            f"{path} could not be loaded as TorchScript; it is damaged or not a RAVE or nn~ "
            "export, so download it again."
        ) from error
    return TorchScriptModel(module, read_methods(module, str(path)), path.stem)


class TorchScriptModel:
    """A RAVE or nn~ export; keeps :class:`cheiron.core.protocols.AudioModel`.

    Outputs of several channels are mixed to mono. A file says nothing of its latency, so that is
    given as 0; a streaming RAVE export is in truth late by some hops. If it was exported without
    streaming, blocks do not join well.

    Args:
        module: The loaded module, in evaluation mode; never run itself, only copied.
        methods: What it can do.
        name: What people call it.

    Raises:
        CheironError: If one step does not give what the module promises.
    """

    def __init__(self, module: Any, methods: NnTildeMethods, name: str) -> None:
        self.methods = methods
        self._torch = _import_torch(Path(name))
        self._pristine = module
        self._name = name
        axes = (Axis(f"z{i}", -_RANGE, _RANGE) for i in range(methods.latent_size))
        self._latent = Space("latent", tuple(axes))
        self._probe()

    @classmethod
    def load(cls, path: Path, *, trust: bool = False) -> "TorchScriptModel":
        """As :func:`load_torchscript`."""
        return load_torchscript(path, trust)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    @property
    def sample_rate(self) -> int:
        """Samples per second; 44100 where the file does not say (``methods.note`` tells)."""
        return self.methods.sample_rate

    @property
    def hop(self) -> int:
        """Samples per latent frame."""
        return self.methods.hop

    @property
    def latent(self) -> Space:
        """Its latents, ``z0``, ``z1`` and so on."""
        return self._latent

    @property
    def latency(self) -> int:
        """Not known: 0."""
        return 0

    def decode(self, z: Latents, seed: int = 0) -> Audio:
        """The sound of a trajectory, shape ``(frames, D)`` to ``(frames * hop,)``."""
        return self.decode_step(self.init_decoder(seed), z)[1]

    def init_decoder(self, seed: int = 0) -> TorchStream:
        """A fresh stream; the seed fixes every random draw."""
        return TorchStream(
            self._fresh_module(), self._seeded(seed), LatentGuard(self._latent.default)
        )

    def decode_step(self, state: TorchStream, z: Latents) -> tuple[TorchStream, Audio]:
        """The next block, shape ``(frames, D)`` to ``(frames * hop,)``."""
        if z.shape != (len(z), self._latent.size):
            raise CheironError(
                f"latents of the shape {z.shape} were given to {self.name}; "
                f"expected (frames, {self._latent.size})."
            )
        audio = np.zeros(len(z) * self.hop, np.float32)
        for i, frame in enumerate(state.guard.clean(z)):
            channels = self._run(state, "decode", frame[:, np.newaxis], self.hop)
            audio[i * self.hop : (i + 1) * self.hop] = channels.mean(axis=0)
        return state, audio

    def encode(self, audio: Audio) -> Latents:
        """Latents, shape ``(samples,)`` to ``(ceil(samples / hop), D)``."""
        padded = np.zeros(-(-len(audio) // self.hop) * self.hop, np.float32)
        padded[: len(audio)] = audio
        return self.encode_step(self.init_encoder(), padded)[1]

    def init_encoder(self) -> TorchStream:
        """A fresh stream. Where the module draws its latents at random, the draws repeat.

        Raises:
            CheironError: If the file cannot encode.
        """
        if not self.methods.in_channels:
            raise CheironError(
                f"{self.name} cannot analyse sound: the file has no encode method that fits its "
                "decoder; choose a model with an encoder."
            )
        return self.init_decoder()

    def encode_step(self, state: TorchStream, audio: Audio) -> tuple[TorchStream, Latents]:
        """Latents of a block, shape ``(frames * hop,)`` to ``(frames, D)``.

        Raises:
            CheironError: If the block is not a whole number of hops.
        """
        if audio.ndim != 1 or len(audio) % self.hop:
            raise CheironError(
                f"a block of the shape {audio.shape} was given to {self.name}; "
                f"expected a multiple of {self.hop} samples."
            )
        z = np.zeros((len(audio) // self.hop, self._latent.size), np.float32)
        for i, hop in enumerate(audio.reshape(-1, self.hop)):
            finite = hop if all_finite(hop) else np.zeros_like(hop)
            state.silenced += finite is not hop
            channels = np.tile(finite, (self.methods.in_channels, 1))
            z[i] = self._run(state, "encode", channels, 1)[:, 0]
        return state, z

    def _run(
        self, state: TorchStream, method: str, values: NDArray[np.float32], columns: int
    ) -> NDArray[np.float32]:
        """One frame through a method, to shape ``(channels, columns)``; zeros if not finite."""
        torch = self._torch
        tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]
        try:
            with _GENERATOR, torch.random.fork_rng(devices=[]), torch.no_grad(), _one_thread(torch):
                torch.set_rng_state(state.random)
                result = getattr(state.module, method)(tensor)[0].numpy()
                state.random = torch.get_rng_state()
            if result.shape[1] != columns:
                raise ValueError(f"{result.shape[1]} columns instead of {columns}")
        except Exception as error:  # whatever the program in the file raises
            raise CheironError(
                f"{self.name} failed while it was played: its {method} did not give what a RAVE or "
                "nn~ export gives; export it again for streaming."
            ) from error
        if not all_finite(result):
            state.module = self._fresh_module()
            state.silenced += 1
            return np.zeros_like(result)
        return result

    def _fresh_module(self) -> Any:
        module = deepcopy(self._pristine)
        for mine, shared in zip(module.parameters(), self._pristine.parameters(), strict=True):
            mine.data = shared.data  # weights never change; only the buffers are a stream's own
        return module

    def _seeded(self, seed: int) -> Any:
        generator = self._torch.Generator()
        generator.manual_seed(seed % 2**63)
        return generator.get_state()

    def _probe(self) -> None:
        try:
            audio = self.decode(self._latent.default[np.newaxis])
            if self.methods.in_channels:
                self.encode(audio)
        except Exception as error:  # whatever the program in the file raises
            raise CheironError(
                f"{self.name} fails at its first step, so it is not a RAVE or nn~ export that "
                "can be played; export it again for streaming."
            ) from error


@contextmanager
def _one_thread(torch: ModuleType) -> Generator[None, None, None]:
    # On a busy machine two threads wait for each other: 700 ms were seen for a step of 7 ms.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _import_torch(path: Path) -> ModuleType:
    try:
        import torch
    except ImportError as error:
        raise CheironError(
            f"{path.name} needs PyTorch, which is not installed; `cheiron doctor` prints the "
            "command that installs it."
        ) from error
    return torch
