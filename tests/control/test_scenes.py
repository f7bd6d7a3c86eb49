"""Several control spaces behind one set of knobs."""

import numpy as np
import pytest

from cheiron.control.linear import LinearSpace
from cheiron.control.scenes import SCENE, SceneSpace, knobs_of, staged
from cheiron.core.errors import CheironError
from cheiron.core.protocols import ControlSpace
from cheiron.core.space import Axis, Space

D = 4
LATENT = Space.of("latent", [f"z{i}" for i in range(D)])


class Counted:
    """A space that counts how often it is asked."""

    def __init__(self, space):
        self.space, self.asked = space, 0

    def __getattr__(self, name):
        return getattr(self.space, name)

    def to_latent(self, c):
        self.asked += 1
        return self.space.to_latent(c)


def linear(seed, axes, model="toy"):
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(D, D)))[0]
    control = Space(f"space{seed}", tuple(axes))
    return LinearSpace(control, LATENT, rng.normal(size=D), rotation, np.ones(D), model)


FIRST = linear(1, [Axis("loud", -60.0, 0.0, "dB", kind="descriptor"), *map(Axis, "abc")])
MARKS = tuple(np.linspace(-60.0, 0.0, 5).tolist())
LOUD = Axis("loud", 0.0, 1.0, "dB", kind="descriptor", marks=MARKS)
SECOND = linear(2, [LOUD, Axis("bright", kind="descriptor"), Axis("b"), Axis("d")])
THIRD = linear(3, [Axis("texture1", kind="texture"), Axis("d"), Axis("e"), Axis("f")])


@pytest.fixture
def scenes():
    return SceneSpace([0.0, 0.3, 1.0], [FIRST, SECOND, THIRD])


def row(scenes, place, seed=0):
    c = np.random.default_rng(seed).normal(size=(1, scenes.control.size)).astype(np.float32)
    c[0, scenes.control.index("loud")] = -20.0
    c[0, -1] = place
    return c


def test_it_is_a_control_space_whose_knobs_are_those_of_all_and_the_place(scenes):
    assert isinstance(scenes, ControlSpace)
    names = ("loud", "a", "b", "c", "bright", "d", "texture1", "e", "f", SCENE)
    assert scenes.control.names == names and scenes.std.shape == (len(names),)
    assert knobs_of(scenes.control).names == names[:-1]


def test_at_a_scene_only_its_own_space_is_asked_and_only_once():
    spaces = [Counted(FIRST), Counted(SECOND)]
    scenes = SceneSpace([0.0, 1.0], spaces)
    c = row(scenes, 1.0)
    z = scenes.to_latent(c)
    assert [space.asked for space in spaces] == [0, 1]
    own = c[:, [scenes.control.index(n) for n in SECOND.control.names]]
    own[0, 0] = 2 / 3  # -20 dB
    np.testing.assert_allclose(z, SECOND.to_latent(own), atol=1e-5)


def test_latents_are_continuous_in_the_place_through_all_scenes(scenes):
    places = np.linspace(0.0, 1.0, 4001)
    c = np.repeat(row(scenes, 0.0), len(places), axis=0)
    c[:, -1] = places
    z = scenes.to_latent(c)
    whole = np.abs(z[0] - z[-1]).max()
    assert np.abs(np.diff(z, axis=0)).max() < 0.01 * max(whole, 1.0)


def test_latents_are_continuous_in_the_knobs_between_scenes(scenes):
    c = np.repeat(row(scenes, 0.15), 1001, axis=0)
    c[:, :-1] += np.linspace(0.0, 1.0, 1001, dtype=np.float32)[:, None]
    assert np.abs(np.diff(scenes.to_latent(c), axis=0)).max() < 0.05


def test_one_frame_is_as_many(scenes):
    c = np.concatenate([row(scenes, place, seed) for seed, place in enumerate((0, 0.1, 0.3, 0.9))])
    single = [scenes.to_latent(c[i : i + 1])[0] for i in range(len(c))]
    np.testing.assert_allclose(scenes.to_latent(c), single, atol=1e-6)


def test_what_both_spaces_name_keeps_its_value_on_the_way(scenes):
    for place in (0.05, 0.15, 0.25):
        c = row(scenes, place)
        ends = [c.copy(), c.copy()]
        ends[0][0, -1], ends[1][0, -1] = 0.0, 0.3
        heard = [SECOND.to_control(scenes.to_latent(x))[0, 0] for x in (ends[0], c, ends[1])]
        assert min(heard[0], heard[2]) - 1e-4 <= heard[1] <= max(heard[0], heard[2]) + 1e-4


@pytest.mark.parametrize("scene", [0, 1, 2])
def test_a_point_seen_from_a_scene_sounds_the_same_there(scenes, scene):
    z = np.random.default_rng(5).normal(size=(3, D)).astype(np.float32)
    np.testing.assert_allclose(scenes.to_latent(scenes.seen_from(scene, z)), z, atol=1e-4)
    assert np.isfinite(scenes.log_prob(z)).all()


def test_scenes_that_share_a_space_never_ask_twice():
    space = Counted(FIRST)
    scenes = SceneSpace([0.0, 1.0], [space, space])
    scenes.to_latent(row(scenes, 0.5))
    assert space.asked == 1


class Conditioned:
    """A space whose meaning depends on the place itself."""

    control = Space("control", (Axis(SCENE, 0.0, 1.0), *map(Axis, "abcd")))
    latent, std, model = LATENT, np.ones(D + 1, np.float32), "toy"

    def to_latent(self, c):
        return c[:, 1:] + c[:, :1]

    def to_control(self, z):
        return np.concatenate([np.zeros((len(z), 1), np.float32), z], axis=1)

    def log_prob(self, z):
        return np.zeros(len(z), np.float32)


def test_a_conditioned_space_is_given_the_place():
    alone = staged(Conditioned())
    assert alone.control.names == ("a", "b", "c", "d", SCENE)
    z = alone.to_latent(np.array([[0, 0, 0, 0, 0.5]], np.float32))
    assert z.tolist() == [[0.5] * 4]
    both = SceneSpace([0.0, 1.0], [Conditioned(), FIRST])
    c = np.zeros((1001, both.control.size), np.float32)
    c[:, -1] = np.linspace(0, 1, 1001)
    z = both.to_latent(c)
    assert np.abs(np.diff(z, axis=0)).max() < 0.1
    assert staged(FIRST) is FIRST


def test_spaces_of_different_models_are_refused():
    with pytest.raises(CheironError, match="one model"):
        SceneSpace([0.0, 1.0], [FIRST, linear(1, FIRST.control.axes, "other")])


def test_an_axis_that_comes_round_goes_the_short_way():
    ring = Axis("phase", 0.0, 1.0, period=1.0)
    here, there = (
        linear(seed, [ring, *map(Axis, names)]) for seed, names in ((1, "abc"), (1, "def"))
    )
    scenes = SceneSpace([0.0, 1.0], [here, there])
    z = here.to_latent(np.array([[0.95, 0, 0, 0]], np.float32))
    c = scenes.seen_from(0, z)
    c[0, scenes.control.index("phase")] = 0.95
    c[0, -1] = 0.5
    phase = there.to_control(scenes.to_latent(c))[0, 0]
    assert abs((phase - 0.95 + 0.5) % 1.0 - 0.5) < 1e-3
