import sys
from pathlib import Path

import pytest

# Tests are imported by path, so they have to be told where the file is that they share.
sys.path.append(str(Path(__file__).parent))
from players import Phone, Player


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "phone.html").write_text("<!doctype html><title>phone</title>")
    (folder / "index.html").write_text("the player's own page")
    (folder / "phone").mkdir()
    (folder / "phone/phone-1.js").write_text("// motion")
    (folder / "assets").mkdir()
    (folder / "assets/index.js").write_text("// the player's own")
    return folder


@pytest.fixture(scope="module")
def module_player(page, tmp_path_factory):
    with Player(tmp_path_factory.mktemp("home") / "phone", page) as player:
        player.open()
        yield player


@pytest.fixture
def player(module_player):
    """Open, with two seats that nobody has."""
    for seat in (1, 2):
        module_player.house.invite(seat)
    for source in module_player.sources.values():
        source.come()
    return module_player


@pytest.fixture
def phone():
    return Phone
