import numpy as np
import pytest

from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.features import FEATURES
from cheiron.features.motion import MotionFeatures

RATE = 344.5
PHONE = Space.of(
    "motion",
    [
        *(f"quaternion_{a}" for a in "wxyz"),
        *(f"{s}_{a}" for s in ("accelerometer", "gyroscope", "linear_acceleration", "gravity")
          for a in "xyz"),
        "x", "y",
        *(f"{s}_{a}" for s in ("left", "right") for a in ("x", "y", "near", "open", "roll", "yaw")),
    ],
)  # fmt: skip


def features(space, columns, names=tuple(FEATURES)):
    """Features of a recording given as a few columns; the others are zero."""
    count = max(np.size(c) for c in columns.values())
    values = np.zeros((count, space.size), np.float32)
    for name, column in columns.items():
        values[:, space.index(name)] = column
    stage = MotionFeatures(space, RATE, names)
    return stage.run(stage.init(), Recording(space, np.arange(count) / RATE, values))[1]


def sine(hertz, seconds=3.0, amplitude=1.0):
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def random_walk(space, frames=400, seed=0):
    values = np.random.default_rng(seed).normal(size=(frames, space.size)).cumsum(axis=0) * 0.05
    return Recording(space, np.arange(frames) / RATE, values)


@pytest.mark.parametrize("name", FEATURES)
def test_each_feature_says_what_it_is_and_streams_as_it_runs(name):
    stage = MotionFeatures(PHONE, RATE, [name])
    assert stage.names == [name]
    for axis in stage.out_space.axes[: stage.out_space.size - PHONE.size]:
        assert axis.help
        assert axis.low < axis.high
    recording = random_walk(PHONE)
    whole = stage.run(stage.init(), recording)[1].values
    state, rows = stage.init(), []
    for time, row in zip(recording.times, recording.values, strict=True):
        state, frame = stage.step(state, Frame(float(time), row, PHONE))
        rows.append(frame.values)
    assert np.abs(np.stack(rows) - whole).max() < 1e-5
    state, first = stage.block(stage.init(), recording.times[:123], recording.values[:123])
    state, second = stage.block(state, recording.times[123:], recording.values[123:])
    assert np.abs(np.concatenate([first, second]) - whole).max() < 1e-5


@pytest.mark.parametrize("name", FEATURES)
def test_each_feature_survives_missing_values(name):
    recording = random_walk(PHONE)
    holes = np.random.default_rng(1).random(recording.values.shape) < 0.2
    holes[:50] = True
    values = np.where(holes, np.nan, recording.values)
    stage = MotionFeatures(PHONE, RATE, [name])
    out = stage.run(stage.init(), Recording(PHONE, recording.times, values))[1].values
    assert np.isnan(out[:50]).all()
    assert np.isfinite(out[150:]).all()


@pytest.mark.parametrize("name", FEATURES)
def test_each_feature_is_causal(name):
    recording = random_walk(PHONE)
    changed = recording.values.copy()
    changed[200:] += 1.0
    stage = MotionFeatures(PHONE, RATE, [name])
    before = stage.run(stage.init(), recording)[1].values
    after = stage.run(stage.init(), Recording(PHONE, recording.times, changed))[1].values
    assert (before[:200] == after[:200]).all()


def test_intensity_is_loudest_at_five_hertz():
    def level(hertz):
        out = features(PHONE, {"linear_acceleration_x": sine(hertz)})
        return float(out.column("intensity_x")[-300:].mean())

    levels = {hertz: level(hertz) for hertz in (0.5, 2.5, 5.0, 10.0, 50.0)}
    assert levels[5.0] == pytest.approx(1 / np.sqrt(2), rel=0.05)
    # |H| = 1 / sqrt(1 + (Q (f/f0 - f0/f))^2): an octave off, Q 1, gives 0.555
    assert levels[2.5] / levels[5.0] == pytest.approx(0.555, rel=0.05)
    assert levels[10.0] / levels[5.0] == pytest.approx(0.555, rel=0.05)
    assert max(levels[0.5], levels[50.0]) < 0.15 * levels[5.0]


def test_a_hand_at_rest_has_no_effort():
    out = features(
        PHONE, {"gravity_z": 9.81 * np.ones(400), "accelerometer_z": 9.81, "quaternion_w": 1.0}
    )
    for name in ("intensity", "acceleration", "acc_energy", "jerk", "gyro_energy", "activity"):
        assert np.abs(out.column(name)).max() < 1e-6, name


def test_gravity_is_taken_from_an_accelerometer_alone():
    space = Space.of("motion", [f"accelerometer_{a}" for a in "xyz"])
    still = features(space, {"accelerometer_z": 9.81 * np.ones(400)})
    assert np.abs(still.column("acceleration")).max() < 1e-5
    assert still.column("tilt_pitch")[-1] == pytest.approx(0.0, abs=1e-4)


def test_tilt_reads_the_direction_of_gravity():
    out = features(PHONE, {"gravity_x": np.full(5, 9.81 / 2), "gravity_z": 9.81 * 0.75**0.5})
    assert out.column("tilt_pitch")[-1] == pytest.approx(30.0, abs=1e-3)
    assert out.column("tilt_roll")[-1] == pytest.approx(0.0, abs=1e-3)


def test_two_turns_on_the_spot_are_720_degrees():
    angle = np.radians(np.linspace(0, 720, 700))
    out = features(PHONE, {"quaternion_w": np.cos(angle / 2), "quaternion_z": np.sin(angle / 2)})
    assert out.column("orientation_yaw")[-1] == pytest.approx(720, abs=1e-2)
    assert np.abs(np.diff(out.column("orientation_yaw"))).max() < 2.0
    assert np.abs(out.column("orientation_pitch")).max() < 1e-2


def test_turning_is_measured_in_radians_per_second():
    out = features(PHONE, {"gyroscope_x": np.full(400, 3.0), "gyroscope_y": 4.0})
    assert out.column("gyro_rate")[0] == pytest.approx(5.0)
    assert out.column("gyro_energy")[-1] == pytest.approx(5.0, rel=1e-3)


def test_a_pointer_has_speed_and_acceleration():
    space = Space.of("motion", ["x", "y"], 0.0, 1.0)
    t = np.arange(400) / RATE
    out = features(space, {"x": 0.3 * t, "y": 0.4 * t})
    assert out.column("speed")[-1] == pytest.approx(0.5, rel=1e-3)
    assert out.column("pointer_acceleration")[-1] == pytest.approx(0.0, abs=1e-2)
    falling = features(space, {"x": 0.0, "y": 4.9 * t * t})
    assert falling.column("pointer_acceleration")[-1] == pytest.approx(9.8, rel=1e-2)


def test_unnamed_columns_still_have_activity_and_themselves():
    space = Space.of("motion", ["knob"], 0.0, 1.0)
    out = features(space, {"knob": np.linspace(0, 1, 400)})
    assert out.space.names == ("activity", "knob")
    assert out.column("activity")[-1] == pytest.approx(RATE / 399, rel=1e-2)


def test_only_what_is_needed_is_computed():
    stage = MotionFeatures(PHONE, RATE).only(["gyro_energy", "x"], RATE)
    assert stage.out_space.names == ("gyro_rate", "gyro_energy", "x")
    assert stage.reads == ("gyroscope_x", "gyroscope_y", "gyroscope_z", "x")
