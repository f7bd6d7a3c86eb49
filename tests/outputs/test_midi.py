import sys

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.space import Space
from cheiron.outputs.midi import AXES, MidiFollow, outputs

SPACE = Space.of("control", [f"a{k}" for k in range(14)], low=-1.0, high=1.0)


class Port:
    def __init__(self):
        self.sent, self.broken, self.closed = [], False, False

    def __call__(self, name):
        self.name = name
        return self

    def send(self, message):
        if self.broken:
            raise RuntimeError("the cable is out")
        self.sent.append(message)

    def close(self):
        self.closed = True


@pytest.fixture
def port():
    return Port()


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def follow(port, now):
    made = MidiFollow("synth", connect=port, clock=lambda: now[0])
    made.open()
    return made


def frame(*values):
    return Frame(0.0, np.array([*values, *[np.nan] * (14 - len(values))], np.float32), SPACE)


def test_axes_are_controllers_of_14_bits(follow, port):
    assert port.name == "synth"
    follow.write(frame(-1.0, 1.0, 0.0, 7.0))
    sent = {message[1]: message[2] for message in port.sent}
    values = [sent[20 + k] * 128 + sent[52 + k] for k in range(4)]
    assert values == [0, 16383, 8192, 16383]
    assert {message[0] for message in port.sent} == {0xB0}


def test_the_upper_half_comes_first(follow, port):
    follow.write(frame(0.3))
    assert [message[1] for message in port.sent] == [20, 52]


def test_what_has_not_changed_is_not_sent(follow, port, now):
    for k in range(50):
        now[0] = k / 60
        follow.write(frame(0.5))
    assert len(port.sent) == 2


def test_axes_beyond_the_twelfth_are_left_out(follow, port):
    follow.write(frame(*[0.5] * 14))
    assert {message[1] for message in port.sent} == {*range(20, 32), *range(52, 64)}
    assert len(port.sent) == 2 * AXES


def test_a_port_that_breaks_is_a_problem_and_no_error(follow, port, now):
    port.broken = True
    follow.write(frame(0.5))
    assert "the cable is out" in follow.problem
    port.broken, now[0] = False, 0.1
    follow.write(frame(0.5))
    assert (follow.problem, len(port.sent)) == ("", 2)
    follow.close()
    follow.close()
    assert port.closed
    follow.write(frame(0.7))
    assert len(port.sent) == 2


def test_without_the_library_it_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    assert outputs() == []
    with pytest.raises(CheironError, match="pip install python-rtmidi"):
        MidiFollow().open()
