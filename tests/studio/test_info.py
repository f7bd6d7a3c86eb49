import json
import re
import zipfile

import pytest
from click.testing import CliRunner

from cheiron.core.artifact import pack, write_artifact
from cheiron.core.space import Space
from cheiron.studio.cli import cli


def info(path):
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli, ["info", str(path)])


@pytest.fixture
def bell(tmp_path):
    fields = {
        "family": "rave",
        "parameters": 903211,
        "sample_rate": 44100,
        "hop": 128,
        "latency": 640,
        "latent": Space.of("latent", ["z0", "z1"]).to_json(),
        "metrics": {"distance": 0.71234, "f0": {"median": None}},
        "provenance": {"licence": "CC0-1.0", "sources": [f"[{i}].flac" for i in range(30)]},
    }
    write_artifact(
        tmp_path / "bell", kind="audio-model", name="bell", fields=fields, files={"card.md": b"A"}
    )
    space = {"control": Space.of("control", ["pc0", "pc1"]).to_json()}
    write_artifact(
        tmp_path / "bell/spaces/pca", kind="control-space", name="pca", fields=space, files={}
    )
    return tmp_path / "bell"


def test_everything_a_player_asks_of_a_model_is_shown(bell):
    output = info(bell).output
    overview = ("rave", "903,211", "44100 Hz", "128 samples (2.9 ms)", "640 samples (14.5 ms)")
    contents = ("z1", "0.7123", "CC0-1.0", "30 in all", "card.md", "spaces/pca", "pc1")
    for text in overview + contents:
        assert text in output


def test_a_name_in_brackets_is_not_taken_for_markup(bell):
    assert "[3].flac" in info(bell).output


def test_a_zip_says_the_same_as_its_folder(bell, tmp_path):
    pack(bell, tmp_path / "bell.zip")
    assert info(tmp_path / "bell.zip").output == info(bell).output


def test_a_damaged_artifact_is_refused_in_one_sentence(bell):
    (bell / "card.md").write_bytes(b"B")
    result = info(bell)
    assert result.exit_code == 1
    assert "damaged" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "change", [{"sample_rate": "x"}, {"hop": [1]}, {"latent": {"axes": 5}}, {"metrics": "good"}]
)
def test_a_manifest_with_fields_of_other_kinds_gives_no_traceback(bell, change):
    path = bell / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    result = info(bell)
    assert isinstance(result.exception, SystemExit | None)


def test_a_torchscript_file_is_described_without_being_run(tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_CONFIG", str(tmp_path / "settings"))
    path = tmp_path / "voice.ts"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("voice/code.py", "raise SystemExit")
    output = info(path).output
    assert "not loaded" in output
    assert "no; say so once with --trust" in output


def test_a_torchscript_file_that_is_none_is_called_damaged(tmp_path):
    (tmp_path / "voice.ts").write_bytes(b"not a zip")
    assert "damaged" in info(tmp_path / "voice.ts").output


def test_what_decodes_a_model_here_is_said(bell, monkeypatch):
    monkeypatch.setenv("CHEIRON_KERNEL", "off")
    output = info("sax").output
    assert re.search(r"decoded by +ONNX Runtime", output)
    assert "decoded by" not in info(bell).output  # it has no decoder
