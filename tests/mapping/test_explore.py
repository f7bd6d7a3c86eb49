import numpy as np
import pytest

from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.centre import LoopCentre
from cheiron.mapping.connection import Connection
from cheiron.mapping.explore import LocalExploration
from cheiron.mapping.fingers import Finger
from cheiron.mapping.loop import Directions, Loop

RATE = 344.5
FRAMES = 600
CONTROL = Space(
    "control",
    (
        Axis("loudness", -80, -10, default=-80),
        Axis("a", -1, 1),
        Axis("b", -10, 10),
        Axis("c", -1, 1),
        Axis("t", kind="texture"),
    ),
)
MOTION = Space.of("motion", ["x", "y", "touch", "x2", "touch2"], 0.0, 1.0)
FINGERS = (Finger("x", "y", "", "touch"), Finger("x2", "y", "", "touch2"))
CABLES = (
    Connection("x", "explore.1"),
    Connection("y", "explore.2"),
    Connection("x2", "explore.scrub"),
)
STILL = [0.9, 0.1, 0.0, 0.5, 0.0]


def circle():
    """Round in the plane of a and b, with an end that does not meet the beginning."""
    turn = np.linspace(0, 2 * np.pi, FRAMES)
    rows = np.zeros((FRAMES, 5))
    rows[:, 0] = -20 + 3 * np.sin(5 * turn)
    rows[:, 1], rows[:, 2] = 0.5 * np.cos(turn) + 0.1 * turn, 2 * np.sin(turn)
    rows[:, 3], rows[:, 4] = 0.2, np.nan
    return rows


LOOP = Loop(CONTROL, circle(), RATE)


def stage(loop=LOOP, **values):
    board = ParamBoard(LocalExploration.params)
    for name, value in values.items():
        board.set(f"explore.{name}", value)
    centre = LoopCentre(loop)
    return LocalExploration(MOTION, CONTROL, RATE, centre, CABLES, FINGERS, board=board)


def play(exploring, rows):
    rows = np.asarray(rows, np.float32)
    recording = Recording(MOTION, np.arange(len(rows)) / RATE, rows)
    return exploring.run(exploring.init(), recording)[1].values


def test_without_a_gesture_the_loop_is_what_it_was():
    out = play(stage(), [STILL] * (FRAMES - 20))
    assert out == pytest.approx(circle()[: FRAMES - 20], abs=1e-4, nan_ok=True)


def test_it_goes_round_at_its_own_length_without_a_jump():
    out = play(stage(), [STILL] * (2 * FRAMES))[:, :4]
    assert np.array_equal(out[:FRAMES], out[FRAMES:])
    steps = np.abs(np.diff(out, axis=0))
    inside = np.abs(np.diff(circle()[:, :4], axis=0)).max(axis=0)
    gap = np.abs(circle()[-1, :4] - circle()[0, :4])
    assert (steps.max(axis=0) <= 2 * inside + 0.15 * gap + 1e-6).all()


@pytest.mark.parametrize(("rate", "frame"), [(2.0, 200), (0.5, 50), (0.0, 0), (-1.0, FRAMES - 100)])
def test_rate_turns_how_fast_and_where_to(rate, frame):
    out = play(stage(rate=rate), [STILL] * 101)
    assert out[-1, :4] == pytest.approx(LOOP.at(frame)[:4], abs=1e-4)


def test_a_gesture_leads_away_along_the_trajectory_and_back():
    pressed = [1.0, 1.0, 1.0, 0.5, 0.0]
    out = play(stage(radius=0.5, smooth=0.02), [STILL] * 50 + [pressed] * 100 + [STILL] * 150)
    away = np.abs(out - circle()[:300])
    assert (away[:50, :4] < 1e-4).all()
    assert away[140, 1] + away[140, 2] > 0.1
    assert (away[:, [0, 3]] < 0.05).all(), "what does not vary, and loudness, hardly moves"
    assert (away[-1, :4] < 1e-3).all()
    assert np.abs(np.diff(out[:, 1:3], axis=0) / [2, 20]).max() < 0.05


def test_more_radius_leads_further_but_never_out_of_the_range():
    pressed = [[1.0, 0.0, 1.0, 0.5, 0.0]] * FRAMES
    reach = [np.abs(play(stage(radius=r), pressed) - circle())[100:500, 1:3] for r in (0, 0.1, 1)]
    assert reach[0].max() < 1e-4 < reach[1].max() < reach[2].max()
    wide = Loop(CONTROL, circle() * [1, 1.9, 4.9, 1, 1], RATE)
    out = play(stage(wide, radius=1.0), pressed)
    assert np.abs(out[:, 1]).max() <= max(1.0, np.abs(wide.at(0.0)[1]), 1.9 * 1.13) + 1e-6


def test_a_second_finger_scrubs_and_the_loop_goes_on_from_there():
    scrubbing = [0.5, 0.5, 0.0, 0.5, 1.0]
    out = play(stage(), [STILL] * 10 + [scrubbing] * 200 + [STILL] * 10)
    there = 0.5 * (FRAMES - 1)
    assert out[209, :4] == pytest.approx(LOOP.at(there)[:4], abs=0.01)
    assert out[-1, :4] == pytest.approx(LOOP.at(there + 10)[:4], abs=0.01)


def test_with_the_gate_it_sounds_only_when_touched():
    pressed = [0.5, 0.5, 1.0, 0.5, 0.0]
    out = play(stage(gate=1.0), [STILL] * 50 + [pressed] * 50 + [STILL] * 100)
    assert (out[:50, 0] == -80).all()
    assert out[95, 0] > -30
    assert (out[-20:, 0] == -80).all()


def test_stream_equals_offline_and_every_run_is_the_same():
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.random((30, 5)), 20, axis=0).astype(np.float32)
    exploring = stage(rate=-1.3)
    whole = play(exploring, rows)
    assert np.array_equal(play(exploring, rows), whole, equal_nan=True)
    state = exploring.init()
    for k, row in enumerate(rows):
        state, frame = exploring.step(state, Frame(k / RATE, row, MOTION))
        assert frame.values == pytest.approx(whole[k], abs=1e-5, nan_ok=True)


def test_directions_keep_their_sense_all_the_way():
    around = Directions(CONTROL, circle(), RATE)
    led = np.array([around.led(float(k), [1.0, 0.0, 0.0]) for k in range(FRAMES - 20)])
    assert np.abs(np.diff(led, axis=0)).max() < 0.1 * np.abs(led).max()


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_a_loop_of_few_frames_or_of_one_held_sound_can_be_played(frames):
    out = play(stage(Loop(CONTROL, circle()[:1].repeat(frames, 0), RATE)), [[1, 1, 1, 0.5, 0]] * 50)
    assert np.isfinite(out[:, :4]).all()
    assert np.abs(out[-1, 1:4] - circle()[0, 1:4]).max() > 1e-3


def test_a_loop_of_another_control_space_is_refused():
    with pytest.raises(CheironError, match="make it again"):
        Loop(CONTROL, np.zeros((10, 3)), RATE)
