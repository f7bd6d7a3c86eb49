"""Where a sound's energy lies in frequency."""

import numpy as np

from cheiron.core.hearing import WINDOW
from cheiron.features.descriptors import Column, Windows, describes

_LEAST = 1e-10  # power of a bin, as in librosa


@describes("Hz", 50.0, 12000.0)
def centroid(windows: Windows) -> Column:
    """Centre of gravity of the magnitude spectrum: how bright it is."""
    return np.where(windows.audible, windows.centre, np.nan).astype(np.float32)


@describes("Hz", 0.0, 8000.0)
def bandwidth(windows: Windows) -> Column:
    """Standard deviation of the magnitude spectrum around its centroid: how wide it is."""
    total = windows.magnitude.sum(axis=1)
    away = np.square(windows.frequencies - windows.centre[:, None])
    spread = np.sum(windows.magnitude * away, axis=1) / np.where(total > 0, total, 1.0)
    return np.where(windows.audible, np.sqrt(spread), np.nan).astype(np.float32)


@describes("", 0.0, 1.0)
def flatness(windows: Windows) -> Column:
    """Geometric over arithmetic mean of the power spectrum: 0 for a tone, towards 1 for noise."""
    power = np.maximum(windows.power, _LEAST)
    flat = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return np.where(windows.audible, flat, np.nan).astype(np.float32)


@describes("Hz", 0.0, 20000.0)
def rolloff(windows: Windows) -> Column:
    """Frequency under which 85 % of the magnitude spectrum lies: where the sound ends."""
    below = np.cumsum(windows.magnitude, axis=1, dtype=np.float64)
    target = 0.85 * below[:, -1]
    bin_ = np.argmax(below >= target[:, None], axis=1)
    rows = np.arange(len(below))
    here = windows.magnitude[rows, bin_]
    # Each bin's magnitude is spread over its width, so that the figure does not move in steps.
    part = 1.0 - (below[rows, bin_] - target) / np.where(here > 0, here, 1.0)
    edge = (bin_ - 0.5 + part) * windows.sample_rate / WINDOW
    return np.where(windows.audible, np.maximum(edge, 0.0), np.nan).astype(np.float32)
