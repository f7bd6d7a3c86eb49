"""Decoders that the compiled kernel runs."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, Latents
from cheiron.models.native.cover import NotCoveredError
from cheiron.models.native.ddsp import plan_ddsp
from cheiron.models.native.library import Library, load_library
from cheiron.models.native.program import Program, aligned
from cheiron.models.native.rave import plan_rave
from cheiron.models.native.weights import Weights

PLANS: dict[str, Callable[[Mapping[str, Any], Weights], Program]] = {
    "ddsp": plan_ddsp,
    "rave": plan_rave,
}
"""Families of networks that the kernel decodes: from settings and weights to a program."""

_WEIGHTS = "weights.safetensors"
_KEY = 4  # where the struct Head of c/kernel.h has the key, in 32-bit words
_GOLDEN = 0x9E3779B9  # as cheiron.core.noise spreads seeds


class KernelDecoder:
    """A model's decoder as a program; any number of streams share it.

    Args:
        program: What to run.
        library: What runs it.
    """

    def __init__(self, program: Program, library: Library) -> None:
        self.program, self.library = program, library

    @classmethod
    def of(cls, artifact: Artifact) -> "KernelDecoder":
        """The decoder of an artifact, from its settings and weights; its graphs are not read.

        Raises:
            NotCoveredError: If the library is not there or has no plan for exactly this network.
        """
        library = load_library()
        plan = PLANS.get(str(artifact.manifest.get("family")))
        config = artifact.manifest.get("config")
        if plan is None or not isinstance(config, dict):
            raise NotCoveredError("it has no plan for this family")
        try:
            weights = artifact.tensors(_WEIGHTS)
        except CheironError as error:
            raise NotCoveredError(str(error)) from error
        return cls(plan(config, weights), library)

    @property
    def words(self) -> str:
        """What people call it."""
        variant = self.library.variant
        return f"compiled kernel ({variant})" if variant else "compiled kernel"

    def stream(self, seed: int) -> "KernelStream":
        """A fresh stream; the seed fixes the noise."""
        memory = aligned(self.program.memory)
        memory.view(np.uint32)[_KEY] = (seed * _GOLDEN) & 0xFFFFFFFF
        return KernelStream(self, memory)


class KernelStream:
    """One stream of sound; one thread at a time.

    Args:
        decoder: What decodes.
        memory: Everything it remembers, noise included; taken over.
    """

    def __init__(self, decoder: KernelDecoder, memory: Any) -> None:
        self._decoder, self._memory = decoder, memory
        self._step = decoder.library.step
        program = decoder.program
        places = (program.code, program.constants, memory)
        self._places = tuple(array.ctypes.data for array in places)
        self._room = 0
        self._make_room(1)

    def step(self, z: Latents) -> tuple[Audio, bool]:
        """The next block, shape ``(frames, D)`` to ``(frames * hop,)``, and whether it is finite.

        Valid until the next step; allocates only for a block longer than any before.
        """
        frames = len(z)
        if frames > self._room:
            self._make_room(frames)
        self._z[:frames] = z
        broken = self._step(*self._places, self._source, frames, self._sink)
        return self._audio[: frames * self._decoder.program.hop], not broken

    def reset(self) -> None:
        """Back to the beginning, but for the noise, which goes on."""
        head = self._memory[2 : _KEY + 1].copy()
        self._memory.fill(0)
        self._memory[2 : _KEY + 1] = head

    def copy(self) -> "KernelStream":
        """A second stream that goes on from here in the same way."""
        memory = aligned(self._memory.size)
        memory[:] = self._memory
        return KernelStream(self._decoder, memory)

    def __copy__(self) -> "KernelStream":
        return self.copy()

    def __deepcopy__(self, memo: object) -> "KernelStream":
        return self.copy()  # attribute by attribute it would point into the original's memory

    def _make_room(self, frames: int) -> None:
        program = self._decoder.program
        self._room = frames
        self._z = np.zeros((frames, program.latents), np.float32)
        self._audio = np.zeros(frames * program.hop, np.float32)
        self._source, self._sink = self._z.ctypes.data, self._audio.ctypes.data
