import numpy as np
import pytest

from cheiron.control.linear import LinearSpace
from cheiron.control.stage import ControlStage
from cheiron.core.frame import Frame
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space

SPACE = Space(
    "control",
    (
        Axis("a", default=0.25),
        Axis("b", default=-0.5),
        Axis("t", kind="texture"),
        Axis("u", kind="texture", default=1.0),
    ),
)
SPREAD = np.array([1.0, 1.0, 0.5, 2.0], np.float32)


def run(rows, seed=0, split=None):
    stage = ControlStage(LinearSpace.identity(SPACE), SPREAD, seed)
    rows = np.asarray(rows, np.float32)
    state, out = stage.init(), []
    for piece in np.split(rows, split or []):
        recording = Recording(SPACE, np.arange(len(piece)) / 100.0, piece)
        state, latents = stage.run(state, recording)
        out.append(latents.values)
    return np.concatenate(out)


def nobody(frames):
    return np.full((frames, 4), np.nan)


def test_undriven_axes_rest_at_their_default():
    out = run(nobody(10))
    assert (out[:, 0] == 0.25).all()
    assert (out[:, 1] == -0.5).all()


def test_undriven_texture_is_noise_of_its_own_spread():
    out = run(nobody(20_000))
    assert out[:, 2].std() == pytest.approx(0.5, rel=0.03)
    assert out[:, 3].std() == pytest.approx(2.0, rel=0.03)
    assert out[:, 3].mean() == pytest.approx(1.0, abs=0.05)
    assert abs(np.corrcoef(out[:, 2], out[:, 3])[0, 1]) < 0.03


def test_driven_texture_is_what_the_player_says():
    rows = nobody(5)
    rows[:, 2] = 0.75
    assert (run(rows)[:, 2] == 0.75).all()


def test_a_control_that_goes_missing_holds():
    rows = nobody(4)
    rows[1, 0] = 0.9
    assert run(rows)[:, 0].tolist() == pytest.approx([0.25, 0.9, 0.9, 0.9])


def test_texture_that_is_let_go_is_noise_again_as_if_nobody_had_held_it():
    rows = nobody(40)
    rows[10:20, 2] = 0.9
    out = run(rows)
    assert out[10:20, 2].tolist() == pytest.approx([0.9] * 10)
    assert (
        np.delete(out, range(10, 20), axis=0) == np.delete(run(nobody(40)), range(10, 20), axis=0)
    ).all()


def test_equal_seeds_give_equal_latents_and_others_do_not():
    assert (run(nobody(50), seed=3) == run(nobody(50), seed=3)).all()
    assert (run(nobody(50), seed=3) != run(nobody(50), seed=4))[:, 2:].all()


def test_blocks_of_any_size_give_the_same_latents():
    rows = np.random.default_rng(0).normal(size=(60, 4))
    rows[np.random.default_rng(1).random(rows.shape) < 0.4] = np.nan
    whole = run(rows)
    assert np.abs(run(rows, split=[1, 2, 20, 41]) - whole).max() < 1e-5
    stage = ControlStage(LinearSpace.identity(SPACE), SPREAD)
    state = stage.init()
    for k, row in enumerate(rows.astype(np.float32)):
        state, frame = stage.step(state, Frame(k / 100.0, row, SPACE))
        assert np.abs(frame.values - whole[k]).max() < 1e-5
