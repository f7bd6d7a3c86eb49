"""A space of named knobs on a toy decoder, and what it refuses."""

import math

import numpy as np
import pytest
import torch

from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.features.descriptors import describe
from cheiron.training import space_fit
from cheiron.training.checkpoint import Checkpoint
from cheiron.training.space_axes import control_of, density_of, knobs_of
from cheiron.training.space_config import SpaceConfig
from cheiron.training.space_fit import Clip, fit_space
from cheiron.training.space_labels import Label, places_of, read_labels
from cheiron.training.space_targets import Target, annealed, partial_target_loss

AXES = ("loudness", "centroid")


class Toy:
    """Three partials whose amplitudes bend with four latents; deterministic and quick."""

    name, sample_rate, hop, latency = "toy", 16000, 256, 0
    latent = Space.of("latent", ["z1", "z2", "z3", "z4"])

    def decode(self, z, seed=0):
        level = 0.5 * z[:, 0] + 0.3 * np.tanh(2 * z[:, 1])
        tilt = z[:, 1] + 0.4 * z[:, 2] ** 2
        gains = np.exp(level[:, None] + tilt[:, None] * np.array([-0.7, 0.0, 0.7]))
        t = np.arange(len(z) * self.hop) / self.sample_rate
        waves = [np.sin(2 * np.pi * f * t) for f in (250.0, 1000.0, 3000.0)]
        each = np.repeat(gains, self.hop, axis=0)
        return (0.03 * sum(w * g for w, g in zip(waves, each.T, strict=True))).astype(np.float32)


class Silent(Toy):
    def decode(self, z, seed=0):
        return np.zeros(len(z) * self.hop, np.float32)


def corpus(clips=4, frames=400, scale=1.0):
    """Slow random walks whose dimensions hang together."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(clips):
        walk = np.cumsum(rng.normal(size=(frames, 4)), axis=0) * 0.1
        walk -= walk.mean(axis=0)
        walk[:, 1] += 0.7 * walk[:, 0]
        made.append(Clip(f"clip{number}", 0.0, (scale * walk).astype(np.float32)))
    return made


def config(**changes):
    return SpaceConfig(**{"axes": AXES, "minutes": 0.25, "seconds": 25.0, "seed": 1, **changes})


def miss(fitted, model, clips):
    """Mean distance of positions heard from those asked for, one descriptor changed at once."""
    order, found = [*fitted.stage.split.moved], []
    for number, clip in enumerate(clips):
        with torch.no_grad():
            c, _ = fitted.net(torch.from_numpy(clip.z[:160, order].copy()))
            k = number % 2
            goal = 0.7 if number < 2 else -0.7
            c[:, k] = goal
            z = fitted.net.inverse(c).numpy()
        values = describe(model.decode(z), model.sample_rate, model.hop, AXES)[20:-20, k]
        heard = fitted.stage.quantiles[k].to_unit(values)
        asked = fitted.stage.quantiles[k].unit_of_normal(goal)
        found.append(np.nanmean(np.abs(heard - asked)))
    return float(np.mean(found))


@pytest.fixture(scope="module")
def closed():
    return fit_space(Toy(), corpus(), config())


def test_closing_the_loop_beats_the_likelihood_alone(closed):
    open_ = fit_space(Toy(), corpus(), config(method="flow-open", minutes=0.1))
    left = miss(closed, Toy(), corpus())
    assert left < 0.8 * miss(open_, Toy(), corpus())
    assert left < 0.05


def test_knobs_bring_every_latent_back_and_say_what_is_heard(closed):
    z = np.concatenate([clip.z for clip in corpus()])
    with torch.no_grad():
        c, _ = closed.net(torch.from_numpy(z))
        assert float((closed.net.inverse(c) - torch.from_numpy(z)).abs().max()) < 1e-4
    knobs = knobs_of(closed.net, closed.stage.latents, closed.stage.split)
    control = control_of(AXES, closed.stage.quantiles, (), knobs, Toy.latent, closed.stage.split)
    assert control.names == ("loudness", "centroid", "r1", "r2", "r3", "r4")
    assert control.axes[1].unit == "Hz" and len(control.axes[1].marks) > 20
    assert np.isfinite(density_of(knobs)["precision"]).all()


def test_a_fit_that_was_stopped_goes_on_to_the_same_space(tmp_path):
    small = config(minutes=0.02, seconds=16.0)
    whole = fit_space(Toy(), corpus(), small)

    def stop(what, share):
        if what.startswith("round 3"):
            raise KeyboardInterrupt

    keep = Checkpoint(tmp_path / "fit.pt")
    with pytest.raises(KeyboardInterrupt):
        fit_space(Toy(), corpus(), small, progress=stop, checkpoint=keep)
    resumed = fit_space(Toy(), corpus(), small, checkpoint=keep)
    z = torch.from_numpy(corpus()[0].z)
    with torch.no_grad():
        assert torch.allclose(whole.net(z)[0], resumed.net(z)[0], atol=1e-6)


def test_what_an_older_version_kept_of_a_fit_is_not_gone_on_with(tmp_path, monkeypatch):
    small, keep = config(minutes=0.01, seconds=16.0), Checkpoint(tmp_path / "fit.pt")
    monkeypatch.setattr(space_fit, "_FORMAT", 1)
    fit_space(Toy(), corpus(), small, checkpoint=keep)
    saved = keep.load()
    saved["heard"], saved["frames"] = saved["heard"][:2], {"z": saved["frames"]["z"]}
    keep.save(saved)
    monkeypatch.undo()
    assert fit_space(Toy(), corpus(), small, checkpoint=keep).figures["predicted_miss"] > 0
    assert len(keep.load()["heard"]) == 3


def test_labels_become_a_personal_knob():
    labels = [Label("clip0", 0.0, 9.0, "warm", 1.0), Label("clip1", 0.0, 9.0, "warm", 0.0)]
    labels += [Label("clip2", 0.0, 9.0, "warm", math.nan)]
    fitted = fit_space(Toy(), corpus(), config(minutes=0.02, seconds=16.0), labels)
    assert [p.name for p in fitted.personal] == ["warm"]
    assert fitted.personal[0].target.kind == "binary"
    z = np.concatenate([clip.z for clip in corpus()])
    with torch.no_grad():
        assert fitted.net(torch.from_numpy(z))[0].shape[1] == 2 + 1 + 4


def test_scenes_condition_the_flow():
    clips = corpus()
    for number, clip in enumerate(clips):
        clip.z[:, 3] += 2.0 if number % 2 else -2.0  # a latent that nobody hears
    staged = [Label(c.name, 0.0, 9.0, "scene", float(i % 2)) for i, c in enumerate(clips[:-1])]
    fitted = fit_space(Toy(), clips, config(minutes=0.25, seconds=16.0), staged)
    assert not fitted.personal and fitted.net.config.scene
    z = torch.from_numpy(clips[0].z)
    with torch.no_grad():
        c, _ = fitted.net(z)
        assert float((fitted.net.inverse(c) - z).abs().max()) < 1e-4
        c[:, -1] = 1.0  # the sounds of the other scene, as loud and as bright
        there = fitted.net.inverse(c)
    assert float((there[:, 3] - z[:, 3]).mean()) > 2.0
    before, after = (
        describe(Toy().decode(x.numpy()), Toy.sample_rate, Toy.hop, AXES)[20:-20]
        for x in (z, there)
    )
    for k, quantiles in enumerate(fitted.stage.quantiles):
        away = quantiles.to_unit(after[:, k]) - quantiles.to_unit(before[:, k])
        assert np.nanmean(np.abs(away)) < 0.08


def test_a_stretch_whose_place_nobody_can_say_may_be_anywhere():
    labels = [Label("a", 0.0, 1.0, "scene", 0.0), Label("a", 1.0, 2.0, "scene", 1.0)]
    labels += [Label("a", 2.0, 3.0, "scene", math.nan)]
    places = places_of(labels, ["a"] * 120, np.arange(120) / 40)
    assert places[:80].tolist() == [0.0] * 40 + [1.0] * 40 and np.isnan(places[80:]).all()


def refuse(match, model=None, clips=None, labels=(), **changes):
    with pytest.raises(CheironError, match=match):
        tiny = {"minutes": 0.01, "seconds": 16.0, **changes}
        fit_space(model or Toy(), clips or corpus(), config(**tiny), labels)


def test_silence_is_refused():
    refuse("only silence", Silent())


def test_too_little_sound_is_refused():
    refuse("frames", clips=corpus(1, 30))
    refuse("only .* frames", clips=corpus(1, 60))


def test_a_constant_attribute_is_refused():
    refuse("nearly everywhere", clips=corpus(scale=0.0))


def test_an_attribute_that_is_undefined_everywhere_is_refused():
    # Partials at 250, 1000 and 3000 Hz have no fundamental below 2 kHz that would be voiced.
    class Hiss(Toy):
        def decode(self, z, seed=0):
            rng = np.random.default_rng(0)
            return (Toy.decode(self, z) * rng.normal(size=len(z) * self.hop)).astype(np.float32)

    refuse("f0 is undefined", Hiss(), axes=("loudness", "f0"))


def test_axes_that_are_the_same_thing_are_refused_with_their_correlation():
    class Tone(Toy):  # a level and nothing else: both measures of level rise together
        def decode(self, z, seed=0):
            t = np.arange(len(z) * self.hop) / self.sample_rate
            each = np.repeat(np.exp(z[:, 0]), self.hop)
            return (0.03 * each * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)

    refuse(
        "same thing.*correlation is 0.99|same thing.*1.0000",
        Tone(),
        axes=("loudness", "rms"),
        seconds=25.0,
    )


def test_an_axis_named_twice_is_refused():
    with pytest.raises(CheironError, match="twice"):
        config(axes=("loudness", "loudness"))


def test_more_names_than_latents_need_the_conditional_way():
    refuse("conditional", axes=("loudness", "rms", "centroid", "bandwidth"), method="flow")


def test_labels_that_tell_nothing_apart_are_refused():
    refuse("labelled for 0", labels=[Label("other", 0, 9, "warm", 1.0)])
    refuse("another name", labels=[Label("clip0", 0, 9, "r1", 1.0)])
    refuse("labelled for", labels=[Label("clip0", 1.0, 1.01, "warm", 1.0)])
    refuse("labelled for 0", labels=[Label("clip0", 0, 9, "warm", math.nan)])
    refuse("nothing to tell apart", labels=[Label("clip0", 0, 9, "warm", 1.0)])
    refuse("another name", labels=[Label("clip0", 0, 9, "centroid", 1.0)])
    refuse("from 0 to 1", labels=[Label("clip0", 0, 9, "scene", 3.0)])
    staged = [Label("clip0", 0, 9, "scene", 0.0), Label("clip1", 0, 9, "scene", 1.0)]
    refuse("choose another method", labels=staged, method="linear")
    refuse("'scene'.*nothing to tell|'scene' is 1", labels=[Label("clip0", 0, 9, "scene", 1.0)])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("file,start,end,name\n", "no column 'value'"),
        ("file,start,end,name,value\na,0,x,warm,1\n", "line 2"),
        ("file,start,end,name,value\na,2,1,warm,1\n", "line 2"),
        ("file,start,end,name,value\na,0,1,warm,inf\n", "line 2"),
    ],
)
def test_a_bad_table_of_labels_is_refused(tmp_path, text, match):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(CheironError, match=match):
        read_labels(tmp_path / "labels.csv")


def test_a_label_without_a_value_says_nothing(tmp_path):
    (tmp_path / "labels.csv").write_text("file,start,end,name,value\na,0,1,warm,\n")
    assert math.isnan(read_labels(tmp_path / "labels.csv")[0].value)


def normal(x, mean, std):
    return math.exp(-0.5 * ((x - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))


@pytest.mark.parametrize("label", [1.0, 0.0, 0.3, math.nan])
def test_binary_targets_are_as_worked_out_by_hand(label):
    sigma, share, c = 0.5, 0.2, 0.4
    plus = normal(c, 1.0, sigma * math.sqrt(2 * share))
    minus = normal(c, -1.0, sigma * math.sqrt(2 * (1 - share)))
    weight = 0.5 if math.isnan(label) else label
    wanted = math.log(weight * plus + (1 - weight) * minus)
    found = Target("binary", share).log_prob(torch.tensor(c), torch.tensor(label), sigma)
    assert float(found) == pytest.approx(wanted, abs=1e-5)


def test_continuous_targets_and_the_residual_are_as_worked_out_by_hand():
    c = torch.tensor([[0.4, -1.0, 2.0]])
    labels = torch.tensor([[0.1, math.nan]])
    loss = partial_target_loss(c, torch.tensor([0.7]), labels, (Target(), Target()), 0.5)
    terms = (normal(0.4, 0.1, 0.5), normal(-1.0, 0, 1), normal(2.0, 0, 1))
    assert float(loss) == pytest.approx(-(sum(map(math.log, terms)) + 0.7) / 3, abs=1e-5)


def test_sigma_is_annealed_downwards():
    assert annealed(0.0) == 0.7 and annealed(1.0) == pytest.approx(0.1) and annealed(2.0) < 0.11
