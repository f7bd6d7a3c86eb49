import numpy as np
import pytest

from cheiron.control.linear import LinearSpace
from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.training.space import QUIET, explained_variance, fit_pca

LATENT = Space(
    "latent",
    (
        Axis("z0"),
        Axis("pitch", 20, 100, "MIDI", kind="descriptor"),
        Axis("t0", kind="texture"),
        Axis("loudness", -80, 0, "dB", kind="descriptor"),
        Axis("z1"),
        Axis("z2"),
    ),
)


@pytest.fixture
def z():
    """Notes at 60, silence at 10 with wild latents; z1 varies most, then z0 with z2."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=(4000, 6))
    z[:, 1] = 60 + 5 * rng.uniform(-1, 1, 4000)
    z[:, 3] = rng.uniform(-40, -10, 4000)
    z[:, 4] = 5 * z[:, 4] + 2
    z[:, 5] = 0.9 * z[:, 0] + 0.1 * z[:, 5]
    z[:, 2] = 0.5 * z[:, 2] + 3
    silent = slice(0, 500)
    z[silent, 3] = -75
    z[silent, 1] = 10
    z[silent, 0] *= 100
    return z.astype(np.float32)


def axis(space, name):
    return space.control.axes[space.control.index(name)]


def test_named_axes_first_then_components_by_variance_then_texture(z):
    space = fit_pca(z, LATENT, "toy")
    assert space.control.names == ("loudness", "pitch", "pc1", "pc2", "pc3", "t0")
    kinds = [a.kind for a in space.control.axes]
    assert kinds == ["descriptor", "descriptor", "residual", "residual", "residual", "texture"]
    shares = explained_variance(space)
    assert list(shares) == ["pc1", "pc2", "pc3"]
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["pc1"] > 0.9 > 0.1 > shares["pc2"] > shares["pc3"]


def test_named_axes_keep_their_units_and_texture_is_centred(z):
    space = fit_pca(z, LATENT, "toy")
    c = space.to_control(z)
    np.testing.assert_allclose(c[:, 0], z[:, 3], atol=1e-5)
    np.testing.assert_allclose(c[:, 1], z[:, 1], atol=1e-5)
    assert abs(c[500:, 5].mean()) < 1e-3
    assert (axis(space, "t0").default, axis(space, "pitch").unit) == (0.0, "MIDI")
    assert space.std[5] == pytest.approx(0.5, rel=0.05)


def test_there_and_back_is_the_same(z):
    space = fit_pca(z, LATENT, "toy")
    np.testing.assert_allclose(space.to_latent(space.to_control(z)), z, atol=1e-4)


def test_silence_says_nothing_of_pitch_and_timbre(z):
    space = fit_pca(z, LATENT, "toy")
    assert 55 <= axis(space, "pitch").low < axis(space, "pitch").high <= 65
    assert np.ptp([axis(space, "pc2").low, axis(space, "pc2").high]) < 10


def test_at_rest_it_is_silent_even_where_the_corpus_never_was(z):
    loud = z[500:]
    for latents in (z, loud):
        loudness = axis(fit_pca(latents, LATENT, "toy"), "loudness")
        assert loudness.default == loudness.low <= QUIET
        assert loudness.high == pytest.approx(-10, abs=2)


def test_the_same_latents_give_the_same_space_whatever_their_order(z):
    first, second = fit_pca(z, LATENT, "toy"), fit_pca(z[::-1], LATENT, "toy")
    np.testing.assert_allclose(first.to_control(z[:50]), second.to_control(z[:50]), atol=1e-3)


def test_latents_that_collapsed_still_give_a_space():
    z = np.zeros((10, 6), np.float32)
    space = fit_pca(z, LATENT, "toy")
    assert (space.std > 0).all()
    assert (space.control.low < space.control.high).all()
    assert np.isfinite(space.log_prob(z)).all()


def test_it_survives_being_saved(z, tmp_path):
    space = fit_pca(z, LATENT, "toy")
    loaded = LinearSpace.load(space.save(tmp_path / "pca"), "toy", LATENT)
    assert loaded.control == space.control
    np.testing.assert_array_equal(
        loaded.to_latent(np.ones((1, 6))), space.to_latent(np.ones((1, 6)))
    )


def test_frames_that_are_no_numbers_are_left_out_and_none_are_refused(z):
    broken = z.copy()
    broken[::7] = np.nan
    assert np.isfinite(fit_pca(broken, LATENT, "toy").to_control(z)).all()
    with pytest.raises(CheironError, match="at least 2 latent frames"):
        fit_pca(np.full((5, 6), np.nan, np.float32), LATENT, "toy")
