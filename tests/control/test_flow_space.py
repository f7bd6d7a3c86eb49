"""What a flow space keeps to: back again, exact density, one model, finite far outside."""

import numpy as np
import pytest
import torch

from cheiron.control import CONTROLS
from cheiron.control.flow import FlowSpace, normal_of_position, position_of_normal
from cheiron.control.scenes import SCENE_AXIS
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import ControlSpace
from cheiron.core.space import Axis, Space
from cheiron.export.space import export_space
from cheiron.nets import flow_continuous
from cheiron.nets.flow_space import SpaceNet, SpaceNetConfig

KINDS = {
    "flow": SpaceNetConfig(6, 2, context=1, textures=4, affine=4, hidden=16),
    "conditional": SpaceNetConfig(
        6, 2, conditional=True, context=1, textures=4, affine=2, corrections=2, hidden=16
    ),
    "scenes": SpaceNetConfig(
        6,
        2,
        conditional=True,
        context=1,
        level=0,
        scene=True,
        textures=4,
        affine=2,
        corrections=2,
        hidden=16,
    ),
    "continuous": SpaceNetConfig(
        6, 2, conditional=True, context=1, textures=4, continuous=True, hidden=16
    ),
}
LATENT = Space.of("latent", [f"z{i}" for i in range(11)])
ORDER = [1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10]


def _net(config):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = SpaceNet(config)
        with torch.no_grad():  # fresh conditioners say nothing: let them say something
            for parameter in net.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
    return net


@pytest.fixture(scope="module", params=KINDS)
def made(request):
    # Fewer steps of the continuous one: its graph takes half as long to write.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow_continuous, "STEPS", 3)
        yield _made(request.param)


def _made(kind):
    net = _net(KINDS[kind])
    marks = tuple(np.linspace(100.0, 5000.0, 21).tolist())
    axes = [Axis(n, 0.0, 1.0, "Hz", 0.5, marks=marks) for n in ("bright", "wide")]
    scenes = [SCENE_AXIS] if net.config.scene else []
    axes += [Axis(f"r{i}", kind="residual") for i in range(net.knobs - 7 - len(scenes))]
    axes += [Axis("pitch", 40, 80), *(Axis(f"t{i}", kind="texture") for i in range(4)), *scenes]
    density = {"mean": np.zeros(net.knobs), "precision": np.eye(net.knobs)}
    space = export_space(
        net, Space("descriptors", tuple(axes)), LATENT, ORDER, density, {"why": "test"}, "toy"
    )
    return net, space


def _points(spread=1.0):
    return (spread * np.random.default_rng(1).normal(size=(200, 11))).astype(np.float32)


def test_the_table_names_it(made):
    assert isinstance(made[1], ControlSpace)
    assert CONTROLS["flow"] == f"{FlowSpace.__module__}:{FlowSpace.__name__}"


@pytest.mark.parametrize("spread", [1.0, 5.0, 20.0])
def test_every_latent_comes_back(made, spread):
    z = _points(spread)
    assert np.abs(made[1].to_latent(made[1].to_control(z)) - z).max() < 1e-4 * spread


def test_what_is_exported_says_the_same_as_the_network(made):
    net, space = made
    z = _points()
    with torch.no_grad():
        c, _ = net(torch.from_numpy(z[:, ORDER]))
    found = space.to_control(z)
    assert np.abs(found[:, 2:] - c.numpy()[:, 2:]).max() < 1e-4
    assert np.abs(normal_of_position(found[:, :2]) - c.numpy()[:, :2]).max() < 1e-3


def test_positions_far_outside_stay_finite(made):
    space = made[1]
    c = np.tile(space.control.default, (3, 1)).astype(np.float32)
    c[:, 0] = (-50.0, 50.0, 1e6)
    assert np.isfinite(space.to_latent(c)).all()


def test_a_place_on_the_time_line_changes_what_the_other_knobs_mean_and_nothing_jumps():
    space = _made("scenes")[1]
    c = space.to_control(_points()[:1])
    assert space.control.names[-1] == "scene" and c[0, -1] == 0.0
    way = np.repeat(c, 101, 0)
    way[:, -1] = np.linspace(0.0, 1.0, 101)
    z = space.to_latent(way)
    assert np.abs(z[0] - z[-1]).max() > 0.02
    assert np.abs(np.diff(z, axis=0)).max() < 0.1 * np.abs(z[0] - z[-1]).max()


def test_one_frame_is_as_many(made):
    space, z = made[1], _points()
    c = space.to_control(z)
    alone = np.concatenate([space.to_latent(row[None]) for row in c[:5]])
    assert np.abs(alone - space.to_latent(c)[:5]).max() < 1e-5


def test_a_frame_like_the_one_before_is_the_same_and_nobodys_to_change(made):
    space, c = made[1], made[1].to_control(_points())[:1]
    first = space.to_latent(c)
    first_again = space.to_latent(c)
    first_again[:] = 0.0
    assert np.array_equal(space.to_latent(c), first)
    moved = c + np.float32(0.01)
    assert not np.array_equal(space.to_latent(moved), first)


def test_the_density_is_that_of_the_knobs_times_the_determinant(made):
    net, space = made
    z = _points()[:4]
    with torch.no_grad():
        c, log_det = net(torch.from_numpy(z[:, ORDER]))
    normal = -0.5 * c.square().sum(1) - 0.5 * c.shape[1] * np.log(2 * np.pi)
    assert np.allclose(space.log_prob(z), (normal + log_det).numpy(), atol=1e-3)


def test_it_is_small_and_reads_as_written(made, tmp_path):
    space = made[1]
    space.save(tmp_path / "space", "descriptors")
    artifact = Artifact.open(tmp_path / "space", "control-space")
    again = FlowSpace.load(artifact, "toy", LATENT)
    z = _points()
    assert np.array_equal(again.to_control(z), space.to_control(z))
    assert again.control == space.control and again.fields["why"] == "test"
    assert sum(f.stat().st_size for f in artifact.path.iterdir()) < 1e6


def test_another_model_is_refused(made, tmp_path):
    made[1].save(tmp_path / "space")
    artifact = Artifact.open(tmp_path / "space")
    with pytest.raises(CheironError, match="fitted on the model 'toy'"):
        FlowSpace.load(artifact, "sax", LATENT)
    with pytest.raises(CheironError, match="fit one on this model"):
        FlowSpace.load(artifact, "toy", Space.of("latent", ["a"]))


def test_the_determinant_of_a_whole_space_is_that_of_its_jacobian():
    net = _net(KINDS["flow"])
    z = torch.from_numpy(_points()[:3])
    _, log_det = net(z)
    for row, found in zip(z, log_det, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda x: net(x[None])[0][0], row)
        assert torch.allclose(torch.linalg.slogdet(jacobian)[1], found, atol=1e-3)


def test_positions_and_normal_scores_are_inverse():
    u = np.linspace(-0.2, 1.2, 57)
    assert np.allclose(position_of_normal(normal_of_position(u)), u, atol=1e-9)
    assert normal_of_position(np.array([0.5]))[0] == pytest.approx(0.0, abs=1e-6)
