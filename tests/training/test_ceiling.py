import numpy as np
import torch

from cheiron.core.noise import uniform_noise
from cheiron.core.quantiles import Quantiles
from cheiron.features.descriptors import describe
from cheiron.training.ceiling import Wish, search_latents

NAMES = ("loudness", "centroid")
QUANTILES = (Quantiles.fit(np.linspace(-60, 0, 400)), Quantiles.fit(np.linspace(100, 7900, 400)))


class Hiss:
    """Noise whose first latent is its level, whose second passes its high end; the third idles."""

    hop = 128

    class config:
        sample_rate = 16000

    def init_decoder(self, batch=1):
        return ()

    def decode(self, z, state, noise):
        level, bright = (z[:, i].repeat_interleave(self.hop, -1)[:, None] for i in (0, 1))
        dull = torch.nn.functional.avg_pool1d(noise, 9, 1, 4)
        return 0.05 * torch.exp(level) * (dull + torch.sigmoid(bright) * (noise - dull)), state


def positions(z):
    frames = len(z)
    with torch.no_grad():
        noise = torch.from_numpy(uniform_noise(0, 0, frames * 128))[None, None]
        sound, _ = Hiss().decode(torch.from_numpy(z.T.copy())[None], (), noise)
    values = describe(sound[0, 0].numpy(), 16000, 128, NAMES)
    return np.stack([q.to_unit(v) for q, v in zip(QUANTILES, values.T, strict=True)], axis=1)


def test_the_search_finds_latents_that_sound_as_asked_and_leaves_the_rest():
    z = np.zeros((120, 3), np.float32)
    before = positions(z)
    goal = before.copy()
    goal[:, 0] = before[:, 0] + np.linspace(-0.15, 0.15, 120)
    goal[:12] = goal[-12:] = np.nan
    wish = Wish(z, goal, np.array([True, False]), np.array([1.0, 1.0, 0.0]), np.zeros(3, bool))
    found = search_latents(Hiss(), wish, NAMES, QUANTILES, 60)
    after = positions(found)
    assert not found[:, 2].any()
    error = np.abs(after - goal)[12:-12]
    assert error[:, 0].mean() < 0.3 * np.abs(before - goal)[12:-12, 0].mean()
    assert error[:, 1].mean() < 0.03


def test_of_texture_only_the_level_is_sought():
    z = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    goal = positions(z) + 0.1
    level = np.array([False, False, True])
    wish = Wish(z, goal, np.ones(2, bool), np.ones(3), level)
    found = search_latents(Hiss(), wish, NAMES, QUANTILES, 5)
    ratio = found[:, 2] / z[:, 2]
    assert (ratio > 0).all()
