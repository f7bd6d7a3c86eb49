"""Manifolds and the flows on them."""

import math

import numpy as np
import pytest
import torch

from cheiron.nets.manifold import Euclidean, Product, Sphere, Torus
from cheiron.nets.manifold_flow import FieldConfig, VectorField
from cheiron.nets.manifold_ode import log_density, travel

MANIFOLDS = [
    Torus(1),
    Torus(3),
    Sphere(2),
    Sphere(3),
    Euclidean(4),
    Product((Sphere(2), Torus(2), Euclidean(3))),
]


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def points(manifold, count, seed=0):
    return manifold.project(manifold.sample(count, draw(seed)).double())


def crooked(manifold, seed=0, size=0.7):
    """A field with random weights."""
    torch.manual_seed(seed)
    field = VectorField(manifold, FieldConfig(width=24, depth=2, waves=24, reach=3.0))
    torch.nn.init.normal_(field.last.weight, std=size / 24**0.5)
    return field.eval().requires_grad_(False)


@pytest.mark.parametrize("manifold", MANIFOLDS, ids=str)
def test_log_is_the_inverse_of_exp(manifold):
    x, y = points(manifold, 200, 1), points(manifold, 200, 2)
    way = manifold.log(x, y)
    back = manifold.exp(x, way)
    assert float(manifold.distance(back, y).max()) < 1e-6
    assert torch.allclose(manifold.tangent(x, way), way, atol=1e-9)


@pytest.mark.parametrize("manifold", MANIFOLDS, ids=str)
def test_basis_is_orthonormal_and_tangent(manifold):
    x = points(manifold, 50)
    basis = manifold.basis(x)
    square = basis @ basis.transpose(-1, -2)
    assert torch.allclose(square, torch.eye(manifold.dim).double().expand_as(square), atol=1e-9)
    assert torch.allclose(manifold.tangent(x[:, None], basis), basis, atol=1e-9)


@pytest.mark.parametrize("manifold", MANIFOLDS, ids=str)
def test_transport_keeps_lengths_and_carries_the_velocity_of_a_geodesic(manifold):
    x, y = points(manifold, 50, 1), points(manifold, 50, 2)
    way = manifold.log(x, y)
    carried = manifold.transport(x, y, way)
    assert torch.allclose(carried.norm(dim=-1), way.norm(dim=-1), atol=1e-8)
    assert torch.allclose(carried, -manifold.log(y, x), atol=1e-6)


def test_the_seam_of_a_circle_is_no_wall():
    before, after = torch.tensor([math.radians(359)]), torch.tensor([math.radians(1)])
    assert math.degrees(float(Torus(1).log(before, after))) == pytest.approx(2.0, abs=1e-3)
    assert math.degrees(float(Torus(1).log(after, before))) == pytest.approx(-2.0, abs=1e-3)


def test_opposite_points_of_a_sphere_are_half_a_turn_apart_and_give_no_nan():
    x = Sphere(2).sample(20, draw()).requires_grad_(True)
    way = Sphere(2).log(x, -x.detach())
    assert torch.allclose(way.norm(dim=-1), torch.full((20,), math.pi), atol=1e-4)
    Sphere(2).log(x, x.detach()).sum().backward()
    assert bool(torch.isfinite(x.grad).all())


def test_a_density_of_a_flow_on_the_sphere_integrates_to_one():
    nodes, weights = (torch.tensor(a) for a in np.polynomial.legendre.leggauss(24))
    turn = torch.arange(48) * (2 * math.pi / 48)
    flat = (1 - nodes**2).sqrt()[:, None]
    grid = torch.stack(
        [flat * turn.cos(), flat * turn.sin(), nodes[:, None].expand(-1, 48).clone()], -1
    )
    density = log_density(crooked(Sphere(2)).double(), grid.reshape(-1, 3), steps=12).exp()
    area = (weights[:, None] * (2 * math.pi / 48)).expand(-1, 48).reshape(-1)
    assert float(density.max() / density.min()) > 1.5
    assert float((density * area).sum()) == pytest.approx(1.0, abs=1e-4)


def test_a_density_of_a_flow_on_the_torus_integrates_to_one():
    angles = (torch.arange(32) + 0.5) * (2 * math.pi / 32) - math.pi
    grid = torch.cartesian_prod(angles, angles).double()
    density = log_density(crooked(Torus(2)).double(), grid, steps=12).exp()
    assert float(density.mean()) * (2 * math.pi) ** 2 == pytest.approx(1.0, abs=1e-3)


def test_points_travel_there_and_back():
    manifold = MANIFOLDS[-1]
    field, x = crooked(manifold).double(), points(manifold, 100)
    there = travel(field, x, 12)
    assert float(manifold.distance(x, there).mean()) > 0.1
    back = travel(field, there, 12, start=1.0, end=0.0)
    assert float(manifold.distance(back, x).max()) < 1e-4


def test_the_density_of_what_travelled_is_that_of_where_it_came_from():
    manifold = Product((Torus(1), Euclidean(1)))
    field, x = crooked(manifold).double(), points(manifold, 64)
    y = travel(field, x, 24)
    size = 1e-5
    steps = [travel(field, manifold.project(x + size * e), 24) for e in torch.eye(2).double()]
    jacobian = torch.stack([manifold.log(y, step) / size for step in steps], -1)
    expected = manifold.log_prob(x) - torch.linalg.slogdet(jacobian)[1]
    assert torch.allclose(log_density(field, y, 24), expected, atol=1e-3)


def test_context_changes_the_field():
    config = FieldConfig(width=16, depth=1, waves=8, context=1)
    field = VectorField(Torus(1), config)
    torch.nn.init.normal_(field.last.weight)
    x, t = torch.zeros(1, 1), torch.zeros(1, 1)
    assert field(x, t, torch.zeros(1, 1)) != field(x, t, torch.ones(1, 1))
