"""Descriptors of sound that is still going on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.hearing import WINDOW
from cheiron.core.protocols import Audio
from cheiron.features.descriptors import descriptor_space, frame_start, measure_windows


@dataclass(frozen=True)
class StreamState:
    """What a stream remembers.

    Args:
        held: Samples that later windows still need.
        skip: Samples from the beginning of ``held`` to the next window; beyond its end where that
            lies in the future.
    """

    held: NDArray[np.float32]
    skip: int


class DescriptorStream:
    """Measures sound as it comes; the numbers are those of :func:`.describe`, later.

    Explicit state and no clock: any thread may step it, one stream's states on one at a time.
    A window reaches beyond its frame, so frame ``t`` is known when :attr:`latency` samples have
    come since its first one. The frames after the last whole window never come.

    Args:
        sample_rate: Samples per second.
        hop: Samples per frame.
        names: Which descriptors, in order.
        every: Measure only the frames 0, ``every``, ``2 * every``, and so on; the others cost
            nothing.

    Raises:
        CheironError: If a descriptor is unknown, or the hop or ``every`` is less than 1.

    Attributes:
        space: What the columns mean.

    >>> stream = DescriptorStream(44100, 512, ["rms"], every=4)
    >>> state, values = stream.step(stream.init(), np.full(44100, 0.1, np.float32))
    >>> values.shape, stream.latency, round(float(values[10, 0]))
    ((21, 1), 1280, -20)
    """

    def __init__(self, sample_rate: int, hop: int, names: Sequence[str], every: int = 1) -> None:
        if hop < 1 or every < 1:
            raise CheironError(
                f"descriptors cannot be measured every {every} frames of {hop} samples; "
                "both have to be at least 1."
            )
        self.space = descriptor_space(names)
        self._names, self._rate, self._hop = tuple(names), sample_rate, hop
        self._step = hop * every

    @property
    def latency(self) -> int:
        """Samples from the first one of a frame until its descriptors are known."""
        return WINDOW - frame_start(self._hop)

    def init(self) -> StreamState:
        """A fresh state: silence before the sound."""
        before = frame_start(self._hop)
        return StreamState(np.zeros(max(0, before), np.float32), max(0, -before))

    def step(self, state: StreamState, samples: Audio) -> tuple[StreamState, NDArray[np.float32]]:
        """Take the next samples, any number of them.

        Returns:
            The next state, and the descriptors of every frame that is now known, shape ``(frames,
            len(names))``, NaN where undefined.
        """
        line = np.concatenate([state.held, np.asarray(samples, np.float32)])
        frames = max(0, (line.size - state.skip - WINDOW) // self._step + 1)
        following = state.skip + frames * self._step
        keep = min(following, line.size)
        after = StreamState(line[keep:].copy(), following - keep)
        if not frames:
            return after, np.empty((0, len(self._names)), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(line[state.skip :], WINDOW)
        return after, measure_windows(windows[:: self._step][:frames], self._rate, self._names)
