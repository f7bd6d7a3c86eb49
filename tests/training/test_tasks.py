from dataclasses import replace

import numpy as np
import pytest
import torch

from cheiron.core.errors import CheironError
from cheiron.nets import FAMILIES, PRESETS
from cheiron.nets.ddsp import Ddsp
from cheiron.nets.rave import Rave
from cheiron.training import ddsp_task, rave_task
from cheiron.training.loop import TrainConfig
from cheiron.training.tasks import TASKS, make_task


@pytest.mark.parametrize("family", ["ddsp", "rave", "texture"])
def test_a_batch_is_reproducible_and_as_wide_as_the_contract(tiny_task, family):
    first = tiny_task(family).run(np.random.default_rng(5))
    again = tiny_task(family).run(np.random.default_rng(5))
    task = tiny_task(family)
    assert first.target.shape == first.output.shape
    assert first.target.ndim == 2
    assert first.kl.ndim == 1
    assert first.extra.ndim == 0
    for a, b in zip(vars(first).values(), vars(again).values(), strict=True):
        assert torch.equal(a, b)
    (first.output.square().mean() + first.kl.sum() + first.extra).backward()
    task.run(np.random.default_rng(6)).output.square().mean().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in task.model.parameters())


@pytest.mark.parametrize("family", ["ddsp", "rave", "texture"])
def test_a_frozen_encoder_gets_no_gradient(tiny_task, family):
    task = tiny_task(family)
    task.freeze_encoder()
    task.run(np.random.default_rng(0)).output.square().mean().backward()
    assert all(p.grad is None for p in task.model.encoder.parameters())
    assert any(p.grad is not None for p in task.model.decoder.parameters())


@pytest.mark.parametrize("family", ["ddsp", "rave"])
def test_a_corpus_of_another_rate_is_refused(tiny_task, sounds, family):
    corpus = sounds(family)
    corpus.sample_rate = 44100
    with pytest.raises(CheironError, match="build the corpus with --sample-rate 16000"):
        tiny_task(family).prepare(corpus)


def test_one_item_is_too_few_for_texture(tiny_task):
    with pytest.raises(CheironError, match="--batch 2 or more"):
        tiny_task("texture", batch=1)


def test_target_and_output_line_up(tiny_task, monkeypatch):
    """With a network that only delays, what comes out is the target."""
    task = tiny_task("rave")
    network = task.model
    width = 2 * network.config.latent

    def posterior(audio, state):
        posterior.heard = torch.nn.functional.pad(audio, (network.latency, 0))[
            ..., : audio.shape[-1]
        ]
        frames = audio.shape[-1] // network.hop
        return torch.zeros(audio.shape[0], width, frames), None, state

    monkeypatch.setattr(network, "posterior", posterior)
    monkeypatch.setattr(network, "decode", lambda z, state, noise: (posterior.heard, state))
    outcome = task.run(np.random.default_rng(1))
    assert outcome.target.abs().max() > 0.05
    torch.testing.assert_close(outcome.output, outcome.target)


def test_a_crop_is_cut_with_the_phase_that_a_whole_decoding_would_have(tiny_task, sounds):
    task = tiny_task("ddsp")
    model: Ddsp = task.model
    clip, audio = task._clips[0], sounds("ddsp").training[0]
    hop, late = model.config.hop, model.latency // model.hop
    lead = (ddsp_task.WARM_UP + 1) * hop
    np.testing.assert_array_equal(clip.audio[lead : lead + audio.size], audio)
    frames = clip.pitch.shape[1] + late
    padded = torch.zeros(1, 1, frames * hop)
    padded[0, 0, : clip.audio.size] = torch.from_numpy(clip.audio)
    at = 80
    with torch.no_grad():
        z, _ = model.encode(padded, model.init_encoder())
        np.testing.assert_allclose(z[0, 0, late:].numpy(), clip.pitch[0], atol=1e-4)
        _, state = model.decode(
            z[..., : at + late], model.init_decoder(), 0 * padded[..., : (at + late) * hop]
        )
    phase = state[model.decoder._split[0]]
    difference = float(phase) - clip.phase[at]
    assert abs(difference - round(difference)) < 1e-3


def test_a_clip_is_analysed_alike_in_pieces(tiny_task, monkeypatch):
    whole = tiny_task("ddsp")._clips[0]
    monkeypatch.setattr(ddsp_task, "_CHUNK", 7)
    pieces = tiny_task("ddsp")._clips[0]
    for name in ("audio", "pitch", "loudness", "spectrum"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), atol=1e-3)


@pytest.mark.parametrize("family", ["ddsp", "rave"])
def test_clips_shorter_than_a_crop_are_filled_up(tiny_task, sounds, family):
    corpus = sounds(family)
    corpus.training = tuple(clip[:2000] for clip in corpus.training)
    task = tiny_task(family)
    task.prepare(corpus)
    outcome = task.run(np.random.default_rng(2))
    assert outcome.output.isfinite().all()


def test_long_clips_are_drawn_more_often(tiny_task, sounds):
    corpus = sounds("rave")
    corpus.training = (np.full(9000, 1.0, np.float32), np.full(1000, 0.5, np.float32))
    task = tiny_task("rave")
    task.prepare(corpus)
    np.testing.assert_allclose(task._chances, [0.9, 0.1])


def test_some_crops_are_silent_and_none_is_louder_than_it_was(tiny_task):
    task = tiny_task("rave")
    rng = np.random.default_rng(0)
    peaks = np.array([np.abs(task._crop(rng)).max() for _ in range(400)])
    assert 2 <= (peaks == 0).sum() <= 40
    assert peaks.max() <= max(np.abs(c).max() for c in task._clips)


def test_texture_of_some_items_is_replaced_by_noise(tiny_task):
    task = tiny_task("texture", batch=4)
    assert task.dropped == 1
    outcome = task.run(np.random.default_rng(0))
    assert outcome.target.shape[0] == 3
    assert float(outcome.extra.detach()) > 0


def test_every_family_has_a_task_and_every_preset_makes_one(monkeypatch):
    assert set(TASKS) == set(FAMILIES)
    config = TrainConfig(batch=3, seconds=0.5, seed=7)
    for preset in sorted(set(PRESETS) - {"rave-v1", "low-latency"}):  # the same code, large
        task = make_task(preset, config, 22050)
        assert task.model.config.sample_rate == 22050
        assert task.batch == 3
        again = make_task(preset, config, 22050).model.state_dict()
        for name, value in task.model.state_dict().items():
            assert torch.equal(value, again[name]), name
    other = make_task("ddsp", replace(config, seed=8), 22050).model.state_dict()
    assert any(
        not torch.equal(v, other[k])
        for k, v in make_task("ddsp", config, 22050).model.state_dict().items()
    )


def test_warm_ups_are_longer_than_what_the_networks_remember_of_frames(tiny_task):
    """States of the frame rate's convolutions are full when the loss begins to count."""
    for family, warm_up in (("ddsp", ddsp_task.WARM_UP), ("texture", rave_task.WARM_UP)):
        model: Ddsp | Rave = tiny_task(family).model
        longest = max(s.shape[-1] for s in model.init_encoder() if s.ndim == 3 and s.shape[1] > 1)
        assert longest < warm_up * 8


def test_colouring_keeps_the_loudness_and_moves_the_bands_as_the_sound(tiny_task):
    """What the encoder is told of a coloured crop is what the front end would say of it."""
    task = tiny_task("ddsp")
    front, hop, clip = task.model.front, task.model.config.hop, task._clips[0]
    late = task.model.latency // hop
    audio, spectrum = task._coloured(clip.audio, clip.spectrum, np.random.default_rng(3))
    padded = torch.nn.functional.pad(torch.from_numpy(audio), (0, late * hop))
    with torch.no_grad():
        heard, _ = front(padded[None, None], front.init())
    loud = clip.loudness[0] > -45
    loudness = heard.loudness[0, 0, late:].numpy()
    assert abs((loudness - clip.loudness[0])[loud].mean()) < 1.0
    moved = 5.0 * (heard.spectrum[0, :, late:].numpy() - clip.spectrum)[:, loud]
    told = 5.0 * (spectrum - clip.spectrum)[:, loud]
    strong = clip.spectrum[:, loud] > clip.spectrum[:, loud].max() - 1.0
    assert np.abs(told[strong]).max() > 0.2  # nats of power: it is coloured
    assert np.abs(moved - told)[strong].mean() < 0.15


def test_colouring_leaves_silence_alone(tiny_task):
    task = tiny_task("ddsp")
    clip = task._clips[0]
    silence = np.zeros_like(clip.audio)
    audio, spectrum = task._coloured(silence, clip.spectrum, np.random.default_rng(3))
    assert not audio.any()
    assert np.isfinite(spectrum).all()
