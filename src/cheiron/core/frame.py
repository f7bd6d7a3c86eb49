"""One timed vector."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.space import Space


@dataclass(frozen=True, slots=True)
class Frame:
    """Values of a space at one moment.

    Args:
        time: Seconds on the one monotonic clock; when the thing happened at the sensor, as best
            known.
        values: float32, shape ``(space.size,)``; NaN marks *undefined*.
        space: What the values mean.
    """

    time: float
    values: NDArray[np.float32]
    space: Space
