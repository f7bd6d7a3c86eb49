from dataclasses import replace

import pytest

from cheiron.core.errors import CheironError
from cheiron.studio.session.history import History
from cheiron.studio.session.journal import NAME, Journal
from cheiron.studio.session.state import SessionState

START = SessionState()


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path / NAME)[0] as journal:
        yield journal


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def gain(value):
    return SessionState(gain=value)


def test_undo_and_redo_walk_through_what_was_done():
    history = History(START)
    history.do("first", gain(0.1))
    history.do("second", gain(0.2))
    assert (history.undo_name, history.redo_name) == ("second", "")
    assert history.undo() == gain(0.1) and history.undo() == START
    assert (history.undo_name, history.redo_name) == ("", "first")
    with pytest.raises(CheironError, match="nothing to undo"):
        history.undo()
    assert history.redo() == gain(0.1)
    history.do("another way", gain(0.3))
    with pytest.raises(CheironError, match="nothing to redo"):
        history.redo()
    assert history.undo() == gain(0.1)


def test_one_movement_of_a_knob_is_one_step():
    clock = Clock()
    history = History(START, clock=clock)
    for i in range(10):
        clock.now += 0.2
        history.do("turn pitch", START.with_knob("pitch", i), key="knob pitch")
    clock.now += 1.5
    history.do("turn pitch", START.with_knob("pitch", 20), key="knob pitch")
    clock.now += 0.1
    history.do("turn tone", START.with_knob("tone", 1), key="knob tone")
    history.do("mute", gain(0.0))
    history.do("mute", gain(0.5))
    assert history.undo() == gain(0.0)
    assert history.undo() == START.with_knob("tone", 1)
    assert history.undo().knobs["pitch"].value == 20
    assert history.undo().knobs["pitch"].value == 9
    assert history.undo() == START


def test_a_step_after_an_undo_never_swallows_the_one_before():
    clock = Clock()
    history = History(START, clock=clock)
    history.do("turn", gain(0.1), key="gain")
    history.undo()
    history.do("turn", gain(0.2), key="gain")
    assert history.undo() == START


def test_what_changes_nothing_is_no_step():
    history = History(START)
    history.do("nothing", SessionState())
    assert history.undo_name == ""


def test_undo_survives_closing(journal):
    history = History(START, journal)
    for i in range(5):
        history.do(f"step {i}", gain(i / 10))
        history.keep()
    history.undo()
    history.undo()
    history.keep()
    again = History(gain(0.2), journal)
    assert (again.undo_name, again.redo_name) == ("step 2", "step 3")
    assert again.redo() == gain(0.3) and again.redo() == gain(0.4)
    assert [again.undo() for _ in range(5)][-1] == START


def test_what_was_undone_and_replaced_does_not_come_back(journal):
    history = History(START, journal)
    for i in range(5):
        history.do(f"step {i}", gain(i / 10))
    history.keep()
    for _ in range(4):
        history.undo()
    history.do("new", gain(0.9))
    history.keep()
    again = History(gain(0.9), journal)
    assert (again.undo_name, again.redo_name) == ("new", "") and again.undo() == gain(0.0)


def test_a_file_changed_by_hand_is_a_step_too(journal):
    History(START, journal).keep()
    again = History(gain(0.5), journal)
    assert again.state == gain(0.5) and again.undo() == START


def test_it_remembers_two_hundred_steps(journal):
    history = History(START, journal)
    for i in range(1, 251):
        history.do("step", gain(i))
        if i % 50 == 0:
            history.keep()
    again = History(gain(250), journal)
    assert journal.ask("SELECT count(*) FROM history") == [(201,)]
    for _ in range(200):
        last = again.undo()
    assert last == gain(50) and again.undo_name == ""


def test_a_step_that_changes_while_it_is_written_is_written_again(journal, monkeypatch):
    clock = Clock()
    history = History(START, journal, clock)
    history.do("turn", gain(0.1), key="gain")
    run = journal.run

    def turn_meanwhile(*arguments):
        history.do("turn", gain(0.2), key="gain")
        return run(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "run", turn_meanwhile)
        history.keep()
    history.keep()
    assert History(None, journal).state == gain(0.2)


@pytest.mark.parametrize("text", ["{", '{"volume": 1}', "[]", "3", "null"])
def test_steps_that_cannot_be_read_are_forgotten(journal, text):
    history = History(START, journal)
    for i in range(4):
        history.do(f"step {i}", gain(i / 10))
    history.keep()
    journal.run("UPDATE history SET state = ? WHERE name = 'step 1'", (text,))
    again = History(gain(0.3), journal)
    assert again.undo() == gain(0.2) and again.undo_name == ""


def test_a_full_disk_is_tried_again(journal, monkeypatch):
    history = History(START, journal)
    history.do("step", replace(START, gain=0.5))

    def full(*_):
        raise CheironError("full.")

    with monkeypatch.context() as patch, pytest.raises(CheironError):
        patch.setattr(journal, "run", full)
        history.keep()
    history.keep()
    assert History(None, journal).state.gain == 0.5
