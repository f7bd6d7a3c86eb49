"""Teaching on the real page with the real instrument: draw a sound, show a gesture, play it."""

import math

import pytest
from playing import playing
from test_real import page, until

__all__ = ["page"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with playing(home, "--device", "page", "sax") as address:
        yield address


def draw(page, locator, shape, seconds):
    """Press, follow a shape, let go."""
    box = locator.bounding_box()
    steps = max(4, round(seconds / 0.03))
    for step in range(steps + 1):
        x, y = shape(step / steps)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if step == 0:
            page.mouse.down()
        page.wait_for_timeout(30)
    page.mouse.up()


def circle(share):
    return 0.5 + 0.25 * math.cos(6.28 * share), 0.5 + 0.25 * math.sin(6.28 * share)


def test_a_drawn_sound_is_taught_to_a_gesture_and_comes_back_under_the_hand(page):
    page.locator("#tab-teach").click()
    page.get_by_role("button", name="Draw a path").click()
    draw(page, page.locator(".teach-pad"), lambda s: (0.2 + 0.6 * s, 0.4), 1.2)
    until(page, "document.querySelector('[aria-label=Sound]').value === 'loop path 1'")
    page.get_by_label("Count in").select_option("0")
    page.get_by_label("Name of the gesture").fill("round")
    page.get_by_role("button", name="Show", exact=False).first.click()
    until(page, "document.querySelector('.teach-bar').classList.contains('record')")
    map_ = page.locator("canvas").first
    map_.scroll_into_view_if_needed()
    draw(page, map_, circle, 0.9)
    until(page, "document.querySelector('[data-gesture=round]') !== null")
    until(page, "document.querySelector('.teach-bar').className.trim() === 'teach-bar'")
    box = map_.bounding_box()
    best = 0.0
    for step in range(40):
        x, y = circle(step / 40)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if step == 0:
            page.mouse.down()
        page.wait_for_timeout(25)
        row = "document.querySelector('[data-gesture=round]').style"
        best = max(best, float(page.evaluate(f"{row}.getPropertyValue('--progress') || 0")))
    page.mouse.up()
    assert best > 0.5
    page.get_by_role("button", name="Delete the gesture round").click()
    until(page, "document.querySelector('[data-gesture=round]') === null")
    page.get_by_role("button", name="Undo").first.click()
    until(page, "document.querySelector('[data-gesture=round]') !== null")


def test_an_interaction_is_a_press_away(page):
    page.locator("#tab-presets").click()
    page.get_by_role("button", name="I1").click()
    page.locator("#tab-mapping").click()
    until(page, "document.querySelector('#mapping-direct').ariaChecked === 'true'")
