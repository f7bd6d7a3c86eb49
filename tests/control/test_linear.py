import numpy as np
import pytest

from cheiron.control import CONTROLS
from cheiron.control.linear import LinearSpace
from cheiron.core.artifact import Artifact, pack, write_artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import ControlSpace
from cheiron.core.space import Axis, Space

D = 16
LATENT = Space.of("latent", [f"z{i}" for i in range(D)])


def make(model="bell"):
    generator = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(generator.normal(size=(D, D)))
    control = Space("control", tuple(Axis(f"pc{i}", -2.0, 3.0, default=0.5) for i in range(D)))
    std = np.linspace(2.0, 0.1, D)
    return LinearSpace(control, LATENT, generator.normal(size=D), rotation, std, model)


def points(count=500):
    return np.random.default_rng(1).normal(size=(count, D)).astype(np.float32) * 3


def test_the_table_names_control_spaces():
    assert isinstance(make(), ControlSpace)
    assert CONTROLS["linear"] == f"{LinearSpace.__module__}:{LinearSpace.__name__}"


def test_it_is_invertible():
    space, c = make(), points()
    assert np.abs(space.to_control(space.to_latent(c)) - c).max() < 1e-4
    assert np.abs(space.to_latent(space.to_control(c)) - c).max() < 1e-4


def test_density_is_that_of_the_gaussian():
    space, z = make(), points(20)
    covariance = make()._rotation.T @ np.diag(space.std**2) @ make()._rotation
    d = (z - space._mean).astype(np.float64)
    expected = -0.5 * (
        np.einsum("ti,ij,tj->t", d, np.linalg.inv(covariance), d)
        + np.linalg.slogdet(covariance)[1]
        + D * np.log(2 * np.pi)
    )
    assert space.log_prob(z) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("zipped", [False, True])
def test_what_is_saved_is_what_is_loaded(tmp_path, zipped):
    space = make()
    space.save(tmp_path / "pca")
    if zipped:
        pack(tmp_path / "pca", tmp_path / "pca.zip")
    loaded = LinearSpace.load(Artifact.open(tmp_path / f"pca{'.zip' * zipped}"), "bell", LATENT)
    assert (loaded.to_latent(points()) == space.to_latent(points())).all()
    assert loaded.control == space.control
    assert (loaded.std == space.std).all()


def test_it_is_small(tmp_path):
    make().save(tmp_path / "pca")
    assert sum(f.stat().st_size for f in (tmp_path / "pca").iterdir()) < 1_000_000


@pytest.mark.parametrize(
    ("model", "size", "says"), [("gong", D, "'bell'"), ("bell", 8, "16 latents")]
)
def test_a_space_of_another_model_is_refused(tmp_path, model, size, says):
    artifact = make().save(tmp_path / "pca")
    with pytest.raises(CheironError, match="was fitted on") as error:
        LinearSpace.load(artifact, model, Space.of("latent", [f"z{i}" for i in range(size)]))
    assert says in str(error.value)


def test_another_artifact_is_refused(tmp_path):
    other = write_artifact(tmp_path / "m", kind="audio-model", name="m", fields={}, files={})
    with pytest.raises(CheironError, match="expected a control-space"):
        LinearSpace.load(other, "m", LATENT)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rotation": np.ones((D, D))}, "not orthonormal"),
        ({"rotation": np.full((D, D), np.nan)}, "not orthonormal"),
        ({"std": np.zeros(D)}, "without spread"),
        ({"mean": np.zeros(3)}, "expected all for 16 latents"),
    ],
)
def test_numbers_that_make_no_space_are_refused(change, says):
    parts = {"mean": np.zeros(D), "rotation": np.eye(D), "std": np.ones(D)} | change
    with pytest.raises(CheironError, match=says):
        LinearSpace(LATENT, LATENT, **parts)


def test_the_identity_leaves_latents_alone():
    assert (LinearSpace.identity(LATENT).to_latent(points()) == points()).all()
