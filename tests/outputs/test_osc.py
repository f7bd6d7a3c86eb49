import importlib
import socket

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.space import Space
from cheiron.outputs import FOLLOWERS
from cheiron.outputs.osc import OscFollow

SPACE = Space.of("control", ["pitch", "in loud*ness"], low=0.0, high=1.0)


@pytest.fixture
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(2.0)
        yield made


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def follow(listener, now):
    made = OscFollow(f"127.0.0.1:{listener.getsockname()[1]}", clock=lambda: now[0])
    made.open()
    yield made
    made.close()


def frame(*values):
    return Frame(0.0, np.array(values, np.float32), SPACE)


def heard(listener):
    bundle = OscBundle(listener.recv(65535))
    return {message.address: message.params for message in bundle}


def nothing_more(listener):
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(65535)
    listener.settimeout(2.0)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_each_entry_of_the_table_takes_frames(name):
    module, _, attribute = FOLLOWERS[name].partition(":")
    made = getattr(importlib.import_module(module), attribute)
    follower = made("127.0.0.1:9001")
    follower.write(frame(0.5, 0.5))  # not open: nothing happens
    follower.close()
    assert follower.problem == ""


def test_every_axis_is_a_message_under_its_name(follow, listener):
    follow.open()
    follow.write(frame(0.25, 0.5))
    assert heard(listener) == {
        "/cheiron/control/pitch": [0.25],
        "/cheiron/control/in_loud_ness": [0.5],
    }


def test_only_what_changed_is_sent_and_never_more_than_a_hundred_times_a_second(
    follow, listener, now
):
    for k in range(200):
        now[0] = 0.2 + k / 1000
        follow.write(frame(k / 1000, 0.5))
    count = 0
    listener.setblocking(False)
    while True:
        try:
            messages = heard(listener)
        except BlockingIOError:
            break
        count += 1
        assert len(messages) == (2 if count == 1 else 1)
    assert 15 <= count <= 20


def test_everything_is_said_again_every_second(follow, listener, now):
    for now[0] in (0.0, 0.5, 1.1):
        follow.write(frame(0.5, 0.5))
    assert len(heard(listener)) == 2
    assert len(heard(listener)) == 2
    nothing_more(listener)


def test_undefined_values_are_not_sent(follow, listener):
    follow.write(frame(np.nan, 0.5))
    assert list(heard(listener)) == ["/cheiron/control/in_loud_ness"]


def test_a_target_where_nobody_listens_is_a_problem_and_no_error(now):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    follow = OscFollow(f"127.0.0.1:{port}", clock=lambda: now[0])
    follow.open()
    for k in range(3):
        now[0] = k / 10
        follow.write(frame(k / 10, 0.5))
    assert "nobody listens" in follow.problem
    follow.close()
    follow.close()


@pytest.mark.parametrize("target", ["", "9000", "host:", "host:0", "host:99999", ":9000"])
def test_a_target_that_is_none_is_refused(target):
    with pytest.raises(CheironError, match="expected host:port"):
        OscFollow(target)
