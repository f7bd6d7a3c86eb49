from types import SimpleNamespace

import numpy as np
import pytest
import torch

import cheiron.nets.offline as offline
from cheiron.training.validate import encode_aligned, reconstruct, spread, validate


class Late:
    """A network that only delays: its latents are blocks of samples."""

    hop, latency, latent_size = 4, 10, 4

    def init_encoder(self, batch=1):
        return ()

    def init_decoder(self, batch=1):
        return (torch.zeros(batch, 1, self.latency),)

    def encode(self, audio, state):
        return audio.reshape(audio.shape[0], -1, 4).transpose(1, 2), ()

    def decode(self, z, state, noise):
        y = torch.cat([state[0], z.transpose(1, 2).reshape(z.shape[0], 1, -1)], -1)
        return y[..., : -self.latency], (y[..., -self.latency :],)


@pytest.mark.parametrize("samples", [1, 4, 37, 400])
def test_a_reconstruction_lines_up_and_has_the_length_of_the_sound(samples):
    audio = np.random.default_rng(0).normal(size=samples).astype(np.float32)
    np.testing.assert_array_equal(reconstruct(Late(), audio), audio)


def test_latents_line_up_with_the_sound_to_a_frame():
    audio = np.arange(1, 38, dtype=np.float32)
    z = encode_aligned(Late(), audio)
    assert z.shape == (10, 4)
    np.testing.assert_array_equal(z[0], audio[8:12])  # 10 // 4 frames late


@pytest.mark.parametrize("family", ["ddsp", "rave", "texture"])
def test_long_sounds_in_pieces_are_the_same(tiny_task, monkeypatch, family):
    task = tiny_task(family)
    network, audio = task.model.eval(), task._clips[0]
    audio = np.asarray(getattr(audio, "audio", audio))[:6000]
    whole = reconstruct(network, audio), encode_aligned(network, audio)
    monkeypatch.setattr(offline, "_CHUNK", 5)
    np.testing.assert_allclose(reconstruct(network, audio), whole[0], atol=2e-5)
    np.testing.assert_allclose(encode_aligned(network, audio), whole[1], atol=1e-3)
    np.testing.assert_array_equal(reconstruct(network, audio), reconstruct(network, audio))


def test_validation_measures_every_clip():
    clips = [np.random.default_rng(i).normal(size=3000).astype(np.float32) for i in range(2)]
    corpus = SimpleNamespace(audio=lambda clip: clip)
    heard = validate(Late(), corpus, clips)
    assert [h.distance for h in heard] == [0.0, 0.0]
    np.testing.assert_array_equal(heard[1].output, clips[1])


@pytest.mark.parametrize(("count", "wanted"), [(9, [0, 1, 2, 3, 4]), (3, [0, 2, 4]), (1, [0])])
def test_a_few_are_taken_evenly(count, wanted):
    assert spread(range(5), count) == wanted
