import json
import math
import time
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

import cheiron.studio.bench.model as model_module
import cheiron.studio.bench.speed as speed_module
from cheiron.core.audio_files import write_audio
from cheiron.core.errors import CheironError
from cheiron.core.space import Space
from cheiron.models import load_model, shipped_models
from cheiron.studio.bench import bench
from cheiron.studio.bench.baseline import griffin_lim
from cheiron.studio.bench.held_out import hold_out_patterns, read_held_out
from cheiron.studio.bench.install_size import distribution_bytes, performing_distributions
from cheiron.studio.bench.metrics import (
    PitchJudge,
    bootstrap,
    level,
    loudness,
    loudness_error,
)
from cheiron.studio.bench.quality import BARS, judge, reconstruct
from cheiron.studio.bench.report import Bar, write_report
from cheiron.studio.bench.subjects import own_decoders
from cheiron.studio.bench.timing import interleave

RATE, HOP = 22050, 64


class Tape:
    """A perfect model, but late: a latent frame is a hop of samples, and the decoder amplifies."""

    name, sample_rate, hop, latency = "tape", RATE, HOP, 100
    latent = Space.of("latent", [f"z{i}" for i in range(HOP)])

    def __init__(self, gain=1.0, hiss=0.0):
        self.gain, self.hiss = gain, hiss

    def encode(self, audio):
        frames = -(-len(audio) // HOP)
        return np.pad(audio, (0, frames * HOP - len(audio))).reshape(frames, HOP)

    def decode(self, z, seed=0):
        late = np.concatenate([np.zeros(self.latency), self.gain * z.ravel()])[: z.size]
        return (late + self.hiss).astype(np.float32)

    def init_encoder(self):
        return None

    def encode_step(self, state, audio):
        return state, self.encode(audio)

    def init_decoder(self, seed=0):
        return None

    def decode_step(self, state, z):
        return state, self.decode(z)


def tone(f0, seconds=1.0, amplitude=0.3):
    t = np.arange(round(seconds * RATE)) / RATE
    partials = [np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 6)]
    return (amplitude * np.sum(partials, axis=0)).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """Two tones to hold out and a louder one."""
    path = tmp_path / "audio"
    path.mkdir()
    for name, f0, amplitude in (("a_1", 220, 0.1), ("b_1", 330, 0.1), ("c_2", 440, 0.2)):
        write_audio(path / f"{name}.wav", tone(f0, amplitude=amplitude), RATE)
    return path


def run(*arguments):
    return CliRunner().invoke(bench, [str(a) for a in arguments])


# Metrics


def test_equal_sounds_have_equal_loudness():
    assert loudness_error(tone(220), tone(220), RATE) == 0.0


def test_twice_the_amplitude_is_six_decibels():
    assert loudness_error(tone(220), 2 * tone(220), RATE) == pytest.approx(6.02, abs=0.01)


def test_loudness_counts_only_where_the_original_sounds():
    quiet = np.concatenate([tone(220), np.zeros(RATE, np.float32)])
    noisy = quiet.copy()
    noisy[RATE + 2048 :] = 0.1
    assert loudness_error(quiet, noisy, RATE) == 0.0
    assert math.isnan(loudness_error(np.zeros(RATE, np.float32), noisy, RATE))


def test_a_weighting_passes_1_khz_and_hears_less_of_100_hz():
    # IEC 61672: 100 Hz is at -19.1 dB.
    sine = [np.sin(2 * np.pi * f * np.arange(RATE) / RATE).astype(np.float32) for f in (1000, 100)]
    high, low = (float(loudness(x, RATE)[20]) for x in sine)
    assert high == pytest.approx(-3.0, abs=0.1)
    assert low - high == pytest.approx(-19.1, abs=0.3)


@pytest.mark.parametrize("cents", [0, 50, -20])
def test_a_shift_of_pitch_is_measured_in_cents(cents):
    pytest.importorskip("librosa")
    judge_ = PitchJudge(RATE)
    track = judge_.track(tone(220))
    assert track.voiced.mean() > 0.8
    shifted = tone(220 * 2 ** (cents / 1200))
    assert judge_.error(track, shifted) == pytest.approx(abs(cents), abs=2.0)


def test_digital_silence_has_a_finite_level():
    assert level(np.zeros(10, np.float32)) == -200.0
    assert level(np.full(10, 0.1, np.float32)) == pytest.approx(-20.0, abs=1e-4)


def test_the_interval_holds_the_mean_and_narrows_with_more_files():
    values = np.random.default_rng(1).normal(5.0, 1.0, 200)
    few, many = bootstrap(list(values[:10])), bootstrap(list(values))
    assert many.low < many.mean < many.high
    assert many.high - many.low < few.high - few.low


def test_mel_inversion_repeats_and_keeps_the_length():
    pytest.importorskip("librosa")
    sound = tone(220, 0.3)
    first, second = griffin_lim(sound, RATE), griffin_lim(sound, RATE)
    assert first.shape == sound.shape
    assert np.array_equal(first, second)
    assert np.array_equal(griffin_lim(0 * sound, RATE), 0 * sound)


# bench model


def test_a_reconstruction_is_lined_up_by_the_latency():
    sound = tone(220)[:5000]
    assert np.allclose(reconstruct(Tape(), sound), sound, atol=1e-6)


def test_a_folder_is_scaled_by_one_gain_and_its_matches_are_kept(folder):
    held = read_held_out(folder, ["*_1.wav"], RATE)
    assert list(held.sounds) == ["a_1.wav", "b_1.wav"]
    a, b = (np.abs(x).max() for x in held.sounds.values())
    assert a == pytest.approx(b, rel=0.05)
    assert a == pytest.approx(0.45, rel=0.05)  # the loudest, which is not held out, has 0.9


def test_a_perfect_model_is_perfect_and_a_loud_one_is_not(folder):
    pytest.importorskip("librosa")
    held = read_held_out(folder, ["a_1*"], RATE)
    perfect, loud = judge(Tape(), held), judge(Tape(gain=2.0, hiss=0.01), held)
    results = perfect.results("tape")
    assert results["tape.distance"] == pytest.approx(0.0, abs=1e-3)
    assert results["tape.f0_cents"] == pytest.approx(0.0, abs=0.1)
    assert results["tape.silence_dbfs"] == -200.0
    assert results["tape.distance_over_griffin_lim"] < 0.01 < results["tape.griffin_lim.distance"]
    assert math.isnan(results["tape.silence.f0_cents"])
    assert loud.estimate("model", "loudness_db").mean == pytest.approx(6.0, abs=0.3)
    assert loud.silence_dbfs == pytest.approx(-40.0, abs=0.1)
    assert "untrained" in " ".join(perfect.notes)


def test_the_bench_prints_and_writes_what_it_measured(folder, monkeypatch, tmp_path):
    pytest.importorskip("librosa")
    monkeypatch.setattr(model_module, "load_model", lambda path, trust: Tape())
    monkeypatch.setitem(BARS, "tape", BARS["sax"])
    out, picture = tmp_path / "out.json", tmp_path / "out.png"
    result = run("model", "tape", "--audio", folder, "--hold-out", "*_1*", "--json", out,
                 "--plot", picture)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout.count("yes") == len(BARS["sax"])
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = json.loads(out.read_text())
    assert set(written) == {"results", "machine", "versions", "command"}
    assert written["results"]["tape.files"] == 2.0
    assert all(v is None or isinstance(v, float) for v in written["results"].values())


def test_bars_stand_under_names_of_metrics(folder):
    pytest.importorskip("librosa")
    known = judge(Tape(), read_held_out(folder, ["a_1*"], RATE)).results("x")
    assert {f"x.{metric}" for bars in BARS.values() for metric in bars} <= set(known)


def test_a_pattern_may_name_a_sub_folder(folder):
    (folder / "low").mkdir()
    write_audio(folder / "low" / "d.wav", tone(110), RATE)
    assert list(read_held_out(folder, ["low/*"], RATE).sounds) == ["low/d.wav"]


@pytest.mark.parametrize(
    ("patterns", "says"), [(["*.mid"], "none of the 3 sound files"), (["silent*"], "is silent")]
)
def test_held_out_sounds_that_are_not_there_are_refused(folder, patterns, says):
    if "silent*" in patterns:
        write_audio(folder / "silent.wav", np.zeros(1000, np.float32), RATE)
    with pytest.raises(CheironError, match=says.replace("3", "[34]")):
        read_held_out(folder, patterns, RATE)


def test_a_folder_without_sound_or_no_folder_is_refused(tmp_path):
    with pytest.raises(CheironError, match="no sound file"):
        read_held_out(tmp_path, ["*"], RATE)
    with pytest.raises(CheironError, match="not a folder"):
        read_held_out(tmp_path / "nowhere", ["*"], RATE)


def test_a_damaged_file_is_left_out_with_a_note(folder):
    (folder / "broken.wav").write_bytes(b"RIFF")
    held = read_held_out(folder, ["*_1*"], RATE)
    assert len(held.sounds) == 2
    assert "broken.wav" in held.notes[0]


def test_the_model_says_what_was_held_out_unless_told():
    class Shipped(Tape):
        class artifact:
            manifest = {"provenance": {"hold_out": ["*_rr2*"]}}  # noqa: RUF012

    assert hold_out_patterns(Shipped(), ()) == ("*_rr2*",)
    assert hold_out_patterns(Shipped(), ("a*",)) == ("a*",)
    with pytest.raises(CheironError, match="--hold-out"):
        hold_out_patterns(Tape(), ())


def test_without_librosa_the_bench_says_how_to_get_it(monkeypatch, folder):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run("model", "tape", "--audio", folder)
    assert isinstance(result.exception, CheironError)
    assert "[bench]" in str(result.exception)


# bench speed


def test_ways_take_turns_and_every_one_has_its_calls():
    order = []

    def way(name):
        def call(_):
            order.append(name)
            time.sleep(0.001)

        return call

    timings = interleave({"a": way("a"), "b": way("b")}, 2.0, 0.15)
    turns = sum(x != y for x, y in pairwise(order))
    assert turns >= 4
    assert all(len(t.milliseconds) >= 20 for t in timings.values())
    a = timings["a"]
    assert 1.0 <= a.median <= a.quantile(0.99) <= a.quantile(0.999)
    assert a.times_real_time == pytest.approx(2.0 / a.median)


def test_a_live_model_is_held_against_its_block():
    report = speed_module.Report()
    speed_module.shipped(report, Tape(), seconds=0.05)
    assert report.results["tape.decode.onnx.block_ms"] == pytest.approx(1000 * 128 / RATE)
    assert report.results["tape.encode.onnx.calls"] >= 20
    assert report.rows[0][-2] == ">= 10 x; < 2.902 ms"


def test_the_kernel_and_onnx_runtime_are_timed_side_by_side():
    model = load_model("sax")
    ways = own_decoders(model)
    assert set(ways) == ({"kernel", "onnx"} if "kernel" in model.decoded_by else {"onnx"})
    first, *others = [np.array(way(0)) for way in ways.values()]
    assert first.any()
    assert all(np.abs(other - first).max() < 1e-5 for other in others)


def test_speed_without_models_and_torch_measures_the_rest(monkeypatch, tmp_path):
    monkeypatch.setattr(speed_module, "shipped_models", dict)
    monkeypatch.setattr(speed_module, "has_torch", lambda: False)
    result = run("speed", "--seconds", "0", "--json", tmp_path / "out.json")
    assert result.exit_code == 0, result.output
    assert result.stderr.count("note:") == 2
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    assert set(results) == {"help.seconds", "install.megabytes"}
    assert 50 < results["install.megabytes"] < 1000


def test_a_performing_install_is_without_torch_and_counts_what_lies_on_the_disk():
    found = performing_distributions()
    assert {"cheiron", "numpy", "onnxruntime", "cffi"} <= set(found)
    assert not {"torch", "onnx", "librosa"} & set(found)
    assert distribution_bytes("numpy") > 10_000_000


def test_the_demo_is_rendered_with_a_shipped_model():
    report = speed_module.Report()
    name = next(iter(shipped_models()))
    speed_module.rendering(report, name)
    assert report.results[f"render.{name}.times_real_time"] > 1.0


# The report


@pytest.mark.parametrize(
    ("bar", "good", "bad"),
    [
        (Bar(1.0, "<="), 1.0, 1.01),
        (Bar(1.0, "<"), 0.99, 1.0),
        (Bar(1.0, ">="), 1.0, math.nan),
    ],
)
def test_a_bar_is_reached_or_not(bar, good, bad):
    assert bar.reached(good)
    assert not bar.reached(bad)


def test_what_is_not_finite_is_null_in_the_file(tmp_path):
    write_report(tmp_path / "out.json", {"a": math.nan, "b": 1})
    assert json.loads((tmp_path / "out.json").read_text())["results"] == {"a": None, "b": 1.0}


def test_a_report_that_could_not_be_written_is_refused_before_the_work(tmp_path):
    result = run("speed", "--json", tmp_path / "nowhere" / "out.json")
    assert isinstance(result.exception, CheironError)
