import numpy as np
import pytest

from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.studio.session.loops import Loops

KNOBS = Space("control", (Axis("pitch", 80, 900, "Hz", 220), Axis("tone", 0, 1)))


@pytest.fixture
def loops(tmp_path):
    return Loops(tmp_path, tmp_path / ".trash")


def path(rows=20, start=100.0, seed=0):
    values = np.random.default_rng(seed).uniform(0, 1, (rows, 2)).astype(np.float32)
    return Recording(KNOBS, start + np.arange(rows) / 100, values)


def test_a_loop_comes_back_as_it_was(loops, tmp_path):
    saved = loops.save("round", path(), model="sax")
    again = Loops(tmp_path, tmp_path / ".trash")
    assert again.list() == [saved] and saved.length == pytest.approx(0.19)
    loop = again.load("round").points
    assert loop.space == KNOBS
    np.testing.assert_array_equal(loop.values, path().values)
    np.testing.assert_allclose(loop.times, np.arange(20) / 100, atol=1e-9)
    assert Artifact.open(tmp_path / "loops" / "round", "loop").manifest["model"] == "sax"


def test_a_name_is_given_once_whatever_its_case(loops):
    loops.save("round", path(seed=1))
    loops.save("Round", path(seed=2))
    assert [loop.name for loop in loops.list()] == ["round"]
    np.testing.assert_array_equal(loops.load("round").points.values, path(seed=2).values)


def test_a_deleted_loop_comes_back(loops):
    loops.save("round", path())
    loops.delete("round")
    assert loops.list() == []
    with pytest.raises(CheironError, match="no loop 'round'; there is none"):
        loops.load("round")
    loops.restore("round")
    assert len(loops.load("round").points) == 20
    with pytest.raises(CheironError, match="in the trash"):
        loops.restore("other")


def test_what_is_no_loop_is_refused(loops):
    undefined = Recording(KNOBS, np.arange(2.0), np.full((2, 2), np.nan))
    for bad in (path(1), path(0), undefined):
        with pytest.raises(CheironError, match="fewer than two moments or undefined"):
            loops.save("bad", bad)
    for name in ("", "../up", "a/b"):
        with pytest.raises(CheironError):
            loops.save(name, path())
    assert loops.list() == []


def test_a_damaged_loop_is_left_out(loops, tmp_path):
    loops.save("good", path())
    loops.save("bad", path())
    (tmp_path / "loops" / "bad" / "loop.safetensors").write_bytes(b"nothing")
    (tmp_path / "loops" / "letters").mkdir()
    assert [loop.name for loop in Loops(tmp_path, tmp_path / ".trash").list()] == ["good"]


def test_a_read_only_session_keeps_no_loop(tmp_path):
    with pytest.raises(CheironError, match="may not be written to"):
        Loops(tmp_path, tmp_path / ".trash", kept=False).save("round", path())
