"""A level that is heard as it says passes, another is fitted; both reach silence."""

import numpy as np
import pytest
import torch

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.nets.flow_space import SpaceNet, SpaceNetConfig
from cheiron.training.space_config import SpaceConfig
from cheiron.training.space_fit import Clip, fit_space
from cheiron.training.space_frames import Ear, Split, Texture
from cheiron.training.space_level import QUIET, hear_fading, level_of, passing_level
from cheiron.training.space_reader import teach


class Tone:
    """A tone of the level that its latent says, and as much louder as another says."""

    name, sample_rate, hop, latency = "tone", 16000, 128, 0
    latent = Space("latent", (Axis("z1"), Axis("loudness", -60.0, -10.0, "dB")))

    def __init__(self, also=0.0):
        self.also = also

    def decode(self, z, seed=0):
        t = np.arange(len(z) * self.hop) / self.sample_rate
        level = np.repeat(z[:, 1] + self.also * z[:, 0], self.hop)
        return (10 ** (level / 20) * 1.414 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)


def corpus(clips=3, frames=400):
    rng = np.random.default_rng(0)
    way = np.linspace(0, 6, frames)
    z = [np.stack([rng.normal() + np.sin(way), -30 + 8 * np.sin(way + i)], 1) for i in range(clips)]
    return [clip.astype(np.float32) for clip in z]


def test_a_level_is_known_by_name_and_unit():
    assert level_of(Tone.latent) == 1
    assert level_of(Space.of("latent", ["z1", "loudness"])) == -1  # learned, and holds no dB


def test_an_exact_level_passes_and_another_does_not():
    assert passing_level(Tone(), corpus()) == 1
    assert Split.of(Tone.latent, 1).moved == (0,)
    assert passing_level(Tone(also=12.0), corpus()) == -1
    assert passing_level(Tone(), []) == -1


def test_how_much_louder_it_is_than_a_level_says_is_heard():
    model, z = Tone(also=4.0), corpus()
    split = Split.of(model.latent, 1)
    ear = Ear(model, ("centroid",), Texture.of(np.concatenate(z), split), 0, level=1)
    heard = ear.hear(z[0])
    assert heard.values.shape[1] == 1
    assert np.abs(heard.louder - 4.0 * heard.z[:, 0]).max() < 0.5  # A-weighting of 1 kHz is 0 dB
    muted = z[0].copy()
    muted[:, 1] = -110.0
    assert np.isnan(ear.hear(muted).louder).all()


def test_a_knob_of_level_says_what_is_heard_and_sends_what_makes_it_heard():
    torch.manual_seed(0)
    net = SpaceNet(SpaceNetConfig(moved=2, named=1, conditional=True, context=1, level=0))
    net.get_buffer("context_mean").fill_(-30.0)
    net.get_buffer("context_std").fill_(5.0)
    place = 1.5 * torch.randn(4000, 3)
    louder = 6.0 * torch.relu(place[:, :1].abs() - 1.0)
    louder[::7] = torch.nan  # silence says nothing
    error = teach(net.shift, place, louder, 600, torch.Generator().manual_seed(0))
    assert error < 0.4
    z = torch.tensor([[0.0, 0.5, -30.0], [2.0, 0.5, -30.0], [-3.0, 0.5, -40.0]])
    with torch.no_grad():
        c, _ = net(z)
        assert torch.allclose(c[:, -1], torch.tensor([-30.0, -24.0, -28.0]), atol=1.0)
        assert torch.allclose(net.inverse(c), z, atol=1e-4)
        c[:, -1] = -30.0
        assert torch.allclose(net.inverse(c)[:, -1], torch.tensor([-30.0, -36.0, -42.0]), atol=1.0)


def test_fading_stretches_reach_silence_and_say_where_they_are_of():
    model, z = Tone(), corpus()
    split = Split.of(model.latent)
    ear = Ear(model, ("loudness",), Texture.of(np.concatenate(z), split), 0)
    heard = hear_fading(ear, z, 3.0)
    assert heard.values.min() < QUIET + 15 and heard.values.max() > -45
    assert set(heard.clip) == {-1} and heard.place.max() < 400  # no label holds there
    assert QUIET <= heard.z[:, 1].min() < QUIET + 15


def test_a_descriptor_that_is_the_level_that_passes_is_refused():
    class Bent(Tone):
        latent = Space("latent", (Axis("z1"), Axis("loudness", -60.0, -10.0, "dB"), Axis("z2")))

    clips = [Clip(str(i), 0.0, np.column_stack([z, z[:, 0]])) for i, z in enumerate(corpus(4, 900))]
    with pytest.raises(CheironError, match="same thing"):
        fit_space(Bent(), clips, SpaceConfig(("loudness", "rms"), minutes=0.01, seconds=20.0))
