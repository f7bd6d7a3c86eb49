"""Which voice sounds, and how one gives way to the next."""

from typing import Any

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.protocols import Audio
from cheiron.engine.chain import Voice
from cheiron.engine.ring import SampleRing

FADE = 0.05
"""Seconds from one voice to the next."""

_MAX_STEPS = 1024  # frames that an outgoing voice may take to fill one block of the incoming one


class Mixer:
    """The current voice, cross-faded from the one before.

    Voices that share a decoder glide from latent to latent; others, whatever their rates and
    frame lengths, from sound to sound. At most two sound at once, so a swap during a swap costs
    no more than one: the newest waits until the fade is over, and those between are left out.

    :meth:`tick` is called by the control thread. :meth:`play` and :meth:`release` may be called by
    any other: giving back the memory of an old model takes time, so the control thread only puts
    it aside.

    Args:
        sample_rate: Samples per second of the sound.
        voice: Sounds first.

    Attributes:
        voice: What sounds, or is coming in.
    """

    def __init__(self, sample_rate: int, voice: Voice | None = None) -> None:
        self.sample_rate = sample_rate
        self.voice: Voice | None = None
        self._old: Voice | None = None
        self._asked = voice
        self._begun: Voice | None = None
        self._weight = 1.0
        self._fading = False
        self._broken = ""
        self._retired: list[Voice] = []
        self._surplus = SampleRing(1)
        self._silence = np.zeros(max(1, round(sample_rate / 400)), np.float32)

    @property
    def fading(self) -> bool:
        """Whether a cross-fade is under way."""
        return self._fading

    @property
    def problem(self) -> str:
        """What broke, in a sentence; empty while all is well."""
        return (self.voice.problem if self.voice is not None else "") or self._broken

    @property
    def period(self) -> float:
        """Seconds from one tick to the next."""
        if self.voice is None:
            return len(self._silence) / self.sample_rate
        return self.voice.decoder.period

    def play(self, voice: Voice) -> None:
        """Give way to another voice as soon as no fade is under way."""
        self._asked = voice

    def newest(self) -> Voice | None:
        """The voice that was given last; the one before it once that one has broken."""
        asked = self._asked
        return asked if asked is not self._begun else self.voice

    def release(self) -> None:
        """Let go of voices that sound no more."""
        self._retired = []

    def tick(self, now: float, motion: Frame | None) -> Audio:
        """The next block at the output's rate; its length is the incoming voice's own."""
        asked = self._asked  # written by others only, as _begun by this thread only: none is lost
        if asked is not None and asked is not self._begun and not self._fading:
            self._begin(asked)
        voice, old = self.voice, self._old
        if voice is None:
            return self._silence
        z = voice.latents(now, motion)
        if not self._fading:
            return voice.sound(z)
        if old is None or old.decoder is not voice.decoder:
            return self._blend(voice, old, voice.sound(z), now, motion)
        self._weight = min(1.0, self._weight + voice.decoder.period / FADE)
        before, share = old.latents(now, motion), np.float32(self._weight)
        if self._weight >= 1.0:
            self._end(voice, old)
        return voice.sound(before + _smooth(share) * (z - before))

    def _begin(self, voice: Voice) -> None:
        old = self.voice
        self._old, self.voice, self._weight, self._fading = old, voice, 0.0, True
        self._broken, self._begun = "", voice
        if old is not None:
            self._surplus = SampleRing(2 * (old.decoder.samples + voice.decoder.samples) + 64)

    def _end(self, stays: Voice, goes: Voice | None) -> None:
        if goes is not None:
            self._retired.append(goes)
            self._broken = goes.problem if goes is self.voice else ""
        self.voice, self._old, self._fading = stays, None, False

    def _blend(
        self, voice: Voice, old: Voice | None, block: Audio, now: float, motion: Frame | None
    ) -> Audio:
        """The incoming block over the outgoing sound; back again if the incoming voice breaks."""
        before = np.zeros(len(block), np.float32)
        back = False
        if old is not None:
            self._fill(old, len(block), now, motion)
            self._surplus.read(before)
            back = voice.silent and not old.silent
        step = np.float32((-1.0 if back else 1.0) / (FADE * self.sample_rate))
        weight = np.arange(1, len(block) + 1, dtype=np.float32) * step + np.float32(self._weight)
        np.clip(weight, 0.0, 1.0, out=weight)
        mixed: Audio = before + _smooth(weight) * (block - before)
        self._weight = float(weight[-1]) if len(weight) else self._weight
        if old is not None and back and self._weight <= 0.0:
            rest = np.zeros(self._surplus.available, np.float32)
            self._surplus.read(rest)
            self._end(old, voice)
            return np.concatenate([mixed, rest])
        if self._weight >= 1.0:
            self._end(voice, old)
        return mixed

    def _fill(self, old: Voice, count: int, now: float, motion: Frame | None) -> None:
        """Let the outgoing voice sound until there is enough of it."""
        for _ in range(_MAX_STEPS):
            if self._surplus.available >= count:
                return
            self._surplus.write(old.sound(old.latents(now, motion)))


def _smooth(x: Any) -> Any:
    return x * x * (3 - 2 * x)
