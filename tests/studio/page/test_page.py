"""The page in a real browser: what a player does, and what the instrument then hears."""

import asyncio

import fake_instrument
import fake_server
import pytest


@pytest.fixture(scope="module")
def server():
    server = fake_server.FakeServer()
    with fake_server.serving(server) as address:
        server.address = address
        yield server


@pytest.fixture
def page(context, server):
    """A page on a fresh instrument; a complaint of the browser fails the test."""
    server.instrument = fake_instrument.FakeInstrument()
    complaints = []
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
    page.goto(server.address)
    page.wait_for_selector(".map-field")
    page.complaints = complaints
    yield page
    page.close()
    assert complaints == []


def until(page, true, what):
    for _ in range(400):
        if true():
            return
        page.wait_for_timeout(20)
    raise AssertionError(what)


def said(server, kind):
    return [message for message in server.instrument.heard if message["type"] == kind]


def in_map(page, x, y):
    """Pixels of a place on a wide map: its margin is 28, and 44 below for the tools."""
    box = page.locator(".map-field").bounding_box()
    across, down = box["width"] - 56, box["height"] - 100
    return box["x"] + 28 + x * across, box["y"] + 28 + (1 - y) * down


def on_loop(server, work):
    return asyncio.run_coroutine_threadsafe(work, server.loop).result(10)


def test_a_press_on_the_map_says_where_and_a_lift_ends_it(page, server):
    page.mouse.move(*in_map(page, 0.25, 0.75))
    page.mouse.down()
    page.mouse.move(*in_map(page, 0.5, 0.25), steps=5)
    page.mouse.up()
    until(page, lambda: said(server, "pointer") and not last_touches(server), "no lift came")
    pressed = [m for m in said(server, "pointer") if m["touches"]]
    first, last = pressed[0]["touches"][0], pressed[-1]["touches"][0]
    assert (first["x"], first["y"]) == pytest.approx((0.25, 0.75), abs=0.01)
    assert (last["x"], last["y"]) == pytest.approx((0.5, 0.25), abs=0.01)
    assert {touch["id"] for m in pressed for touch in m["touches"]} == {0}
    times = [m["time"] for m in said(server, "pointer")]
    assert times == sorted(times)


def last_touches(server):
    return said(server, "pointer")[-1]["touches"]


def test_hold_keeps_the_sound_and_panic_ends_it(page, server):
    page.locator(".map-tools button").first.click()
    page.mouse.move(*in_map(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(200)
    assert last_touches(server)[0]["x"] == pytest.approx(0.5, abs=0.01)
    page.keyboard.press("Escape")
    until(page, lambda: said(server, "panic"), "no panic came")
    assert last_touches(server) == []


def test_a_hovering_mouse_is_told_only_to_a_pointer_that_wants_it(page, server):
    page.mouse.move(*in_map(page, 0.2, 0.2))
    page.mouse.move(*in_map(page, 0.4, 0.4), steps=4)
    page.wait_for_timeout(150)
    assert said(server, "pointer") == []
    server.instrument.state["sources"][0]["settings"] = {"hover": True}
    on_loop(server, server.say(server.instrument.state))
    page.wait_for_timeout(150)
    page.mouse.move(*in_map(page, 0.6, 0.6), steps=4)
    until(page, lambda: said(server, "pointer"), "no hover came")
    assert said(server, "pointer")[-1]["hover"][0] == pytest.approx(0.6, abs=0.15)


def test_the_keyboard_alone_plays(page, server):
    page.locator(".map-field").focus()
    page.keyboard.press("Space")
    until(page, lambda: said(server, "pointer") and last_touches(server), "nothing sounded")
    start = last_touches(server)[0]["x"]
    page.keyboard.down("ArrowRight")
    page.wait_for_timeout(300)
    page.keyboard.up("ArrowRight")
    until(page, lambda: last_touches(server)[0]["x"] > start + 0.05, "the cursor did not move")
    page.keyboard.press("Space")
    until(page, lambda: last_touches(server) == [], "it did not stop")


def test_five_fingers_play_and_a_sixth_does_not(page, server):
    fingers = page.context.new_cdp_session(page)
    points = [
        {"x": x, "y": y, "id": i}
        for i, (x, y) in enumerate(in_map(page, 0.1 + 0.15 * i, 0.5) for i in range(6))
    ]
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    until(page, lambda: said(server, "pointer"), "no touch came")
    page.wait_for_timeout(200)
    assert [touch["id"] for touch in last_touches(server)] == [0, 1, 2, 3, 4]
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, lambda: last_touches(server) == [], "a finger stuck")


def test_letters_play_only_while_the_keys_are_open_and_never_in_a_text(page, server):
    page.keyboard.press("a")
    until(page, lambda: len(said(server, "keys")) == 2, "the key was not heard")
    assert [m["down"] for m in said(server, "keys")] == [["KeyA"], []]
    page.keyboard.press("m")
    until(page, lambda: said(server, "mute"), "M does not mute")
    server.instrument.state["sources"] = []
    on_loop(server, server.say(server.instrument.state))
    page.wait_for_timeout(100)
    page.keyboard.press("a")
    page.wait_for_timeout(100)
    assert len(said(server, "keys")) == 2


def test_listening_fetches_the_sound_of_a_landmark(page, server):
    first = fake_server.landmarks()[0]
    page.keyboard.press("p")
    with page.expect_response("**/api/preview/*") as response:
        page.mouse.move(*in_map(page, first["x"], first["y"]))
        page.mouse.down()
    assert response.value.ok
    page.mouse.up()
    assert [m for m in said(server, "pointer") if m["touches"]] == []


def test_a_lost_connection_is_said_and_comes_back(page, server):
    on_loop(server, server.drop())
    page.get_by_text("Connection lost").wait_for()
    page.get_by_text("Connected").wait_for()
    page.keyboard.press("m")
    until(page, lambda: said(server, "mute"), "the page did not come back")
    page.complaints.clear()  # the browser itself reports the lost socket


def test_a_wrong_token_says_what_to_do(context, server):
    other = context.new_page()
    other.goto(server.address.split("#")[0] + "#token=wrong")
    other.get_by_text("Open the address that").wait_for()
    other.close()


def test_a_token_leaves_the_address_but_survives_a_reload(page, server):
    assert "token" not in page.url
    page.reload()
    page.wait_for_selector(".map-field")
    page.complaints.clear()


def test_a_refused_command_says_why(page, server):
    page.evaluate("() => undefined")
    server.instrument.state["models"].append("gone")
    on_loop(server, server.say(server.instrument.state))
    server.instrument.state["models"].remove("gone")
    page.get_by_label("Model").select_option("gone")
    page.get_by_text("There is no model gone").wait_for()


def test_a_note_is_read_aloud_and_the_same_one_is_only_counted(page, server):
    note = {"type": "note", "level": "warning", "text": "Too many messages."}
    for _ in range(30):
        on_loop(server, server.say(note))
    page.get_by_role("log").get_by_text("Too many messages. × 30").wait_for()
    assert page.locator(".toast").count() == 1


def test_a_flood_of_moments_and_odd_numbers_do_not_stop_the_page(page, server):
    moment = server.instrument.moment(fake_server.np.zeros(1024), True)
    for _ in range(500):
        on_loop(server, server.say(moment | {"rms": -1e9, "peak": 1e9, "position": [-5, 7]}))
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("panic").wait_for()
    page.keyboard.press("Escape")
    assert said(server, "panic") == [], "Escape in the list is no panic"


def test_a_still_page_draws_nothing(page, server):
    """Nothing sounds and nobody moves: the map's canvases are left alone."""
    page.wait_for_timeout(2500)
    count = page.evaluate(
        """async () => {
          let drawn = 0;
          const clear = CanvasRenderingContext2D.prototype.clearRect;
          CanvasRenderingContext2D.prototype.clearRect = function (...box) {
            if (this.canvas.className === "map-layer") drawn++;
            return clear.apply(this, box);
          };
          await new Promise((resolve) => setTimeout(resolve, 500));
          CanvasRenderingContext2D.prototype.clearRect = clear;
          return drawn;
        }"""
    )
    assert count == 0


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844), (320, 568)])
def test_nothing_sticks_out_of_the_screen(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    box = page.locator(".map-field").bounding_box()
    assert box["y"] + box["height"] <= size[1], "the map is not all on the first screen"
    page.set_viewport_size({"width": 1440, "height": 900})


def test_every_button_has_a_name(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [role=button]")]
          .filter((each) => !(each.ariaLabel || each.textContent.trim() || each.labels?.length))
          .map((each) => each.outerHTML)"""
    )
    assert nameless == []
