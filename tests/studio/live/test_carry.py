"""Another control space plays what the old one played."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cheiron.control.linear import LinearSpace
from cheiron.control.scenes import SCENE, SCENE_AXIS, staged
from cheiron.core.space import Axis, Space
from cheiron.studio.live.carry import carried
from cheiron.studio.play import first_state
from cheiron.studio.session.state import Knob

NOISE = Axis("noise", kind="texture")
LATENT = Space("latent", (Axis("z0"), NOISE))
PLAIN = LinearSpace(
    Space("plain", (Axis("a"), NOISE)), LATENT, np.zeros(2), np.eye(2), np.array([1.0, 0.5]), "toy"
)


class Depends:
    """A space in which what a knob means depends on how loud the noise is, and on the place."""

    control = Space("control", (Axis("b"), NOISE, SCENE_AXIS))
    latent, std, model = LATENT, np.array([1.0, 2.0, 0.3], np.float32), "toy"

    def to_latent(self, c):
        moved = c[:, 0] + np.log(np.abs(c[:, 1]) / 2.0 + 1e-4) + 3.0 * c[:, 2]
        return np.stack([moved, c[:, 1] / 4.0], 1).astype(np.float32)

    def to_control(self, z):
        b = z[:, 0] - np.log(2.0 * np.abs(z[:, 1]) + 1e-4)
        return np.stack([b, 4.0 * z[:, 1], 0.0 * b], 1).astype(np.float32)


def players():
    return [SimpleNamespace(space=s, scenes=None) for s in (PLAIN, staged(Depends()))]


def test_noise_that_nobody_drives_counts_as_loud_as_it_sounds():
    plain, depends = players()
    state = replace(first_state("sax"), mapping="direct")
    done = carried(state, state, plain, depends, np.array([0.3, np.nan], np.float32)).state
    assert done.knobs["b"].value == pytest.approx(0.3, abs=1e-3)
    point = np.array([done.knobs["b"].value, np.nan, 0.0], np.float32)
    back = carried(done, done, depends, plain, point).state
    assert back.knobs["a"].value == pytest.approx(0.3, abs=1e-3)


def test_a_conditioned_space_begins_at_the_first_place():
    before = players()[1]
    after = SimpleNamespace(space=staged(Depends()), scenes=None)
    state = replace(first_state("sax"), mapping="direct", knobs={SCENE: Knob(0.5)})
    point = np.array([0.3, np.nan, 0.5], np.float32)
    knobs = carried(state, state, before, after, point).state.knobs
    assert knobs[SCENE].value == 0.0
