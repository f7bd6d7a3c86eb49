"""The panels in a real browser: by keyboard and by mouse, what reaches the instrument."""

import asyncio
import copy
import re
import time
from pathlib import Path

import fake_server
import pytest
from aiohttp import web
from fake_instrument import FakeInstrument
from fake_state import cable, first_state
from playwright.sync_api import expect, sync_playwright

CHROMIUM, FLAGS = "/usr/bin/chromium", ["--no-sandbox", "--disable-gpu"]
SIZES = {"wide": {"width": 1200, "height": 800}, "phone": {"width": 390, "height": 844}}
TABS = [
    "transport",
    "presets",
    "scenes",
    "sources",
    "hands",
    "mapping",
    "params",
    "descriptors",
    "output",
]
HOSTILE = "<img src=x onerror=alert(1)> a name that never seems to come to its end " * 2


class Server(fake_server.FakeServer):
    """The fake one, with takes that can be fetched."""

    def app(self):
        app = super().app()
        app.router.add_get("/api/take/{name}", self._sound_of_take)
        return app

    async def _sound_of_take(self, request):
        assert fake_server._knows(request)
        return web.Response(body=request.match_info["name"].encode(), content_type="audio/flac")


class Stage:
    """A page, and the instrument that it talks to."""

    def __init__(self, server, page):
        self.server, self.page = server, page

    @property
    def state(self):
        return self.server.instrument.state

    def said(self, kind):
        """Commands of this kind so far, without their ids."""
        heard = [m for m in self.server.instrument.heard if m["type"] == kind]
        return [{k: v for k, v in m.items() if k not in ("type", "id")} for m in heard]

    def hears(self, kind, count=1):
        """The last of these commands, once there are so many."""
        self.until(lambda: len(self.said(kind)) >= count)
        return self.said(kind)[-1]

    def until(self, holds):
        """Wait for what the instrument should hear."""
        for _ in range(300):
            if holds():
                return
            self.page.wait_for_timeout(15)
        raise AssertionError(f"it did not come; last heard: {self.server.instrument.heard[-5:]}")

    def change(self, **state):
        """The instrument's state changes, and it says so."""
        self.state.update(state)
        saying = self.server.say(copy.deepcopy(self.state))
        asyncio.run_coroutine_threadsafe(saying, self.server.loop).result(5)

    def tab(self, name):
        self.page.locator(f"#tab-{name}").click()

    def dial(self, axis):
        return self.page.locator(f"[data-axis={axis}]")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)


@pytest.fixture(scope="module")
def browsing():
    """A server, and pages of it by their size: opening one takes longer than loading it again."""
    server = Server()
    with fake_server.serving(server) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        complaints, pages = [], {}
        for name, size in SIZES.items():
            page = pages[name] = browser.new_page(viewport=size)
            page.set_default_timeout(5000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        yield server, address, pages, complaints
        browser.close()


@pytest.fixture
def open_stage(browsing):
    """Opens a page of a fresh instrument; it must not complain."""
    server, address, pages, complaints = browsing
    server.instrument = FakeInstrument()

    def open_page(name="wide", **state):
        server.instrument.state.update(state)
        pages[name].goto("about:blank")
        pages[name].goto(address)
        pages[name].wait_for_selector(".knobs .dial")
        return Stage(server, pages[name])

    yield open_page
    for page in pages.values():
        page.goto("about:blank")
    assert complaints == []


@pytest.fixture
def stage(open_stage):
    return open_stage()


def test_a_knob_turns_by_keyboard_and_says_its_unit(stage):
    stage.dial("loudness").focus()
    stage.press("End")
    assert stage.hears("knob") == {"axis": "loudness", "value": 0, "locked": True}
    stage.press("ArrowDown")
    assert stage.hears("knob", 2)["value"] == pytest.approx(-0.6)
    expect(stage.dial("loudness")).to_have_attribute("aria-valuetext", "minus 0.6 decibels")
    stage.press("Shift+ArrowDown")
    assert stage.hears("knob", 3)["value"] == pytest.approx(-0.66)
    stage.press("Delete")
    assert stage.hears("release") == {"axis": "loudness"}


def test_typing_sets_a_value_and_a_pitch_takes_notes(stage):
    stage.dial("pitch").focus()
    stage.page.keyboard.type("69\n")
    assert stage.hears("knob")["value"] == 69
    expect(stage.dial("pitch").locator("b")).to_have_text("A4")
    expect(stage.dial("pitch")).to_be_focused()
    stage.press("Enter")
    stage.page.keyboard.type("c#5\n")
    assert stage.hears("knob", 2)["value"] == 73
    stage.page.keyboard.type("40")
    stage.press("Escape")
    expect(stage.dial("pitch")).to_be_focused()
    assert len(stage.said("knob")) == 2
    assert stage.said("panic") == []
    assert stage.said("preset-load") == []


def test_knobs_are_one_tab_stop_and_arrows_walk_them(stage):
    expect(stage.page.locator(".knobs [role=slider][tabindex='0']")).to_have_count(1)
    stage.dial("pitch").focus()
    stage.press("ArrowRight", "ArrowRight")
    expect(stage.dial("brightness")).to_be_focused()
    stage.press("ArrowLeft")
    expect(stage.dial("loudness")).to_be_focused()
    assert stage.said("knob") == []


def test_dragging_a_knob_ends_at_the_hand_without_a_flood(stage):
    box = stage.dial("brightness").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = stage.page.mouse
    before = stage.page.evaluate(
        "document.querySelector('[data-axis=brightness]').getAttribute('aria-valuenow')"
    )
    start = time.monotonic()
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y - 40, steps=40)
    mouse.up()
    end = pytest.approx(float(before) + 0.2)
    stage.until(lambda: stage.said("knob")[-1:] and stage.said("knob")[-1]["value"] == end)
    turns = stage.said("knob")
    assert len(turns) < 2 + 32 * (time.monotonic() - start)
    mouse.move(x, y)
    mouse.wheel(0, -100)
    assert stage.hears("knob", len(turns) + 1)["value"] == pytest.approx(float(before) + 0.21)
    mouse.dblclick(x, y)
    assert stage.hears("release") == {"axis": "brightness"}


def test_a_locked_knob_is_marked_and_given_back_by_its_lock(stage):
    lock = stage.button("Give breath back to map")
    expect(lock).to_have_attribute("aria-pressed", "true")
    lock.click()
    assert stage.hears("release") == {"axis": "breath"}
    expect(stage.button("Hold breath where it is")).to_be_visible()
    stage.dial("breath").focus()
    stage.press("l")
    assert stage.hears("knob") == {"axis": "breath", "value": pytest.approx(0.3), "locked": True}


def test_what_somebody_else_turns_is_seen(stage):
    """Undo, a preset, or a second page."""
    stage.tab("params")
    pointer = stage.dial("breath").locator(".dial-hand")
    expect(pointer).to_have_attribute("transform", "rotate(-54.0 50 50)")
    stage.state["knobs"]["breath"]["value"] = 1.0
    stage.state["params"][1]["value"] = 0.7
    stage.change()
    expect(pointer).to_have_attribute("transform", "rotate(135.0 50 50)")
    expect(stage.page.locator("[data-param='smoothing.beta']")).to_have_attribute(
        "aria-valuetext", "0.70"
    )


def test_moments_do_not_draw_the_panels_again(stage):
    stage.tab("sources")
    drawn = stage.page.evaluate(
        """async () => {
          let count = 0;
          const watch = new MutationObserver((all) => {
            for (const each of all) if (each.type === "childList") count += 1;
          });
          const moved = document.querySelectorAll(".knob-grid, .axis-bars");
          for (const each of moved) watch.observe(each, { childList: true, subtree: true });
          await new Promise((done) => setTimeout(done, 700));
          return [moved.length, count];
        }"""
    )
    assert drawn[0] >= 3
    assert drawn[1] == 0


@pytest.mark.parametrize("kind", ["direct", "map", "explore"])
def test_learning_by_moving_shows_what_moves_and_then_the_cable(stage, kind):
    """Whatever the mapping: over the map, too, a single cable may take over a knob."""
    stage.tab("mapping")
    stage.page.get_by_role("radio", name=kind).click()
    assert stage.hears("mapping") == {"kind": kind}
    stage.page.get_by_label("Knob to connect").select_option("loudness")
    stage.button("Learn what drives loudness by moving it").click()
    assert stage.hears("learn") == {"target": "loudness"}
    movers = stage.page.locator(".movers")
    expect(movers).to_contain_text("acc.", timeout=4000)
    expect(movers).not_to_contain_text("pressure")
    cables = stage.state["mapping"]["connections"]
    cables.append(cable("acc.0", "loudness"))
    stage.change(learning="")
    expect(stage.page.locator("[data-target=loudness]")).to_be_visible()
    expect(stage.page.locator(".knob.cable [data-axis=loudness]")).to_be_visible()


def test_cables_are_edited_in_place_and_refuse_nonsense(stage):
    stage.tab("mapping")
    stage.page.get_by_role("radio", name="direct").click()
    row = stage.page.locator("[data-target=pitch]")
    row.get_by_role("button", name="Curve of x to pitch: linear").click()
    assert stage.hears("connect")["connection"]["curve"] == "exp"
    field = row.get_by_label("Output from, pitch")
    field.fill("48")
    field.press("Enter")
    assert stage.hears("connect", 2)["connection"]["outputs"] == [48, 84]
    field.fill("wide")
    field.press("Enter")
    expect(stage.page.get_by_text("A range needs two numbers that differ.")).to_be_visible()
    expect(row.get_by_label("Output from, pitch")).to_have_value("48")
    row.get_by_label("What x drives").select_option("loudness")
    assert stage.hears("disconnect") == {"target": "pitch"}
    assert stage.hears("connect", 3)["connection"]["target"] == "loudness"
    stage.button("Remove x to loudness").click()
    assert stage.hears("disconnect", 2) == {"target": "loudness"}


def test_exploring_chooses_its_loop(stage):
    stage.tab("mapping")
    stage.page.get_by_role("radio", name="explore").click()
    stage.page.get_by_role("button", name="eight 6.0 s").click()
    assert stage.hears("mapping", 2) == {"kind": "explore", "loop": "eight"}


def test_cables_may_steer_the_exploration(stage):
    stage.tab("mapping")
    knobs = stage.page.get_by_label("Knob to connect")
    expect(knobs.locator("option[value='explore.1']")).to_have_count(0)
    expect(stage.page.get_by_role("heading", name="Cables over the map")).to_be_visible()
    stage.page.get_by_role("radio", name="explore").click()
    knobs.select_option("explore.1")
    stage.page.get_by_role("button", name=re.compile("^Connect .* by hand$")).click()
    assert stage.hears("connect")["connection"]["target"] == "explore.1"
    row = stage.page.locator("[data-target='explore.1']")
    expect(row.get_by_label("Output from, explore.1")).to_have_attribute("placeholder", "−1")


def test_a_take_is_recorded_renamed_deleted_and_brought_back_by_keys(stage):
    stage.tab("transport")
    stage.press("r")
    assert stage.hears("record") == {"on": True}
    expect(stage.page.get_by_role("timer")).to_have_text(re.compile(r"0:0\d\.[1-9]"))
    stage.press("r")
    assert stage.hears("record", 2) == {"on": False}
    rows = stage.page.locator(".take")
    expect(rows).to_have_count(4)
    stage.page.locator("[data-take='first steps']").focus()
    stage.press("F2")
    stage.page.keyboard.type("slow rise\n")
    expect(stage.page.get_by_text("There is a take “slow rise” already.")).to_be_visible()
    stage.press("Control+a")
    stage.page.keyboard.type("dusk\n")
    assert stage.hears("take-rename") == {"take": "first steps", "name": "dusk"}
    expect(stage.page.locator("[data-take=dusk]")).to_be_focused()
    stage.press("Delete")
    assert stage.hears("take-delete") == {"take": "dusk"}
    expect(rows).to_have_count(3)
    stage.button("Bring dusk back").click()
    expect(rows).to_have_count(4)
    assert stage.said("panic") == []


def test_takes_are_replayed_looped_stopped_and_fetched(stage):
    stage.tab("transport")
    stage.page.locator("[data-take='slow rise']").focus()
    stage.press("Enter")
    assert stage.hears("replay") == {"take": "slow rise"}
    stage.button("Stop slow rise").click()
    assert stage.hears("replay-stop") == {}
    stage.button("Replay slow rise in a loop").click()
    assert stage.hears("replay", 2) == {"take": "slow rise", "loop": True}
    stage.page.get_by_role("button", name="Loop from slow rise").click()
    assert stage.hears("loop-from-take") == {"take": "slow rise"}
    expect(stage.button("Download mute")).to_be_disabled()
    with stage.page.expect_download() as download:
        stage.button("Download slow rise").click()
    assert download.value.suggested_filename == "slow rise.flac"
    assert Path(download.value.path()).read_text() == "slow rise"


def test_presets_are_saved_loaded_by_digits_and_marked_while_unchanged(stage):
    stage.tab("presets")
    current = stage.page.locator(".preset[aria-current=true]")
    expect(current).to_have_count(0)
    stage.press("2")
    assert stage.hears("preset-load") == {"name": "low and dark"}
    expect(current).to_contain_text("low and dark")
    stage.page.wait_for_timeout(450)
    stage.dial("pitch").focus()
    stage.press("ArrowUp")
    expect(current).to_have_count(0)
    name = stage.page.get_by_label("Name of the preset")
    name.fill("1st light")
    name.press("Enter")
    assert stage.hears("preset-save") == {"name": "1st light"}
    expect(current).to_contain_text("1st light")
    assert len(stage.said("preset-load")) == 1
    stage.page.locator(".preset", has_text="whistle").focus()
    stage.press("Delete")
    assert stage.hears("preset-delete") == {"name": "whistle"}


def test_what_osc_brings_is_used_at_a_press(stage):
    stage.tab("sources")
    stage.button("Use /gyro").click()
    axes = ["/acc.0", "/acc.1", "/gyro.0", "/gyro.1", "/gyro.2"]
    assert stage.hears("source-open") == {"kind": "osc", "settings": {"port": 9000, "axes": axes}}
    stage.button("Do not use /acc.1").click()
    axes.remove("/acc.1")
    assert stage.hears("source-open", 2)["settings"]["axes"] == axes


def test_a_source_asks_for_what_it_needs_and_says_what_is_wrong(stage):
    stage.tab("sources")
    expect(stage.page.locator("[data-source=midi] [role=alert]")).to_contain_text(
        "plug a controller"
    )
    stage.button("Settings of osc").click()
    port = stage.page.get_by_label("UDP port")
    port.fill("80")
    expect(stage.page.locator(".source-form .fault")).to_contain_text("1024 to 65535")
    port.press("Enter")
    port.fill("9100")
    port.press("Enter")
    assert stage.hears("source-open")["settings"]["port"] == 9100
    assert stage.said("source-close") == [{"name": "osc"}]
    expect(stage.page.locator(".source-form")).to_have_count(0)
    stage.button("Close keys").click()
    assert stage.hears("source-close", 2) == {"name": "keys"}


def test_a_silent_output_offers_what_may_help(stage):
    stage.tab("output")
    trouble = {"kind": "device", "device": "Built-in", "problem": "The device is gone."}
    stage.change(output=stage.state["output"] | trouble)
    expect(stage.page.get_by_text("The device is gone.")).to_be_visible()
    stage.button("Use Scarlett 2i2").click()
    assert stage.hears("output") == {"kind": "device", "device": "Scarlett 2i2"}
    stage.page.get_by_label("Block").select_option("256")
    assert stage.hears("output", 2)["block"] == 256
    osc = stage.page.get_by_label("OSC to")
    osc.fill("9001")
    osc.press("Enter")
    expect(stage.page.get_by_text("Expected host:port")).to_be_visible()
    assert stage.said("follow") == []
    osc.fill("127.0.0.1:9001")
    osc.press("Enter")
    assert stage.hears("follow") == {"osc": "127.0.0.1:9001"}


def test_params_turn_by_keyboard_along_their_curve(stage):
    stage.tab("params")
    cutoff = stage.page.locator("[data-param='smoothing.min_cutoff']")
    cutoff.focus()
    stage.press("ArrowRight")
    turned = {"name": "smoothing.min_cutoff", "value": pytest.approx(2 * 200**0.01)}
    assert stage.hears("param") == turned
    stage.press("ArrowDown")
    expect(stage.page.locator("[data-param='smoothing.beta']")).to_be_focused()


def test_what_is_heard_is_shown_and_what_is_undefined_is_empty(stage):
    stage.tab("descriptors")
    rows = stage.page.locator(".heard")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text(re.compile(r"centroid.*Hz"))
    before = rows.nth(1).locator(".now").get_attribute("style")
    stage.until(lambda: rows.nth(1).locator(".now").get_attribute("style") != before)
    expect(rows.nth(2)).to_contain_text("–")
    expect(rows.nth(2).locator(".now")).to_have_count(0)


def test_long_and_hostile_names_stay_text_on_a_phone(open_stage):
    first = first_state()
    take = {**first["takes"][0], "name": HOSTILE}
    stage = open_stage("phone", presets=[HOSTILE], takes=[take])
    stage.change(loops=[{**first["loops"][0], "name": HOSTILE}], learning="")
    stage.state["mapping"]["kind"] = "explore"
    for name in TABS:
        stage.tab(name)
        stage.change()
        stage.page.wait_for_timeout(30)
        wide = stage.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SIZES["phone"]["width"], name
    assert stage.page.locator("img").count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_the_pad_to_draw_on_comes_into_sight_when_it_opens(open_stage, size):
    stage = open_stage(size)
    stage.tab("teach")
    stage.button("Draw a path").click()
    expect(stage.page.locator(".teach-pad")).to_be_in_viewport(ratio=1)
