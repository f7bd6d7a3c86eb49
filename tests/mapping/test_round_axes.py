"""Knobs that come round: no mapping jumps at their seam."""

import numpy as np
import pytest

from cheiron.core.space import Axis, Space
from cheiron.mapping.connection import Connection, Rest
from cheiron.mapping.direct import DirectMapping
from cheiron.mapping.loop import Loop
from cheiron.mapping.overlay import Overlay

PHASE = Axis("phase", 0.0, 360.0, "°", 180.0, period=360.0)
CONTROL = Space("control", (PHASE, Axis("x")))
HEADING = Space("motion", (Axis("yaw", -180.0, 180.0, "°", period=360.0), Axis("lift", 0.0, 1.0)))


def away(values):
    """Steps between values on the circle, the short way."""
    return (np.diff(values) + 180.0) % 360.0 - 180.0


def played(stage, rows):
    state = stage.init()
    return np.array([stage.tick(state, i / 100, list(row)) for i, row in enumerate(rows)])


def test_a_turn_of_the_hand_goes_round_with_the_knob():
    stage = DirectMapping(HEADING, CONTROL, [Connection("yaw", "phase")], 100.0)
    yaw = np.linspace(-400.0, 400.0, 801)
    phase = played(stage, np.stack([yaw, yaw], 1))[:, 0]
    assert away(phase) == pytest.approx(np.ones(800), abs=1e-6)
    assert phase.min() >= 0.0
    assert phase.max() < 360.0


def test_half_a_turn_of_the_hand_for_the_whole_knob_goes_round_twice():
    cable = Connection("yaw", "phase", inputs=(0.0, 180.0))
    stage = DirectMapping(HEADING, CONTROL, [cable], 100.0)
    yaw = np.arange(0.0, 360.0)
    assert away(played(stage, np.stack([yaw, yaw], 1))[:, 0]) == pytest.approx(2.0, abs=1e-6)


def test_a_line_is_clipped_at_the_ends_even_on_a_round_knob():
    stage = DirectMapping(HEADING, CONTROL, [Connection("lift", "phase")], 100.0)
    phase = played(stage, [[0.0, lift] for lift in (-1.0, 0.5, 0.999, 7.0)])[:, 0]
    assert phase.tolist() == pytest.approx([0.0, 180.0, 359.64, 0.0])


@pytest.mark.parametrize("overlaid", [False, True])
def test_smoothing_takes_the_short_way_through_the_seam(overlaid):
    cable = Connection("yaw", "phase", smooth=0.05)
    stage = DirectMapping(HEADING, CONTROL, [cable], 100.0)
    if overlaid:
        inner = DirectMapping(HEADING, CONTROL, [], 100.0)
        stage = Overlay(HEADING, inner, [cable], 100.0)
    yaw = np.where(np.arange(100) < 50, 179.0, -179.0)  # phase 359, then 1
    phase = played(stage, np.stack([yaw, yaw], 1))[:, 0]
    assert ((phase >= 358.9) | (phase <= 1.1)).all()
    assert phase[-1] == pytest.approx(1.0, abs=0.05)


def test_coming_to_rest_takes_the_short_way_too():
    rest = Rest("lift", (0.0, 1.0), (10.0, 0.0), smooth=0.05)
    stage = DirectMapping(HEADING, CONTROL, [Connection("yaw", "phase")], 100.0, rest)
    rows = [[170.0, lift] for lift in [1.0] * 50 + [0.0] * 50]  # phase 350, rest 10
    phase = played(stage, rows)[10:, 0]
    assert ((phase >= 349.9) | (phase <= 10.1)).all()


def test_a_loop_that_goes_round_has_no_seam():
    turn = (np.arange(200) * 360.0 / 200 + 90.0) % 360.0
    loop = Loop(CONTROL, np.stack([turn, np.sin(np.radians(turn))], 1), rate=100.0)
    phase = np.array([loop.at(p)[0] for p in np.arange(0.0, 600.0, 0.3)])
    steps = away(phase)
    assert steps.min() > -0.3  # the beginning is a frame away from the end, which the bend makes up
    assert steps.max() < 1.3
    assert phase.min() >= 0.0
    assert phase.max() < 360.0
