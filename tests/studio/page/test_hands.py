"""Hands before a camera: a film of two hands, and a camera that is refused."""

import re
import time

import fake_server
import pytest
from fake_state import source
from playing import playing
from playwright.sync_api import expect, sync_playwright

from cheiron.studio.bench.browser import camera_flags
from cheiron.studio.bench.hands import FILM, start_camera

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def launch():
    """Chromium with the cameras that are asked for; closed at the end."""
    with sync_playwright() as play:
        opened = []

        def launch(*flags):
            browser = play.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
            opened.append(browser)
            page = browser.new_page(viewport={"width": 1440, "height": 1100})
            page.set_default_timeout(20_000)
            return page

        yield launch
        for browser in opened:
            browser.close()


@pytest.fixture
def address(tmp_path):
    """A real instrument, without sound."""
    with playing(tmp_path, "--device", "none", "sax") as address:
        yield address


def until(page, expression, seconds=120.0):
    """Wait for something to be true on the page, whose security policy forbids eval there."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(100)


def test_two_hands_of_a_film_arrive_at_the_instrument(launch, address):
    page = launch(*camera_flags(FILM))
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: m.type == "error" and faults.append(m.text))
    page.goto(address)
    assert page.locator(".camera-light").count() == 0
    start_camera(page)
    until(page, "window.cheiron.hands().hands === 2")
    expect(page.locator(".camera-light")).to_be_visible()
    expect(page.locator(".hands-words")).to_contain_text("pictures a second")
    assert page.locator(".hands-preview video").count() == 1
    page.get_by_role("button", name="Show the picture of the camera").click()
    assert page.locator(".hands-preview video").count() == 0
    page.locator("#tab-sources").click()
    bar = page.locator("[data-source=hands] .axis-bar").filter(has_text="right seen")
    expect(bar).to_have_attribute("style", re.compile("--at: ?1"), timeout=60_000)
    # The camera goes off with its source.
    page.get_by_role("button", name="Close hands").click()
    expect(page.locator(".camera-light")).to_have_count(0)
    assert page.evaluate("window.cheiron.hands().on") is False
    assert faults == []


@pytest.fixture
def fake():
    """An instrument that is not there, with the source of hands open."""
    server = fake_server.FakeServer()
    server.instrument.state["sources"].append(source("hands", [], {}))
    with fake_server.serving(server) as address:
        yield address


def test_a_camera_that_is_refused_has_a_remedy_and_the_keyboard_reaches_it(launch, fake):
    page = launch("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page.goto(fake)
    page.locator("#tab-hands").click()
    button = page.get_by_role("button", name="Start the camera")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hands-problem")).to_contain_text("allow it")
    expect(button).to_be_visible()
    assert page.locator(".camera-light").count() == 0
