"""From a sensor frame to a block of sound: what is swapped as one when the player chooses."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Audio, Stage
from cheiron.core.space import Space
from cheiron.engine.decoder import Decoder


@dataclass
class ChainState:
    """One stream; made by :meth:`Chain.init`."""

    gesture: Any
    latent: Any


class Chain:
    """Sensor frame to control frame to latent frame: a stage that shows its middle.

    It holds no state, so a chain may be played by several voices.

    Args:
        gesture: From the fused sensor axes to the control space, such as a patch of smoothing,
            features and mapping.
        latent: From the control space to the latents.
        trust: How far the gesture's last output is to be trusted, in [0, 1], from the gesture's
            state; always 1 when absent.

    Raises:
        CheironError: If the two do not fit.
    """

    def __init__(
        self, gesture: Stage, latent: Stage, trust: Callable[[Any], float] | None = None
    ) -> None:
        if gesture.out_space.names != latent.in_space.names:
            raise CheironError(
                f"the gesture chain writes {', '.join(gesture.out_space.names)}, the control space "
                f"has {', '.join(latent.in_space.names)}; build both from one control space."
            )
        self.gesture, self.latent, self._trust = gesture, latent, trust

    @property
    def in_space(self) -> Space:
        """The sensor axes that it reads."""
        return self.gesture.in_space

    @property
    def control(self) -> Space:
        """The control axes in its middle."""
        return self.latent.in_space

    @property
    def latency(self) -> float:
        """Seconds of delay."""
        return self.gesture.latency + self.latent.latency

    def init(self) -> ChainState:
        """A fresh state for one stream."""
        return ChainState(self.gesture.init(), self.latent.init())

    def step(self, state: ChainState, motion: Frame) -> tuple[ChainState, Frame, Frame]:
        """The control frame and the latent frame of the next sensor frame."""
        state.gesture, control = self.gesture.step(state.gesture, motion)
        state.latent, latent = self.latent.step(state.latent, control)
        return state, control, latent

    def confidence(self, state: ChainState) -> float:
        """How far the last output is to be trusted, in [0, 1]."""
        return 1.0 if self._trust is None else self._trust(state.gesture)


class Voice:
    """A chain and a decoder with the state of one stream; it goes on whatever breaks in it.

    The control thread calls :meth:`latents` and :meth:`sound`, one after the other. It is made on
    a thread that may be late, and played once (:meth:`cheiron.engine.runner.Runner.play`).

    A chain that raises is no longer called: its last good latents are held. A decoder that raises
    fades out. Both are told in ``problem``. Latents that are not finite keep their last value.

    Args:
        chain: From sensors to latents.
        decoder: What sounds; voices that share it cross-fade their latents instead of the sound.

    Attributes:
        problem: What broke, in a sentence; empty while all is well.
        silent: Whether its decoder broke.
        mended: Latent frames that were not finite.
        control: Control point of the last tick, shape ``(control.size,)``; NaN where undefined.
        latent: Latents of the last tick, shape ``(D,)``, always finite.
    """

    def __init__(self, chain: Chain, decoder: Decoder) -> None:
        self.chain, self.decoder = chain, decoder
        self.problem, self.silent, self.mended = "", False, 0
        self.control: NDArray[np.float32] = np.full(chain.control.size, nan, np.float32)
        self.latent: NDArray[np.float32] = decoder.model.latent.default
        self._unknown: NDArray[np.float32] = np.full(chain.in_space.size, nan, np.float32)
        self._seen: Space = chain.in_space
        self._columns: list[int] | None = None
        self._held = False
        self._last = 0.0
        with suppress(Exception):  # what is broken says so when it plays
            chain.step(chain.init(), Frame(0.0, self._unknown, chain.in_space))
        self._state = chain.init()

    def at(self, sample_rate: int) -> "Voice":
        """The same chain and model from the beginning, for an output of another rate."""
        return Voice(self.chain, self.decoder.at(sample_rate))

    @property
    def confidence(self) -> float:
        """How far the last control point is to be trusted, in [0, 1]."""
        return 0.0 if self._held else self.chain.confidence(self._state)

    def latents(self, now: float, motion: Frame | None) -> NDArray[np.float32]:
        """The latents of the next tick, shape ``(D,)``.

        Args:
            now: Seconds on the control clock.
            motion: The fused sensor frame, of whatever axes there are: those that the chain knows
                are found by name. None before any sensor spoke.
        """
        if self._held:
            return self.latent
        frame = self._fit(now, motion)
        try:
            self._state, control, latent = self.chain.step(self._state, frame)
            self.control, values = control.values, latent.values
            if isfinite(np.vdot(values, values)):
                self.latent = values
            else:
                self.mended += 1
                self.latent = np.where(np.isfinite(values), values, self.latent)
        except Exception as error:  # a stage may raise anything; the sound goes on
            self._held = True
            self.problem = (
                f"the mapping stopped working ({_said(error)}), so the sound stays where it is; "
                "choose another mapping or model."
            )
        return self.latent

    def sound(self, z: NDArray[np.float32]) -> Audio:
        """The block of a latent frame; silence of about the same length once the decoder broke."""
        if not self.silent:
            try:
                block = self.decoder.block(z)
                self._last = float(block[-1]) if len(block) else self._last
                return block
            except Exception as error:  # a model may raise anything; the thread goes on
                self.silent = True
                self.problem = (
                    f"the model {self.decoder.model.name} stopped working ({_said(error)}); "
                    "choose another one."
                )
        block = np.linspace(self._last, 0.0, self.decoder.samples, dtype=np.float32)
        self._last = 0.0
        return block

    def _fit(self, now: float, motion: Frame | None) -> Frame:
        """The frame with the chain's own axes, NaN where no sensor has them."""
        space = self.chain.in_space
        if motion is None:
            return Frame(now, self._unknown, space)
        if motion.space is not self._seen:
            self._seen = motion.space
            there = {name: i for i, name in enumerate(motion.space.names)}
            same = motion.space.names == space.names
            self._columns = None if same else [there.get(name, -1) for name in space.names]
        if self._columns is None:
            return motion
        values = np.append(motion.values, np.float32(nan))  # what -1 finds
        return Frame(motion.time, values[self._columns], space)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
