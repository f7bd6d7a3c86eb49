import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.features.drawing import draw, times_q
from cheiron.features.motion import MotionFeatures

GYRO = tuple(f"gyroscope_{a}" for a in "xyz")
QUATERNION = tuple(f"quaternion_{a}" for a in "wxyz")


def circle(rate=50.0, pace=1.0, size=1.0, rest=0.5):
    """Turning about x and y so that the pointing goes round once, with rests at both ends."""
    times = np.arange(0.0, 2.0 / pace + 2 * rest, 1 / rate)
    place = (times - rest) * pace / 2.0
    inside = (place > 0) & (place < 1)
    angle = 2 * np.pi * place
    turning = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1) * 2 * size * pace
    turning *= inside[:, None]
    return Recording(Space.of("phone", GYRO), times, turning.astype(np.float32))


def with_attitude(recording, heading):
    """The same with a quaternion, the player facing some way."""
    q = np.empty((len(recording), 4))
    q[0] = (np.cos(heading / 2), 0.0, 0.0, np.sin(heading / 2))
    steps = np.diff(recording.times)
    for i, (rate, step) in enumerate(zip(recording.values.astype(float), steps, strict=False)):
        half = rate * step / 2
        angle = np.linalg.norm(half)
        q[i + 1] = times_q(q[i], np.append(np.cos(angle), np.sinc(angle / np.pi) * half))
    space = Space.of("phone", (*QUATERNION, *GYRO))
    return Recording(
        space, recording.times, np.concatenate([q, recording.values], axis=1).astype(np.float32)
    )


@pytest.mark.parametrize(
    "other",
    [circle(pace=0.6), circle(size=0.6), circle(rate=100.0), circle(rest=1.0)],
    ids=["slower", "smaller", "another rate", "longer rests"],
)
def test_a_path_depends_on_neither_pace_nor_size_nor_rate_nor_rests(other):
    one, two = draw(circle()).path, draw(other).path
    assert np.sqrt(((one - two)[:, :3] ** 2).mean()) < 0.2  # another figure is 0.8 away


def test_a_path_depends_on_no_heading():
    one, two = (draw(with_attitude(circle(), heading)).path for heading in (0.0, 2.0))
    np.testing.assert_allclose(one, two, atol=1e-2)


def test_a_quaternion_that_changes_its_sign_is_no_movement():
    whole = with_attitude(circle(), 0.3)
    values = whole.values.copy()
    values[60:, :4] *= -1
    flipped = Recording(whole.space, whole.times, values)
    np.testing.assert_allclose(draw(whole).path, draw(flipped).path, atol=1e-3)


def test_what_cannot_be_drawn_is_refused():
    still = Recording(Space.of("phone", GYRO), np.arange(100) / 50, np.zeros((100, 3)))
    with pytest.raises(CheironError, match="never turns"):
        draw(still)
    with pytest.raises(CheironError, match="gyroscope's three axes"):
        draw(Recording(Space.of("pointer", ["x"]), np.arange(100) / 50, np.zeros((100, 1))))


def swinging(hertz, seconds=8.0, rate=100.0):
    times = np.arange(int(seconds * rate)) / rate
    values = np.stack([np.sin(2 * np.pi * hertz * times), 0 * times, 0 * times], axis=1)
    return Recording(Space.of("phone", GYRO), times, values.astype(np.float32))


@pytest.mark.parametrize("hertz", [1.0, 2.5, 5.0])
def test_a_swing_has_its_pulse(hertz):
    moved = swinging(hertz)
    stage = MotionFeatures(moved.space, 100.0, ("pulse",), ())
    _, out = stage.run(stage.init(), moved)
    assert out.column("periodicity")[-1] > 0.8
    assert out.column("pulse")[-1] == pytest.approx(hertz, rel=0.1)
    phase = out.column("phase")[-200:]
    assert 0.0 <= phase.min() < 0.1 < 0.85 < phase.max() <= 1.0


def test_wandering_has_no_pulse():
    random = np.random.default_rng(0)
    times = np.arange(800) / 100.0
    wander = np.cumsum(random.standard_normal((800, 3)), axis=0) * 0.1
    moved = Recording(Space.of("phone", GYRO), times, wander.astype(np.float32))
    stage = MotionFeatures(moved.space, 100.0, ("pulse",), ())
    _, out = stage.run(stage.init(), moved)
    assert out.column("periodicity")[200:].mean() < 0.4


def test_each_time_scale_answers_to_its_own_frequency():
    times = np.arange(1000) / 100.0
    space = Space.of("phone", [f"linear_acceleration_{a}" for a in "xyz"])
    strongest = []
    for hertz in (5.0, 0.25):
        values = np.stack([np.sin(2 * np.pi * hertz * times)] * 3, axis=1).astype(np.float32)
        stage = MotionFeatures(space, 100.0, ("scales",), ())
        _, out = stage.run(stage.init(), Recording(space, times, values))
        strongest.append(int(out.values[300:].mean(axis=0).argmax()))
    assert strongest[0] < strongest[1]


def test_a_course_is_how_far_the_hand_has_turned_and_is_forgotten():
    space = Space.of("phone", GYRO)
    values = np.zeros((600, 3), np.float32)
    values[:20, 1] = 5.0  # one radian within 0.2 s
    stage = MotionFeatures(space, 100.0, ("course",), ())
    _, out = stage.run(stage.init(), Recording(space, np.arange(600) / 100, values))
    assert out.column("course_y")[19] == pytest.approx(1.0, abs=0.15)
    assert abs(out.column("course_y")[-1]) < 0.01


def test_a_direction_tells_the_way_and_not_the_pace():
    space = Space.of("phone", GYRO)
    stage = MotionFeatures(space, 100.0, ("direction",), ())
    found = []
    for pace in (2.0, 4.0):
        values = np.tile(np.array([0.6, 0.8, 0.0], np.float32) * pace, (100, 1))
        _, out = stage.run(stage.init(), Recording(space, np.arange(100) / 100, values))
        found.append(out.values[-1])
    np.testing.assert_allclose(found[0], [0.48, 0.64, 0.0], atol=0.01)
    np.testing.assert_allclose(found[1], found[0], atol=0.1)


def test_velocity_follows_a_push_and_is_forgotten():
    space = Space.of("phone", [f"linear_acceleration_{a}" for a in "xyz"])
    values = np.zeros((400, 3), np.float32)
    values[10:20, 2] = 5.0  # half a metre in a second
    stage = MotionFeatures(space, 100.0, ("velocity",), ())
    _, out = stage.run(stage.init(), Recording(space, np.arange(400) / 100, values))
    assert out.column("velocity_z")[19] == pytest.approx(0.45, abs=0.05)
    assert abs(out.column("velocity_z")[-1]) < 0.01
