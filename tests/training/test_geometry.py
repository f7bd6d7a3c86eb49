import numpy as np
import pytest
from numpy.linalg import norm

from cheiron.control.geometry import Geometry
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.noise import uniform_noise
from cheiron.core.space import Axis, Space
from cheiron.training import geometry_network
from cheiron.training.geometry import GeometryConfig, fit_geometry
from cheiron.training.geometry_layout import flat_map, stress, trustworthiness
from cheiron.training.geometry_material import ClipSound, gather_moments
from cheiron.training.geometry_mixture import fit_mixture
from cheiron.training.geometry_phi import Listener, Scale
from cheiron.training.geometry_travel import Ear, latents_along, travel_path

RATE, HOP = 16000, 64


class Toy:
    """Noise of a level (dB) and a colour, with a texture that makes it flutter."""

    name, sample_rate, hop, latency = "toy", RATE, HOP, 0
    latent = Space("latent", (Axis("level"), Axis("colour"), Axis("t", kind="texture")))

    def encode(self, audio):
        hops = np.pad(audio, (0, -len(audio) % HOP)).reshape(-1, HOP)
        level = 10 * np.log10((hops**2).mean(axis=1) + 1e-9)
        bright = 10 * np.log10((np.diff(hops, axis=1) ** 2).mean(axis=1) + 1e-9) - level
        return np.stack([level, bright, hops[:, 0]], axis=1).astype(np.float32)

    def decode(self, z, seed=0):
        noise = uniform_noise(seed, 0, len(z) * HOP)
        tilt = np.repeat(1 / (1 + np.exp(-z[:, 1] / 3)), HOP)
        gain = np.repeat(10 ** ((z[:, 0] + 0.1 * z[:, 2]) / 20), HOP)
        return (gain * (tilt * noise - (1 - tilt) * np.roll(noise, 1))).astype(np.float32)


def clips(count=8, level=0.5):
    """Noise from dark to bright, each fading."""
    t = np.arange(RATE) / RATE

    def sound(i):
        noise = uniform_noise(i, 0, RATE)
        share = i / max(count - 1, 1)
        return (level * np.exp(-2 * t) * (noise + (2 * share - 1) * np.roll(noise, 1))).astype("f4")

    return [ClipSound(f"{i}.wav", RATE, lambda i=i: sound(i), i == 0) for i in range(count)]


@pytest.fixture(scope="module")
def material():
    return gather_moments(Toy(), clips())


@pytest.fixture(scope="module")
def geometry(material):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geometry_network, "_STEPS", 500)
        config = GeometryConfig(nodes=100, taught=3.0)
        return fit_geometry(Toy(), material, config, landmarks=material.build[::40])


def test_clips_that_build_are_not_those_that_judge(material):
    assert material.clips == (4, 4)
    assert len(material.build) > 100
    both = np.concatenate([material.build, material.judge])
    assert len(np.unique(both, axis=0)) == len(both)


def test_a_point_sounds_the_same_each_time_and_texture_is_not_still():
    listener = Listener(Toy(), [0, 1], np.zeros(3), np.array([1.0, 1.0, 1.0]))
    points = np.array([[-20.0, 0.0], [-20.0, 3.0], [-20.0, 0.0]])
    raw = listener.measure(points)
    assert raw[0] == pytest.approx(raw[2], abs=1e-6)
    assert not np.allclose(raw[0], raw[1])
    still = Listener(Toy(), [0, 1], np.zeros(3), np.zeros(3))
    assert not np.array_equal(still.hear(points[0]), listener.hear(points[0]))


def test_silence_is_a_number_and_no_jump():
    listener = Listener(Toy(), [0, 1], np.zeros(3), np.zeros(3))
    raw = listener.measure(np.array([[-300.0, 0.0], [-70.5, 0.0], [-69.5, 0.0]]))
    assert np.isfinite(raw).all()
    scale = Scale.of(listener.names, listener.measure(np.array([[-60.0, -3], [-10.0, 3]])))
    assert norm(np.diff(scale(raw), axis=0), axis=1).max() < 0.2


def test_the_surrogate_says_what_the_decoder_says(geometry, material):
    assert geometry.figures["explained"] > 0.95
    x = geometry.frame.point(material.build[7::60])
    heard, said = Ear(Toy(), geometry, 0).phi(x), geometry.surrogate(x)
    assert norm(heard - said, axis=1).mean() < 0.2 * norm(heard - heard.mean(0), axis=1).mean()


def test_travel_is_steadier_than_a_straight_line(geometry, material):
    a, b = material.build[0], material.judge[-1]
    path = travel_path(Ear(Toy(), geometry, 0), a, b)
    judge = Ear(Toy(), geometry, 1)
    line = np.linspace(0, 1, 25)[:, None]
    ends = geometry.frame.point(np.stack([a, b]))
    plain = norm(np.diff(judge.phi(ends[0] + line * (ends[1] - ends[0])), axis=0), axis=1)
    assert judge.judge(path).variation < max(0.5 * plain.std() / plain.mean(), 0.1)


def test_a_travel_plays_texture_as_noise_and_the_rest_as_the_path(geometry, material):
    path = geometry.path(material.build[0], material.build[-1])
    z = latents_along(geometry, path, np.linspace(0, 1, 300), seed=3)
    assert z[[0, -1], :2] == pytest.approx(material.build[[0, -1], :2], abs=1e-3)
    assert z[:, 2].std() == pytest.approx(geometry.frame.texture[2], rel=0.2)
    assert np.array_equal(z, latents_along(geometry, path, np.linspace(0, 1, 300), seed=3))


def test_a_fitted_geometry_is_small_and_reads_back(geometry, material, tmp_path):
    artifact = geometry.save(tmp_path / "geometry")
    assert sum(f.stat().st_size for f in artifact.path.iterdir()) < 1e6
    back = Geometry.load(Artifact.open(artifact.path), "toy", Toy.latent.names, "")
    assert back.places(material.build[::40]) == pytest.approx(geometry.positions)
    assert back.places(material.build[::41]) is None
    assert back.surrogate(geometry.ends) == pytest.approx(geometry.surrogate(geometry.ends))


def test_a_fit_is_the_same_each_time(material):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geometry_network, "_STEPS", 20)
        config = GeometryConfig(nodes=40, taught=1.5)
        one, two = (fit_geometry(Toy(), material, config).contents()[1] for _ in range(2))
    assert one == two


def test_a_map_by_distances_is_nearer_to_them_than_one_by_chance():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    apart = norm(x[:, None] - x[None], axis=2)
    laid, chance = flat_map(apart), rng.normal(size=(60, 2))
    assert stress(apart, laid) < 0.01 < stress(apart, chance)
    assert trustworthiness(apart, laid) > 0.99 > trustworthiness(apart, chance)


def test_a_mixture_finds_what_it_was_drawn_from():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(500, 2)), 6 + 0.3 * rng.normal(size=(500, 2))])
    found = fit_mixture(x, components=4)
    level = found.log_prob(np.array([[0.0, 0.0], [6.0, 6.0], [3.0, 3.0]]))
    assert level[1] > level[0] > level[2] + 2


@pytest.mark.parametrize(
    ("sounds", "words"),
    [
        (clips(1), "1 clip; a geometry needs at least 4"),
        (clips(8, level=0.0), "silent"),
        ([ClipSound("a", 200, lambda: np.ones(200, "f4"))] * 5, "moments of the corpus are aud"),
    ],
    ids=["one clip", "silence", "hardly anything"],
)
def test_a_corpus_of_no_use_is_refused(sounds, words):
    with pytest.raises(CheironError, match=words):
        gather_moments(Toy(), sounds)


def test_a_model_of_nothing_but_texture_is_refused(material):
    class Noise(Toy):
        latent = Space("latent", tuple(Axis(n, kind="texture") for n in "abc"))

    with pytest.raises(CheironError, match="texture"):
        fit_geometry(Noise(), material)
