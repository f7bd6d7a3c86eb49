"""How fast a sound changes."""

import numpy as np
from numpy.typing import NDArray

from cheiron.core import hearing
from cheiron.features.descriptors import Column, Windows, describes


@describes("dB", 0.0, 40.0)
def flux(windows: Windows) -> Column:
    """Onset strength: mean rise over mel bands within 512 samples; 0 for a steady tone.

    The rectified difference of log-mel spectra of two windows of 1024 samples, 256 before and
    after the middle of the frame (Böck & Widmer, DAFx 2013, without the maximum filter; as
    librosa's ``onset_strength`` with these spectra). So it does not depend on the hop.
    """
    before, after = (_mel_level(windows, part) for part in hearing.FLUX_PARTS)
    rise = np.maximum(after - before, 0.0).mean(axis=1)
    return np.where(windows.audible, rise, np.nan).astype(np.float32)


@describes("1/s", 0.0, 30000.0)
def zero_crossings(windows: Windows) -> Column:
    """Changes of sign in a second: twice the frequency of a sine."""
    samples = np.where(np.abs(windows.samples) <= _ZERO, np.float32(0.0), windows.samples)
    changes = np.count_nonzero(np.diff(np.signbit(samples), axis=1), axis=1)
    rate = changes * (windows.sample_rate / hearing.WINDOW)
    return np.where(windows.audible, rate, np.nan).astype(np.float32)


_ZERO = 1e-10  # samples within this are zero, as in librosa


def _mel_level(windows: Windows, part: slice) -> NDArray[np.float32]:
    """Level of each mel band in dB, at least :data:`cheiron.core.hearing.SILENCE`."""
    spectrum = np.fft.rfft(windows.samples[:, part] * hearing.FLUX_HANN, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)
    bands = power @ hearing.mel_bands(windows.sample_rate)
    return 10 * np.log10(np.maximum(bands, np.float32(10 ** (hearing.SILENCE / 10))))
