"""From the model's sample rate to the device's, block by block with a short, constant delay."""

from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio

_REACH = 12  # samples on either side, at the lower of the two rates
_SHAPE = 6.0  # of the Kaiser window: 60 dB


class Resampler:
    """Interpolation by a windowed sinc, one filter for each fraction of a sample that occurs.

    Output ``m`` lies at input position ``t = m (input rate) / (output rate)`` and is the sum of
    the 24 samples around it, weighted by ``sinc(t - n) kaiser(t - n)``. It can be given out as
    soon as the 12th sample after it is there: 0.27 ms at 44.1 kHz. Every block gives what its
    length is worth, to one sample. (``soxr``, made for files, does so for a few ratios only: from
    48 to 44.1 or 96 kHz, live, it holds back up to 10 ms and then gives them at once.)

    Flat to 18 kHz and 60 dB down at 26 kHz, at 44.1 kHz; in between lies what few hear and these
    models hardly make.

    Reference: J. O. Smith: "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/.

    One thread calls it. It holds the state of one stream.

    Args:
        input_rate: Samples per second.
        output_rate: Samples per second.

    Attributes:
        delay: Seconds from an input to its output.

    >>> resampler = Resampler(44100, 48000)
    >>> [len(resampler.step(np.zeros(441, np.float32))) for _ in range(4)]
    [467, 480, 480, 480]
    """

    def __init__(self, input_rate: int, output_rate: int) -> None:
        common = gcd(input_rate, output_rate)
        self._up, self._down = output_rate // common, input_rate // common
        scale = min(1.0, output_rate / input_rate)
        reach = ceil(_REACH / scale)
        self._taps = _filters(self._up, reach, scale)
        self._kept: Audio = np.zeros(2 * reach - 1, np.float32)
        # Input position of the first kept sample, and number of the next output.
        self._first, self._next = -(2 * reach - 1), 0
        self._reach = reach
        self._ones = np.ones(2 * reach, np.float32)
        self.delay = reach / input_rate

    def step(self, audio: Audio) -> Audio:
        """The outputs that a block makes possible, shape ``(samples,)``, a new array."""
        if not len(audio):
            return np.zeros(0, np.float32)
        audio = np.concatenate([self._kept, audio])
        end = self._first + len(audio)
        # Output m needs the inputs up to floor(m down / up) + reach.
        stop = max(self._next, -(-(end - self._reach) * self._up // self._down))
        whole, fraction = np.divmod(np.arange(self._next, stop) * self._down, self._up)
        width = 2 * self._reach
        windows: Audio = np.ndarray(
            (len(audio) - width + 1, width), np.float32, audio, strides=audio.strides * 2
        )
        around = windows[whole - (self._reach - 1 + self._first)]
        around *= self._taps.take(fraction, axis=0)
        out: Audio = around @ self._ones  # the quickest sum over so few
        self._next = stop
        keep = len(self._kept)
        self._kept = audio[-keep:].copy()
        self._first = end - keep
        return out


def _filters(up: int, reach: int, scale: float) -> NDArray[np.float32]:
    """Weights of the samples around each fraction, shape ``(up, 2 reach)``; each sums to 1."""
    fraction = np.arange(up)[:, np.newaxis] / up
    distance = fraction + reach - 1 - np.arange(2 * reach)[np.newaxis]
    inside = np.clip(1.0 - (distance / reach) ** 2, 0.0, None)
    taps = np.sinc(scale * distance) * np.i0(_SHAPE * np.sqrt(inside))
    return (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
