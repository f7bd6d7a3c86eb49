"""Control spaces and scenes on the real page with the real instrument."""

import pytest
from playing import playing
from test_real import page, until

from cheiron.models import load_model
from cheiron.studio.chain import control_space

__all__ = ["page"]
_PLACE = "Number(document.querySelector('.scene-track').ariaValueNow)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    control_space(load_model("sax"), "pca").save(home / "spaces" / "sax" / "mine", "mine")
    with playing(home, "--device", "page", "--space", "pca", "sax") as address:
        yield address


def test_another_space_is_a_choice_away_and_scenes_lead_through_them(page):
    page.get_by_role("combobox", name="Control space", exact=True).select_option("mine")
    until(page, "document.querySelector('.header').innerText.includes('mine')")
    page.locator("#tab-scenes").click()
    add = page.get_by_role("button", name="Add scene", exact=True)
    add.click()
    page.locator(".scene-mark").first.wait_for()
    add.click()
    until(page, "document.querySelectorAll('.scene-mark').length === 2")
    until(page, f"{_PLACE} === 100")
    page.get_by_label("Control space of scene 2").select_option("pca")
    until(page, "document.querySelectorAll('.scene-item select')[1].value === 'pca'")
    assert page.locator(".scene-item select").first.input_value() == "mine"
    page.get_by_role("button", name="Blend to scene 1").click()
    until(page, f"{_PLACE} > 0 && {_PLACE} < 100")  # on its way
    until(page, f"{_PLACE} === 0")
    page.get_by_role("slider", name="Place in the scenes").focus()
    page.keyboard.press("End")
    until(page, f"{_PLACE} === 100")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the scene scene 1").click()
    until(page, "document.querySelectorAll('.scene-mark').length === 1")
    page.get_by_role("button", name="Undo").first.click()
    until(page, "document.querySelectorAll('.scene-mark').length === 2")
