import math

import numpy as np
import pytest

from cheiron.core.board import ParamBoard
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.features.smoothing import LIVE, OneEuro

RATE = 344.5
UNIT = Space("motion", (Axis("x", 0.0, 1.0),))


def run(stage, values):
    values = np.asarray(values, np.float32).reshape(-1, stage.in_space.size)
    recording = Recording(stage.in_space, np.arange(len(values)) / RATE, values)
    return stage.run(stage.init(), recording)[1].values


def reference(x, rate, min_cutoff, beta, d_cutoff):
    """The algorithm as its authors publish it, for one channel whose range is 1."""

    def alpha(cutoff):
        return 1 / (1 + 1 / (2 * math.pi * cutoff) * rate)

    smooth, speed, last, out = x[0], 0.0, x[0], []
    for value in x:
        speed = alpha(d_cutoff) * (value - last) * rate + (1 - alpha(d_cutoff)) * speed
        a = alpha(min_cutoff + beta * abs(speed))
        smooth = a * value + (1 - a) * smooth
        last = value
        out.append(smooth)
    return np.array(out)


def test_it_is_the_published_filter():
    x = np.random.default_rng(3).normal(size=500).cumsum() * 0.01
    stage = OneEuro(UNIT, RATE, min_cutoff=1.5, beta=4.0, d_cutoff=3.0)
    expected = reference(x.astype(np.float32), RATE, 1.5, 4.0, 3.0)
    assert np.abs(run(stage, x)[:, 0] - expected).max() < 1e-5


def test_less_jitter_when_still_and_less_lag_when_fast():
    noise = np.random.default_rng(4).normal(size=2000) * 0.01
    still = run(OneEuro(UNIT, RATE), 0.5 + noise)[500:, 0]
    assert still.std() < 0.3 * 0.01
    ramp = np.linspace(0, 1, 60)
    lag = {beta: ramp[-1] - run(OneEuro(UNIT, RATE, beta=beta), ramp)[-1, 0] for beta in (0.0, 10)}
    assert lag[10] < 0.35 * lag[0.0]


def test_one_beta_suits_every_unit():
    pixels = Space("motion", (Axis("x", 0.0, 1000.0),))
    x = np.random.default_rng(5).random(300)
    assert run(OneEuro(pixels, RATE), 1000 * x) == pytest.approx(
        1000 * run(OneEuro(UNIT, RATE), x), abs=1e-2
    )


def test_axes_that_are_left_out_pass_as_they_are():
    space = Space.of("motion", ["x", "y"])
    rows = np.random.default_rng(6).random((50, 2)).astype(np.float32)
    out = run(OneEuro(space, RATE, only=["y"]), rows)
    assert (out[:, 0] == rows[:, 0]).all()
    assert np.abs(out[5:, 1] - rows[5:, 1]).min() > 0


def test_missing_values_are_held_and_do_not_poison():
    out = run(OneEuro(UNIT, RATE), [np.nan, 0.5, np.nan, np.nan, 0.5])[:, 0]
    assert np.isnan(out[0])
    assert out[1:].tolist() == [0.5] * 4


def test_a_board_turns_it_while_it_runs():
    board = ParamBoard(LIVE)
    stage = OneEuro(UNIT, RATE, board=board)
    board.set("smoothing.min_cutoff", 20.0)
    board.set("smoothing.beta", 0.0)
    x = np.random.default_rng(7).random(100)
    assert run(stage, x) == pytest.approx(run(OneEuro(UNIT, RATE, min_cutoff=20.0, beta=0.0), x))


def test_a_finger_that_comes_down_elsewhere_does_not_glide_there():
    space = Space.of("pointer", ["x", "touch"], 0.0, 1.0)
    rows = [[0.0, 1.0]] * 50 + [[0.0, 0.0]] * 50 + [[1.0, 1.0]] * 3
    stage = OneEuro(space, RATE, only=["x"], onsets={"x": "touch"})
    assert run(stage, rows)[100:, 0].tolist() == [1.0] * 3
    assert run(OneEuro(space, RATE, only=["x"]), rows)[100, 0] < 0.9
