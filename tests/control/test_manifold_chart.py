"""Polar coordinates in latents."""

import numpy as np
import pytest

from cheiron.control.manifold_chart import ROUND, Chart
from cheiron.core.errors import CheironError


def chart(manifold, size=6, seed=0):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(size, size)))[0]
    radii = ROUND[manifold][2]
    radius = np.stack([rng.normal(size=radii), 0.5 + rng.random(radii)])
    return Chart(manifold, rng.normal(size=size), rotation, radius)


@pytest.mark.parametrize("manifold", ROUND)
def test_there_and_back(manifold):
    space, flat = chart(manifold), np.random.default_rng(1).normal(size=(500, 6))
    point = space.to_point(flat)
    assert space.from_point(point) == pytest.approx(flat, abs=1e-9)
    knobs = space.to_knobs(point)
    assert knobs.shape == (500, 6)
    assert space.from_point(space.from_knobs(knobs)) == pytest.approx(flat, abs=1e-9)
    low = np.array([axis.low for axis in space.knobs()])
    high = np.array([axis.high for axis in space.knobs()])
    angles = [i for i, axis in enumerate(space.knobs()) if axis.unit == "°"]
    assert (knobs >= low)[:, angles].all()
    assert (knobs <= high)[:, angles].all()


@pytest.mark.parametrize("manifold", ROUND)
def test_once_round_comes_back_to_the_same_place(manifold):
    space = chart(manifold)
    knobs = np.tile(np.random.default_rng(2).normal(size=(1, 6)), (2, 1))
    knobs[1] += [axis.period for axis in space.knobs()]
    there = space.from_point(space.from_knobs(knobs))
    assert there[0] == pytest.approx(there[1], abs=1e-9)


@pytest.mark.parametrize("manifold", ROUND)
def test_volume_is_that_of_the_jacobian(manifold):
    space, flat = chart(manifold), np.random.default_rng(3).normal(size=(5, 6))
    size = 1e-6
    for row in flat:
        around = np.concatenate([row[None], row + size * np.eye(6)])
        point = space.to_point(around)
        change = (point[1:] - point[0]) / size
        if manifold == "sphere":  # three numbers for two dimensions: the area of what they span
            volume = 0.5 * np.linalg.slogdet(np.linalg.pinv(change).T @ np.linalg.pinv(change))[1]
            gram = change @ change.T
            values = np.linalg.eigvalsh(gram)
            volume = 0.5 * float(np.log(values).sum())
        else:
            volume = float(np.linalg.slogdet(change)[1])
        assert float(space.log_volume(row[None])[0]) == pytest.approx(volume, abs=1e-3)


def test_the_centre_is_a_place_with_a_finite_radius():
    space = chart("circle")
    point = space.to_point(space.centre[None])
    assert np.isfinite(point).all()


@pytest.mark.parametrize(("manifold", "size"), [("torus", 3), ("sphere", 2), ("circle", 1)])
def test_a_manifold_that_does_not_fit_is_refused(manifold, size):
    with pytest.raises(CheironError, match=f"a {manifold} needs"):
        chart(manifold, size)


def test_a_manifold_that_does_not_exist_is_refused():
    with pytest.raises(CheironError, match="circle, torus, sphere"):
        Chart("klein", np.zeros(2), np.eye(2), np.zeros((2, 1)))
