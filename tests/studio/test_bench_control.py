import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import cheiron.studio.bench.control as module
from cheiron.core.audio_files import write_audio
from cheiron.core.errors import CheironError
from cheiron.core.quantiles import Quantiles
from cheiron.core.space import Axis, Space
from cheiron.features.descriptors import describe
from cheiron.studio.bench import bench
from cheiron.studio.bench.control_baselines import directions, own_axes, regression
from cheiron.studio.bench.control_curves import draw_asks, draw_curve
from cheiron.studio.bench.control_material import decoder_delay, excerpt_of, gather
from cheiron.studio.bench.control_run import judge
from cheiron.studio.bench.control_scores import pearson_of
from cheiron.studio.bench.control_table import all_results
from cheiron.studio.bench.control_trial import aligned, edited, knob_of, play, subject_of

RATE, HOP = 16000, 128
NAMES = ("loudness", "centroid")


MARKS = {
    "loudness": tuple(np.linspace(-120.0, 20.0, 101)),
    "centroid": tuple(np.geomspace(50.0, 8000.0, 101)),
}


class Whistle:
    """A sine whose latents are its level in dB and its pitch in octaves; the third does nothing.

    What it makes is late by some frames.
    """

    name, sample_rate, hop, latency = "whistle", RATE, HOP, HOP
    latent = Space.of("latent", ["level", "octaves", "idle"], -3.0, 3.0)

    def __init__(self, late=0):
        self.late = late

    def encode(self, audio):
        values = describe(audio, RATE, HOP, NAMES)
        level, f = np.nan_to_num(values[:, 0], nan=-90.0), np.nan_to_num(values[:, 1], nan=500.0)
        z = np.stack([level / 20 + 1, np.log2(f / 500), np.sin(np.arange(len(f)))], axis=1)
        return z.astype(np.float32)

    def decode(self, z, seed=0):
        at = np.arange(len(z) * HOP) / HOP - 0.5 - self.late
        level, octaves = (np.interp(at, np.arange(len(z)), z[:, i]) for i in (0, 1))
        f = 500 * 2.0**octaves
        sine = np.sin(2 * np.pi * np.cumsum(f) / RATE)
        return (1.4 * 10 ** (level - 1) * sine).astype(np.float32)


class Perfect:
    """Knobs that are what the latents mean; ``swap`` calls each by the other's name."""

    model, latent, std = "whistle", Whistle.latent, np.ones(3, np.float32)

    def __init__(self, swap=False, dead=False):
        self.dead = dead
        names = NAMES[::-1] if swap else NAMES
        self.control = Space("control", (
            *(Axis(n, 0.0, 1.0, kind="descriptor", marks=MARKS[n]) for n in names),
            Axis("r1", kind="residual"),
        ))  # fmt: skip

    def to_control(self, z):
        value = np.stack([20 * (z[:, 0] - 1), 500 * 2.0 ** z[:, 1]], axis=1)
        grid = np.linspace(0, 1, 101)
        knobs = [np.interp(value[:, i], MARKS[NAMES[i]], grid) for i in (0, 1)]
        self.kept = z
        return np.stack([*knobs, z[:, 2]], axis=1).astype(np.float32)

    def to_latent(self, c):
        if self.dead:
            return self.kept
        grid = np.linspace(0, 1, 101)
        value = [np.interp(c[:, i], grid, MARKS[NAMES[i]]) for i in (0, 1)]
        z = [value[0] / 20 + 1, np.log2(value[1] / 500), c[:, 2]]
        return np.stack(z, axis=1).astype(np.float32)

    def log_prob(self, z):
        return np.zeros(len(z), np.float32)


def glide(seed, seconds=1.4):
    """A whistle that wanders in pitch and level, independently."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * RATE / HOP)
    t = np.arange(frames) / frames
    wander = [np.sin(2 * np.pi * (rng.uniform(0.5, 2) * t + rng.uniform())) for _ in range(2)]
    z = np.stack([-0.5 + 0.4 * wander[0], 1.2 + 0.6 * wander[1], 0 * t], axis=1)
    return 0.3 * Whistle().decode(z)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("glides")
    for i in range(7):
        write_audio(path / f"{'ab'[i > 3]}{i}.wav", glide(i), RATE)
    return path


@pytest.fixture(scope="module")
def material(folder):
    return gather(Whistle(late=3), folder, ["b*"], NAMES, 3, 1.2)


def run(*arguments):
    return CliRunner().invoke(bench, ["control", *map(str, arguments)])


# Tasks


def test_equal_seeds_ask_for_the_same_and_every_descriptor_is_asked_for_as_often():
    curves = [np.random.default_rng(i).random((400, 5)) for i in range(3)]
    for count in (1, 2, 3, 4):
        first, again = (draw_asks(4, count, curves, 100.0) for _ in range(2))
        assert all(
            np.array_equal(a.wanted, b.wanted, True) for a, b in zip(first, again, strict=True)
        )
        assert all(len(a.asked) == count for a in first)
        often = np.bincount(np.concatenate([a.asked for a in first]), minlength=5)
        assert often.min() >= 4
        assert np.ptp(often) <= 1
        wanted = np.concatenate([a.wanted[:, a.asked].ravel() for a in first])
        assert wanted.min() >= 0.0
        assert wanted.max() <= 1.0
    other = draw_asks(5, 2, curves, 100.0)
    assert not np.array_equal(first[0].wanted, other[0].wanted, True)


def test_more_changes_than_descriptors_are_refused():
    with pytest.raises(CheironError, match="3 descriptors were to be changed"):
        draw_asks(0, 3, [np.zeros((9, 2))], 100.0)


def test_a_swap_takes_everything_from_one_stretch_of_one_other_clip():
    rng = np.random.default_rng(0)
    slow = [0.5 + 0.4 * np.sin(np.arange(400) / 90 + p) for p in rng.uniform(0, 6, 4)]
    curves = [np.stack([c, c**2, 1 - c], axis=1) for c in slow]  # each clip has its own relation
    for ask in draw_asks(1, 3, curves, 300.0, swap=True):
        first, square, less = ask.wanted.T
        np.testing.assert_allclose(square, first**2, atol=0.02)
        np.testing.assert_allclose(less, 1 - first, atol=0.02)
        assert np.ptp(first) > 0.1
    assert np.nanmax(np.abs(first**2 - draw_asks(1, 3, curves, 300.0)[0].wanted[:, 1])) > 0.1


def test_curves_span_something_and_borrowed_ones_are_another_clips():
    rng = np.random.default_rng(0)
    drawn = [draw_curve(rng, 300, 100.0, []) for _ in range(60)]
    assert min(np.ptp(c) for c in drawn) > 0.15
    assert all((c >= 0).all() and (c <= 1).all() for c in drawn)
    holed = np.full(200, 0.7)
    holed[::3] = np.nan
    found = [draw_curve(np.random.default_rng(i), 500, 100.0, [holed]) for i in range(20)]
    assert sum(np.allclose(c, 0.7) for c in found) >= 3


# Material


def test_the_decoders_own_delay_is_measured():
    z = Whistle().encode(glide(0, 3.0))
    assert [decoder_delay(Whistle(late), z) for late in (0, 3)] == [0, 3]


def test_an_excerpt_begins_where_there_is_sound():
    sound = np.concatenate([np.zeros(8000), glide(0)]).astype(np.float32)
    cut = excerpt_of(sound, 4000)
    assert len(cut) == 4000
    assert np.abs(cut[:600]).max() > 0.001


def test_material_knows_what_the_corpus_sounds_like(material):
    assert len(material.excerpts) == 3
    assert material.delay == 3
    assert all(e.name.startswith("b") for e in material.excerpts)
    heard = np.concatenate([e.curves for e in material.excerpts])
    assert np.isfinite(heard).all()
    assert 0.3 < heard.mean() < 0.7
    spread = [float(q.knots[-1] - q.knots[0]) for q in material.quantiles]
    assert spread[0] > 8.0, spread
    assert spread[1] > 400.0, spread


def test_a_silent_corpus_and_one_note_are_refused_in_a_sentence(tmp_path):
    write_audio(tmp_path / "a.wav", np.zeros(RATE, np.float32), RATE)
    write_audio(tmp_path / "b.wav", np.zeros(RATE, np.float32), RATE)
    with pytest.raises(CheironError, match="silent"):
        gather(Whistle(), tmp_path, ["b*"], NAMES, 2, 1.0)
    write_audio(tmp_path / "b.wav", glide(1), RATE)
    with pytest.raises(CheironError, match="silent or too short to fit on"):
        gather(Whistle(), tmp_path, ["b*"], NAMES, 2, 1.0)


# Judging


def test_perfect_knobs_are_perfect_and_wrongly_named_or_dead_ones_are_not(material):
    perfect, swapped, dead = (
        subject_of(title, Perfect(**options), NAMES)
        for title, options in (("good", {}), ("swapped", {"swap": True}), ("dead", {"dead": True}))
    )
    found = all_results(judge([perfect, swapped, dead], material, 2), NAMES)
    good = found["good"]
    assert good["changed1.pearson"].mean > 0.97
    assert good["changed2.pearson"].mean > 0.97
    assert good["changed1.within"].mean > 0.97
    assert good["changed1.l1"].mean < 0.05
    assert good["changed1.leak"].mean < 0.05
    assert good["inverse_error"].mean < 1e-3
    assert good["turned.scc"].mean > 0.97
    assert good["turned.modularity"].mean > 0.95
    assert found["swapped"]["turned.scc"].mean < 0.5
    assert good["changed1.own_distance_ratio"].mean < 1.5
    assert good["changed1.chance"].mean < 0.7
    assert abs(found["dead"]["changed1.within"].mean) < 0.3
    assert found["dead"]["changed1.leak"].mean < 1e-6
    assert found["swapped"]["changed1.leak"].mean > 3 * good["changed1.leak"].mean
    assert found["swapped"]["changed2.pearson"].mean < 0.5


def test_a_target_is_looked_for_where_it_is_heard(material):
    """With the delay left out, a fast curve is followed less well."""
    subject = subject_of("good", Perfect(), NAMES)
    wanted = np.full(material.excerpts[0].curves.shape, np.nan)
    wanted[:, 0] = 0.5 + 0.3 * np.sin(np.arange(len(wanted)) * 2 * np.pi * 4.0 / material.rate)
    ask = replace(draw_asks(0, 1, [wanted], material.rate)[0], wanted=wanted)
    (heard,) = play(subject, material, [ask])
    (unaware,) = play(subject, replace(material, delay=0), [ask])
    right, wrong = (pearson_of(wanted[:, 0], h.measured[:, 0]) for h in (heard, unaware))
    assert right > wrong + 0.02


def test_baselines_follow_what_is_linear_and_invert(material):
    for fit in (regression, directions):
        space = fit(material)
        z = material.excerpts[0].z
        back = space.to_latent(space.to_control(z))
        np.testing.assert_allclose(back, z, atol=1e-4)
        subject = subject_of("x", space, NAMES)
        curve = np.linspace(0.3, 0.7, len(z))
        wanted = np.full((len(z), 2), np.nan)
        wanted[:, 0] = curve
        sound = material.model.decode(edited(subject, z, wanted, material))
        measured = aligned(material.positions(sound), material)
        assert pearson_of(curve, measured[:, 0]) > 0.9


def test_latents_that_training_named_are_knobs_of_their_own(material):
    class Named(Whistle):
        latent = Space.of("latent", ["level", "centroid", "idle"], -3.0, 3.0)

    assert own_axes(material) is None
    space = own_axes(replace(material, model=Named()))
    assert space.names == ("centroid",)
    z = material.excerpts[0].z
    np.testing.assert_allclose(space.to_latent(space.to_control(z)), z, atol=1e-4)
    c = space.to_control(z)
    assert 0.2 < c[:, 0].mean() < 0.8


def test_a_knob_is_set_by_its_marks_its_unit_or_its_travel():
    q = Quantiles.fit(np.linspace(100.0, 300.0, 500))
    half = np.array([0.5])

    class Knob:
        def __init__(self, axis):
            self.control = Space("control", (axis,))

    marked = Knob(Axis("centroid", 0.0, 1.0, "Hz", marks=(0.0, 400.0)))
    assert knob_of(marked, "centroid", half, q) == pytest.approx(0.5, abs=0.01)
    hertz = Knob(Axis("centroid", 0.0, 1e4, "Hz"))
    assert knob_of(hertz, "centroid", half, q) == pytest.approx(200.0, abs=1.0)
    assert knob_of(Knob(Axis("centroid", 0.0, 1.0)), "centroid", half, q) == 0.5
    assert knob_of(Knob(Axis("centroid", -2.0, 4.0)), "centroid", half, q) == 1.0


def test_a_space_without_any_of_the_knobs_is_refused():
    with pytest.raises(CheironError, match="has a knob for none of flux"):
        subject_of("mine", Perfect(), ("flux",))


# The command


def test_the_bench_prints_bars_and_writes_figures_and_pictures(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "load_model", lambda path, trust: Whistle())
    monkeypatch.setattr(module, "control_space", lambda model, name: Perfect())
    out = tmp_path / "out.json"
    result = run("whistle", "--corpus", folder, "--hold-out", "b*", "--space", "mine", "--axes",
                 "loudness,centroid", "--seeds", 1, "--clips", 2, "--seconds", 0.8, "--json", out,
                 "--pictures", tmp_path / "pictures")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "mine against the bars" in result.stdout
    assert "directions" in result.stdout
    written = json.loads(out.read_text())["results"]
    assert written["whistle.mine.changed1.pearson"] > 0.95
    assert written["whistle.mine.changed2.l1"] < 0.06
    assert written["whistle.mine.changed1.leak_ratio"] is not None
    assert {"whistle.directions.fit_seconds", "whistle.regression.held_out.mig"} <= set(written)
    names = {p.name for p in (tmp_path / "pictures").iterdir()}
    assert names == {"whistle-mine-curves.png", "whistle-mine-sweeps.png"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--axes", "loudness"], "at least two different descriptors"),
        (["--axes", "loudness,shine"], "no sound descriptor 'shine'"),
        (["--hold-out", "z*"], "none of the 7 sound files"),
    ],
)
def test_what_cannot_be_judged_is_refused(folder, monkeypatch, more, says):
    monkeypatch.setattr(module, "load_model", lambda path, trust: Whistle())
    monkeypatch.setattr(module, "space_names", lambda model: ())
    more = more if "--hold-out" in more else [*more, "--hold-out", "b*"]
    result = run("whistle", "--corpus", folder, *more)
    assert isinstance(result.exception, CheironError), result.output
    assert says in str(result.exception)


def test_folders_must_fit_the_models(folder):
    result = run("sax", "--corpus", folder, "--corpus", folder)
    assert "2 --corpus folders were given for 1 models" in str(result.exception)
