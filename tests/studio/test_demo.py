import pytest
from click.testing import CliRunner

from cheiron.core.errors import CheironError
from cheiron.models import shipped_models
from cheiron.studio.cli import cli
from cheiron.studio.demo import play_demo


def test_a_copy_without_models_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("cheiron.studio.demo.shipped_models", dict)
    with pytest.raises(CheironError, match="without models"):
        play_demo(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("cheiron.studio.demo.shipped_models", lambda: {"bell": tmp_path})
    (tmp_path / "file").touch()
    with pytest.raises(CheironError, match="could not be written"):
        play_demo(tmp_path / "file" / "demo")


def test_the_demo_makes_a_sound_and_a_picture_for_every_model(tmp_path):
    result = CliRunner().invoke(cli, ["demo", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {f"{name}.{end}" for name in shipped_models() for end in ("wav", "png")}
    assert len(result.stdout.splitlines()) == 2
