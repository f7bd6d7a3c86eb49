from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from cheiron.core.audio_files import write_audio
from cheiron.studio import finish
from cheiron.studio.cli import cli
from cheiron.training.corpus import CorpusConfig, build_corpus


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "notes").mkdir()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32)
    write_audio(tmp_path / "notes" / "wind.wav", noise, 8000)
    build_corpus(tmp_path / "notes", tmp_path / "wind", CorpusConfig(sample_rate=8000))
    return tmp_path / "wind"


def test_options_that_are_refused_leave_no_run_behind_that_would_be_in_the_way(corpus, tmp_path):
    out = tmp_path / "run"
    arguments = ["train", str(corpus), "-o", str(out), "--preset", "texture", "--batch", "1"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert "--batch 2" in result.stderr
    assert not out.exists()


def test_sounds_of_one_name_from_two_folders_are_all_there_to_listen_to(tmp_path):
    sound = np.zeros(800, np.float32)
    heard = [SimpleNamespace(clip=SimpleNamespace(name="note.wav"), original=sound, output=sound)]
    finish._write_listening_files(heard * 2, 8000, tmp_path / "listen")
    assert len(list((tmp_path / "listen").iterdir())) == 2


def test_a_folder_with_other_files_is_not_taken_for_a_run(corpus, tmp_path):
    (tmp_path / "home" / "listen").mkdir(parents=True)
    result = CliRunner().invoke(cli, ["train", str(corpus), "-o", str(tmp_path / "home")])
    assert result.exit_code == 1
    assert "choose a new or empty folder" in result.stderr
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["listen"]


def test_a_corpus_that_is_built_again_takes_nobody_else_s_files_with_it(corpus, tmp_path):
    arguments = ["corpus", "build", str(tmp_path / "notes"), "-o", str(corpus)]
    arguments += ["--sample-rate", "8000"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert CliRunner().invoke(cli, arguments).exit_code == 0  # its own picture is no obstacle
    (corpus / "take.wav").write_bytes(b"mine")
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert "holds take.wav beside a corpus" in result.stderr
    assert (corpus / "take.wav").read_bytes() == b"mine"


def test_ctrl_c_says_that_the_same_command_goes_on(corpus, tmp_path, monkeypatch):
    def stop(trainer):
        raise KeyboardInterrupt

    monkeypatch.setattr("cheiron.training.loop.Trainer._one_step", stop)
    arguments = ["train", str(corpus), "-o", str(tmp_path / "run"), "--batch", "1"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 130
    assert "the same command goes on from there" in result.output
    assert (tmp_path / "run" / "checkpoint.pt").is_file()
