import math

import numpy as np
import pytest

from cheiron.core.protocols import Source
from cheiron.sources.keys import KeysSource


@pytest.fixture
def source():
    return KeysSource(clock=lambda: 99.0)


def keys(*down, time=0.0):
    return {"type": "keys", "time": time, "down": list(down)}


def says(source, *names):
    frame = source.latest()
    return [round(float(frame.values[source.space.index(name)]), 3) for name in names]


def test_it_is_a_source(source):
    assert isinstance(source, Source)
    assert source.latest() is None


def test_keys_are_switches(source):
    source.push(keys("KeyQ", "Digit1", "Space"), 0.0)
    assert says(source, "key_q", "key_1", "key_w", "gate") == [1, 1, 0, 0]
    source.push(keys("Digit1"), 0.1)
    assert says(source, "key_q", "key_1") == [0, 1]


def test_the_home_row_is_a_row_of_steps_and_the_last_key_counts(source):
    source.push(keys("KeyA"), 0.0)
    assert says(source, "step", "gate") == [0, 1]
    source.push(keys("KeyA", "Semicolon"), 0.1)
    assert says(source, "step", "gate") == [1, 1]
    source.push(keys("KeyA"), 0.2)
    assert says(source, "step", "gate") == [0, 1]


def test_the_step_stays_when_all_keys_are_up(source):
    source.push(keys("Semicolon"), 0.0)
    source.push(keys(), 0.1)
    assert says(source, "step", "gate") == [1, 0]


def test_a_page_that_closes_lets_go(source):
    source.push(keys("KeyA"), 0.0, page="a")
    source.release_all("b")
    assert says(source, "key_a") == [1]
    source.release_all("a", 0.5)
    assert says(source, "key_a", "gate") == [0, 0]


def test_an_idle_page_does_not_lift_the_keys_of_another(source):
    source.push(keys("KeyA"), 0.0, page="a")
    source.push(keys(), 0.1, page="b")
    assert says(source, "key_a") == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"time": 0.0},
        {"time": math.nan, "down": []},
        {"time": 0.0, "down": "KeyA"},
        {"time": 0.0, "down": [1]},
        {"time": 0.0, "down": [["KeyA"]]},
        {"time": 0.0, "down": ["KeyA"] * 100},
    ],
)
def test_bad_messages_are_counted_and_change_nothing(source, wrong):
    assert source.push(wrong, 0.0) is False
    assert source.malformed == 1
    assert source.latest() is None


def test_time_never_falls(source):
    for k in range(20):
        source.push(keys("KeyA", time=float((k * 7919) % 13)), k / 100)
    assert (np.diff([letter.frame.time for letter in source.mailbox.since(0)]) > 0).all()
