"""Learn by moving: which axis is being wiggled on purpose."""

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.frame import Frame
from cheiron.core.recording import Values
from cheiron.core.space import Space

_WINDOW = 1.5  # seconds that are looked at
_LEAST = 0.6  # seconds of movement before anything is said
_HURRY = 3.0  # seconds after which the best of several is taken
_EVERY = 0.1  # seconds between two looks
_STEP = 1 / 100  # seconds between two frames that are kept
_SWINGS = 3  # there, back and there again
_PRESSES = 2  # swings of a switch: down and up
_SIZE = 0.08  # of the axis's range: smaller swings are no purpose
_SIGMAS = 8.0  # of its noise; white noise spans five or six in the window
_CLEAR = 1.5  # how much more than any other the chosen axis has to move
_SECOND_DIFFERENCE = 1.4826 / math.sqrt(6.0)  # from median |second difference| to sd of white noise


@dataclass(frozen=True)
class Wiggled:
    """What was moved.

    Args:
        axis: Its name.
        low: Smallest value that was seen while it moved.
        high: Largest.
    """

    axis: str
    low: float
    high: float


class Wiggle:
    """Finds the axis that is moved to and fro, from frames of motion.

    A movement on purpose turns back: drift does not, and noise turns back all the time but by
    little. So an axis counts by its swings between turning points, those that are larger than 8 %
    of its range and eight times its own noise; three of them are a wiggle, two of the whole range
    are a switch that was pressed. The axis that travelled farthest, in ranges, is the one, if it
    travelled half as much again as any other; after three seconds the best is taken anyway. Of
    several that move alike the first is taken.

    One thread calls it.

    Args:
        space: What the frames mean.
        only: Axes that may be chosen, such as the sensors' own without features derived from
            them; all when absent.

    >>> space = Space.of("pointer", ["x", "y"], low=0.0, high=1.0)
    >>> wiggle = Wiggle(space)
    >>> found = [
    ...     wiggle.feed(Frame(t, np.array([0.5, 0.5 + 0.2 * np.sin(12 * t)], np.float32), space))
    ...     for t in np.arange(0.0, 2.0, 0.02)
    ... ]
    >>> next(one.axis for one in found if one)
    'y'
    """

    def __init__(self, space: Space, only: Collection[str] | None = None) -> None:
        self.space = space
        allowed = space.names if only is None else only
        self._columns = [i for i, name in enumerate(space.names) if name in allowed]
        self._range = (space.high - space.low)[self._columns]
        self._rows: deque[tuple[float, Values]] = deque()
        self._began: float | None = None
        self._looked = -math.inf

    def feed(self, frame: Frame) -> Wiggled | None:
        """Take a frame; what is being moved as soon as that is clear, else None.

        A frame of another space is ignored.
        """
        now, rows = frame.time, self._rows
        if len(frame.values) != self.space.size or (rows and now - rows[-1][0] < _STEP):
            return None
        self._began = now if self._began is None else self._began
        rows.append((now, np.array(frame.values[self._columns])))
        while rows[0][0] < now - _WINDOW:
            rows.popleft()
        if now - self._began < _LEAST or now - self._looked < _EVERY:
            return None
        self._looked = now
        return self._look(now - self._began > _HURRY)

    def _look(self, hurry: bool) -> Wiggled | None:
        values = np.stack([row for _, row in self._rows]).astype(np.float64)
        travelled = np.zeros(values.shape[1])
        wiggled = np.zeros(values.shape[1], bool)
        for i, (column, extent) in enumerate(zip(values.T, self._range, strict=True)):
            known = column[np.isfinite(column)]
            least = max(_SIZE * extent, _SIGMAS * _noise(known))
            if len(known) < 3 or np.ptp(known) < least:
                continue
            swings = _swings(known.tolist(), least)
            wiggled[i] = len(swings) >= _SWINGS or (
                len(swings) >= _PRESSES and min(swings) >= 0.9 * extent
            )
            travelled[i] = sum(swings) / extent
        if not wiggled.any():
            return None
        best = int(np.argmax(np.where(wiggled, travelled, -1.0)))
        others = np.delete(travelled, best)
        alike = others[others < travelled[best] * 0.999]
        if not hurry and len(alike) and travelled[best] < _CLEAR * alike.max():
            return None
        low, high = float(np.nanmin(values[:, best])), float(np.nanmax(values[:, best]))
        return Wiggled(self.space.names[self._columns[best]], low, high)


def _noise(x: NDArray[np.float64]) -> float:
    """Standard deviation of the noise of a signal; a smooth movement adds next to nothing."""
    if len(x) < 3:
        return 0.0
    return float(np.median(np.abs(np.diff(x, 2)))) * _SECOND_DIFFERENCE


def _swings(x: list[float], least: float) -> list[float]:
    """Sizes of the movements between turning points that are at least ``least`` apart.

    >>> _swings([0.0, 1.0, 0.9, 2.0, 0.5, 0.6], 0.5)
    [2.0, 1.5]
    """
    low = high = start = x[0]
    rising: bool | None = None
    swings: list[float] = []
    for value in x:
        low, high = min(low, value), max(high, value)
        if rising is not False and value <= high - least:
            if rising:
                swings.append(high - start)
            start, low, rising = high, value, False
        elif rising is not True and value >= low + least:
            if rising is False:
                swings.append(start - low)
            start, high, rising = low, value, True
    if rising is not None:
        swings.append(abs((high if rising else low) - start))
    return swings
