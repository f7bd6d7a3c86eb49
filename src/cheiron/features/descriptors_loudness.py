"""How the ear spreads loudness over pitch, and what follows from that: sharpness, boominess.

The loudness pattern is that of ISO 532-1 for stationary sounds in the free field (Zwicker), without
its rounding and its two jumps; a mean square of 1 is taken for 100 dB SPL.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cheiron.core import hearing
from cheiron.features.descriptors import Column, Windows, describes

Rows = NDArray[np.float64]


@describes("acum", 0.0, 6.0)
def sharpness(windows: Windows) -> Column:
    """How much of the loudness is high (DIN 45692); noise around 1 kHz has 1, hiss 3 or more."""
    pattern = windows.loudness_pattern
    total = pattern.sum(axis=1)
    known = _heard(windows, total)
    sharp = pattern @ hearing.sharpness_weights() / np.where(known, total, 1.0)
    return np.where(known, sharp, np.nan).astype(np.float32)


@describes("", 0.0, 25.0)
def boominess(windows: Windows) -> Column:
    """How much it booms: the booming index (Hatano & Hashimoto 2000) as AudioCommons has it."""
    pattern = windows.loudness_pattern
    total = pattern.sum(axis=1)
    known = _heard(windows, total)
    weights, low = hearing.boom_weights()
    share = pattern @ low / np.where(known, total, 1.0)
    boom = 10 * np.log10(np.sum(10 ** (0.1 * pattern * weights), axis=1)) * share
    return np.where(known, boom, np.nan).astype(np.float32)


def _heard(windows: Windows, total: Rows) -> NDArray[np.bool_]:
    return windows.audible & (total * hearing.STEP > hearing.FAINTEST)


def pattern_of_power(power: NDArray[np.float32], sample_rate: int) -> Rows:
    """Specific loudness of spectra.

    Args:
        power: Hann-windowed power spectra, shape ``(frames, bins)``.
        sample_rate: Samples per second.

    Returns:
        Sone/Bark at the points :data:`cheiron.core.hearing.BARK`, shape ``(frames, 240)``.
    """
    bands = (power @ hearing.third_octaves(sample_rate)).astype(np.float64)
    return _spread(_main_loudness(10 * np.log10(np.maximum(bands, 1e-16)) + hearing.FULL_SCALE))


def _main_loudness(level: Rows) -> Rows:
    """Third-octave levels ``(frames, 28)`` to sone/Bark of the critical bands ``(frames, 21)``."""
    steps, corrections = hearing.low_level_correction()
    low = level[:, :11]
    # Straight lines as a sum of ramps: all eleven at once.
    ramps = np.clip(low[:, None] - steps[:-1], 0.0, np.diff(steps, axis=0))
    slopes = np.diff(corrections, axis=0) / np.diff(steps, axis=0)
    low = low + corrections[0] + np.sum(ramps * slopes, axis=1)
    heard = level[:, 8:].copy()
    for band, group in enumerate(hearing.GROUPS):
        heard[:, band] = 10 * np.log10(np.sum(10 ** (0.1 * low[:, group]), axis=1))
    above = heard - hearing.TRANSMISSION - hearing.BAND_WIDTH - hearing.THRESHOLD
    rise = (0.75 + 0.25 * 10 ** (0.1 * above)) ** 0.25 - 1
    main = np.maximum(0.0635 * 10 ** (0.025 * hearing.THRESHOLD) * rise, 0.0)
    main[:, 0] *= np.minimum(0.4 + 0.32 * main[:, 0] ** 0.2, 1.0)
    return np.concatenate([main, np.zeros((len(main), 1))], axis=1)


def _spread(main: Rows) -> Rows:
    """Let the loudness of each critical band ``(frames, 21)`` fall off into the higher ones."""
    pattern = np.empty((len(main), hearing.BARK.size))
    entering = np.zeros(len(main))
    for band, (points, levels, travel, off, width) in enumerate(_bands()):
        left = np.interp(entering, levels, travel)[:, None]
        falling = np.interp(left - off, travel, levels)  # no less than 0
        pattern[:, points] = np.maximum(falling, main[:, band, None])
        entering = np.interp(left[:, 0] - width, travel, levels)
        entering = np.maximum(entering, main[:, band])
    return pattern


@cache
def _bands() -> list[tuple[slice, Rows, Rows, Rows, float]]:
    """Of each critical band: its points, decay, and the points' distance from its lower end."""
    lows = np.concatenate([[0.0], hearing.BAND_ENDS[:-1]])
    where = hearing.band_of_point()
    found: list[tuple[slice, Rows, Rows, Rows, float]] = []
    for band, low in enumerate(lows):
        points = np.flatnonzero(where == band)
        span = slice(int(points[0]), int(points[-1]) + 1)
        width = float(hearing.BAND_ENDS[band] - low)
        found.append((span, *hearing.decay(band), hearing.BARK[span] - low, width))
    return found
