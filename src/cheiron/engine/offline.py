"""Gesture to sound without a clock: a recording through a patch and a model into an output."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cheiron.core.protocols import Audio, AudioModel, Output
from cheiron.core.recording import Recording
from cheiron.engine.clock import resample
from cheiron.engine.patch import Patch, Trace
from cheiron.engine.safety import SafeGain, SafetyState

_BLOCK_SECONDS = 0.2
_FADE_SECONDS = 0.02


@dataclass(frozen=True)
class Rendering:
    """What came out.

    Args:
        motion: The gesture on the control clock, one row for each latent frame.
        trace: What each stage of the patch wrote.
        audio: The sound as written.
        sample_rate: Samples per second.
        elapsed: Seconds of work.
        safety: What the safe gain had to do.
    """

    motion: Recording
    trace: Trace
    audio: Audio
    sample_rate: int
    elapsed: float
    safety: SafetyState

    @property
    def duration(self) -> float:
        """Seconds of sound."""
        return len(self.audio) / self.sample_rate

    @property
    def peak(self) -> float:
        """Largest magnitude."""
        return float(np.abs(self.audio).max(initial=0.0))


def render(
    motion: Recording,
    patch: Patch,
    model: AudioModel,
    output: Output,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Rendering:
    """Play a gesture into an output as fast as it goes.

    The same gesture, patch, model and seed give the same samples on every run. The last 20 ms
    fade, since a gesture that ends in the middle of a movement would end in a click.

    Args:
        motion: The gesture on the control clock; see :func:`on_clock_of`.
        patch: From the gesture's space to the model's latents.
        model: What sounds.
        output: Open already; it is neither opened nor closed here.
        seed: Fixes every random draw of the decoder.
        progress: Told the share that is done, in [0, 1].
    """
    start = time.perf_counter()
    trace = patch.trace(motion)
    latents = trace.out.values
    frames = max(1, round(_BLOCK_SECONDS * model.sample_rate / model.hop))
    fade = int(_FADE_SECONDS * model.sample_rate)
    total = len(latents) * model.hop
    safe = SafeGain(model.sample_rate)
    state, safety = model.init_decoder(seed), safe.init()
    blocks: list[Audio] = []
    for first in range(0, len(latents), frames):
        state, block = model.decode_step(state, latents[first : first + frames])
        safety, block = safe.step(safety, np.array(block))  # a copy: the model may reuse its own
        remaining = total - first * model.hop - np.arange(len(block), dtype=np.float32)
        if remaining[-1] < fade:
            block = block * np.minimum(remaining / np.float32(fade), np.float32(1.0))
        output.write(block)
        blocks.append(block)
        if progress is not None:
            progress(min(1.0, (first + frames) / len(latents)))
    audio = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    elapsed = time.perf_counter() - start
    return Rendering(motion, trace, audio, model.sample_rate, elapsed, safety)


def on_clock_of(model: AudioModel, gesture: Recording) -> Recording:
    """The gesture with one row for each latent frame of the model."""
    return resample(gesture, model.sample_rate / model.hop)
