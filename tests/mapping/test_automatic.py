import numpy as np

from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.automatic import Examples, automatic, resting
from cheiron.mapping.direct import DirectMapping

RATE = 100.0
FEATURES = Space(
    "motion",
    (
        Axis("gyro_energy", 0.0, 10.0),
        Axis("orientation_pitch", -90.0, 90.0),
        Axis("orientation_roll", -180.0, 180.0),
        Axis("orientation_yaw", -180.0, 180.0),
    ),
)
PCA = Space("control", tuple(Axis(f"pc{i}", -3.0 - i, 3.0 + i) for i in range(4)))
SAX = Space("control", (Axis("z0"), Axis("loudness", -70.0, 0.0), Axis("pitch", 40.0, 80.0)))


def moving(effort=3.0, seconds=10):
    t = np.arange(int(seconds * RATE)) / RATE
    rows = np.stack(
        [
            effort * np.clip(np.sin(t), 0, None),
            10 * np.sin(0.7 * t),
            120 * np.sin(0.5 * t),
            60 * np.sin(0.3 * t),
        ],
        axis=1,
    )
    return Recording(FEATURES, t, rows)


def play(connections, control, rows):
    mapping = DirectMapping(FEATURES, control, connections, RATE)
    rows = np.asarray(rows, np.float32)
    recording = Recording(FEATURES, np.arange(len(rows)) / RATE, rows)
    return mapping.run(mapping.init(), recording)[1]


def test_effort_drives_loudness_and_posture_the_rest_pitch_first():
    links = [(c.source, c.target) for c in automatic(moving(), SAX)]
    assert links == [
        ("gyro_energy", "loudness"),
        ("orientation_roll", "pitch"),  # moves most
        ("orientation_yaw", "z0"),
    ]


def test_standing_still_is_the_quiet_end_and_full_effort_the_loud_end():
    connections = automatic(moving(), SAX)
    loudness = play(connections, SAX, [[0.1, 5, 5, 5]] * 50 + [[3.0, 5, 5, 5]] * 100)
    loudness = loudness.column("loudness")
    assert loudness[49] == -70.0
    assert loudness[-1] > -0.1


def test_a_recording_of_standing_still_is_silent_throughout():
    rows = moving().values.copy()
    rows[:, 0] = 0.05 + 0.05 * np.random.default_rng(0).random(len(rows))  # tremor
    still = Recording(FEATURES, moving().times, rows)
    assert (play(automatic(still, SAX), SAX, rows).column("loudness") == -70.0).all()


def test_the_loud_axis_is_found_from_the_sounds_that_are_known():
    controls = np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32)
    loudness = -20 - 5 * controls[:, 2] + np.random.default_rng(2).normal(size=200)
    loudness[:7] = np.nan
    first = automatic(moving(), PCA, Examples(controls, loudness.astype(np.float32)))[0]
    assert first.target == "pc2"
    assert first.outputs == (5.0, -5.0)  # falls as it gets louder
    louder = automatic(moving(), PCA, Examples(controls, -loudness.astype(np.float32)))[0]
    assert louder.outputs == (-5.0, 5.0)


def test_without_sounds_the_first_axis_is_taken():
    assert automatic(moving(), PCA)[0].target == "pc0"
    few = Examples(np.zeros((2, 4), np.float32), np.zeros(2, np.float32))
    assert automatic(moving(), PCA, few)[0].target == "pc0"


def test_texture_is_left_alone():
    control = Space("control", (Axis("pc0"), Axis("pc1", kind="texture"), Axis("pc2")))
    assert [c.target for c in automatic(moving(), control)] == ["pc0", "pc2"]


def test_ranges_come_from_the_recording():
    connection = automatic(moving(), SAX)[1]
    low, high = np.quantile(moving().column("orientation_roll"), [0.05, 0.95])
    assert np.allclose(connection.inputs, (low, high))


def test_an_axis_that_stands_still_is_not_blown_up():
    rows = moving().values.copy()
    rows[:, 1:] = 7.0
    for connection in automatic(Recording(FEATURES, moving().times, rows), SAX)[1:]:
        low, high = connection.inputs
        assert high - low >= 5.0
        assert low < 7.0 < high


def test_any_recording_gets_a_mapping():
    knob = Space("motion", (Axis("activity", 0.0, 5.0), Axis("knob", 0.0, 1.0)))
    rows = np.random.default_rng(3).random((100, 2))
    connections = automatic(Recording(knob, np.arange(100) / RATE, rows), SAX)
    assert connections[0].source == "activity"
    nothing = Recording(knob, np.arange(2) / RATE, np.full((2, 2), np.nan))
    assert automatic(nothing, SAX)[0].target == "loudness"


def quiet_at(point):
    controls = np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32)
    controls[17] = point
    loudness = 10 * controls[:, 0] - 20
    loudness[[3, 17]] = np.nan, -90
    return Examples(controls, loudness)


def test_without_a_knob_for_loudness_rest_is_the_quietest_sound_that_is_known():
    point = [-2.0, 1.0, 0.5, -0.25]
    examples = quiet_at(point)
    connections = automatic(moving(), PCA, examples)
    mapping = DirectMapping(FEATURES, PCA, connections, RATE, resting(connections, PCA, examples))
    free = DirectMapping(FEATURES, PCA, connections, RATE)
    rows = np.array([[0.0, 9, 90, 30]] * 100 + [[3.0, 9, 90, 30]] * 100, np.float32)
    recording = Recording(FEATURES, np.arange(200) / RATE, rows)
    out = mapping.run(mapping.init(), recording)[1].values
    assert np.allclose(out[99], point, atol=1e-5)
    expected = free.run(free.init(), recording)[1].values[-1]
    expected = np.where(np.isnan(expected), PCA.default, expected)
    assert np.allclose(out[-1], expected, atol=1e-3)
    assert np.abs(np.diff(out, axis=0)).max() < 1.5  # it glides


def test_a_knob_for_loudness_needs_no_resting_point():
    examples = Examples(np.zeros((5, 3), np.float32), np.arange(5, dtype=np.float32))
    assert resting(automatic(moving(), SAX, examples), SAX, examples) is None
    assert resting(automatic(moving(), PCA), PCA) is None
