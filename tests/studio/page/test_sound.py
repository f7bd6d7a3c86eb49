"""The instrument's sound through the page."""

import fake_server
import numpy as np
import pytest

LISTEN = """() => {
  window.heard = [];
  window.stopListening = window.cheiron.tapSound((samples) => window.heard.push(...samples));
}"""


def until(page, true):
    """Poll from here: the page's policy forbids the evaluation that waiting inside would need."""
    for _ in range(400):
        if page.evaluate(true):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never: {true}")


@pytest.fixture
def server():
    server = fake_server.FakeServer()
    server.instrument.state["output"]["kind"] = "page"
    with fake_server.serving(server) as address:
        server.address = address
        yield server


@pytest.fixture
def page(context, server):
    page = context.new_page()
    page.goto(server.address)
    until(page, "() => window.cheiron.pageSound() !== null")
    box = page.locator(".map-field").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    yield page
    page.close()


def heard(page, milliseconds):
    page.evaluate(LISTEN)
    page.wait_for_timeout(milliseconds)
    page.evaluate("window.stopListening()")
    return np.array(page.evaluate("window.heard"))


def test_a_press_is_heard_through_the_page(page):
    assert np.max(np.abs(heard(page, 300))) < 1e-3
    page.mouse.down()
    page.wait_for_timeout(1000)
    assert np.max(np.abs(heard(page, 300))) > 0.05
    page.mouse.up()


def test_a_gap_is_counted_and_fades_without_a_click(page, server):
    page.mouse.down()
    page.wait_for_timeout(1500)
    before = page.evaluate("window.cheiron.pageSound().gaps")
    server.hold_up = 0.8
    sound = heard(page, 1800)
    until(page, f"() => window.cheiron.pageSound().gaps > {before}")
    silent = np.abs(sound) == 0.0
    assert silent.any(), "there was no gap to hear"
    # The tone's own steepest step is about 0.1; a cut at its peak would be 0.25 and more.
    edges = np.flatnonzero(np.diff(silent.astype(int)))
    assert np.max(np.abs(np.diff(sound))[edges]) < 0.05


def test_a_page_that_is_busy_does_not_break_the_sound(page):
    """Sound goes from its own thread to the audio thread, past the one that draws."""
    page.mouse.down()
    page.wait_for_timeout(1000)
    page.evaluate(LISTEN)
    page.evaluate(
        "() => { const end = performance.now() + 1500; while (performance.now() < end); }"
    )
    page.wait_for_timeout(200)
    page.evaluate("window.stopListening()")
    sound = np.array(page.evaluate("window.heard"))
    seconds = len(sound) / fake_server.RATE
    silent = np.mean(np.abs(sound) == 0.0)
    assert seconds > 1.0
    assert silent < 0.5, "the sound stopped while the page was busy"


def test_another_output_ends_the_pages_sound(page, server):
    server.instrument.state["output"]["kind"] = "none"
    page.keyboard.press("m")
    until(page, "() => window.cheiron.pageSound() === null")
