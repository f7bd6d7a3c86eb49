"""Densities and transports on manifolds, fitted."""

import math

import numpy as np
import pytest
import torch

from cheiron.core.errors import CheironError
from cheiron.nets.manifold import Euclidean, Sphere, Torus
from cheiron.nets.manifold_flow import FieldConfig
from cheiron.nets.manifold_ode import log_density, travel
from cheiron.training.manifold_fit import FitConfig, couple, fit_flow
from cheiron.training.manifold_kernels import UNIFORM, fit_adaptive, fit_fixed, fit_mixture
from cheiron.training.manifold_places import read_places

SMALL = FieldConfig(width=48, depth=2, waves=32, reach=3.0)


def vmf(count, sharp, seed):
    """Points of a von Mises-Fisher distribution about the north pole (exact)."""
    rng = np.random.default_rng(seed)
    height = 1 + np.log(rng.random(count) * -np.expm1(-2 * sharp) + np.exp(-2 * sharp)) / sharp
    turn, flat = 2 * np.pi * rng.random(count), np.sqrt(np.maximum(1 - height**2, 0))
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), height], 1)


def vmf_log_prob(x, sharp):
    return math.log(sharp / (2 * math.pi * -math.expm1(-2 * sharp))) + sharp * (x[:, 2] - 1)


def test_a_flow_recovers_the_likelihood_of_a_known_distribution():
    train, test = vmf(4000, 4.0, 0), vmf(500, 4.0, 1)
    field = fit_flow(
        Sphere(2), torch.from_numpy(train).float(), SMALL, FitConfig(steps=500, batch=256)
    )
    found = log_density(field, torch.from_numpy(test).float(), 12).numpy()
    known = vmf_log_prob(test, 4.0)
    assert float(known.mean() - found.mean()) == pytest.approx(0.0, abs=0.05)
    assert float(np.abs(known - found).mean()) < 0.2


@pytest.mark.parametrize("fit", ["adaptive", "fixed", "mixture"])
def test_kernels_recover_a_known_distribution_and_integrate_to_one(fit):
    train, validation, test = vmf(800, 8.0, 0), vmf(200, 8.0, 1), vmf(500, 8.0, 2)
    density = {
        "adaptive": lambda: fit_adaptive(train),
        "fixed": lambda: fit_fixed(train, validation),
        "mixture": lambda: fit_mixture(train, validation, sizes=(2, 5)),
    }[fit]()
    lost = float((vmf_log_prob(test, 8.0) - density.log_prob(test)).mean())
    assert -0.02 < lost < 0.15
    everywhere = vmf(10_000, 1.0, 3)  # importance sampling from a broad distribution
    ratio = np.exp(density.log_prob(everywhere) - vmf_log_prob(everywhere, 1.0))
    assert float(ratio.mean()) == pytest.approx(1.0, abs=0.05)


def test_repeated_places_do_not_make_the_density_infinite():
    points = np.repeat(vmf(30, 2.0, 0), 10, axis=0)
    assert np.isfinite(fit_adaptive(points).log_prob(points)).all()
    assert fit_adaptive(points).log_prob(np.array([[0.0, 0.0, -1.0]]))[0] > UNIFORM - 20


def test_a_transport_pushes_one_sample_onto_another_across_the_seam():
    rng = torch.Generator().manual_seed(0)
    circle = Torus(1)
    source = circle.project(math.pi - 0.5 + 0.2 * torch.randn(2000, 1, generator=rng))
    target = circle.project(math.pi + 0.7 + 0.4 * torch.randn(2000, 1, generator=rng))
    config = FitConfig(steps=500, batch=128, rate=5e-3, couple=True)
    field = fit_flow(circle, target, SMALL, config, source=source)
    moved = circle.log(torch.tensor([math.pi]), travel(field, source))
    assert float(moved.mean()) == pytest.approx(0.7, abs=0.06)
    assert float(moved.std()) == pytest.approx(0.4, abs=0.06)
    way = circle.log(source, travel(field, source))
    assert float(way.mean()) == pytest.approx(1.2, abs=0.1)  # through the seam, not round about


def test_optimal_transport_shortens_the_ways():
    rng = torch.Generator().manual_seed(0)
    line = Euclidean(2)
    start, end = line.sample(128, rng), line.sample(128, rng)
    chosen = start[couple(line, start, end, rng)]
    assert float(line.distance(chosen, end).mean()) < 0.5 * float(line.distance(start, end).mean())
    assert len(torch.unique(chosen[:, 0])) > 64


def test_equal_seeds_fit_equal_flows():
    points = torch.from_numpy(vmf(200, 4.0, 0)).float()
    config = FitConfig(steps=5, batch=32, seed=3)
    first, second = (fit_flow(Sphere(2), points, SMALL, config) for _ in range(2))
    assert all(map(torch.equal, first.parameters(), second.parameters()))


def test_points_that_are_not_finite_are_refused():
    points = torch.full((5, 3), math.nan)
    with pytest.raises(CheironError, match="not finite"):
        fit_flow(Sphere(2), points, SMALL, FitConfig(steps=1))


def table(path, text):
    path.write_text(text, encoding="utf-8")
    return path


ROWS = "\n".join(f"{lat},{lon}" for lat, lon in np.random.default_rng(0).uniform(-80, 80, (60, 2)))


def test_places_are_read_with_comments_other_columns_and_gaps(tmp_path):
    rows = "".join(f"{i};{-i};{5 * i}\n" for i in range(60))
    path = table(tmp_path / "a.csv", f"# from the sea\nYear;LATITUDE;Longitude\n{rows}1;;3\n")
    places = read_places(path)
    assert places.points.shape == (60, 3)
    assert places.left_out == 1
    assert read_places(table(tmp_path / "b.csv", ROWS)).points.shape == (60, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("name,height\na,3\n", "named latitude"),
        ("lat,lon\n" + ROWS + "\n120,20\n", "line 62: latitude 120"),
        ("lat,lon\n" + ROWS + "\nhere,there\n", "line 62: here, there are no coordinates"),
        ("lat,lon\n1,2\n3,4\n5,6\n", "3 places"),
    ],
)
def test_tables_that_hold_no_places_are_refused_with_a_sentence(tmp_path, text, said):
    with pytest.raises(CheironError, match=said):
        read_places(table(tmp_path / "a.csv", text))
