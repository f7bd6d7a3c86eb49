"""What is heard, in a few numbers, for the page's meters."""

import math
from dataclasses import replace

import numpy as np

from cheiron.core.hearing import WINDOW
from cheiron.core.space import Axis
from cheiron.features.descriptors import descriptor, measure_windows

NAMES = ("loudness", "centroid", "bandwidth", "sharpness", "boominess", "f0")
"""What the meters show, of :data:`cheiron.features.DESCRIPTORS`."""

_EVERY = 1 / 25  # s: as often as the page draws what need not move in every frame
_LOWEST = -70.0  # dB: less has no place on a meter


def meter_axes() -> tuple[Axis, ...]:
    """What the numbers mean, with the ranges of their meters.

    >>> [f"{axis.name} {axis.unit}".strip() for axis in meter_axes()][:4]
    ['loudness dB', 'centroid Hz', 'bandwidth Hz', 'sharpness acum']
    """
    axes = (descriptor(name).axis for name in NAMES)
    return tuple(replace(axis, low=max(axis.low, _LOWEST)) for axis in axes)


class Meters:
    """Measures the latest samples, 25 times a second at most; the publisher's thread alone.

    One look costs about a millisecond, in steps far shorter than the control thread's slack, and
    the threads that make the sound do nothing for it.

    >>> meters = Meters()
    >>> tone = np.sin(np.arange(WINDOW) * 0.1).astype(np.float32)
    >>> meters.look(0.0, tone.tobytes(), 44100)
    >>> [round(v) for v in meters.last[:2]]
    [-4, 702]
    """

    def __init__(self) -> None:
        self._due = -math.inf
        self._last: list[float | None] = [None] * len(NAMES)
        # Tables are made once, here and not while it sounds.
        measure_windows(np.ones((1, WINDOW), np.float32), 48000, NAMES)

    def due(self, now: float) -> bool:
        """Whether it is time to measure, at ``now`` in seconds."""
        return now >= self._due

    @property
    def last(self) -> list[float | None]:
        """What was measured last: one for each of :data:`NAMES`, None where undefined."""
        return self._last

    def look(self, now: float, samples: bytes, sample_rate: int) -> None:
        """Measure, and not again before it is :meth:`due`.

        Args:
            now: Seconds.
            samples: The latest :data:`cheiron.core.hearing.WINDOW` samples, float32.
            sample_rate: Samples per second.
        """
        self._due = max(self._due + _EVERY, now)
        window = np.frombuffer(samples, np.float32)[None, -WINDOW:]
        values = measure_windows(window, sample_rate, NAMES)[0]
        self._last = [round(float(v), 3) if math.isfinite(v) else None for v in values]
