import errno
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cheiron.core import artifact as artifact_module
from cheiron.core.artifact import Artifact, pack, tensors_to_bytes, write_artifact
from cheiron.core.errors import CheironError


def make(path, text=b"one", name="bell", fields=None):
    return write_artifact(
        path,
        kind="audio-model",
        name=name,
        fields=fields or {"hop": 128},
        files={"card.md": text, "weights.safetensors": tensors_to_bytes({"z": np.ones((2, 3))})},
    )


def edit_manifest(folder, **changes):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.update(changes)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def sentence(path, kind=None):
    with pytest.raises(CheironError) as caught:
        Artifact.open(path, kind)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    return text


def zip_of(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def test_what_is_written_is_read_back(tmp_path):
    make(tmp_path / "bell", fields={"hop": np.int64(128), "f": float("nan"), "a": np.arange(2)})
    artifact = Artifact.open(tmp_path / "bell", "audio-model")
    assert artifact.name == "bell"
    assert artifact.manifest["hop"] == 128
    assert artifact.manifest["f"] is None
    assert artifact.manifest["a"] == [0, 1]
    assert artifact.read("card.md") == b"one"
    assert artifact.tensors("weights.safetensors")["z"].shape == (2, 3)
    assert artifact.file("card.md") == tmp_path / "bell" / "card.md"


def test_zip_reads_as_the_folder_and_is_bit_equal_on_repeat(tmp_path):
    folder = make(tmp_path / "bell")
    write_artifact(
        tmp_path / "bell/spaces/pca", kind="control-space", name="pca", fields={}, files={"a": b"x"}
    )
    packed = pack(tmp_path / "bell", tmp_path / "one.zip")
    pack(tmp_path / "bell", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert packed.manifest == folder.manifest
    assert packed.read("card.md") == b"one"
    assert packed.file("card.md") is None
    assert packed.folders == ("spaces/pca",)
    assert packed.inside("spaces/pca", "control-space").read("a") == b"x"
    assert folder.inside("spaces/pca").read("a") == b"x"


def test_zip_that_a_file_manager_made_of_the_folder_opens(tmp_path):
    make(tmp_path / "bell")
    entries = {f"bell/{p.name}": p.read_bytes() for p in (tmp_path / "bell").iterdir()}
    zip_of(tmp_path / "bell.zip", {**entries, "__MACOSX/._bell": b""})
    assert Artifact.open(tmp_path / "bell.zip").read("card.md") == b"one"


def test_a_changed_byte_is_refused(tmp_path):
    make(tmp_path / "bell")
    (tmp_path / "bell/card.md").write_bytes(b"two")
    assert "card.md" in sentence(tmp_path / "bell") and "changed" in sentence(tmp_path / "bell")


@pytest.mark.parametrize("text", [b"on", b"one more"])
def test_a_file_of_the_wrong_size_is_refused(tmp_path, text):
    make(tmp_path / "bell")
    (tmp_path / "bell/card.md").write_bytes(text)
    assert "size" in sentence(tmp_path / "bell")


def test_a_missing_file_is_refused(tmp_path):
    make(tmp_path / "bell")
    (tmp_path / "bell/card.md").unlink()
    assert "missing" in sentence(tmp_path / "bell")


def test_a_zip_cut_anywhere_is_refused(tmp_path):
    make(tmp_path / "bell")
    pack(tmp_path / "bell", tmp_path / "bell.zip")
    data = (tmp_path / "bell.zip").read_bytes()
    for cut in range(0, len(data), 97):
        (tmp_path / "cut.zip").write_bytes(data[:cut])
        sentence(tmp_path / "cut.zip")


def test_a_zip_with_any_damaged_byte_is_refused_or_reads_the_same(tmp_path):
    make(tmp_path / "bell")
    pack(tmp_path / "bell", tmp_path / "bell.zip")
    data = (tmp_path / "bell.zip").read_bytes()
    for position in range(0, len(data), 11):
        broken = bytearray(data)
        broken[position] ^= 0x5A
        (tmp_path / "broken.zip").write_bytes(broken)
        try:
            assert Artifact.open(tmp_path / "broken.zip").read("card.md") == b"one"
        except CheironError as error:
            assert "\n" not in str(error)


def test_a_newer_format_asks_for_an_update(tmp_path):
    make(tmp_path / "bell")
    edit_manifest(tmp_path / "bell", format_version=2)
    assert "update Cheiron" in sentence(tmp_path / "bell")


@pytest.mark.parametrize(
    "changes",
    [
        {"format_version": "1"},
        {"format_version": 0},
        {"files": []},
        {"files": {"card.md": {"sha256": 3, "bytes": 3}}},
        {"files": {"card.md": {"sha256": "a", "bytes": True}}},
        {"files": {"card.md": {"sha256": "a", "bytes": -1}}},
        {"kind": None},
    ],
)
def test_a_manifest_of_the_wrong_form_is_refused(tmp_path, changes):
    make(tmp_path / "bell")
    edit_manifest(tmp_path / "bell", **changes)
    assert "damaged" in sentence(tmp_path / "bell")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"format": "other"}', "[" * 100000, "\xff"])
def test_a_foreign_or_broken_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    sentence(tmp_path)


def test_foreign_things_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.ts").write_bytes(b"hello")
    zip_of(tmp_path / "other.zip", {"readme.txt": b"hello"})
    assert "manifest.json" in sentence(tmp_path / "folder")
    assert "expected a folder" in sentence(tmp_path / "file.ts")
    assert "manifest.json" in sentence(tmp_path / "other.zip")
    assert "nothing" in sentence(tmp_path / "absent")


def test_the_wrong_kind_is_refused(tmp_path):
    make(tmp_path / "bell")
    assert "'control-space'" in sentence(tmp_path / "bell", "control-space")


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "..\\evil", "C:\\evil"])
def test_a_manifest_or_zip_that_reaches_outside_is_refused(tmp_path, name):
    make(tmp_path / "bell")
    edit_manifest(tmp_path / "bell", files={name: {"sha256": "0", "bytes": 1}})
    assert "outside" in sentence(tmp_path / "bell")
    make(tmp_path / "good")
    entries = {p.name: p.read_bytes() for p in (tmp_path / "good").iterdir()}
    zip_of(tmp_path / "evil.zip", {**entries, name.replace("\\", "/"): b"evil"})
    if "\\" not in name or ":" in name or ".." in name:
        assert "outside" in sentence(tmp_path / "evil.zip")
    with pytest.raises(CheironError):
        write_artifact(tmp_path / "w", kind="k", name="n", fields={}, files={name: b""})


def test_a_zip_bomb_is_not_inflated(tmp_path):
    make(tmp_path / "bell")
    manifest = (tmp_path / "bell/manifest.json").read_bytes()
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr("card.md", b"\0" * 50_000_000)
    assert "size" in sentence(tmp_path / "bomb.zip")


def test_replacing_removes_what_the_old_one_held(tmp_path):
    make(tmp_path / "bell", b"old")
    write_artifact(tmp_path / "bell", kind="audio-model", name="n", fields={}, files={"b": b"new"})
    assert sorted(p.name for p in (tmp_path / "bell").iterdir()) == ["b", "manifest.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["bell"]


def test_a_folder_of_other_things_is_never_replaced(tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "music/song.wav").write_bytes(b"dear")
    with pytest.raises(CheironError, match="not an artifact"):
        make(tmp_path / "music")
    assert (tmp_path / "music/song.wav").read_bytes() == b"dear"


def test_a_full_disk_is_one_sentence_and_leaves_the_old_artifact(tmp_path, monkeypatch):
    make(tmp_path / "bell", b"old")
    real = Path.write_bytes

    def full(self, data):
        if self.name == "weights.safetensors":
            real(self, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CheironError, match="disk is full"):
        make(tmp_path / "bell", b"new")
    with pytest.raises(CheironError, match="disk is full"):
        make(tmp_path / "other")
    assert [p.name for p in tmp_path.iterdir()] == ["bell"]
    assert Artifact.open(tmp_path / "bell").read("card.md") == b"old"


def test_a_full_disk_leaves_no_half_zip(tmp_path, monkeypatch):
    make(tmp_path / "bell")

    def full(self, *args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(CheironError, match="disk is full"):
        pack(tmp_path / "bell", tmp_path / "bell.zip")
    assert [p.name for p in tmp_path.iterdir()] == ["bell"]


KILL = """
import os, sys
from pathlib import Path
from cheiron.core import artifact
target, moment = Path(sys.argv[1]), int(sys.argv[2])
count = 0
def spoil(owner, name):
    real = getattr(owner, name)
    def step(*args, **kwargs):
        global count
        count += 1
        if count > moment:
            os._exit(9)
        return real(*args, **kwargs)
    setattr(owner, name, step)
spoil(Path, "rename"); spoil(Path, "write_bytes"); spoil(os, "fsync"); spoil(os, "mkdir")
artifact.write_artifact(target, kind="audio-model", name="n", fields={}, files={"card.md": b"new"})
"""


@pytest.mark.parametrize("moment", [0, 2, 4, 6, 7, 8, 9])
def test_a_kill_at_any_step_leaves_the_old_or_the_new_artifact(tmp_path, moment):
    make(tmp_path / "bell", b"old")
    source = Path(artifact_module.__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", KILL, str(tmp_path / "bell"), str(moment)],
        env={**os.environ, "PYTHONPATH": str(source)},
        check=False,
    )
    assert Artifact.open(tmp_path / "bell").read("card.md") in (b"old", b"new")
    assert make(tmp_path / "bell", b"newer").read("card.md") == b"newer"


def test_a_kill_between_the_two_renames_brings_the_old_artifact_back(tmp_path):
    make(tmp_path / "bell", b"old")
    (tmp_path / "bell").rename(tmp_path / ".bell.previous")
    assert Artifact.open(tmp_path / "bell").read("card.md") == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["bell"]


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(artifact_module, "sync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "bell")
    assert list(tmp_path.iterdir()) == []


def test_the_artifacts_own_fields_cannot_be_overwritten(tmp_path):
    with pytest.raises(ValueError, match="files"):
        make(tmp_path / "bell", fields={"files": {}})


def test_a_file_the_manifest_does_not_list_is_not_read(tmp_path):
    make(tmp_path / "bell")
    (tmp_path / "bell/extra").write_bytes(b"?")
    with pytest.raises(CheironError, match=r"card\.md"):
        Artifact.open(tmp_path / "bell").read("extra")
