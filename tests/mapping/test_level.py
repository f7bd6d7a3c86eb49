"""Loudness of control points, in dB whatever the knob counts in."""

import numpy as np
import pytest

from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.automatic import Examples, automatic, resting
from cheiron.mapping.level import Level

DECIBELS = Space("control", (Axis("loudness", -60.0, -10.0, "dB"), Axis("tone")))
MARKS = tuple(np.linspace(-60.0, -10.0, 11).tolist())
PLACES = Space("control", (Axis("loudness", 0.0, 1.0, "dB", marks=MARKS), Axis("tone")))
EXAMPLES = Examples(
    np.array([[0.8, 0.0], [-0.1, 0.5]], np.float32), np.array([-20.0, -70.0], np.float32)
)


@pytest.mark.parametrize("even", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("loudness", [-59.0, -50.0, -30.0, -11.0])
def test_a_knob_of_positions_is_shaped_as_one_of_decibels(loudness, even):
    share = (loudness + 60.0) / 50.0
    plain = Level.of(DECIBELS).shaped([loudness, 0.0], even, 3.0)[0]
    placed = Level.of(PLACES, EXAMPLES).shaped([share, 0.0], even, 3.0)[0]
    assert -60.0 + 50.0 * placed == pytest.approx(plain)


def test_silence_is_the_quietest_example_where_the_low_end_may_sound():
    assert Level.of(PLACES, EXAMPLES).quiet_row() == pytest.approx([-0.1, 0.5])
    assert not Level.of(PLACES, EXAMPLES).is_silent and Level.of(DECIBELS, EXAMPLES).is_silent
    assert Level.of(DECIBELS, EXAMPLES).quiet[0] == -60.0


def test_the_automatic_mapping_rests_there_too():
    motion = Recording(
        Space.of("motion", ["activity"], 0.0, 1.0),
        np.arange(50) / 50,
        np.linspace(0, 1, 50)[:, None],
    )
    cables = automatic(motion, PLACES, EXAMPLES)
    assert cables[0].target == "loudness"
    assert resting(cables, PLACES, EXAMPLES).point == pytest.approx((-0.1, 0.5))
    assert resting(cables, DECIBELS, EXAMPLES) is None
