import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.features.calibration import calibrated

SPACE = Space("m", (Axis("x", -10.0, 10.0), Axis("speed", 0.0, 10.0), Axis("still", -1.0, 1.0)))


def moved(seconds=4.0, spike=False):
    times = np.arange(int(seconds * 100)) / 100
    x = 3 * np.sin(5 * times)
    if spike:
        x[10] = 500.0
        x[11] = np.nan
    values = np.stack([x, 4 + np.abs(np.cos(5 * times)), 0 * times], axis=1)
    return Recording(SPACE, times, values.astype(np.float32))


@pytest.mark.parametrize("spike", [False, True])
def test_ranges_are_those_of_the_movement_whatever_one_knock_says(spike):
    x, speed, still = calibrated(moved(spike=spike)).axes
    assert (x.low, x.high) == pytest.approx((-3, 3), abs=0.1)
    assert speed.low == 0.0
    assert speed.high == pytest.approx(5, abs=0.1)
    assert still == SPACE.axes[2]


def test_too_little_movement_is_refused():
    with pytest.raises(CheironError, match="too short"):
        calibrated(moved(1.0))
    times = np.arange(400) / 100
    with pytest.raises(CheironError, match="nothing moved"):
        calibrated(Recording(SPACE, times, np.zeros((400, 3), np.float32)))
