import pytest

from cheiron.core.artifact import Artifact, pack, write_artifact
from cheiron.core.artifact_extend import extend
from cheiron.core.errors import CheironError


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "bell"
    fields, files = {"hop": 128, "metrics": {"a": 1}}, {"card.md": b"old", "x.bin": b"x"}
    write_artifact(path, kind="audio-model", name="bell", fields=fields, files=files)
    space = {"space.bin": b"s"}
    write_artifact(
        path / "spaces" / "pca", kind="control-space", name="pca", fields={}, files=space
    )
    return Artifact.open(path)


def test_what_was_there_stays(model):
    more = extend(model, {"metrics": {"b": 2}}, {"card.md": b"new", "y.bin": b"y"})
    assert (more.manifest["hop"], more.manifest["metrics"]) == (128, {"b": 2})
    assert [more.read(f) for f in ("card.md", "x.bin", "y.bin")] == [b"new", b"x", b"y"]
    assert more.inside("spaces/pca").read("space.bin") == b"s"


def test_a_zip_is_refused(model, tmp_path):
    packed = pack(model.path, tmp_path / "bell.zip")
    with pytest.raises(CheironError, match="unpack"):
        extend(packed, {}, {})


def test_what_fails_half_way_leaves_the_old_one_with_all_that_is_inside(model, monkeypatch):
    import cheiron.core.artifact_extend as module

    written = []

    def stop(path, *, kind, **rest):
        written.append(kind)
        if kind == "control-space":
            raise KeyboardInterrupt
        return write_artifact(path, kind=kind, **rest)

    monkeypatch.setattr(module, "write_artifact", stop)
    with pytest.raises(KeyboardInterrupt):
        extend(model, {}, {"card.md": b"new"})
    assert written == ["audio-model", "control-space"]
    assert Artifact.open(model.path).read("card.md") == b"old"
    assert Artifact.open(model.path).inside("spaces/pca").read("space.bin") == b"s"
    assert [p.name for p in model.path.parent.iterdir()] == ["bell"]
