import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Mapping, Stage
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.connection import CURVES, Connection, read_connections
from cheiron.mapping.direct import DirectMapping

RATE = 100.0
MOTION = Space("motion", (Axis("speed", 0.0, 2.0), Axis("tilt", -90.0, 90.0)))
CONTROL = Space("control", (Axis("pitch", 40.0, 80.0), Axis("loudness", -60.0, 0.0), Axis("z")))


def run(texts, rows):
    connections = [Connection.parse(text) for text in texts]
    mapping = DirectMapping(MOTION, CONTROL, connections, RATE)
    rows = np.asarray(rows, np.float32)
    recording = Recording(MOTION, np.arange(len(rows)) / RATE, rows)
    return mapping.run(mapping.init(), recording)[1]


def test_it_is_a_mapping_and_a_stage():
    mapping = DirectMapping(MOTION, CONTROL, [Connection("speed", "z")], RATE)
    assert isinstance(mapping, Mapping)
    assert isinstance(mapping, Stage)


def test_without_ranges_the_axes_own_ranges_are_joined_and_clipped():
    out = run(["speed -> loudness"], [[0, 0], [1, 0], [2, 0], [9, 0], [-1, 0]])
    assert out.column("loudness").tolist() == [-60, -30, 0, 0, -60]


def test_ranges_curve_and_inversion_apply():
    out = run(["tilt -> pitch : 0..10 => 50..60, invert"], [[0, 0], [0, 2.5], [0, 10]])
    assert out.column("pitch").tolist() == [60, 57.5, 50]
    falling = run(["tilt -> pitch : 10..0 => 50..60"], [[0, 0], [0, 10]])
    assert falling.column("pitch").tolist() == [60, 50]


def test_axes_that_nobody_drives_are_undefined():
    out = run(["speed -> loudness"], [[1, 1]])
    assert np.isnan(out.values[0, [0, 2]]).all()


def test_smoothing_has_the_time_constant_it_says():
    out = run(["speed -> z : 0..1 => 0..1, smooth=0.1"], [[0, 0]] + [[1, 0]] * 10)
    assert out.column("z")[10] == pytest.approx(1 - np.exp(-1), abs=1e-6)


def test_a_value_that_goes_missing_is_held():
    out = run(["speed -> z : 0..1 => 0..1"], [[np.nan, 0], [0.5, 0], [np.nan, 0]])
    assert np.isnan(out.column("z")[0])
    assert out.column("z")[1:].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("curve", CURVES)
def test_each_curve_rises_from_nothing_to_all(curve):
    travel = [CURVES[curve](u) for u in np.linspace(0, 1, 50)]
    assert travel[0] == pytest.approx(0)
    assert travel[-1] == pytest.approx(1)
    assert (np.diff(travel) > 0).all()


def test_streaming_equals_the_whole():
    rows = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    texts = ["speed -> z : -1..1, curve=exp, smooth=0.05", "tilt -> pitch"]
    whole = run(texts, rows).values
    mapping = DirectMapping(MOTION, CONTROL, [Connection.parse(t) for t in texts], RATE)
    state, out = mapping.init(), []
    for k, row in enumerate(rows):
        state, frame = mapping.step(state, Frame(k / RATE, row, MOTION))
        out.append(frame.values)
    assert np.allclose(np.stack(out), whole, atol=1e-5, equal_nan=True)


def test_confidence_falls_when_the_source_goes_stale_and_returns():
    mapping = DirectMapping(MOTION, CONTROL, [Connection("speed", "z")], RATE)
    state = mapping.init()

    def play(times):
        nonlocal state
        for time in times:
            state, _ = mapping.step(state, Frame(time, np.zeros(2, np.float32), MOTION))
        return mapping.confidence(state)

    assert play(np.arange(50) / RATE) == 1.0
    assert play([0.49] * 24) == 1.0  # 0.24 s without news
    assert play([0.49] * 26) == pytest.approx(0.5)  # 0.5 s
    assert play([0.49] * 50) == 0.0
    assert play([2.0]) == 1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("speed loudness", "is not a connection"),
        ("-> loudness", "is not a connection"),
        ("speed -> z : 0..x => 0..1", "two numbers"),
        ("speed -> z : 0..1 => 0..1 => 2..3", "low..high"),
        ("speed -> z : 1..1 => 0..1", "empty input range"),
        ("speed -> z : 0..nan => 0..1", "two finite numbers"),
        ("speed -> z : curve=wild", "one of linear, exp"),
        ("speed -> z : smooth=much", "seconds"),
        ("speed -> z : smooth=-1", "0 to 10 seconds"),
        ("speed -> z : invert=perhaps", "true or false"),
        ("speed -> z : gain=3", "only curve, smooth, invert"),
    ],
)
def test_a_connection_of_another_form_is_refused(text, says):
    with pytest.raises(CheironError) as error:
        Connection.parse(text)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["sped -> z"], "choose one of speed, tilt"),
        (["speed -> zed"], "choose one of pitch, loudness, z"),
        (["speed -> z", "tilt -> z"], "two connections drive"),
    ],
)
def test_a_connection_that_does_not_fit_is_refused_with_what_exists(texts, says):
    with pytest.raises(CheironError, match=says):
        run(texts, [[0, 0]])


def test_a_toml_file_says_the_same_as_a_line(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text(
        '[[map]]\nfrom = "speed"\nto = "loudness"\nin = [0, 3]\nout = [0.0, 1.0]\n'
        'curve = "exp"\nsmooth = 0.05\ninvert = true\n[[map]]\nfrom = "tilt"\nto = "z"\n'
    )
    line = "speed -> loudness : 0..3 => 0..1, curve=exp, smooth=0.05, invert"
    assert read_connections(path) == (Connection.parse(line), Connection("tilt", "z"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"no \[\[map\]\]"),
        ("map = 3", r"no \[\[map\]\]"),
        ("[[map]]\n", "does not say 'from'"),
        ('[[map]]\nfrom = "a"\nto = "b"\ngain = 2', "has the key 'gain'"),
        ('[[map]]\nfrom = "a"\nto = "b"\nin = [0, 1, 2]', "two finite numbers"),
        ('[[map]]\nfrom = "a"\nto = "b"\nsmooth = "0.1"', "seconds"),
        ('[[map]]\nfrom = "a"\nto = "b"\ncurve = ["exp"]', "curve"),
        ('name = "x"\n[[map]]\nfrom = "a"\nto = "b"', "the keys name"),
        ("[[map", "is not TOML"),
    ],
)
def test_a_toml_file_of_another_form_is_refused(tmp_path, text, says):
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(CheironError, match=says):
        read_connections(path)
