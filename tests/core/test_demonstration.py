import numpy as np
import pytest

from cheiron.core.demonstration import Demonstration, on_clock
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space

MOTION = Space.of("motion", ["x", "y"])
CONTROL = Space.of("control", ["pitch"], 0.0, 1.0)


def ramp(seconds, rate=100.0, space=MOTION):
    times = np.arange(max(0, int(seconds * rate))) / rate
    values = np.repeat(times[:, None] / max(seconds, 1e-9), space.size, axis=1)
    return Recording(space, times, values.astype(np.float32))


@pytest.mark.parametrize(
    ("motion", "says"),
    [
        (ramp(0.0), "is empty;"),
        (ramp(0.01), "lasts one moment"),
        (ramp(1200.0, 10.0), "20 minutes"),
        (ramp(10.0, 1.0), "10 moments"),
    ],
)
def test_what_is_no_gesture_is_refused_in_a_sentence(motion, says):
    with pytest.raises(CheironError, match=says):
        Demonstration("1", "wave", motion)


def test_a_movement_without_a_single_number_is_refused():
    motion = ramp(1.0)
    gone = Recording(MOTION, motion.times, np.full_like(motion.values, np.nan))
    with pytest.raises(CheironError, match="holds no number"):
        Demonstration("1", "wave", gone)


def test_a_sound_at_another_time_is_refused():
    late = Recording(CONTROL, np.array([5.0, 6.0]), np.zeros((2, 1), np.float32))
    with pytest.raises(CheironError, match="does not go along"):
        Demonstration("1", "wave", ramp(1.0), late)


def test_a_name_is_needed():
    with pytest.raises(CheironError, match="give the gesture a name"):
        Demonstration("1", " ", ramp(1.0))


def test_another_rate_gives_the_same_take():
    takes = [
        on_clock(
            Demonstration("1", "wave", ramp(1.0, rate), ramp(1.0, rate, CONTROL)),
            MOTION,
            CONTROL,
            50.0,
        )
        for rate in (25.0, 100.0, 344.5)
    ]
    for take in takes:
        times = np.arange(len(take.motion)) / 50.0
        np.testing.assert_allclose(take.motion[:, 0], times, atol=1e-6)
        np.testing.assert_allclose(take.target[:, 0], times, atol=1e-6)


def test_other_axes_than_taught_are_named():
    shown = Demonstration("1", "wave", ramp(1.0, space=Space.of("motion", ["x"])))
    with pytest.raises(CheironError, match="has no y; it was made with x"):
        on_clock(shown, MOTION, CONTROL, 100.0)


def test_more_axes_in_another_order_do_no_harm():
    wide = Space.of("motion", ["z", "y", "x"])
    times = np.arange(10) / 10
    values = np.tile(np.array([3.0, 2.0, 1.0], np.float32), (10, 1))
    take = on_clock(
        Demonstration("1", "wave", Recording(wide, times, values)), MOTION, CONTROL, 10.0
    )
    assert take.motion[0].tolist() == [1.0, 2.0]
    assert take.target[0].tolist() == [0.5]  # no sound: the knobs rest


def test_gaps_are_bridged_and_axes_without_anything_stay_missing():
    motion = ramp(1.0)
    values = motion.values.copy()
    values[30:60, 0] = np.nan
    values[:, 1] = np.nan
    take = on_clock(
        Demonstration("1", "wave", Recording(MOTION, motion.times, values)), MOTION, CONTROL, 100.0
    )
    np.testing.assert_allclose(take.motion[:, 0], motion.times, atol=1e-6)
    assert np.isnan(take.motion[:, 1]).all()
