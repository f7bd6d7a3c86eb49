"""The page and the real instrument, as a player has them."""

import time

import pytest
from playing import playing

_LISTEN = """() => {
  window.loud = 0;
  window.cheiron.tapSound((samples) => {
    for (const s of samples) window.loud = Math.max(window.loud, Math.abs(s));
  });
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with playing(home, "--device", "page", "sax") as address:
        yield address


@pytest.fixture
def page(context, address):
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.wait_for_selector("canvas")
    until(page, "window.cheiron.pageSound() !== null")
    yield page
    page.mouse.up()
    page.close()
    assert not faults


def until(page, expression, seconds=20):
    """Wait for something to be true on the page, whose security policy forbids eval there."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(100)


def press(page, x=0.5, y=0.5):
    box = page.locator("canvas").first.bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()


def test_a_press_on_the_map_sounds_and_escape_ends_it(page):
    page.evaluate(_LISTEN)
    press(page)
    until(page, "window.loud > 0.01")
    page.keyboard.press("Escape")
    until(page, "() => { const was = window.loud; window.loud = 0; return was < 0.001; }")


def test_another_model_is_a_choice_away_and_undo_brings_the_first_back(page):
    model = page.get_by_role("combobox").first
    model.select_option("storm")
    until(page, "!document.body.innerText.includes('pitch')")
    page.get_by_role("button", name="Undo").first.click()
    until(page, "document.body.innerText.includes('pitch')")


def test_a_take_is_recorded_and_listed(page):
    page.keyboard.press("r")
    press(page, 0.4, 0.4)
    page.wait_for_timeout(600)
    page.mouse.up()
    page.keyboard.press("r")
    page.get_by_text("take 1").first.wait_for(timeout=20_000)


def test_two_pages_show_the_same(page, context, address):
    other = context.new_page()
    other.goto(address)
    other.wait_for_selector("canvas")
    page.get_by_role("button", name="Mute").first.click()
    until(other, "document.querySelector('[aria-pressed=true]') !== null")
    page.get_by_role("button", name="Mute").first.click()
    other.close()
