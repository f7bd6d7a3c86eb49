import math

from cheiron.core.space import Space
from cheiron.mapping.connection import Connection
from cheiron.mapping.direct import DirectMapping
from cheiron.mapping.overlay import Overlay

MOTION = Space.of("motion", ["x", "cc1"], 0.0, 1.0)
CONTROL = Space.of("control", ["pitch", "loudness"], 0.0, 1.0)


def overlay():
    inner = DirectMapping(
        MOTION, CONTROL, [Connection("x", "pitch"), Connection("x", "loudness")], 100.0
    )
    return Overlay(MOTION, inner, [Connection("cc1", "loudness")], 100.0)


def test_a_cable_takes_its_knob_over_and_leaves_the_others():
    stage = overlay()
    assert stage.tick(stage.init(), 0.0, [0.25, 0.75]) == [0.25, 0.75]


def test_until_its_source_speaks_the_mapping_underneath_is_heard():
    stage = overlay()
    state = stage.init()
    assert stage.tick(state, 0.0, [0.25, math.nan]) == [0.25, 0.25]
    assert stage.tick(state, 0.1, [0.25, 1.0]) == [0.25, 1.0]
    assert stage.tick(state, 0.2, [0.25, math.nan]) == [0.25, 1.0]
