"""The last stage of a patch: control frame to latent frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.filters import hold_missing
from cheiron.core.noise import normal_noise
from cheiron.core.protocols import ControlSpace
from cheiron.core.recording import BlockStage, Times, Values


@dataclass
class _State:
    held: NDArray[np.float64]
    frame: int = 0


class ControlStage(BlockStage):
    """Control points into latents.

    An axis that goes missing (NaN) holds its last value. One that nobody has driven yet rests at
    its default, or, where it is of the kind ``texture``, moves as seeded noise around it. Each
    latent frame has its own draw, counted from the start of the stream, so equal seeds give equal
    latents on every run and for blocks of any size.

    Args:
        space: The control space.
        spread: Standard deviation of each axis's noise, shape ``(axes,)``; 1 when absent.
        seed: Fixes the noise.
    """

    def __init__(
        self, space: ControlSpace, spread: NDArray[np.float32] | None = None, seed: int = 0
    ) -> None:
        self._space = space
        self.in_space, self.out_space = space.control, space.latent
        self._seed = seed
        self._default = space.control.default.astype(np.float64)
        kinds = [axis.kind == "texture" for axis in space.control.axes]
        self._texture = np.flatnonzero(kinds)
        scale = np.ones(space.control.size) if spread is None else spread.astype(np.float64)
        self._scale = scale[self._texture]

    def init(self) -> Any:
        """A fresh state for one stream."""
        return _State(np.full(self.in_space.size, np.nan))

    def block(self, state: _State, times: Times, values: Values) -> tuple[_State, Values]:
        """Latents of the next rows."""
        held, c = hold_missing(state.held, values.astype(np.float64))
        free = np.isnan(c)
        if free.any():
            c = np.where(free, self._default, c)
            if self._texture.size:
                noise = self._noise(state.frame, len(c))
                c[:, self._texture] += np.where(free[:, self._texture], noise, 0.0)
        latents = self._space.to_latent(c.astype(np.float32))
        return _State(held, state.frame + len(c)), latents

    def _noise(self, start: int, frames: int) -> NDArray[np.float64]:
        width = self._texture.size
        draws = normal_noise(self._seed, start * width, frames * width).reshape(frames, width)
        return draws * self._scale
