import numpy as np
import pytest

from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.engine.clock import MAX_GAP, ControlClock, resample

RATE = 44100 / 128
XY = Space.of("motion", ["x", "y"])
TURN = Space.of("motion", [f"quaternion_{a}" for a in "wxyz"])


def jittered(seed, seconds=2.0, rate=52.0):
    generator = np.random.default_rng(seed)
    times = np.cumsum(generator.uniform(0.4, 1.6, int(seconds * rate))) / rate
    return times, generator


def test_jitter_of_the_sensor_does_not_bend_a_straight_line():
    times, _ = jittered(1)
    out = resample(Recording(XY, times, np.stack([3 * times, -times], axis=1)), RATE)
    ticks = times[0] + np.arange(len(out)) / RATE
    assert np.abs(out.column("x") - 3 * ticks).max() < 1e-5
    assert len(out) == int((times[-1] - times[0]) * RATE) + 1


@pytest.mark.parametrize("space", [XY, TURN])
def test_streaming_reads_what_the_whole_recording_gives(space):
    times, generator = jittered(2)
    times[60:] += 1.0  # a gap
    values = generator.normal(size=(len(times), space.size)).astype(np.float32)
    values[generator.random(values.shape) < 0.1] = np.nan
    recording = Recording(space, times, values)
    whole = resample(recording, RATE)
    clock = ControlClock(space, delay=MAX_GAP)
    state, coming, worst = clock.init(), 0, 0.0
    for k, expected in enumerate(whole.values):
        now = times[0] + k / RATE + clock.delay
        while coming < len(times) and times[coming] <= now:
            clock.push(state, Frame(times[coming], recording.values[coming], space))
            coming += 1
        got = clock.read(state, now)
        assert got.time == pytest.approx(whole.times[k])
        assert (np.isnan(got.values) == np.isnan(expected)).all()
        worst = max(worst, float(np.nanmax(np.abs(got.values - expected), initial=0.0)))
    assert worst < 1e-5


def test_a_reading_never_needs_the_future():
    clock = ControlClock(XY)
    state = clock.init()
    assert clock.read(state, 0.0) is None
    clock.push(state, Frame(0.0, np.array([1, 1], np.float32), XY))
    clock.push(state, Frame(0.02, np.array([2, 2], np.float32), XY))
    assert clock.read(state, 0.05).values.tolist() == [2, 2]
    assert clock.read(state, 0.05).time == 0.02


def test_a_late_frame_is_ignored():
    clock = ControlClock(XY)
    state = clock.init()
    for time, value in ((0.1, 1.0), (0.1, 5.0), (0.05, 7.0)):
        clock.push(state, Frame(time, np.full(2, value, np.float32), XY))
    assert clock.read(state, 1.0).values.tolist() == [1, 1]


def test_a_gap_is_held_and_its_time_stands_still():
    recording = Recording(XY, np.array([0.0, 0.1, 1.1, 1.2]), np.arange(8.0).reshape(4, 2))
    out = resample(recording, 100.0)
    inside = slice(20, 100)
    assert (out.column("x")[inside] == 2.0).all()
    assert (out.times[inside] == 0.1).all()


def test_no_reading_is_undefined_after_the_first_good_value():
    values = np.array([[np.nan, 1], [2, np.nan], [np.inf, np.nan], [np.nan, 4]], np.float32)
    out = resample(Recording(XY, np.arange(4) * 0.02, values), RATE).values
    assert np.isnan(out[0, 0])
    assert not np.isnan(out[8:]).any()
    assert np.isfinite(out[8:]).all()
    assert out[-1, 0] == 2.0


def test_a_quaternion_that_flips_its_sign_does_not_move():
    q = np.array([0.5, 0.5, 0.5, 0.5])
    signs = np.array([1, -1, -1, 1, -1])[:, None]
    out = resample(Recording(TURN, np.arange(5) * 0.02, 3 * signs * q), RATE).values
    assert np.abs(out - q).max() < 1e-6


def test_quaternions_between_two_frames_have_length_one():
    ends = np.array([[1, 0, 0, 0], [0, 1, 0, 0]])
    out = resample(Recording(TURN, np.array([0.0, 0.2]), ends), RATE).values
    assert np.abs(np.linalg.norm(out, axis=1) - 1).max() < 1e-6


def test_times_that_run_backwards_are_no_recording():
    with pytest.raises(Exception, match="run backwards"):
        Recording(XY, np.array([1.0, 0.0]), np.zeros((2, 2)))
