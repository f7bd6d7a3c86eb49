import math

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.mapping.scattered import Scattered, ScatteredOnSquare

SPACE = Space(
    "control",
    (
        Axis("loudness", -80, 0, default=-80),
        Axis("a", 0, 1),
        Axis("b", 0, 100),
        Axis("t", kind="texture"),
    ),
)


def spread(count=60, seed=0):
    """Landmarks on a jittered grid, whose control points follow their places smoothly."""
    rng = np.random.default_rng(seed)
    side = math.ceil(math.sqrt(count))
    grid = np.array([(i + 0.5, j + 0.5) for i in range(side) for j in range(side)])[:count] / side
    places = grid + rng.uniform(-0.2, 0.2, grid.shape) / side
    x, y = places.T
    noise = rng.normal(size=count)
    return np.stack([-10 - 20 * y, x, 100 * y, noise], axis=1), places


POINTS, PLACES = spread()


def test_a_landmark_is_exactly_itself_both_ways():
    places = LandmarkMap(SPACE, POINTS, PLACES)
    for point, place in zip(POINTS.tolist(), PLACES.tolist(), strict=True):
        assert places.to_control(*place)[:3] == pytest.approx(point[:3], abs=1e-9)
        assert places.to_position(point) == pytest.approx(place, abs=1e-9)


def test_texture_is_undefined_on_the_map_and_ignored_on_the_way_back():
    places = LandmarkMap(SPACE, POINTS, PLACES)
    assert math.isnan(places.to_control(0.3, 0.4)[3])
    point = POINTS[7].tolist()
    assert places.to_position([*point[:3], math.nan]) == places.to_position([*point[:3], 9.0])


def test_no_jumps_along_any_path():
    places = LandmarkMap(SPACE, POINTS, PLACES)
    turn = np.linspace(0, 2 * np.pi, 20_000)
    path = np.stack([0.5 + 0.45 * np.sin(3 * turn), 0.5 + 0.45 * np.cos(2 * turn)], axis=1)
    points = np.array([places.to_control(x, y) for x, y in path.tolist()])[:, :3]
    steps = np.abs(np.diff(points, axis=0)) / [80, 1, 100]
    assert steps.max() < 0.01
    back = np.array([places.to_position([*p, 0.0]) for p in points.tolist()])
    assert np.abs(np.diff(back, axis=0)).max() < 0.05
    assert np.median(np.linalg.norm(back - path, axis=1)) < 0.06


def test_between_landmarks_it_stays_within_what_they_say():
    places = LandmarkMap(SPACE, POINTS, PLACES)
    corner = np.array(places.to_control(-3.0, 7.0))[:3]
    assert (corner >= POINTS[:, :3].min(axis=0)).all()
    assert (corner <= POINTS[:, :3].max(axis=0)).all()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_few_landmarks_and_equal_distances_still_give_numbers(count):
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])[:count]
    places = LandmarkMap(SPACE, POINTS[:count], corners)
    assert np.isfinite(places.to_control(0.5, 0.5)[:3]).all()
    assert np.isfinite(places.to_position([-80.0, math.nan, 50.0, 0.0])).all()


def test_a_model_without_landmarks_has_a_plane_of_its_first_axes():
    plane = LandmarkMap.plane(SPACE)
    low, high = plane.to_control(0.0, 0.0), plane.to_control(1.0, 1.0)
    assert low[:3] == pytest.approx([-20.0, 0.0, 0.0])
    assert high[:3] == pytest.approx([-20.0, 1.0, 100.0])


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(CheironError, match="expected at least one"):
        LandmarkMap(SPACE, POINTS[:, :2], PLACES)


def test_looking_only_nearby_finds_what_looking_everywhere_does():
    values = POINTS[:, :3]
    nearby, everywhere = ScatteredOnSquare(PLACES, values), Scattered(PLACES, values)
    for x, y in np.random.default_rng(3).random((500, 2)).tolist():
        assert nearby.at(x, y) == pytest.approx(everywhere.at([x, y]), rel=1e-6, abs=1e-6)
