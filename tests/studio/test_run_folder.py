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
