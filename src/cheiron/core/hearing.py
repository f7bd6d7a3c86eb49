"""What every measure of sound shares: its window, silence, and tables of the ear.

Constants and matrices only, for the measures in NumPy and their differentiable twins in torch.

The tables of loudness are those of ISO 532-1 (method B of 1975, DIN 45631; Zwicker, Fastl, Widmann,
Kurakata, Kuwano & Namba, J. Acoust. Soc. Jpn. (E) 12, 1991). Levels in dB SPL come from a fixed
convention, since a file does not say how loud it is played: :data:`FULL_SCALE`.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]

WINDOW = 2048
"""Samples of the analysis window."""

SILENCE = -100.0
"""Level in dB below which a sound has no quality that could be measured."""

FULL_SCALE = 100.0
"""Sound pressure level in dB of a sound whose mean square is 1."""

LOUDEST_SAMPLE = 1e6
"""Samples beyond this are no sound; frames that hold one are undefined."""

FAINTEST = 0.003
"""Loudness in sone under which a sound has neither sharpness nor boominess."""

HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
"""The periodic Hann window."""

TO_MEAN_SQUARE = 2.0 / (0.375 * WINDOW * WINDOW)
"""Times the sum of a Hann-windowed one-sided power spectrum is the mean square (Parseval)."""

FLUX_PARTS = (slice(256, 1280), slice(768, 1792))
"""The two parts of a window between which spectral flux looks for a rise."""

FLUX_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)).astype(np.float32)
"""The periodic Hann window of each part."""

HAMMING = (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
"""The periodic Hamming window, whose side lobes (0.7 %) are less than any partial looked at."""

PARTIALS = 20
"""How many of a sound's partials are looked at."""

FAINTEST_PARTIAL = 1e-9
"""Amplitude under which there is no partial."""

PARTIAL_FROM, PARTIAL_FULL = 0.015, 0.03
"""Share of the strongest partial from which another one counts, and from which it counts fully."""

STEP = 0.1
"""Bark between the points of a loudness pattern."""

BARK: Table = STEP * np.arange(1, 241, dtype=np.float64)
"""Where a loudness pattern is sampled, in Bark, shape ``(240,)``."""

# fmt: off
BAND_ENDS: Table = np.array([
    0.9, 1.8, 2.8, 3.5, 4.4, 5.4, 6.6, 7.9, 9.2, 10.6, 12.3, 13.8, 15.2, 16.7, 18.1, 19.3, 20.6,
    21.8, 22.7, 23.6, 24.0])
"""Upper ends of the approximated critical bands in Bark; the last holds decay only."""

THRESHOLD: Table = np.array(
    [30, 18, 12, 8, 7, 6, 5, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3], np.float64)
"""Level of each critical band at the threshold in quiet, dB."""

TRANSMISSION: Table = np.array(
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.5, -1.6, -3.2, -5.4, -5.6, -4, -1.5, 2, 5, 12], np.float64)
"""Attenuation between the free field and the inner ear, dB."""

BAND_WIDTH: Table = np.array([
    -0.25, -0.6, -0.8, -0.8, -0.5, 0, 0.5, 1.1, 1.5, 1.7, 1.8, 1.8, 1.7, 1.6, 1.4, 1.2, 0.8, 0.5,
    0, -0.5])
"""Critical bands are not quite third octaves: correction in dB."""

_RANGES = np.array([45, 55, 65, 71, 80, 90, 100, 120], np.float64)

_EQUAL_LOUDNESS = np.array([
    [-32, -24, -16, -10, -5, 0, -7, -3, 0, -2, 0],
    [-29, -22, -15, -10, -4, 0, -7, -2, 0, -2, 0],
    [-27, -19, -14, -9, -4, 0, -6, -2, 0, -2, 0],
    [-25, -17, -12, -9, -3, 0, -5, -2, 0, -2, 0],
    [-23, -16, -11, -7, -3, 0, -4, -1, 0, -1, 0],
    [-20, -14, -10, -6, -3, 0, -4, -1, 0, -1, 0],
    [-18, -12, -9, -6, -2, 0, -3, -1, 0, -1, 0],
    [-15, -10, -8, -4, -2, 0, -3, -1, 0, -1, 0]], np.float64)

_SLOPE_FROM = np.array([
    21.5, 18, 15.1, 11.5, 9, 6.1, 4.4, 3.1, 2.13, 1.36, 0.82, 0.42, 0.30, 0.22, 0.15, 0.10, 0.035,
    0])  # sone/Bark

_SLOPES = np.array([
    [13.0, 8.2, 6.3, 5.5, 5.5, 5.5, 5.5, 5.5],
    [9.0, 7.5, 6.0, 5.1, 4.5, 4.5, 4.5, 4.5],
    [7.8, 6.7, 5.6, 4.9, 4.4, 3.9, 3.9, 3.9],
    [6.2, 5.4, 4.6, 4.0, 3.5, 3.2, 3.2, 3.2],
    [4.5, 3.8, 3.6, 3.2, 2.9, 2.7, 2.7, 2.7],
    [3.7, 3.0, 2.8, 2.35, 2.2, 2.2, 2.2, 2.2],
    [2.9, 2.3, 2.1, 1.9, 1.8, 1.7, 1.7, 1.7],
    [2.4, 1.7, 1.5, 1.35, 1.3, 1.3, 1.3, 1.3],
    [1.95, 1.45, 1.3, 1.15, 1.1, 1.1, 1.1, 1.1],
    [1.5, 1.2, 0.94, 0.86, 0.82, 0.82, 0.82, 0.82],
    [0.72, 0.67, 0.64, 0.63, 0.62, 0.62, 0.62, 0.62],
    [0.59, 0.53, 0.51, 0.50, 0.42, 0.42, 0.42, 0.42],
    [0.40, 0.33, 0.26, 0.24, 0.24, 0.22, 0.22, 0.22],
    [0.27, 0.21, 0.20, 0.18, 0.17, 0.17, 0.17, 0.17],
    [0.16, 0.15, 0.14, 0.12, 0.11, 0.11, 0.11, 0.11],
    [0.12, 0.11, 0.10, 0.08, 0.08, 0.08, 0.08, 0.08],
    [0.09, 0.08, 0.07, 0.06, 0.06, 0.06, 0.06, 0.05],
    [0.06, 0.05, 0.03, 0.02, 0.02, 0.02, 0.02, 0.02]])  # sone/Bark per Bark
# fmt: on

GROUPS = (slice(0, 6), slice(6, 9), slice(9, 11))
"""The third octaves (25 to 250 Hz) that make up each of the first three critical bands."""

_LOUDEST = 1000.0  # sone/Bark, beyond anything


@cache
def a_weighting(sample_rate: int) -> NDArray[np.float32]:
    """A-weighting (IEC 61672) of each bin's power, scaled so that the bins sum to a mean square.

    Returns:
        Shape ``(WINDOW // 2 + 1,)``.
    """
    f2 = np.fft.rfftfreq(WINDOW, 1 / sample_rate) ** 2
    gain = 12194.0**2 * f2**2 / ((f2 + 20.6**2) * (f2 + 12194.0**2))
    gain = gain / np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * 10 ** (2.0 / 20)
    return (gain**2 * TO_MEAN_SQUARE).astype(np.float32)


@cache
def third_octaves(sample_rate: int) -> NDArray[np.float32]:
    """Power of each bin to mean square in the 28 third octaves from 25 Hz to 12.5 kHz.

    The filters are Butterworth band passes of order 4, averaged over the width of a bin.

    Returns:
        Shape ``(WINDOW // 2 + 1, 28)``.
    """
    parts = 32
    inside = (np.arange(parts) + 0.5) / parts - 0.5
    bins = np.arange(WINDOW // 2 + 1)
    f = np.abs(bins[:, None] + inside)[..., None] * sample_rate / WINDOW
    centre = 1000.0 * 2.0 ** (np.arange(-16, 12) / 3)
    width = centre * (2.0 ** (1 / 6) - 2.0 ** (-1 / 6))
    off = (f**2 - centre**2) / (f * width)
    return ((1 / (1 + off**8)).mean(axis=1) * TO_MEAN_SQUARE).astype(np.float32)


@cache
def mel_bands(sample_rate: int) -> NDArray[np.float32]:
    """Power of the bins of a :data:`FLUX_HANN` window to mean square in 40 mel bands.

    Triangles of height 1, equally wide in ``2595 log10(1 + f / 700)``, from 0 to half the rate.

    Returns:
        Shape ``(513, 40)``.
    """
    top = 2595.0 * np.log10(1.0 + sample_rate / 2 / 700.0)
    edges = 700.0 * (10.0 ** (np.linspace(0.0, top, 42) / 2595.0) - 1.0)
    f = np.arange(513)[:, None] * sample_rate / 1024
    rise, fall = f - edges[:-2], edges[2:] - f
    steps = np.diff(edges)
    triangles = np.maximum(np.minimum(rise / steps[:-1], fall / steps[1:]), 0.0)
    return (triangles * (2.0 / (0.375 * 1024 * 1024))).astype(np.float32)


def low_level_correction() -> tuple[Table, Table]:
    """What the ear takes from the eleven third octaves up to 250 Hz, dB, by their level.

    The standard has eight ranges of level with steps between them; here straight lines lead from
    the middle of one to the middle of the next, so that no small change of level is a jump.

    Returns:
        Levels and corrections, shape ``(8, 11)`` each; constant beyond the ends.
    """
    ends = (_RANGES[:, None] - _EQUAL_LOUDNESS)[:7]
    middles = np.concatenate([ends[:1] - 5.0, (ends[:-1] + ends[1:]) / 2, ends[-1:] + 5.0])
    return middles, _EQUAL_LOUDNESS


def decay(band: int) -> tuple[Table, Table]:
    """How loudness falls off towards higher pitch within a critical band.

    Args:
        band: 0 to 20.

    Returns:
        Increasing specific loudnesses in sone/Bark, from 0, and the Bark that each takes to fall
        to 0: a louder pattern falls more steeply.
    """
    level = np.concatenate([_SLOPE_FROM[::-1], [_LOUDEST]])
    slope = _SLOPES[::-1, min(max(band - 1, 0), 7)]
    return level, np.concatenate([[0.0], np.cumsum(np.diff(level) / slope)])


def band_of_point() -> NDArray[np.intp]:
    """The critical band that each point of :data:`BARK` lies in, shape ``(240,)``."""
    return np.minimum(np.searchsorted(BAND_ENDS, BARK + 1e-6), BAND_ENDS.size - 1)


def sharpness_weights() -> Table:
    """``0.11 g(z) z`` of DIN 45692, shape ``(240,)``: acum per share of loudness at each point."""
    g = np.where(BARK > 15.8, 0.15 * np.exp(0.42 * (BARK - 15.8)) + 0.85, 1.0)
    return 0.11 * g * BARK


def boom_weights() -> tuple[Table, Table]:
    """Weights of the booming index (Hatano & Hashimoto, Inter-Noise 2000) as AudioCommons has it.

    Returns:
        The factor of each point of the loudness pattern, and 1 for points under 280 Hz, else 0;
        shape ``(240,)`` each.
    """
    hertz = 600.0 * np.sinh(BARK / 6.0)
    third = np.log10(hertz / 25.0) / np.log10(31.5 / 25.0) + 1.0
    weights = 2.13 * np.exp(-0.151 * third)
    weights[:4] = [0.8, 1.05, 1.10, 1.18]
    return weights, (hertz < 280.0).astype(np.float64)
