from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import cheiron.training.loop as loop
from cheiron.core.errors import CheironError
from cheiron.studio.finish import describe_latent
from cheiron.studio.train import train
from cheiron.training.checkpoint import Checkpoint
from cheiron.training.disentanglement import spearman
from cheiron.training.loop import TrainConfig, Trainer
from cheiron.training.regularise import (
    WEIGHTS,
    AttributeOrder,
    Plain,
    labels,
    order_loss,
    pooled,
    tie,
)
from cheiron.training.regularise_fader import BINS, Adversary, Fader
from cheiron.training.space import fit_pca
from cheiron.training.tasks import make_regulariser, make_task

AXES = ("centroid", "boominess")
FREE = {"rave": 4, "texture": 4, "ddsp": 4}


@pytest.fixture
def tied_task(tiny_task, sounds):
    """A tiny task whose latents are tied."""

    def make(family, kind, batch=2, seconds=0.3, axes="centroid,boominess"):
        task = tiny_task(family, batch, seconds)
        torch.manual_seed(1)
        config = TrainConfig(regularise=kind, axes=axes)
        task.regulariser = make_regulariser(task.model, config, task.warm_up)
        task.regulariser.prepare(sounds(family))
        return task

    return make


@pytest.mark.parametrize("kind", ["ar-vae", "fader"])
@pytest.mark.parametrize("family", ["rave", "texture", "ddsp"])
def test_tied_latents_are_axes_with_the_descriptors_names(tied_task, family, kind):
    task = tied_task(family, kind)
    axes = task.model.latent_axes
    assert len(axes) == task.model.latent_size
    first = 0 if family == "rave" else 1 if family == "texture" else 2
    assert [a[0] for a in axes[first : first + 3]] == [*AXES, "z3"]
    assert axes[first][2] == "descriptor"
    outcome = task.run(np.random.default_rng(0))
    (outcome.output.square().mean() + outcome.extra).backward()
    grads = [p.grad for p in task.model.encoder.parameters() if p.grad is not None]
    assert all(torch.isfinite(g).all() for g in grads)
    again = tied_task(family, kind).run(np.random.default_rng(0))
    assert torch.equal(outcome.output, again.output)
    assert torch.equal(outcome.extra, again.extra)


def test_the_loss_is_that_of_the_formula():
    z = torch.tensor([[0.0], [0.3], [-0.2]])
    a = torch.tensor([[1.0], [1.0], [5.0]])
    pairs = [(i, j) for i in range(3) for j in range(3) if i != j]
    wanted = np.mean(
        [abs(np.tanh(4.0 * float(z[i] - z[j])) - np.sign(float(a[i] - a[j]))) for i, j in pairs]
    )
    everywhere = torch.ones(3, 1, dtype=torch.bool)
    assert float(order_loss(z, a, everywhere, 4.0)) == pytest.approx(wanted, abs=1e-6)


def test_undefined_frames_are_in_no_pair_and_none_at_all_is_no_loss():
    z, a = torch.randn(6, 2), torch.randn(6, 2)
    defined = torch.ones(6, 2, dtype=torch.bool)
    defined[4:, 0] = False
    spoilt = a.clone()
    spoilt[4:, 0] = 1e9
    assert torch.equal(order_loss(z, a, defined, 10.0), order_loss(z, spoilt, defined, 10.0))
    nowhere = torch.zeros(6, 2, dtype=torch.bool)
    assert float(order_loss(z, a, nowhere, 10.0)) == 0.0


def test_a_label_is_measured_where_the_latent_is_heard(tied_task):
    """Of a sound that turns bright half-way, the labels turn at the same latent frame."""
    model = tied_task("rave", "ar-vae").model
    hop, frames = model.hop, 120
    t = np.arange(frames * hop) / 16000
    sine = np.where(np.arange(frames * hop) < 60 * hop, np.sin(2 * np.pi * 300 * t),
                    np.sin(2 * np.pi * 3000 * t))  # fmt: skip
    heard = torch.from_numpy(sine.astype(np.float32))[None]
    values, counts = labels(heard, 16000, hop, ("centroid",), skip=8)
    ramp = torch.arange(float(frames))[None, None]
    places = pooled(ramp, hop)[0, 0]
    bright = values[0, :, 0] > 1500
    assert places[bright].min() == pytest.approx(60, abs=6)
    kept = places[counts[0, :, 0]]
    assert kept.min() >= 8
    assert kept.max() <= frames - 8


def toy_audio(rng, batch, frames, hop):
    """Sines whose pitch wanders: the centroid follows it."""
    points = rng.uniform(5.5, 9.5, (batch, 6))
    grid = np.linspace(0, 5, frames * hop)
    octaves = np.stack([np.interp(grid, np.arange(6), p) for p in points])
    phase = 2 * np.pi * np.cumsum(10 * 2.0 ** (octaves - 1), axis=1) / 16000
    return torch.from_numpy((0.3 * np.sin(phase)).astype(np.float32))


@pytest.mark.parametrize("kind", ["ar-vae", "fader"])
def test_the_tied_latent_comes_to_follow_its_descriptor(kind):
    """An encoder that is told nothing but by the regulariser; log-energies of bands go in."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    hop, frames = 128, 96
    model = SimpleNamespace(named=("centroid",), hop=hop, config=SimpleNamespace(sample_rate=16000))
    encoder = torch.nn.Sequential(torch.nn.Conv1d(16, 16, 1), torch.nn.Tanh(),
                                  torch.nn.Conv1d(16, 3, 1))  # fmt: skip
    kinds = {
        "ar-vae": lambda: AttributeOrder(model, 8, 1.0),
        "fader": lambda: Fader(model, 3, 8, 0.5),
    }
    regulariser = kinds[kind]()
    clips = [toy_audio(rng, 1, 200, hop)[0].numpy() for _ in range(6)]
    regulariser.prepare(SimpleNamespace(sample_rate=16000, training=clips, audio=lambda c: c))
    optimizer = torch.optim.Adam(encoder.parameters(), 1e-2)

    def step():
        heard = toy_audio(rng, 4, frames, hop)
        windows = torch.nn.functional.pad(heard, (192, 192)).unfold(-1, 512, hop)
        power = torch.fft.rfft(windows * torch.hann_window(512)).abs().square()[..., 1:]
        bands = torch.log(power.reshape(4, -1, 16, 16).sum(-1) + 1e-3).transpose(1, 2)
        mean = encoder(bands)
        _, loss = regulariser.apply(mean, mean, heard, rng)
        values, counts = labels(heard, 16000, hop, ("centroid",), 8)
        codes = pooled(mean[:, :1].detach(), hop)[:, 0]
        keep = counts[..., 0]
        return loss, abs(spearman(codes[keep].numpy(), values[..., 0][keep].numpy())), mean

    losses, ranks = [], []
    for _ in range(60):
        loss, rank, _ = step()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        ranks.append(rank)
    assert np.mean(losses[-8:]) < 0.6 * np.mean(losses[:8])
    assert np.mean(ranks[-8:]) > 0.95
    assert np.mean(ranks[-8:]) > np.mean(ranks[:4])


def test_the_adversary_finds_out_what_is_there_and_doubt_drives_it_away(tied_task):
    torch.manual_seed(0)
    task = tied_task("rave", "fader")
    fader: Fader = task.regulariser
    rng = np.random.default_rng(0)
    shown = torch.from_numpy(rng.normal(size=(8, 2, 32)).astype(np.float32))
    scores, everywhere = shown, torch.ones(8, 2, 32, dtype=torch.bool)
    leak = torch.nn.Parameter(torch.tensor(1.0))

    def doubt():
        return fader._doubt(torch.cat([leak * shown], 1), everywhere)

    for _ in range(150):
        fader._learn(shown, scores, everywhere)
    before = float(doubt().detach())
    assert before > 0.5
    doubt().backward()
    assert float(leak.grad) > 0  # less of it would leave more doubt
    assert all(p.grad is None or not p.grad.any() for p in task.model.parameters())
    assert all(p.requires_grad for p in fader.adversary.parameters())
    nothing = Adversary(2, 2)
    torch.nn.init.zeros_(nothing.net[-1].weight)
    torch.nn.init.zeros_(nothing.net[-1].bias)
    fader.adversary = nothing
    assert float(doubt().detach()) == pytest.approx(0.0, abs=1e-5)
    assert nothing(shown).shape == (8, 2, BINS, 32)


def test_the_decoder_of_a_fader_gets_what_was_measured(tied_task, sounds):
    task = tied_task("rave", "fader", seconds=0.5)
    fader: Fader = task.regulariser
    clip = torch.from_numpy(sounds("rave").training[0][: 80 * task.model.hop])[None]
    z = torch.zeros(1, 4, 80)
    changed, _ = fader.apply(z, z, clip, np.random.default_rng(0))
    assert changed.shape == z.shape
    assert torch.equal(changed[:, 2:], z[:, 2:])
    values, counts = labels(clip, 16000, task.model.hop, AXES, task.warm_up)
    told = pooled(changed[:, :1], task.model.hop)[0, 0]
    keep = counts[0, :, 0]
    assert spearman(told[keep].numpy(), values[0, keep, 0].numpy()) > 0.85
    fader.freeze()
    assert float(fader.apply(z, z, clip, np.random.default_rng(0))[1]) == 0.0


@pytest.mark.parametrize("kind", ["ar-vae", "fader"])
def test_stopped_and_resumed_it_goes_on_as_if_nothing_had_happened(
    tied_task, tmp_path, monkeypatch, kind
):
    now = iter(range(10**9))
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: float(next(now))))
    config = TrainConfig(minutes=4 / 60, adversarial=0.25, batch=2, seconds=0.3)

    def trainer(name, minutes):
        task, checkpoint = tied_task("rave", kind), Checkpoint(tmp_path / name)
        return Trainer(task, replace(config, minutes=minutes), 16000, checkpoint)

    straight = trainer("a", 4 / 60)
    straight.run()
    first = trainer("b", 4 / 60)
    while first.step < 2:
        first._one_step()
    first.elapsed = 2.0
    first._save()
    second = trainer("b", 4 / 60)
    assert second.step == 2
    second.run()
    a, b = straight.average.state_dict(), second.average.state_dict()
    assert all(torch.equal(a[k], b[k]) for k in a)
    kept = [x.task.regulariser.state() for x in (straight, second)]
    if kind == "fader":
        assert all(torch.equal(v, kept[1]["net"][k]) for k, v in kept[0]["net"].items())


def test_a_silent_crop_gives_no_loss_and_no_undefined_numbers(tied_task):
    for kind in ("ar-vae", "fader"):
        task = tied_task("rave", kind)
        z = torch.randn(2, 4, 60, requires_grad=True)
        heard = torch.zeros(2, 60 * task.model.hop)
        changed, loss = task.regulariser.apply(z, z, heard, np.random.default_rng(0))
        loss.backward()
        assert float(loss.detach()) == 0.0
        assert torch.isfinite(changed).all()
        assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"axes": "centroid"}, "give --regularise too"),
        ({"regularise": "fader", "axes": "centroid,centroid"}, "names 'centroid' twice"),
        ({"regularise": "fader", "axes": "shine"}, "names 'shine'; expected different ones"),
        ({"regularise": "ar-vae", "axes": "loudness"}, "has axes of its own for loudness"),
    ],
)
def test_what_cannot_be_tied_is_refused(options, says):
    with pytest.raises(CheironError, match=says):
        make_task("texture", TrainConfig(batch=2, seconds=0.2, **options), 16000)


def test_the_command_offers_what_there_is():
    (option,) = [p for p in train.params if p.name == "regularise"]
    assert set(option.type.choices) == set(WEIGHTS)


def test_one_latent_must_be_left(tiny_task):
    with pytest.raises(CheironError, match="ties 4 latents to descriptors, but this network has 4"):
        tie(tiny_task("rave").model, "fader", ("rms", "centroid", "sharpness", "bandwidth"), 4)


def test_a_preset_is_tied_by_its_configuration():
    config = TrainConfig(batch=2, seconds=0.2, regularise="ar-vae")
    task = make_task("ddsp", config, 16000)
    assert task.model.named == ("centroid", "bandwidth", "sharpness", "boominess")
    assert task.regulariser.weight == 1.0
    assert isinstance(make_task("ddsp", TrainConfig(), 16000).regulariser, Plain)
    heavy = make_task("texture", replace(config, regularise="fader", tie=3.0), 16000)
    assert heavy.regulariser.weight == 3.0
    assert heavy.regulariser.seen == 8


def test_tied_latents_become_knobs_of_the_first_control_space(tiny_task):
    model = tiny_task("rave").model
    tie(model, "ar-vae", ("loudness", "centroid"), 4)
    z = np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32)
    latent = describe_latent(model, z)
    space = fit_pca(z, latent, "toy")
    assert latent.names == ("loudness", "centroid", "z3", "z4")
    assert space.control.names == ("loudness", "centroid", "pc1", "pc2")
    loudness = space.control.axes[0]
    assert -3.0 < loudness.low < -1.5  # no dB: it ends where the latent does
    np.testing.assert_allclose(space.to_control(z)[:, :2], z[:, :2], atol=1e-5)
