"""The whole engine side of ``cheiron play``, without a page: what a player can do to it."""

import time

import pytest
from stage import Stage, until

from cheiron.core.errors import CheironError
from cheiron.mapping.connection import Connection
from cheiron.studio.session.store import Session


def test_pressing_sounds_and_letting_go_is_silence(stage):
    time.sleep(0.3)
    assert stage.output.peak() < 1e-3
    stage.press()
    until(lambda: stage.output.peak() > 0.01)
    stage.press(down=False)
    until(lambda: stage.output.peak() < 1e-3)


def test_a_page_that_closes_while_touching_lets_go(stage):
    stage.press()
    until(lambda: stage.output.peak() > 0.01)
    stage.live.rack.left(1, time.monotonic())
    until(lambda: stage.output.peak() < 1e-3)


def test_another_model_plays_at_once_and_can_be_undone(stage):
    stage.press()
    stage.do(type="model", name="storm")
    assert stage.live.ensemble.player.model.name == "storm"
    until(lambda: stage.output.peak() > 0.01)
    stage.conduct(stage.live.undo)
    assert stage.live.state.model == "sax"
    stage.conduct(stage.live.redo)
    assert stage.live.state.model == "storm"


def test_a_model_that_is_not_there_changes_nothing(stage):
    before = stage.live.state
    with pytest.raises(CheironError, match="no model"):
        stage.do(type="model", name="nowhere")
    assert stage.live.state == before
    stage.press()
    until(lambda: stage.output.peak() > 0.01)


def test_what_was_changed_is_there_when_the_session_is_opened_again(tmp_path):
    with Stage(tmp_path / "session") as stage:
        stage.do(type="knob", axis="pitch", value=60.0, locked=True)
        stage.do(type="gain", value=0.5)
        stage.do(type="param", name="explore.radius", value=0.75)
        stage.do(type="source-open", kind="osc", settings={"port": 0})
        stage.do(type="preset-save", name="low")
        state = stage.live.state
    with Session.open(tmp_path / "session") as again:
        assert again.state == state


def test_a_locked_knob_wins_over_the_finger(stage):
    stage.press(0.3, 0.3)
    stage.do(type="knob", axis="pitch", value=60.0, locked=True)
    player = stage.live.ensemble.player
    at = player.space.control.index("pitch")
    until(lambda: abs(stage.live.runner.moment().control[at] - 60.0) < 0.01)
    stage.do(type="release", axis="pitch")
    until(lambda: abs(stage.live.runner.moment().control[at] - 60.0) > 0.01)


def test_a_cable_takes_a_knob_over_while_the_map_plays(stage):
    stage.press(0.2, 0.5)
    stage.conduct(lambda: stage.live.apply(stage.live.connect(Connection("x", "pitch")), "connect"))
    axis = stage.live.ensemble.player.space.control
    at = axis.index("pitch")
    low, high = axis.axes[at].low, axis.axes[at].high
    until(lambda: abs(stage.live.runner.moment().control[at] - (low + 0.2 * (high - low))) < 0.5)


def test_a_port_in_use_is_said_and_the_rest_plays(stage):
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        stage.do(type="source-open", kind="osc", settings={"port": port})
        assert str(port) in stage.live.rack.problem("osc")
        stage.press()
        until(lambda: stage.output.peak() > 0.01)


def test_a_take_is_recorded_and_replayed_without_the_finger(stage):
    tape = stage.live.tape
    stage.conduct(lambda: tape.record("one"))
    stage.press(0.4, 0.6)
    time.sleep(0.5)
    stage.press(down=False)
    time.sleep(0.3)
    stage.conduct(tape.stop_recording)
    until(stage.session.takes.list)
    (take,) = stage.session.takes.list()
    assert take.has_sound and take.has_gesture and take.length > 0.6
    until(lambda: stage.output.peak() < 1e-3)
    stage.conduct(lambda: tape.replay("one", loop=False))
    until(lambda: stage.output.peak() > 0.01)
    until(lambda: not tape.replaying)  # it ends by itself
    stage.press()
    until(lambda: stage.output.peak() > 0.01)


def test_panic_silences_a_held_finger_and_stops_a_replay(stage):
    stage.press()
    until(lambda: stage.output.peak() > 0.01)
    stage.conduct(stage.live.panic)
    until(lambda: stage.output.peak() < 1e-3)


def test_mute_is_silence_and_the_way_back(stage):
    stage.press()
    until(lambda: stage.output.peak() > 0.01)
    stage.live.mute(True)
    until(lambda: stage.output.peak() == 0.0)
    stage.live.mute(False)
    until(lambda: stage.output.peak() > 0.01)


def test_osc_that_arrives_becomes_axes_without_a_word(stage):
    from pythonosc.udp_client import SimpleUDPClient

    stage.do(type="source-open", kind="osc", settings={"port": 0})
    with SimpleUDPClient("127.0.0.1", stage.live.rack.source("osc").port) as client:
        for value in (0.1, 0.5, 0.9):
            client.send_message("/wrist/tilt", value)
            time.sleep(0.02)
    until(lambda: any("wrist" in name for name in stage.live.fusion.space.names))
    stage.press()
    until(lambda: stage.output.peak() > 0.01)


def test_a_page_that_closes_while_recording_loses_nothing(stage):
    stage.conduct(lambda: stage.live.tape.record("kept"))
    stage.press()
    time.sleep(0.2)
    stage.live.rack.left(1, time.monotonic())
    time.sleep(0.2)
    assert stage.live.tape.recording
    stage.conduct(stage.live.tape.stop_recording)
    until(stage.session.takes.list)
    assert stage.session.takes.list()[0].length > 0.35


def test_a_deleted_take_comes_back_with_undo(stage):
    from cheiron.studio.live.desk import Desk

    stage.conduct(lambda: stage.live.tape.record("one"))
    time.sleep(0.2)
    stage.conduct(stage.live.tape.stop_recording)
    until(stage.session.takes.list)
    replies = []
    front = type("Front", (), {"send_json": lambda self, m, page=0: replies.append(m)})()
    desk = Desk(stage.live, lambda: front, None, None, lambda: None)
    desk.command(1, {"type": "take-delete", "take": "one", "id": 1})
    until(lambda: replies)
    assert replies[0]["ok"], replies
    assert not stage.session.takes.list()
    stage.conduct(stage.live.undo)
    assert [take.name for take in stage.session.takes.list()] == ["one"]
