"""The last stage of a patch: control frame to latent frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.filters import hold_missing
from cheiron.core.noise import normal_noise
from cheiron.core.protocols import ControlSpace
from cheiron.core.recording import BlockStage, Times, Values

_AHEAD = 16  # frames whose noise is drawn at once: live, one by one costs five times as much


@dataclass
class _State:
    held: NDArray[np.float64]
    frame: int = 0
    ahead: NDArray[np.float64] | None = None


class ControlStage(BlockStage):
    """Control points into latents.

    An axis that goes missing (NaN) holds its last value, and rests at its default before it has
    had one. One of the kind ``texture`` moves as seeded noise around its default while nobody
    drives it. Each latent frame has its own draw, counted from the start of the stream, so equal
    seeds give equal latents on every run and for blocks of any size.

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
        rows = values.astype(np.float64)
        held, c = hold_missing(state.held, rows)
        texture, ahead = self._texture, state.ahead
        if texture.size:
            c[:, texture] = rows[:, texture]
        free = np.isnan(c)
        if free.any():
            c = np.where(free, self._default, c)
            if texture.size:
                noise, ahead = self._noise(state, len(c))
                c[:, texture] += np.where(free[:, texture], noise, 0.0)
        latents = self._space.to_latent(c.astype(np.float32))
        return _State(held, state.frame + len(c), ahead), latents

    def _noise(
        self, state: _State, frames: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """The noise of the next frames, and some that is kept for those after it."""
        if frames != 1:
            return self._drawn(state.frame, frames), None
        place = state.frame % _AHEAD
        ahead = state.ahead
        if ahead is None or place == 0:
            ahead = self._drawn(state.frame - place, _AHEAD)
        return ahead[place : place + 1], ahead

    def _drawn(self, start: int, frames: int) -> NDArray[np.float64]:
        width = self._texture.size
        draws = normal_noise(self._seed, start * width, frames * width).reshape(frames, width)
        return draws * self._scale
