import importlib
import importlib.metadata
import json

import pytest
from click.testing import CliRunner

from cheiron.core.artifact import write_artifact
from cheiron.studio import doctor as module
from cheiron.studio.cli import cli
from cheiron.studio.doctor import examine, performing_works


def find(topic):
    return next(finding for finding in examine() if finding.topic == topic)


@pytest.fixture
def no_models(monkeypatch):
    monkeypatch.setattr("cheiron.models.shipped_models", dict)


def test_a_required_package_that_cannot_be_loaded_is_named_with_its_cure(monkeypatch):
    load = importlib.import_module

    def fail(name, package=None):
        if name == "onnxruntime":
            raise ImportError("libgomp.so.1: cannot open shared object file")
        return load(name, package)

    monkeypatch.setattr(module.importlib, "import_module", fail)
    findings = list(examine())
    broken = [finding for finding in findings if finding.state == "broken"]
    assert [finding.topic for finding in broken] == ["onnxruntime"]
    assert "libgomp" in broken[0].found
    assert "pip install" in broken[0].advice
    assert not performing_works(findings)


def test_missing_pytorch_does_not_stop_performing(monkeypatch, no_models):
    def absent(package):
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(module.importlib.metadata, "version", absent)
    finding = module._learning("torch")
    assert finding.state == "absent"
    assert "[learn]" in finding.advice
    assert performing_works([finding])


def test_a_copy_without_models_does_not_perform_and_says_so(no_models):
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 1
    assert "Performing does not work yet" in result.output


def test_a_damaged_model_is_found(monkeypatch, tmp_path):
    write_artifact(
        tmp_path / "bell", kind="audio-model", name="bell", fields={}, files={"card.md": b"A bell."}
    )
    (tmp_path / "bell" / "card.md").write_bytes(b"A tree.")
    monkeypatch.setattr("cheiron.models.shipped_models", lambda: {"bell": tmp_path / "bell"})
    finding = find("model bell")
    assert finding.state == "broken"
    assert "was changed" in finding.found


def test_a_settings_folder_that_cannot_be_written_is_reported(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHEIRON_CONFIG", str(tmp_path / "file" / "settings"))
    assert find("settings folder").state == "absent"


def test_the_findings_can_be_written_as_json(no_models, tmp_path):
    CliRunner().invoke(cli, ["doctor", "--json", str(tmp_path / "doctor.json")])
    report = json.loads((tmp_path / "doctor.json").read_text())
    assert report["performing_works"] is False
    assert {"topic", "state", "found", "advice"} == set(report["findings"][0])


def test_why_there_is_no_kernel_is_said_and_is_no_fault(monkeypatch):
    monkeypatch.setenv("CHEIRON_KERNEL", "off")
    finding = find("compiled kernel")
    assert finding.state == "absent"
    assert "CHEIRON_KERNEL=off" in finding.found
    assert "ONNX Runtime" in find("model sax").found
