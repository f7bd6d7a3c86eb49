import math

import numpy as np
import pytest

from cheiron.core.board import ParamBoard
from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.automatic import Examples
from cheiron.mapping.fingers import Finger, fingers_of
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.mapping.level import Level
from cheiron.mapping.live_defaults import Habit, habit_of
from cheiron.mapping.map import MapMapping

RATE = 344.5
CONTROL = Space(
    "control",
    (Axis("loudness", -80, -10, default=-80), Axis("a", 0, 1), Axis("t", kind="texture")),
)
NAMES = ("x", "y", "pressure", "touch")
MOTION = Space.of("motion", [*NAMES, *(f"{n}2" for n in NAMES)], 0.0, 1.0)
FINGERS = (Finger(*NAMES), Finger(*(f"{n}2" for n in NAMES)))
PLACES = LandmarkMap(
    CONTROL,
    np.array([[-20, 0.0, 0.0], [-20, 1.0, 0.0], [-40, 0.5, 0.0], [-80, 0.25, 0.0]]),
    np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0], [0.0, 1.0]]),
)
NOBODY = [0.5, 0.5, 0.0, 0.0]


def mapping(**values):
    board = ParamBoard(MapMapping.params)
    for name, value in {"map.even": 0.0, **values}.items():
        board.set(name, value)
    return MapMapping(MOTION, CONTROL, RATE, PLACES, FINGERS, Level.of(CONTROL), board)


def play(stage, *segments):
    """Rows of (seconds, first finger, second finger); what comes out, with the segments' ends."""
    rows = [r for s, one, two in segments for r in [[*one, *two]] * round(s * RATE)]
    rows = np.array(rows, np.float32)
    recording = Recording(MOTION, np.arange(len(rows)) / RATE, rows)
    return stage.run(stage.init(), recording)[1].values


def down(x, y, pressure=0.5):
    return [x, y, pressure, 1.0]


def test_pressing_sounds_within_10_ms_and_letting_go_is_silent_after_the_release():
    out = play(
        mapping(),
        (0.1, NOBODY, NOBODY),
        (0.3, down(1.0, 0.0), NOBODY),
        (0.4, [1.0, 0.0, 0.0, 0.0], NOBODY),
    )
    loudness = out[:, 0]
    start, end = round(0.1 * RATE), round(0.1 * RATE) + round(0.3 * RATE)
    assert (loudness[: start - 1] == -80).all()
    assert loudness[start + round(0.01 * RATE)] > -30
    assert loudness[end - 1] == pytest.approx(-20, abs=0.1)
    assert (loudness[end + round(0.15 * RATE) + 1 :] == -80).all()
    assert np.abs(np.diff(loudness[end:])).max() < 2.0
    assert (out[end:, 1] == 1.0).all(), "the sound keeps its place while it rings out"


def test_a_touch_elsewhere_is_there_at_once_when_it_was_silent():
    out = play(
        mapping(), (0.1, down(0, 0), NOBODY), (0.3, NOBODY, NOBODY), (0.1, down(1, 0), NOBODY)
    )
    assert out[round(0.4 * RATE) + 1, 1] == 1.0


def test_a_touch_elsewhere_glides_while_the_last_one_still_sounds():
    out = play(
        mapping(), (0.1, down(0, 0), NOBODY), (0.02, NOBODY, NOBODY), (0.1, down(1, 0), NOBODY)
    )
    assert 0.0 < np.abs(np.diff(out[:, 1])).max() < 0.6


def test_texture_is_left_to_the_control_stage():
    assert np.isnan(play(mapping(), (0.1, down(0, 0), NOBODY))[:, 2]).all()


def test_two_fingers_sound_between_them_by_how_hard_each_presses():
    out = play(
        mapping(**{"map.accent": 0.0}),
        (0.1, down(0, 0, 0.8), NOBODY),
        (0.2, down(0, 0, 0.8), down(1, 0, 0.2)),
        (0.2, down(0, 0, 0.8), NOBODY),
    )
    one, two, end = (out[round(t * RATE) - 1, 1] for t in (0.1, 0.3, 0.5))
    assert (one, two, end) == pytest.approx((0.0, 0.2, 0.0), abs=1e-3)
    assert np.abs(np.diff(out[:, 1])).max() < 0.1, "fingers come and go without a jump"


@pytest.mark.parametrize(("pressure", "louder"), [(0.5, 0.0), (1.0, 0.0), (0.9, 8.0), (0.1, -8.0)])
def test_only_a_true_pressure_is_an_accent(pressure, louder):
    out = play(mapping(**{"map.accent": 10.0}), (0.3, down(0.5, 1.0, pressure), NOBODY))
    assert out[-1, 0] == pytest.approx(-40 + louder, abs=0.2)


def test_even_makes_places_equally_loud_but_leaves_silence():
    stage = mapping(**{"map.even": 1.0})
    loud = [play(stage, (0.2, down(*xy), NOBODY))[-1, 0] for xy in ((0, 0), (0.5, 1.0), (0, 1))]
    assert loud[0] == pytest.approx(loud[1], abs=0.1)
    assert loud[2] == -80


def test_nothing_is_louder_than_the_axis_allows():
    stage = mapping(**{"map.accent": 24.0})
    assert play(stage, (0.3, down(0, 0, 0.99), NOBODY))[:, 0].max() < -10


def test_missing_values_and_places_outside_do_no_harm():
    nan = math.nan
    out = play(
        mapping(),
        (0.05, [nan] * 4, [nan] * 4),
        (0.1, [nan, 0.5, nan, 1.0], NOBODY),
        (0.1, [7.0, -3.0, nan, 1.0], NOBODY),
    )
    assert np.isfinite(out[-1, :2]).all()
    assert out[-1, 1] == pytest.approx(1.0)


def test_stream_equals_offline():
    rng = np.random.default_rng(0)
    rows = rng.random((200, 8)).astype(np.float32)
    rows[:, 3::4] = np.repeat(rng.integers(0, 2, (20, 2)), 10, axis=0)
    recording = Recording(MOTION, np.arange(200) / RATE, rows)
    stage = mapping()
    whole = stage.run(stage.init(), recording)[1].values
    state = stage.init()
    for k, row in enumerate(rows):
        state, frame = stage.step(state, Frame(k / RATE, row, MOTION))
        assert frame.values == pytest.approx(whole[k], abs=1e-6, nan_ok=True)


def test_a_param_acts_while_it_plays():
    board = ParamBoard(MapMapping.params)
    stage = MapMapping(MOTION, CONTROL, RATE, PLACES, FINGERS, Level.of(CONTROL), board)
    state = stage.init()
    for _ in range(100):
        stage.tick(state, 0.0, [*down(0, 0), *NOBODY])
    board.set("touch.release", 5.0)
    for _ in range(round(0.5 * RATE)):
        row = stage.tick(state, 0.0, [*NOBODY, *NOBODY])
    assert row[0] > -40


def test_confidence_falls_when_nothing_new_comes():
    stage = mapping()
    state = stage.init()
    stage.tick(state, 1.0, [*down(0, 0), *NOBODY])
    assert stage.confidence(state) == 1.0
    for _ in range(round(RATE)):
        stage.tick(state, 1.0, [*down(0, 0), *NOBODY])
    assert stage.confidence(state) == 0.0


def test_without_a_loudness_axis_silence_is_the_quietest_example():
    control = Space.of("latent", ["z0", "z1"])
    quiet = Examples(np.array([[0.5, -0.5], [0.1, 0.2]], np.float32), np.array([-60.0, -10.0]))
    places = LandmarkMap(control, np.array([[0.9, 0.9]]), np.array([[0.5, 0.5]]))
    level = Level.of(control, quiet)
    stage = MapMapping(MOTION, control, RATE, places, FINGERS, level)
    out = play(stage, (0.1, NOBODY, NOBODY), (0.2, down(0.5, 0.5), NOBODY), (0.4, NOBODY, NOBODY))
    assert out[0] == pytest.approx([0.5, -0.5])
    assert out[round(0.3 * RATE) - 1] == pytest.approx([0.9, 0.9], abs=0.01)
    assert out[-1] == pytest.approx([0.5, -0.5])


def test_fingers_are_found_under_fused_names_and_any_two_axes_will_do():
    fused = Space.of("fused", ["osc.x", "pointer.y", "pointer.x", "pointer.touch", "y2"])
    assert fingers_of(fused, habit_of(fused, fused.names))[0].touch == "pointer.touch"
    sliders = Space.of("fused", ["fader1", "fader2", "fader3"])
    assert fingers_of(sliders, habit_of(sliders, sliders.names)) == (Finger("fader1", "fader2"),)
    assert fingers_of(Space("none", ()), habit_of(Space("none", ()), ())) == ()


def test_the_pressure_of_another_source_is_not_taken_for_the_fingers():
    names = ["midi.pressure", "note", "x", "y", "pointer.pressure", "touch"]
    fused = Space.of("fused", names, 0.0, 1.0)
    finger = Finger("x", "y", "pointer.pressure", "touch")
    assert fingers_of(fused, habit_of(fused, fused.names)) == (finger,)


def test_osc_arguments_are_moves_and_not_taken_for_a_touch():
    faders = Space.of("osc", ["fader.0", "fader.1"], 0.0, 1.0)
    assert habit_of(faders, faders.names) == Habit("axes", faders.names)
