"""A level that is heard as it says passes, another is fitted; both reach silence."""

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.training.space_config import SpaceConfig
from cheiron.training.space_fit import Clip, fit_space
from cheiron.training.space_frames import Ear, Split, Texture
from cheiron.training.space_level import QUIET, hear_fading, level_of, passing_level


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
