"""Which control spaces a model can be played in."""

import shutil

import pytest

from cheiron.control.linear import LinearSpace
from cheiron.core.artifact import write_artifact
from cheiron.core.errors import CheironError
from cheiron.models import load_model
from cheiron.models.fingerprint import FIELD, fingerprint
from cheiron.studio.spaces import Shelf, control_space, space_folder, space_names, spaces_of


@pytest.fixture(scope="module")
def sax():
    return load_model("sax")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))


def made(sax, name, **fields):
    """A space in the user's folder, its manifest with further fields."""
    space = LinearSpace.identity(sax.latent, "sax")
    found = space.save(space_folder("sax") / name, name)
    if fields:
        own = {k: found.manifest[k] for k in ("family", "model", "control", "latent")}
        files = {f: found.read(f) for f in found.files}
        write_artifact(
            found.path, kind=found.kind, name=name, fields={**own, **fields}, files=files
        )
    return found.path


def test_spaces_that_people_made_stand_behind_the_models_own(sax):
    own = spaces_of(sax).own
    made(sax, "mine")
    assert space_names(sax) == (*own, "mine") and spaces_of(sax).default in own
    assert control_space(sax, "mine").control.names == sax.latent.names


def test_a_folder_anywhere_will_do(sax, tmp_path):
    place = tmp_path / "elsewhere"
    shutil.move(made(sax, "mine"), place)
    assert control_space(sax, str(place)).control.names == sax.latent.names
    with pytest.raises(CheironError, match="no control space 'mine'"):
        control_space(sax, "mine")


def test_a_space_of_another_model_of_that_name_is_left_out(sax):
    made(sax, "same", **{FIELD: fingerprint(sax.artifact)})
    made(sax, "other", **{FIELD: "0" * 64})
    found = spaces_of(sax)
    assert "same" in found.names and "other" not in found.names
    assert "another model of the name sax" in found.notes[0]
    with pytest.raises(CheironError, match="another model of the name"):
        control_space(sax, "other")


def test_a_damaged_space_harms_nobody_else(sax):
    made(sax, "mine")
    (made(sax, "broken") / "space.safetensors").write_bytes(b"nothing")
    (space_folder("sax") / "empty").mkdir()
    found = spaces_of(sax)
    assert found.made == ("mine",) and len(found.notes) == 2


def test_a_space_is_read_once_and_again_when_it_has_been_made_again(sax):
    shelf = Shelf(sax)
    assert not shelf.look()
    made(sax, "mine")
    assert shelf.look() and "mine" in shelf.spaces.names
    first = shelf.get("mine")
    assert shelf.get("mine") is first and shelf.get("pca") is shelf.get("pca")
    made(sax, "mine")
    assert shelf.get("mine") is not first
