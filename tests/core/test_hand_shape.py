"""Landmarks as the tracker gives them for hands of known pose (see page/render_poses.py)."""

import json
from pathlib import Path

import numpy as np
import pytest

from cheiron.core.hand_shape import HAND, SIDES, hand_shape

ASPECT = 480 / 360
FOUND = json.loads((Path(__file__).parent / "hands.json").read_text())
NAMES = [axis.name for axis in HAND]


def landmarks(pose, side):
    hand = FOUND[pose][side]
    return [np.array(hand[name]).reshape(21, 3) for name in ("points", "world")]


def measure(pose, side, mirror=True):
    shape = hand_shape(*landmarks(pose, side), side, ASPECT, mirror)
    return dict(zip(NAMES, shape.tolist(), strict=True))


@pytest.mark.parametrize("side", SIDES)
def test_an_open_hand_is_open_and_a_fist_is_not(side):
    opened, half, fist = (measure(pose, side)["open"] for pose in ("open", "half", "fist"))
    assert opened > 0.75 > half + 0.1
    assert half > fist + 0.1
    assert fist < 0.2


@pytest.mark.parametrize("side", SIDES)
def test_only_the_bent_fingers_are_bent(side):
    pointing = measure("pointing", side)
    assert pointing["index"] < 0.35
    assert min(pointing[name] for name in ("middle", "ring", "little")) > 0.8


@pytest.mark.parametrize("side", SIDES)
def test_an_upright_palm_faces_the_camera_and_its_back_does_not(side):
    upright, back = measure("open", side), measure("back", side)
    assert abs(upright["roll"]) < 10
    assert abs(upright["pitch"]) < 20
    assert abs(upright["yaw"]) < 30
    assert abs(back["yaw"]) > 150


@pytest.mark.parametrize("side", SIDES)
def test_leaning_by_30_degrees_is_a_roll_of_30_degrees_as_in_a_mirror(side):
    turned = measure("leaning", side)["roll"] - measure("open", side)["roll"]
    assert turned == pytest.approx(-30, abs=6)
    unmirrored = measure("leaning", side, mirror=False)["roll"]
    assert unmirrored == pytest.approx(-measure("leaning", side)["roll"])


def test_right_is_right_in_a_mirror_and_left_without_one():
    assert measure("open", "right")["x"] > 0.7 > 0.3 > measure("open", "left")["x"]
    assert measure("open", "right", mirror=False)["x"] < 0.3


@pytest.mark.parametrize("side", SIDES)
def test_a_nearer_hand_is_nearer(side):
    near, usual, far = (measure(pose, side)["near"] for pose in ("near", "open", "far"))
    # Even steps are equal ratios: 0.35, 0.5 and 0.8 m, on a range of six times.
    assert near - usual == pytest.approx(np.log(0.5 / 0.35) / np.log(6), abs=0.05)
    assert usual - far == pytest.approx(np.log(0.8 / 0.5) / np.log(6), abs=0.05)


@pytest.mark.parametrize("side", SIDES)
def test_tips_that_touch_are_a_pinch(side):
    points, world = landmarks("open", side)
    assert hand_shape(points, world, side, ASPECT)[NAMES.index("pinch")] < 0.25
    world[4] = world[8]
    assert hand_shape(points, world, side, ASPECT)[NAMES.index("pinch")] == 1.0


@pytest.mark.parametrize("side", SIDES)
def test_fingers_drawn_apart_are_spread(side):
    points, world = landmarks("open", side)
    before = hand_shape(points, world, side, ASPECT)[NAMES.index("spread")]
    across = world[5] - world[17]
    for finger, way in ((6, 0.4), (10, 0.1), (14, -0.15), (18, -0.5)):
        world[finger] += way * across
    assert hand_shape(points, world, side, ASPECT)[NAMES.index("spread")] > before + 0.4


@pytest.mark.parametrize("side", SIDES)
def test_many_frames_at_once_are_the_same_frames_one_by_one(side):
    each = [landmarks(pose, side) for pose in FOUND]
    points, world = (np.stack(part) for part in zip(*each, strict=True))
    at_once = hand_shape(points, world, side, ASPECT)
    single = [hand_shape(p, w, side, ASPECT) for p, w in each]
    assert at_once.shape == (len(FOUND), len(HAND))
    assert np.allclose(at_once, np.stack(single), atol=1e-5)


def test_everything_stays_in_its_range_for_any_landmarks():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (500, 21, 3))
    world = rng.normal(0, 0.05, (500, 21, 3))
    world[0] = 0.0  # all in one place
    points[1] = 0.5
    for side in SIDES:
        shape = hand_shape(points, world, side, ASPECT)
        assert np.isfinite(shape).all()
        low, high = (np.array([getattr(a, end) for a in HAND]) for end in ("low", "high"))
        assert (shape >= low - 1e-4).all()
        assert (shape <= high + 1e-4).all()


def test_a_landmark_that_is_not_finite_is_undefined_not_a_crash():
    points, world = landmarks("open", "left")
    world[8] = np.nan
    shape = hand_shape(points, world, "left", ASPECT)
    assert np.isnan(shape[NAMES.index("open")])
    assert np.isfinite(shape[NAMES.index("x")])
