import math

import numpy as np
import pytest

from cheiron.control.hand import GLIDE, HandBoard, HandStage, Held
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space

RATE = 344.5
SPACE = Space("control", (Axis("a", 0, 10), Axis("b", 0, 10, default=2), Axis("t", kind="texture")))
MAPPED = [4.0, math.nan, math.nan]
GLIDED = int(2 * GLIDE * RATE)


def ticks(stage, state, count, row=MAPPED):
    return np.array([stage.tick(state, 0.0, list(row)) for _ in range(count)])


@pytest.fixture
def hands():
    return HandBoard(SPACE)


def test_untouched_knobs_leave_the_mapping_as_it_is(hands):
    out = ticks(HandStage(hands, RATE), HandStage(hands, RATE).init(), 3)
    assert np.array_equal(out, [MAPPED] * 3, equal_nan=True)


def test_a_locked_knob_wins_and_others_only_fill_in(hands):
    stage = HandStage(hands, RATE)
    state = stage.init()
    hands.set("a", 9.0)
    hands.set("b", 7.0)
    hands.set("t", 0.5)
    assert ticks(stage, state, GLIDED)[-1] == pytest.approx([4.0, 7.0, 0.5], abs=0.02)
    hands.set("a", 9.0, locked=True)
    assert ticks(stage, state, GLIDED)[-1] == pytest.approx([9.0, 7.0, 0.5], abs=0.02)


def test_taking_turning_and_letting_go_never_jump(hands):
    stage = HandStage(hands, RATE)
    state, out = stage.init(), []
    for act in (
        lambda: hands.set("a", 9.0, locked=True),
        lambda: hands.set("a", 1.0),
        lambda: hands.release("a"),
    ):
        act()
        out.append(ticks(stage, state, GLIDED)[:, 0])
    assert [part[-1] for part in out] == pytest.approx([9.0, 1.0, 4.0], abs=0.1)
    assert np.abs(np.diff(np.concatenate([[4.0], *out]))).max() < 0.45 * 8


def test_a_knob_that_nobody_drives_goes_back_to_rest_and_texture_to_undefined(hands):
    stage = HandStage(hands, RATE)
    state = stage.init()
    hands.load({"b": Held(8.0), "t": Held(0.5)})
    ticks(stage, state, GLIDED)
    hands.load({})
    out = ticks(stage, state, 2 * GLIDED)
    resting = out[~np.isnan(out[:, 1]), 1]
    assert resting[-1] == 2.0
    assert len(resting) > 3
    assert np.isnan(out[-1, 1:]).all()


def test_a_chain_built_while_a_knob_is_held_begins_with_it(hands):
    hands.set("a", 9.0, locked=True)
    stage = HandStage(hands, RATE)
    assert ticks(stage, stage.init(), 1)[0, 0] == 9.0


def test_offline_equals_live_and_each_stream_has_its_own_glide(hands):
    hands.set("a", 9.0, locked=True)
    stage = HandStage(hands, RATE)
    rows = np.tile(np.array(MAPPED, np.float32), (20, 1))
    recording = Recording(SPACE, np.arange(20) / RATE, rows)
    once = stage.run(stage.init(), recording)[1].values
    assert np.array_equal(stage.run(stage.init(), recording)[1].values, once, equal_nan=True)


@pytest.mark.parametrize(("axis", "value"), [("z", 1.0), ("a", math.inf)])
def test_what_cannot_be_held_is_refused(hands, axis, value):
    with pytest.raises(CheironError):
        hands.set(axis, value)
    assert hands.held == {}


def test_values_outside_the_range_become_the_nearer_end(hands):
    hands.set("a", 99.0)
    assert hands.held == {"a": Held(10.0)}
