"""A manifold space from fit to file and back."""

import shutil

import numpy as np
import pytest
import torch

from cheiron.control import manifold as runtime
from cheiron.control.manifold import ManifoldSpace
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.export.manifold import export_manifold
from cheiron.nets.manifold_ode import log_density
from cheiron.training import manifold_space
from cheiron.training.manifold_fit import FitConfig
from cheiron.training.manifold_space import fit_manifold

LATENT = Space(
    "latent",
    (
        Axis("pitch", 40.0, 80.0, "st", 60.0, kind="descriptor"),
        *(Axis(f"z{i}") for i in range(4)),
        Axis("t", kind="texture"),
    ),
)


def ring(count, seed=0):
    """Latents that go round an ellipse, and the angle of each."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(count) / count
    radius = 1 + 0.15 * rng.normal(size=count)
    z = rng.normal(size=(count, 6)).astype(np.float32)
    z[:, 0] = 60 + 5 * z[:, 0]
    z[:, 1:3] = np.stack([2 * radius * np.cos(angle), radius * np.sin(angle)], 1)
    z[:, 3:5] *= 0.3
    return z, np.degrees(angle)


@pytest.fixture(scope="module")
def made():
    small = manifold_space.FieldConfig(width=16, depth=1, waves=8, reach=2.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifold_space, "SHAPE", small)
        z, _ = ring(1000)
        fitted = fit_manifold(z, LATENT, "toy", "circle", z, FitConfig(steps=150, batch=64))
    graphs = export_manifold(fitted.field)
    return fitted, ManifoldSpace(fitted.base, fitted.chart, graphs, fitted.mean)


def test_it_is_invertible_both_ways(made):
    _, space = made
    z, _ = ring(500, seed=1)
    assert space.to_latent(space.to_control(z)) == pytest.approx(z, abs=1e-4)
    rng = np.random.default_rng(2)
    low, high = space.control.low, space.control.high
    knobs = (low + (high - low) * rng.random((500, 6))).astype(np.float32)
    back = space.to_control(space.to_latent(knobs)) - knobs
    phase = space.control.index("phase")
    back[:, phase] = (back[:, phase] + 180) % 360 - 180
    assert np.abs(back / (high - low)).max() < 1e-4


def test_named_knobs_and_texture_pass_and_the_phase_comes_round(made):
    _, space = made
    names = ("pitch", "phase", "radius", "r1", "r2", "t")
    assert space.control.names == names
    row = np.array([[62.0, 10.0, 0.0, 0.0, 0.0, 0.5]], np.float32)
    turned = row + np.array([0, 360, 0, 0, 0, 0], np.float32)
    assert space.to_latent(turned) == pytest.approx(space.to_latent(row), abs=1e-4)
    assert space.to_latent(row)[0, 0] == pytest.approx(62.0)


def test_one_turn_of_the_knob_is_one_turn_of_the_loop(made):
    _, space = made
    z, angle = ring(400, seed=3)
    phase = space.to_control(z)[:, space.control.index("phase")]
    assert np.median(np.abs((phase - angle + 180) % 360 - 180)) < 15
    knobs = np.zeros((73, 6), np.float32)
    knobs[:, 1] = np.linspace(0, 360, 73)
    around = space.to_latent(knobs)[:, 1:3]
    assert np.linalg.norm(np.diff(around, axis=0), axis=1).max() < 0.5
    assert np.linalg.norm(around, axis=1).min() > 0.5


def test_its_density_is_the_flows(made):
    fitted, space = made
    z, _ = ring(200, seed=4)
    moved = [i for i, a in enumerate(fitted.base.control.axes) if a.kind == "residual"]
    knobs = fitted.base.to_control(z)
    scale, still = fitted.base.std[moved], [i for i in range(6) if i not in moved]
    flat = (knobs[:, moved] / scale).astype(np.float64)
    points = torch.from_numpy(fitted.chart.to_point(flat)).float()
    flow = log_density(fitted.field, points, 4).numpy()
    away = (knobs[:, still] - fitted.mean[still]) / fitted.base.std[still]
    gauss = (-0.5 * (away**2 + np.log(2 * np.pi)) - np.log(fitted.base.std[still])).sum(1)
    wanted = flow + gauss + fitted.chart.log_volume(flat) - np.log(scale).sum()
    assert space.log_prob(z) == pytest.approx(wanted, abs=1e-3)
    far = z + np.array([0, 9, 9, 0, 0, 0], np.float32)
    assert space.log_prob(far).max() < space.log_prob(z).min()


def test_it_is_saved_small_and_read_again(made, tmp_path):
    _, space = made
    artifact = space.save(tmp_path / "circle", "circle")
    assert sum(len(artifact.read(name)) for name in artifact.files) < 1_000_000
    again = ManifoldSpace.load(Artifact.open(tmp_path / "circle"), "toy", LATENT)
    z, _ = ring(50, seed=5)
    assert np.array_equal(again.to_control(z), space.to_control(z))
    assert again.control == space.control
    with pytest.raises(CheironError, match="fitted on the model 'toy'"):
        ManifoldSpace.load(artifact, "other", LATENT)
    shutil.rmtree(tmp_path / "circle")


def test_a_missing_graph_is_refused(made):
    fitted, _ = made
    with pytest.raises(CheironError, match=f"graph {runtime.TO_DATA}"):
        ManifoldSpace(fitted.base, fitted.chart, {runtime.TO_DATA: b"no graph"}, fitted.mean)


def test_sounds_that_do_not_fit_are_refused():
    z, _ = ring(1000)
    line = z.copy()
    line[:, 1:5] = np.linspace(-1, 1, 1000)[:, None]
    with pytest.raises(CheironError, match="does not go round"):
        fit_manifold(z, LATENT, "toy", "circle", line)
    with pytest.raises(CheironError, match="goes round a circle"):
        fit_manifold(z, LATENT, "toy", "sphere", z)
    with pytest.raises(CheironError, match="10 frames"):
        fit_manifold(z[:10], LATENT, "toy", "circle")
    few = Space("latent", LATENT.axes[:3])
    with pytest.raises(CheironError, match="a torus needs 4 latents, toy has 2"):
        fit_manifold(z[:, :3], few, "toy", "torus")
