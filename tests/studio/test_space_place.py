"""Nothing is overwritten by a fit, and no space gets a name under which nobody finds it."""

import pytest

from cheiron.core.artifact import write_artifact
from cheiron.core.errors import CheironError
from cheiron.studio.space_place import check_place, free_name


@pytest.mark.parametrize("name", ["", "../evil", ".hidden", "a/b", "geometry"])
def test_odd_names_are_refused(name):
    with pytest.raises(CheironError, match="cannot be the name"):
        free_name(name, [])


def test_a_name_that_the_model_has_is_refused():
    with pytest.raises(CheironError, match="choose another --name"):
        free_name("descriptors", ["pca", "descriptors"])


def test_a_place_is_free_or_a_space(tmp_path):
    check_place(tmp_path / "new" / "space")
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty")
    write_artifact(tmp_path / "space", kind="control-space", name="x", fields={}, files={})
    check_place(tmp_path / "space")


def test_what_lies_there_is_not_lost(tmp_path):
    write_artifact(tmp_path / "bell", kind="audio-model", name="bell", fields={}, files={})
    with pytest.raises(CheironError, match="audio-model, which would be lost"):
        check_place(tmp_path / "bell")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    with pytest.raises(CheironError, match="other things"):
        check_place(tmp_path / "notes")
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "in"):
        with pytest.raises(CheironError, match="is a file"):
            check_place(place)
