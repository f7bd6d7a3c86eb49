"""What goes wrong around the instrument, and must not stay wrong."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from stage import Silent, Stage, until

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.mapping.connection import Connection
from cheiron.studio.live.desk import Desk
from cheiron.studio.live.view import View
from cheiron.studio.play import first_state, with_options
from cheiron.studio.session.state import Follow, OutputChoice, SourceChoice

START = replace(first_state("sax"), output=OutputChoice("page"))


@pytest.fixture
def desk(stage):
    return Talk(stage)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """An instrument for all that must not change it."""
    with Stage(tmp_path_factory.mktemp("unchanged") / "session") as stage:
        yield stage


class Talk:
    """A page's commands and the replies to them."""

    def __init__(self, stage):
        self.replies = []
        self.view = View(stage.live, lambda: True, lambda: None)
        self.desk = Desk(stage.live, lambda: self, self.view, None, lambda: None)

    def send_json(self, message, page=0):
        self.replies.append(message)

    def __call__(self, **message):
        """Why it was refused; empty when it was done."""
        count = len(self.replies)
        if self.desk.command(1, message | {"id": 1}) is not None:
            until(lambda: len(self.replies) > count, 20)
            return self.replies[-1].get("message", "")
        return ""


def record(stage, name="one", seconds=0.2):
    stage.conduct(lambda: stage.live.tape.record(name))
    stage.press()
    time.sleep(seconds)
    stage.conduct(stage.live.tape.stop_recording)
    until(lambda: name in [take.name for take in stage.session.takes.list()])


def loop_of(stage, name="round"):
    control = stage.live.ensemble.player.space.control
    rows = np.tile(control.default, (50, 1)).astype(np.float32)
    stage.session.loops.save(name, Recording(control, np.arange(50) / 100, rows), "sax")


def test_deleting_twice_is_refused_and_nothing_else_is(stage, desk):
    record(stage)
    assert desk(type="take-delete", take="one") == ""
    assert "no take 'one'" in desk(type="take-delete", take="one")
    assert desk(type="gain", value=0.5) == ""


def test_another_take_of_a_deleted_name_is_deleted_too(stage, desk):
    for _ in range(2):
        record(stage)
        assert desk(type="take-delete", take="one") == ""
        assert not stage.session.takes.list()


def test_pages_are_told_while_a_take_is_replayed(stage, desk):
    record(stage)
    assert desk(type="replay", take="one", loop=True) == ""
    assert desk.view.state()["replaying"] == "one"
    assert desk(type="take-rename", take="one", name="two") == ""
    assert desk.view.state()["replaying"] == "two"
    assert desk(type="take-delete", take="two") == ""
    assert desk.view.state()["replaying"] == ""


@pytest.mark.parametrize(
    "message",
    [
        {"type": "param", "name": "nonsense", "value": 1.0},
        {"type": "knob", "axis": "nonsense", "value": 1.0},
        {"type": "model", "name": "x" * 400},
        {"type": "model", "name": "~nobody/x"},
        {"type": "space", "name": "nonsense"},
        {"type": "mapping", "kind": "map", "loop": "nowhere"},
        {"type": "mapping", "kind": "magic"},
        {"type": "source-open", "kind": "osc", "settings": {"axes": [None]}},
        {"type": "source-close", "name": "nowhere"},
        {"type": "follow", "osc": "nonsense"},
        {"type": "preset-save", "name": " "},
        {"type": "preset-load", "name": "nowhere"},
        {"type": "replay", "take": "../../one"},
        {"type": "loop-from-take", "take": "../../one"},
        {"type": "output", "kind": "page", "block": 3},
        {"type": "take-rename", "take": "nowhere", "name": "two"},
        {"type": "record", "on": True, "name": "a/b"},
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_and_changes_nothing(unchanged, message):
    desk, before = Talk(unchanged), unchanged.live.state
    try:
        refusal = desk(**message)
    except CheironError as error:
        refusal = str(error)
    assert refusal.endswith(".") and "something went wrong" not in refusal
    assert unchanged.live.state == before
    assert desk(type="gain", value=0.5) == ""


@pytest.mark.parametrize("port", ["nine", 1e14, 70000, 0.5, [1]])
def test_a_source_with_senseless_settings_is_kept_with_its_problem(stage, desk, port):
    assert desk(type="source-open", kind="osc", settings={"port": port}) == ""
    assert stage.live.rack.problem("osc")
    assert desk(type="gain", value=0.5) == ""


def test_it_starts_though_everything_around_it_has_gone(tmp_path):
    state = replace(
        START,
        mapping="explore",
        loop="gone",
        follow=Follow(osc="nonsense", midi="a port that was pulled out"),
        sources=(*START.sources, SourceChoice("theremin"), SourceChoice("osc", {"port": "x"})),
        connections=(Connection("gone", "pitch"),),
        knobs={},
        deleted_takes=("never there",),
    )
    with Stage(tmp_path / "session", state) as stage:
        said = " ".join(text for _, text in stage.notes)
        assert "no loop 'gone'" in said and "nonsense" in said
        assert stage.live.followers.problem
        stage.do(type="gain", value=0.5)
        stage.do(type="mapping", kind="map", loop="")
        stage.press()
        until(lambda: stage.output.peak() > 0.001)


def test_a_loop_that_is_made_anew_for_another_model_stops_nothing(stage, desk):
    loop_of(stage)
    assert desk(type="mapping", kind="explore", loop="round") == ""
    assert desk(type="model", name="storm") == ""
    assert "another model" in desk(type="mapping", kind="explore", loop="round")
    assert stage.live.state.mapping == "map"
    assert desk(type="undo") == ""
    assert stage.live.state.loop == "round"
    assert desk(type="gain", value=0.5) == ""


def test_a_take_keeps_its_rate_when_the_output_changes_it(stage):
    tape, runner = stage.live.tape, stage.live.runner
    began = time.monotonic()
    stage.conduct(lambda: tape.record("one"))
    time.sleep(0.3)
    slow = Silent()
    slow.sample_rate = 24000
    stage.conduct(lambda: runner.connect(slow))
    time.sleep(1.0)
    stage.conduct(tape.stop_recording)
    lasted = time.monotonic() - began
    until(stage.session.takes.list)
    assert runner.sample_rate == 24000
    assert stage.session.takes.list()[0].length == pytest.approx(lasted, abs=0.25)


def test_muting_while_the_output_is_opened_is_not_forgotten(stage):
    class Slow(Silent):
        def open(self, pull):
            stage.live.mute(True)
            super().open(pull)

    stage.press()
    output = Slow()
    stage.conduct(lambda: stage.live.runner.connect(output))
    time.sleep(0.3)
    assert output.peak() == 0.0


def test_whatever_a_change_raises_it_is_taken_back(stage, monkeypatch):
    before = stage.live.state

    def broken(name):
        raise ZeroDivisionError

    stage.do(type="gain", value=0.5)
    with monkeypatch.context() as patch:
        patch.setattr("cheiron.studio.live.ensemble.load_model", lambda *_, **__: broken(""))
        with pytest.raises(CheironError, match="went wrong"):
            stage.do(type="model", name="storm")
    assert stage.live.state.model == "sax"
    stage.conduct(stage.live.undo)
    assert stage.live.state == before


def test_undo_leaves_what_the_command_line_asked_for(tmp_path):
    with Stage(tmp_path / "session") as stage:
        stage.live.state = with_options(stage.live.state, osc=9)
        stage.live.adopt()
        stage.do(type="gain", value=0.5)
        stage.conduct(stage.live.undo)
        assert stage.live.state.sources[-1] == SourceChoice("osc", {"port": 9})


def test_what_breaks_by_itself_is_told(stage):
    def broken(z):
        raise RuntimeError("no more")

    stage.live.runner.voice.decoder.block = broken
    until(lambda: any("no more" in text for _, text in stage.notes))


def test_a_live_input_is_open_when_the_session_is_opened_again(tmp_path, monkeypatch):
    players = []

    class Heard(Silent):
        def __init__(self, player):
            from cheiron.core.space import Space

            players.append(player)
            self.space = Space.of("heard", ["in.level"])

        def open(self):
            pass

        def latest(self):
            return None

        def close(self):
            pass

    def make(kind, settings, player):
        if player is None:
            raise CheironError("choose a model first.")
        return Heard(player)

    monkeypatch.setitem(
        __import__("cheiron.studio.live.rack").studio.live.rack._MAKERS, "audio", make
    )
    state = replace(START, sources=(*START.sources, SourceChoice("audio")))
    with Stage(tmp_path / "session", state) as stage:
        assert not stage.live.rack.problem("audio")
        assert players == [stage.live.ensemble.player]


def test_a_model_that_has_gone_is_said_with_the_way_out(tmp_path):
    stage = Stage(tmp_path / "session", replace(START, model="/nowhere/at/all.ts"))
    with pytest.raises(CheironError, match=r"no model .* --session .*session"):
        stage.live.start()
    stage.live.stop()
    stage.session.close()


def test_a_knob_that_is_dragged_never_jumps_back(stage, desk):
    hands = stage.live.ensemble.player.hands
    free = threading.Event()
    stage.live.conductor.submit(lambda: free.wait(5))
    knob = {"type": "knob", "axis": "pitch", "locked": True, "id": 1}
    for value in (50.0, 60.0):
        assert desk.desk.command(1, knob | {"value": value}) == "later"
    seen = []
    load = hands.load
    hands.load = lambda held: (load(held), seen.append(hands.held["pitch"].value))
    free.set()
    until(lambda: len(desk.replies) == 2)
    assert seen == [60.0, 60.0]
    assert stage.live.state.knobs["pitch"].value == 60.0
    del hands.load
    stage.conduct(stage.live.undo)
    assert not hands.held


def test_a_damaged_loop_costs_itself_only(stage, desk, monkeypatch):
    loop_of(stage)

    def damaged(name):
        raise CheironError("it is damaged.")

    monkeypatch.setattr(stage.session.loops, "load", damaged)
    assert desk.view.state()["loops"] == []


def test_what_cannot_be_closed_keeps_nothing_else_open(tmp_path, monkeypatch):
    before, stage = threading.enumerate(), Stage(tmp_path / "session")
    stage.live.start()

    def broken():
        raise CheironError("the disk has gone.")

    monkeypatch.setattr(stage.live.tape, "stop", broken)
    with pytest.raises(CheironError, match="disk"):
        stage.live.stop()
    stage.session.close()
    names = [thread.name for thread in threading.enumerate() if thread not in before]
    assert "control" not in names and "conductor" not in names
