import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.features.movement import move, unsigned

SENSORS = tuple(f"{s}_{a}" for s in ("accelerometer", "gyroscope") for a in "xyz")


def swing(begins=0.0, hertz=1.0, rate=50.0, sign=1.0, seconds=5.0):
    """Tilting to and fro about x, which moves gravity from z to y."""
    times = np.arange(0.0, seconds, 1 / rate)
    phase = 2 * np.pi * hertz * (times + begins)
    angle = 0.6 * np.sin(phase)
    values = np.zeros((len(times), 6))
    values[:, 1] = 9.81 * np.sin(angle) * sign
    values[:, 2] = 9.81 * np.cos(angle)
    values[:, 3] = 0.6 * 2 * np.pi * hertz * np.cos(phase)
    values[:, 4] = 3.0 * np.sin(phase)
    return Recording(Space.of("watch", SENSORS), times, values.astype(np.float32))


def apart(a, b, name):
    return np.sqrt(((getattr(a, name) - getattr(b, name)) ** 2).mean())


@pytest.mark.parametrize("name", ["together", "held", "spread", "tempo"])
@pytest.mark.parametrize(
    "other",
    [swing(begins=0.37), swing(rate=100.0), swing(seconds=7.0)],
    ids=["cut", "rate", "long"],
)
def test_a_movement_depends_on_neither_cut_nor_rate_nor_length(name, other):
    assert apart(move(swing()), move(other), name) < 0.25


def test_a_faster_swing_has_another_tempo():
    assert apart(move(swing()), move(swing(hertz=2.0)), "tempo") > 1.0


def test_the_other_hand_moves_the_same_axes_together():
    one, two = move(swing()).together, move(swing(sign=-1.0)).together
    assert np.abs(one - two).max() > 1.0
    np.testing.assert_allclose(unsigned(one), unsigned(two), atol=0.05)


def test_what_repeats_comes_again_and_what_happens_once_does_not():
    assert move(swing()).again > 0.9
    whole = swing()
    once = whole.values.copy()
    once[50:, :] = once[50]
    once[50:, 3:] = 0.0
    assert move(Recording(whole.space, whole.times, once)).again < 0.5
    still = Recording(whole.space, whole.times, 0 * once)
    assert move(still).again == 0.0


def test_without_an_accelerometer_a_movement_is_still_one():
    whole = swing()
    turning = Recording(Space.of("watch", SENSORS[3:]), whole.times, whole.values[:, 3:])
    moved = move(turning)
    assert moved.together.shape == (6, 6) and np.isfinite(moved.together).all()
    np.testing.assert_array_equal(moved.held, 0.0)
    assert moved.again == pytest.approx(move(whole).again)


def test_what_has_no_gyroscope_or_no_length_is_refused():
    pushes = Recording(Space.of("watch", SENSORS[:3]), np.arange(100) / 50, np.zeros((100, 3)))
    with pytest.raises(CheironError, match="gyroscope's three axes"):
        move(pushes)
    with pytest.raises(CheironError, match="at least half a second"):
        move(swing(seconds=0.3))
