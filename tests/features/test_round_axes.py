"""Angles are smoothed the short way round."""

import numpy as np
import pytest

from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.features.motion_orientation import Orientation
from cheiron.features.smoothing import OneEuro

COMPASS = Space("phone", (Axis("heading", 0.0, 360.0, "°", period=360.0),))


def test_the_smoother_goes_through_north_and_stays_in_range():
    stage = OneEuro(COMPASS, rate=100.0)
    values = np.concatenate([np.full(50, 358.0), np.full(100, 4.0)])
    recording = Recording(COMPASS, np.arange(150) / 100, values[:, None].astype(np.float32))
    _, out = stage.run(stage.init(), recording)
    heading = out.values[:, 0]
    assert ((heading >= 357.9) | (heading <= 4.1)).all()
    assert heading[-1] == pytest.approx(4.0, abs=0.2)


def test_a_steady_turn_is_followed_for_ever():
    stage = OneEuro(COMPASS, rate=100.0)
    state = stage.init()
    out = np.array([stage.tick(state, i / 100, [(2.0 * i) % 360.0])[0] for i in range(1000)])
    steps = (np.diff(out[100:]) + 180.0) % 360.0 - 180.0
    assert steps == pytest.approx(2.0, abs=0.05)


def test_orientation_says_which_of_its_angles_come_round():
    quaternion = Space.of("phone", [f"quaternion_{k}" for k in "wxyz"])
    axes = {axis.name: axis.period for axis in Orientation(quaternion, 100.0).axes}
    assert axes == {"orientation_pitch": 0.0, "orientation_roll": 360.0, "orientation_yaw": 360.0}
