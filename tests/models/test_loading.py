import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cheiron.core.artifact import pack
from cheiron.core.errors import CheironError
from cheiron.models import load_model, shipped, shipped_models
from cheiron.models.trust import config_folder, read_trusted


@pytest.fixture
def package(tmp_path, monkeypatch, toy):
    """A package folder that ships two models."""
    models = tmp_path / "package/assets/models"
    models.mkdir(parents=True)
    (models / "bell").symlink_to(toy, target_is_directory=True)
    pack(toy, models / "gong.zip")
    (models / "notes").mkdir()
    monkeypatch.setattr(shipped, "files", lambda _: tmp_path / "package")
    return models


def test_shipped_models_load_by_name(package):
    assert list(shipped_models()) == ["bell", "gong"]
    assert load_model("bell").name == load_model("gong").name == "toy"


def test_neither_notes_nor_what_a_kill_left_count_as_shipped_models(package, tmp_path):
    models = shipped_models()["bell"].parent
    (models / "README.md").write_text("notes")
    shutil.copytree(shipped_models()["bell"], models / ".bell.previous")
    assert list(shipped_models()) == ["bell", "gong"]


def test_a_folder_that_is_no_model_does_not_hide_a_shipped_one(package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell").mkdir()
    assert load_model("bell").name == "toy"


def test_an_unknown_name_lists_the_shipped_models(package):
    with pytest.raises(CheironError, match="bell, gong"):
        load_model("trumpet")


def test_no_shipped_models_are_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "files", lambda _: tmp_path)
    assert shipped_models() == {}
    with pytest.raises(CheironError, match="no model 'trumpet'"):
        load_model("trumpet")


def test_a_program_is_refused_until_it_is_trusted_and_then_remembered(tmp_path):
    (tmp_path / "a.ts").write_bytes(b"code")
    with pytest.raises(CheironError, match="--trust"):
        read_trusted(tmp_path / "a.ts")
    assert read_trusted(tmp_path / "a.ts", trust=True) == b"code"
    (tmp_path / "a.ts").rename(tmp_path / "b.ts")
    assert read_trusted(tmp_path / "b.ts") == b"code"


def test_a_trusted_file_that_was_changed_is_refused(tmp_path):
    (tmp_path / "a.ts").write_bytes(b"code")
    read_trusted(tmp_path / "a.ts", trust=True)
    (tmp_path / "a.ts").write_bytes(b"evil")
    with pytest.raises(CheironError, match="--trust"):
        read_trusted(tmp_path / "a.ts")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sha256": 3}'])
def test_a_damaged_memory_of_trust_trusts_nothing(tmp_path, private_config, text):
    private_config.mkdir()
    (private_config / "trusted.json").write_text(text)
    (tmp_path / "a.ts").write_bytes(b"code")
    for trust in (False, True):
        with pytest.raises(CheironError, match="delete it"):
            read_trusted(tmp_path / "a.ts", trust)


def test_trust_in_one_file_keeps_the_others(tmp_path, private_config):
    for name in ("a.ts", "b.ts"):
        (tmp_path / name).write_text(name)
        read_trusted(tmp_path / name, trust=True)
    assert len(json.loads((private_config / "trusted.json").read_text())["sha256"]) == 2


def test_a_place_for_the_memory_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "a.ts").write_bytes(b"code")
    monkeypatch.setenv("CHEIRON_CONFIG", str(tmp_path / "file"))
    with pytest.raises(CheironError):
        read_trusted(tmp_path / "a.ts", trust=True)


def test_the_config_folder_follows_the_environment(monkeypatch, tmp_path):
    assert config_folder().name == "cheiron"
    monkeypatch.delenv("CHEIRON_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_folder() == tmp_path / "cheiron"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert config_folder().is_absolute()


def test_an_unreadable_ts_is_one_sentence(tmp_path):
    (tmp_path / "folder.ts").mkdir()
    with pytest.raises(CheironError, match="could not be read"):
        load_model(tmp_path / "folder.ts", trust=True)


def test_playing_an_artifact_imports_no_torch(toy):
    source = Path(shipped.__file__).parents[2]
    code = (
        "import sys; from cheiron.models import load_model; import numpy as np;"
        f"load_model({str(toy)!r}).decode(np.zeros((2, 3), np.float32));"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=False
    )
    assert done.returncode == 0
