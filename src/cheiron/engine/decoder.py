"""Latents to sound at the output's sample rate, one frame at a time."""

import math
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio, AudioModel
from cheiron.engine.resampler import Resampler
from cheiron.engine.safety import SafeGain

_WARM_FRAMES = 3


class Decoder:
    """One stream of a model, resampled to the output and kept below full scale.

    :meth:`block` is called by the control thread only; the rest by anybody. Making one takes some
    milliseconds, so make it on a thread that may be late.

    Args:
        model: What sounds.
        sample_rate: Samples per second of the output.
        seed: Fixes every random draw.

    Attributes:
        period: Seconds of one latent frame.
        samples: Samples of one block, rounded; with resampling some blocks have one more or less.
    """

    def __init__(self, model: AudioModel, sample_rate: int, seed: int = 0) -> None:
        self.model, self.sample_rate, self.seed = model, sample_rate, seed
        self.period = model.hop / model.sample_rate
        self.samples = max(1, round(self.period * sample_rate))
        self._resampler: Resampler | None = None
        if model.sample_rate != sample_rate:
            self._resampler = Resampler(model.sample_rate, sample_rate)
        self._safe = SafeGain(sample_rate)
        self._safety = self._safe.init()
        _warm(model, seed)
        self._state = model.init_decoder(seed)

    def at(self, sample_rate: int) -> "Decoder":
        """The same model and seed from the beginning, for another output."""
        return Decoder(self.model, sample_rate, self.seed)

    @property
    def delay(self) -> float:
        """Seconds by which resampling delays the sound."""
        return self._resampler.delay if self._resampler is not None else 0.0

    @property
    def reduction(self) -> float:
        """What the safe gain takes away now, dB, 0 when it does not act."""
        return max(0.0, -20.0 * math.log10(self._safety.gain))

    @property
    def mended(self) -> int:
        """Samples that were not finite and became silence."""
        return self._safety.mended

    def block(self, z: NDArray[np.float32]) -> Audio:
        """The sound of one latent frame, shape ``(D,)`` to about ``(samples,)``.

        Valid until the next call.
        """
        self._state, audio = self.model.decode_step(self._state, z[np.newaxis])
        if self._resampler is not None:
            audio = self._resampler.step(audio)
        self._safety, audio = self._safe.step(self._safety, audio)
        return audio


def _warm(model: AudioModel, seed: int) -> None:
    """Take the cost of the first steps (arenas, page faults) here instead of in the sound."""
    rest = model.latent.default[np.newaxis]
    with suppress(Exception):  # what is broken says so when it plays
        state = model.init_decoder(seed)
        for _ in range(_WARM_FRAMES):
            state, _ = model.decode_step(state, rest)
