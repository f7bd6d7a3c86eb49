import numpy as np
import pytest

from cheiron.core.recording import Recording
from cheiron.features.motion import MotionFeatures
from cheiron.sources.hands import HandsSource

RATE = 344.5
SPACE = HandsSource().space
NAMES = ("left_hand", "right_hand", "both_hands")


def features(columns, seconds=2.0):
    """Features of hands at rest but for a few columns, the last row by name."""
    count = int(seconds * RATE)
    values = np.tile(SPACE.default, (count, 1))
    t = np.arange(count) / RATE
    for name, course in columns.items():
        values[:, SPACE.index(name)] = course(t) if callable(course) else course
    stage = MotionFeatures(SPACE, RATE, NAMES)
    assert stage.names == list(NAMES)
    found = stage.run(stage.init(), Recording(SPACE, t, values))[1].values
    return {name: found[:, i] for i, name in enumerate(stage.out_space.names)}


def test_speed_is_in_pictures_a_second():
    found = features({"right_x": lambda t: 0.1 + 0.3 * t, "right_y": lambda t: 0.4 * t})
    assert found["right_speed"][-1] == pytest.approx(0.5, rel=1e-3)
    assert found["left_speed"].max() == 0


def test_an_opening_hand_opens_and_a_closing_one_is_negative():
    found = features({"right_open": lambda t: t / 2, "left_open": lambda t: 1 - t / 2})
    assert found["right_opening"][-1] == pytest.approx(0.5, rel=1e-3)
    assert found["left_opening"][-1] == pytest.approx(-0.5, rel=1e-3)


def test_a_turn_through_180_degrees_is_no_jump():
    found = features({"right_roll": lambda t: (170 + 20 * t + 180) % 360 - 180})
    assert found["right_turning"][-1] == pytest.approx(20, rel=1e-2)
    assert found["right_turning"].max() < 25


def test_a_hand_that_leaves_stands_still():
    gone = lambda t: np.where(t < 1.0, 0.3 * t, np.nan)  # noqa: E731
    found = features({"left_x": gone, "left_y": gone})
    assert found["left_speed"][int(0.9 * RATE)] > 0.3
    assert found["left_speed"][-1] < 1e-4
    assert np.isfinite(found["left_speed"]).all()


def test_hands_apart_level_nearer_and_unlike():
    found = features(
        {"left_x": 0.2, "right_x": 0.5, "left_y": 0.2, "right_y": 0.6}
        | {"left_near": 0.5, "right_near": 0.3, "left_open": 1.0, "right_open": 0.25},
        seconds=0.1,
    )
    pair = [found[f"hands_{name}"][-1] for name in ("apart", "level", "nearer", "unlike")]
    assert pair == pytest.approx([0.5, 0.4, -0.2, -0.75])


def test_one_hand_alone_has_no_partner():
    one = SPACE.axes[SPACE.index("right_x") :]
    stage = MotionFeatures(type(SPACE)("one", one), RATE, NAMES)
    assert stage.names == ["right_hand"]
