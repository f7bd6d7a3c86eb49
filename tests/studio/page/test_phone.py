"""The page that a phone opens, in a real browser that lets itself be shaken."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

sys.path.append(str(Path(__file__).parents[1] / "phone"))
from players import Player

from cheiron.studio.bench.browser import find_browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]

SHAKE = """
() => {
  const shake = () => {
    const held = {alpha: 0, beta: 0, gamma: 0};
    window.dispatchEvent(new DeviceOrientationEvent("deviceorientation", held));
    window.dispatchEvent(new DeviceMotionEvent("devicemotion", {
      acceleration: {x: 1, y: 0, z: 0},
      accelerationIncludingGravity: {x: 1, y: 0, z: 9.81},
      rotationRate: {alpha: 0, beta: 0, gamma: 90},
      interval: 16,
    }));
  };
  window.shaking = setInterval(shake, 16);
}
"""
REFUSE = """
DeviceMotionEvent.requestPermission = () => Promise.resolve("denied");
"""
ALLOW = """
window.asked = [];
for (const kind of [DeviceMotionEvent, DeviceOrientationEvent])
  kind.requestPermission = async () => { window.asked.push(kind.name); return "granted"; };
"""

KEEP_NOTHING = """
Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});
"""


@pytest.fixture(scope="module")
def player(built, tmp_path_factory):
    with Player(tmp_path_factory.mktemp("home") / "phone", built) as player:
        player.open()
        yield player


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def phone(browser, player):
    """Opens pages like phones with nothing in their memory, each with a code of its own."""
    contexts = []
    for seat in (1, 2):
        player.house.invite(seat)

    def open_phone(link=None, script=""):
        context = browser.new_context(
            ignore_https_errors=True,  # as a player does who trusts the computer on the table
            viewport={"width": 390, "height": 844},
            has_touch=True,
        )
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.goto(link or player.seat()["link"])
        return page

    yield open_phone
    for context in contexts:
        context.close()


def moving(player, name="phone"):
    source = player.sources[name]
    player.wait(lambda: not source.away)
    frame = source.latest()
    return dict(zip(frame.space.names, frame.values.tolist(), strict=True))


def test_a_phone_plays_after_one_touch_and_says_how_it_does(phone, player):
    page = phone()
    assert "#" not in page.url  # people show their screens
    expect(page.locator("#link")).to_have_text("connected")
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    values = moving(player)
    assert values["linear_acceleration_x"] == pytest.approx(1)
    assert values["gravity_z"] == pytest.approx(9.81)
    assert values["gyroscope_z"] == pytest.approx(1.5708, abs=1e-3)
    assert values["quaternion_w"] == pytest.approx(1)
    expect(page.locator("#name")).to_have_text("phone")
    expect(page.locator("#rate")).to_contain_text("times a second")
    expect(page.locator("#latency")).to_contain_text("ms away")


def test_a_finger_on_the_phone_is_a_button(phone, player):
    page = phone()
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#play")).to_have_text("Hold")
    page.locator("#play").hover()
    page.mouse.down()
    player.wait(lambda: moving(player)["button"] == 1)
    page.mouse.up()
    player.wait(lambda: moving(player)["button"] == 0)


def test_a_turned_screen_does_not_turn_the_axes(phone, player):
    page = phone()
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    before = moving(player)
    page.set_viewport_size({"width": 844, "height": 390})
    page.evaluate("window.dispatchEvent(new Event('orientationchange'))")
    page.wait_for_timeout(200)
    assert moving(player) == pytest.approx(before, abs=1e-5)
    expect(page.locator("#play")).to_be_in_viewport()


def test_ios_is_asked_for_both_sensors_on_the_touch(phone, player):
    page = phone(script=ALLOW)
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    moving(player)
    assert page.evaluate("window.asked") == ["DeviceMotionEvent", "DeviceOrientationEvent"]


def test_a_refusal_says_the_remedy_on_both_ends(phone, player):
    page = phone(script=REFUSE)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#say")).to_contain_text("press Start and then Allow")
    player.wait(lambda: "may not use its motion sensors" in player.sources["phone"].problem)


def test_a_browser_without_sensors_says_so(phone, player):
    page = phone()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#say")).to_contain_text("No movement comes", timeout=8000)
    player.wait(lambda: "gives no motion" in player.sources["phone"].problem)


def test_a_code_that_was_used_is_refused_on_the_second_phone(phone, player):
    link = player.seat()["link"]
    first = phone(link)
    expect(first.locator("#link")).to_have_text("connected")
    second = phone(link)
    expect(second.locator("#say")).to_contain_text("another phone has used this code")
    expect(second.locator("#link")).to_have_text("refused")
    expect(first.locator("#link")).to_have_text("connected")


def test_a_phone_that_is_loaded_again_comes_back_without_a_code(phone, player):
    page = phone()
    expect(page.locator("#link")).to_have_text("connected")
    page.reload()
    expect(page.locator("#link")).to_have_text("connected")
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    moving(player)


def test_a_phone_that_leaves_the_network_comes_back_by_itself(phone, player):
    page = phone()
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    moving(player)
    process = player.supervisor.process("phones")
    process.kill()  # to the phone it looks just like that
    player.wait(lambda: player.sources["phone"].away)
    expect(page.locator("#link")).to_have_text("connected", timeout=15000)
    moving(player)


def test_a_browser_that_keeps_nothing_plays_and_comes_back_all_the_same(phone, player):
    page = phone(script=KEEP_NOTHING)
    expect(page.locator("#link")).to_have_text("connected")
    player.supervisor.process("phones").kill()
    player.wait(lambda: not player.seat()["here"])
    expect(page.locator("#link")).to_have_text("connected", timeout=15000)
    player.wait(lambda: player.seat()["here"])


def test_a_page_in_the_background_leaves_its_axes_undefined(phone, player):
    page = phone()
    page.evaluate(SHAKE)
    page.get_by_role("button", name="Start").click()
    page.locator("#play").hover()
    page.mouse.down()
    player.wait(lambda: moving(player)["button"] == 1)
    page.evaluate(
        "clearInterval(window.shaking);"
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    player.wait(lambda: "sleeps" in player.sources["phone"].problem)
    assert player.sources["phone"].away
    page.evaluate(SHAKE)  # back again; the finger was lifted elsewhere
    assert moving(player)["button"] == 0
