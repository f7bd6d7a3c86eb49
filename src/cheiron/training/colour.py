"""Random equalisers: spectra beyond those of a small corpus stay in a model's reach."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import Audio


def random_curve(
    frequency: NDArray[np.floating[Any]], sample_rate: int, rng: np.random.Generator, depth: float
) -> NDArray[np.float64]:
    """A smooth random gain curve.

    Args:
        frequency: Where, in Hz.
        sample_rate: Samples per second.
        rng: Draws eight knots, equally spaced in octaves.
        depth: Largest deviation in dB.

    Returns:
        Linear gains, of the shape of ``frequency``.
    """
    knots = np.geomspace(40.0, sample_rate / 2, 8)
    levels = rng.uniform(-depth, depth, knots.size)
    return 10 ** (np.interp(np.log(frequency + 1.0), np.log(knots), levels) / 20)


def equalise(audio: Audio, sample_rate: int, rng: np.random.Generator) -> Audio:
    """Colour a sound by a smooth random curve within 6 dB.

    Every second one also gets coloured noise 10 to 40 dB below it, and every second one a
    low-pass. The low-pass is as steep as those of lossy codecs, whose traces corpora are full
    of; the noise gives sound to what such a codec took away.

    Args:
        audio: Shape ``(samples,)``.
        sample_rate: Samples per second.
        rng: Draws the curve.
    """
    spectrum = np.fft.rfft(audio)
    frequency = np.fft.rfftfreq(audio.size, 1 / sample_rate)
    if rng.random() < 0.5:
        level = float(np.sqrt(np.mean(audio.astype(np.float64) ** 2)))
        level *= 10 ** (rng.uniform(-40.0, -10.0) / 20)
        noise = np.fft.rfft(rng.standard_normal(audio.size) * level)
        spectrum = spectrum + noise * random_curve(frequency, sample_rate, rng, 10.0)
    gain = random_curve(frequency, sample_rate, rng, 6.0)
    if rng.random() < 0.5:
        gain *= frequency < np.exp(rng.uniform(np.log(3000.0), np.log(20000.0)))
    return np.fft.irfft(spectrum * gain, audio.size).astype(np.float32)
