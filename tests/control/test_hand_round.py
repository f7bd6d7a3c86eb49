"""A round knob under the hand."""

import math

import numpy as np
import pytest

from cheiron.control.hand import HandBoard, HandStage
from cheiron.core.space import Axis, Space

CONTROL = Space("control", (Axis("phase", 0.0, 360.0, "°", 180.0, period=360.0), Axis("x")))


def played(stage, state, row, count=30):
    return np.array([stage.tick(state, 0.0, list(row)) for _ in range(count)])[:, 0]


def test_a_value_beyond_the_end_is_the_same_place():
    board = HandBoard(CONTROL)
    board.set("phase", 370.0)
    board.set("x", 370.0)
    assert (board.held["phase"].value, board.held["x"].value) == (10.0, 1.0)


@pytest.mark.parametrize("below", [math.nan, 20.0])
def test_the_glide_takes_the_short_way_through_the_seam(below):
    board = HandBoard(CONTROL)
    board.set("phase", 350.0, locked=True)
    stage = HandStage(board, rate=200.0)
    state = stage.init()
    assert played(stage, state, [below, 0.0])[-1] == pytest.approx(350.0, abs=0.5)
    board.set("phase", 5.0, locked=True)
    path = played(stage, state, [below, 0.0])
    assert ((path >= 349.0) | (path <= 6.0)).all()
    assert path[-1] == pytest.approx(5.0, abs=0.5)
