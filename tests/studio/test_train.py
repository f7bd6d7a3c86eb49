import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

import cheiron.studio.render as rendering
from cheiron.control.linear import LinearSpace
from cheiron.core.artifact import Artifact
from cheiron.core.audio_files import read_audio
from cheiron.models import load_model
from cheiron.models.landmarks import read_landmarks
from cheiron.studio.cli import cli
from cheiron.studio.train import Job, command_of

DEMO = Path(rendering.__file__).parent.parent / "assets" / "gestures" / "demo.csv"


def run(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def test_a_trained_model_is_a_whole_artifact_with_space_and_landmarks(trained_run):
    artifact = Artifact.open(trained_run.model, "audio-model")
    assert artifact.name == "bells"
    model = load_model(trained_run.model)
    assert model.sample_rate == 16000
    space = LinearSpace.load(artifact.inside("spaces/pca"), "bells", model.latent)
    assert space.control.names[:2] == ("loudness", "pitch")
    landmarks = read_landmarks(artifact, model.latent.size)
    assert landmarks is not None
    assert len(landmarks) > 20
    assert {"decoder.onnx", "encoder.onnx", "reconstructions.png"} <= set(artifact.files)
    assert artifact.read("reconstructions.png").startswith(b"\x89PNG")


def test_pitch_and_loudness_reach_what_the_corpus_has(trained_run):
    latent = load_model(trained_run.model).latent
    low, high = latent.axes[0].low, latent.axes[0].high
    for f0 in (196.0, 330.0):  # its lowest and highest notes
        assert low - 0.5 < 69 + 12 * np.log2(f0 / 440) < high + 0.5
    assert latent.axes[1].high - latent.axes[1].low > 15


def test_the_card_says_what_it_was_made_of_and_how(trained_run):
    card = (trained_run.model / "card.md").read_text("utf-8")
    for words in ("# bells", "Sines, made up.", "CC0", "16000 Hz", "held-out", "note2.wav"):
        assert words in card, words
    assert "cheiron train bells -o run --preset ddsp --minutes 0.03" in card
    provenance = Artifact.open(trained_run.model).manifest["provenance"]
    assert (provenance["licence"], provenance["held_out"]) == ("CC0", ["note2.wav"])
    assert provenance["command"] in card


def test_nothing_in_the_artifact_names_a_folder_of_this_machine(trained_run):
    for path in trained_run.model.rglob("*"):
        if path.is_file():
            assert str(trained_run.folder).encode() not in path.read_bytes(), path.name


def test_there_are_files_to_listen_to_and_nothing_unfinished(trained_run):
    (listen,) = (trained_run.out / "listen").iterdir()
    sound = read_audio(listen, 16000)
    assert len(sound) / 16000 > 1.0  # the original, a rest, the reconstruction
    names = {p.name for p in trained_run.out.iterdir()}
    assert names == {"checkpoint.pt", "job.json", "listen", "log.jsonl", "model"}
    log = [json.loads(line) for line in (trained_run.out / "log.jsonl").read_text().splitlines()]
    assert all(np.isfinite(record["distance"]) for record in log)


def test_the_screen_says_how_it_goes_and_what_to_do_next(trained_run):
    assert "bells: ddsp" in trained_run.output
    assert f"cheiron render {trained_run.model} GESTURE.csv -o out.wav" in trained_run.output


def test_a_model_may_be_named_by_the_folder_one_is_in(trained_run, monkeypatch):
    for place, name in ((trained_run.model, "."), (trained_run.model / "spaces", "..")):
        monkeypatch.chdir(place)
        assert run("info", name).exit_code == 0


def test_the_demo_gesture_plays_it_twice_alike(trained_run, tmp_path):
    files = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for file in files:
        result = run("render", trained_run.model, DEMO, "-o", file)
        assert result.exit_code == 0, result.output
    assert files[0].read_bytes() == files[1].read_bytes()
    sound = read_audio(files[0], 16000)
    assert len(sound) > 10 * 16000
    assert np.isfinite(sound).all()


@pytest.fixture
def same_network(trained_run, monkeypatch):
    """The small preset of the run, with graphs that were traced before."""
    import cheiron.export.artifact as exporting
    from cheiron.nets.ddsp import PRESETS

    artifact = Artifact.open(trained_run.model)
    names = ("encoder.onnx", "decoder.onnx", "decoder_step.onnx", "weights.safetensors")
    files = {name: artifact.read(name) for name in names}
    monkeypatch.setattr(exporting, "_graph_files", lambda network: files)
    monkeypatch.setitem(PRESETS, "ddsp", trained_run.config)


def test_the_same_command_again_only_makes_the_model_anew(trained_run, same_network, monkeypatch):
    from cheiron.training.loop import Trainer

    monkeypatch.setattr(Trainer, "_one_step", lambda self: pytest.fail("it trained again"))
    before = Artifact.open(trained_run.model)
    (trained_run.model / "card.md").unlink()
    result = run(*trained_run.arguments)
    assert result.exit_code == 0, result.output
    after = Artifact.open(trained_run.model)
    for name in ("weights.safetensors", "landmarks.safetensors", "card.md"):
        assert after.manifest["files"][name] == before.manifest["files"][name], name


def test_what_fails_at_the_end_leaves_the_older_model(trained_run, same_network, monkeypatch):
    import cheiron.training.landmarks as landmarks

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(landmarks, "choose_landmarks", stop)
    before = (trained_run.model / "manifest.json").read_bytes()
    assert run(*trained_run.arguments).exit_code == 130
    assert (trained_run.model / "manifest.json").read_bytes() == before
    assert not (trained_run.out / "model.partial").exists()


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--preset", "tiny", "preset"), ("--batch", "3", "batch"), ("--name", "x", "name")],
)
def test_other_options_in_the_same_folder_are_refused(trained_run, option, value, says):
    arguments = list(trained_run.arguments)
    if option in arguments:
        at = arguments.index(option)
        del arguments[at : at + 2]
    result = run(*arguments, option, value)
    assert result.exit_code == 1
    assert f"holds a run with another {says}; repeat its options" in result.stderr
    assert result.stderr.count("\n") == 1


def test_time_threads_and_step_size_may_change(trained_run, monkeypatch):
    import cheiron.studio.train as module

    begun = []
    monkeypatch.setattr(module, "_train", lambda *a: begun.append(a[1]) or SimpleNamespace())
    monkeypatch.setattr("cheiron.studio.finish.finish", lambda *a: trained_run.model)
    job = trained_run.out / "job.json"
    before = job.read_bytes()
    arguments = [*trained_run.arguments, "--learning-rate", "1e-4", "--threads", "2"]
    arguments[arguments.index("--minutes") + 1] = "5"
    result = run(*arguments)
    job.write_bytes(before)
    assert result.exit_code == 0, result.output
    assert (begun[0].minutes, begun[0].learning_rate, begun[0].threads) == (5.0, 1e-4, 2)


def test_a_damaged_job_and_a_file_in_place_of_the_folder_are_refused(trained_run, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "job.json").write_text("{")
    corpus = trained_run.folder / "bells"
    for place, says in (
        (tmp_path / "run", "is damaged"),
        (tmp_path / "run" / "job.json", "a file"),
    ):
        result = run("train", corpus, "-o", place)
        assert result.exit_code == 1
        assert says in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("corpus", ["nowhere", ".", ".."])
def test_a_folder_that_is_no_corpus_is_refused(tmp_path, monkeypatch, corpus):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = run("train", corpus)
    assert result.exit_code == 1
    assert "is not a corpus" in result.stderr
    assert "cheiron corpus build" in result.stderr
    assert [p.name for p in tmp_path.rglob("*")] == ["here"]


def test_options_out_of_range_are_refused_before_anything_is_written(trained_run, tmp_path):
    for option, value in (("--minutes", "0"), ("--adversarial", "1"), ("--preset", "huge")):
        result = run("train", trained_run.folder / "bells", "-o", tmp_path / "x", option, value)
        assert result.exit_code == 2, option
    assert not list(tmp_path.iterdir())


def test_texture_needs_two_items_and_says_so_before_it_starts(trained_run, tmp_path):
    arguments = ("train", trained_run.folder / "bells", "-o", tmp_path / "x", "--batch", "1")
    result = run(*arguments, "--preset", "texture")
    assert result.exit_code == 1
    assert "--batch 2 or more" in result.stderr


def test_without_torch_it_says_how_to_install_it(tmp_path):
    code = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'onnxscript', 'onnx'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "from cheiron.studio.cli import main\n"
        "main()\n"
    )
    for command in (["train", "somewhere"], ["train", "--help"]):
        result = subprocess.run(
            [sys.executable, "-c", code, *command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "NO_COLOR": "1"},
        )
        if command[1] == "--help":
            assert result.returncode == 0
            assert "--preset" in result.stdout
        else:
            assert result.returncode == 1
            assert "torch" in result.stderr
            assert "pip install" in result.stderr
            assert "[learn]" in result.stderr
            assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_command_on_the_card_is_complete_and_without_folders():
    job = Job("/a/b/rain", "texture", "drizzle", {"minutes": 30.0, "kl": 0.5}, licence="CC0")
    assert command_of(job, Path("/c/d/out")) == (
        "cheiron train rain -o out --preset texture --name drizzle --minutes 30 --kl 0.5 "
        "--licence CC0"
    )
