import numpy as np
import pytest
from click.testing import CliRunner

from cheiron.core.audio_files import read_audio, write_audio
from cheiron.core.errors import CheironError
from cheiron.models import load_model, shipped_models
from cheiron.models.landmarks import read_landmarks
from cheiron.studio.bench import geometry_run
from cheiron.studio.bench.geometry import bench_geometry
from cheiron.studio.chain import control_space, landmarks_of
from cheiron.studio.cli import cli
from cheiron.studio.geometry_files import control_metric, feel_of, geometry_of, made_geometry
from cheiron.studio.morph import end_of, make_morph
from cheiron.studio.space_geometry import read_clips
from cheiron.training.geometry_layout import distances_of, trustworthiness

RATE = 44100


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def sax():
    return load_model("sax")


def test_a_morph_is_heard_and_drawn(tmp_path):
    out, plot = tmp_path / "m.wav", tmp_path / "m.png"
    arguments = ["morph", "10", "200", "--seconds", "0.3", "--out", str(out), "--plot", str(plot)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "speed varies" in result.output
    assert "log p" in result.output
    assert len(read_audio(out, RATE)) == pytest.approx(0.8 * RATE, abs=300)
    assert plot.read_bytes()[:4] == b"\x89PNG"


def test_a_sound_file_and_a_name_are_ends_too(sax, tmp_path):
    geometry, landmarks = geometry_of(sax), landmarks_of(sax)
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(RATE // 2) / RATE)
    write_audio(tmp_path / "tone.wav", tone.astype(np.float32), RATE)
    z = end_of(sax, geometry, landmarks, str(tmp_path / "tone.wav"))
    assert z[sax.latent.index("pitch")] == pytest.approx(57, abs=0.5)
    assert end_of(sax, geometry, landmarks, landmarks.sources[5]).shape == z.shape


@pytest.mark.parametrize(
    ("word", "sentence"), [("9999", "landmarks, from 0"), ("no such thing", "neither a sound file")]
)
def test_an_end_that_is_nothing_is_refused(sax, word, sentence):
    with pytest.raises(CheironError, match=sentence):
        end_of(sax, geometry_of(sax), landmarks_of(sax), word)


def test_a_silent_file_is_no_end(sax, tmp_path):
    write_audio(tmp_path / "nothing.wav", np.zeros(RATE // 4, np.float32), RATE)
    with pytest.raises(CheironError, match="silent"):
        end_of(sax, geometry_of(sax), landmarks_of(sax), str(tmp_path / "nothing.wav"))


def test_from_a_sound_to_itself_there_is_no_way(sax):
    z = landmarks_of(sax).z[7]
    with pytest.raises(CheironError, match="the same sound"):
        make_morph(sax, geometry_of(sax), z, z, 1.0)


def test_a_forbidden_region_over_an_end_is_refused(sax):
    a, b = landmarks_of(sax).z[[10, 200]]
    with pytest.raises(CheironError, match="inside forbidden region"):
        make_morph(sax, geometry_of(sax).avoiding([(b, 0.5)]), a, b, 1.0)


def test_the_map_is_that_of_the_geometry_and_keeps_what_sounds_alike_together(sax):
    geometry, landmarks = geometry_of(sax), landmarks_of(sax)
    assert landmarks.position == pytest.approx(geometry.positions)
    plain = read_landmarks(sax.artifact, sax.latent.size).position
    apart = distances_of(geometry.surrogate(geometry.frame.point(landmarks.z)))
    trust = [trustworthiness(apart, p.astype(float)) for p in (landmarks.position, plain)]
    assert trust[0] > trust[1] + 0.03


@pytest.mark.parametrize("name", ["sax", "storm"])
def test_shipped_geometries_are_small_and_theirs(name):
    folder = shipped_models()[name] / "geometry"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 1e6
    model = load_model(name)
    assert geometry_of(model).figures["explained"] > 0.98
    assert geometry_of(model) is geometry_of(model)


def test_a_geometry_that_was_put_beside_another_model_is_refused_and_playing_goes_on():
    storm, sax = load_model("storm"), load_model("sax")
    geometry_of(storm).save(made_geometry("sax"))
    with pytest.raises(CheironError, match="cheiron space geometry"):
        geometry_of(sax)
    space = control_space(sax, "pca")
    assert feel_of(sax, space)(space.control.default[None]) is None


def test_the_metric_of_knobs_is_that_of_latents(sax):
    space, geometry = control_space(sax, "pca"), geometry_of(sax)
    c = space.control.default[None].copy()
    c[:, space.control.index("loudness")] = -20.0
    tensor = control_metric(geometry, space, c)[0]
    turn = np.array([space.to_latent(c + row)[0] - space.to_latent(c)[0] for row in np.eye(16)])
    wanted = turn @ geometry.heard(space.to_latent(c))[0] @ turn.T
    assert tensor == pytest.approx(wanted, rel=0.05, abs=0.02 * np.abs(wanted).max())


def test_the_bench_prints_its_bars(tmp_path, monkeypatch):
    monkeypatch.setattr(geometry_run, "_LIVE_CALLS", 20)
    monkeypatch.setattr(geometry_run, "_PLACES", 2)
    arguments = ["storm", "--pairs", "1", "--seeds", "1", "--pictures", str(tmp_path / "p")]
    arguments += ["--json", str(tmp_path / "g.json")]
    result = CliRunner().invoke(bench_geometry, arguments)
    assert result.exit_code == 0, result.output
    assert "geodesic.variation_ratio" in result.output
    assert (tmp_path / "p" / "geometry-storm-1.png").exists()
    assert "storm.geodesic.log_prob_above" in (tmp_path / "g.json").read_text()


def test_a_folder_of_silence_is_no_corpus(sax, tmp_path):
    for i in range(5):
        write_audio(tmp_path / f"{i}.wav", np.zeros(1000, np.float32), RATE)
    with pytest.raises(CheironError, match="silent or damaged"):
        read_clips(sax, tmp_path)
    with pytest.raises(CheironError, match="no sound in"):
        read_clips(sax, tmp_path / "nowhere")
