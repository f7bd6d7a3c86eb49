"""Axes that come round."""

import math

import numpy as np
import pytest

from cheiron.core.circle import short_way, turn, unwrapped, within, wrapped
from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space

PHASE = Axis("phase", 0.0, 360.0, "°", period=360.0)
MIXED = Space("control", (PHASE, Axis("x")))


def test_the_short_way_goes_through_the_seam():
    assert turn(359.0, 1.0, 360.0) == pytest.approx(2.0)
    assert turn(1.0, 359.0, 360.0) == pytest.approx(-2.0)
    assert turn(1.0, 359.0, 0.0) == 358.0


def test_undefined_stays_undefined_and_raises_nothing():
    for bad in (math.nan, math.inf):
        assert math.isnan(turn(bad, 1.0, 360.0))
        assert math.isnan(wrapped(bad, 0.0, 360.0))


def test_values_are_brought_into_range():
    assert within(PHASE, -10.0) == 350.0
    assert within(MIXED.axes[1], -10.0) == -1.0


def test_rows_take_the_short_way_on_round_axes_only():
    step = short_way(np.array([[358.0, 358.0]]), MIXED)
    assert step.tolist() == [[-2.0, 358.0]]
    rows = unwrapped(np.array([[350.0, 0.0], [10.0, 1.0], [30.0, -1.0]]), MIXED)
    assert rows.tolist() == [[350.0, 0.0], [370.0, 1.0], [390.0, -1.0]]


def test_a_period_is_kept_in_a_manifest_and_missing_without_one():
    assert Space.from_json(MIXED.to_json()) == MIXED
    assert "period" not in MIXED.to_json()["axes"][1]
    with pytest.raises(CheironError, match="period -1"):
        Space.from_json(Space("s", (Axis("a", period=-1.0),)).to_json())


def test_a_circle_without_a_period_is_refused():
    assert Space("s", (PHASE,), "circle").manifold == "circle"
    with pytest.raises(CheironError, match="not all of its axes have a period"):
        Space("s", MIXED.axes, "torus")
