from pathlib import Path

import pytest

from cheiron.core.folder_swap import put_in_place, recover


def make(path, text):
    path.mkdir()
    (path / "file").write_text(text)
    return path


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_new_folder_replaces_the_old_one_and_nothing_else_stays(tmp_path):
    model = make(tmp_path / "model", "old")
    put_in_place(make(tmp_path / "partial", "new"), model)
    assert (model / "file").read_text() == "new"
    assert names(tmp_path) == ["model"]


def test_what_a_kill_after_the_swap_left_is_not_in_the_way_of_the_next(tmp_path):
    model = make(tmp_path / "model", "new")
    make(tmp_path / ".model.previous", "old")
    put_in_place(make(tmp_path / "partial", "newer"), model)
    assert (model / "file").read_text() == "newer"
    assert names(tmp_path) == ["model"]


def test_a_kill_within_the_swap_leaves_the_old_folder(tmp_path):
    make(tmp_path / ".model.previous", "old")
    recover(tmp_path / "model")
    assert names(tmp_path) == ["model"]


def test_a_swap_that_fails_brings_the_old_folder_back(tmp_path):
    model = make(tmp_path / "model", "old")
    with pytest.raises(OSError, match="No such file"):
        put_in_place(tmp_path / "absent", model)
    assert (model / "file").read_text() == "old"


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_a_folder_without_a_name_of_its_own_has_nothing_to_recover(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    recover(Path(name))
    assert names(tmp_path) == []
