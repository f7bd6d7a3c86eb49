import math

import numpy as np
import pytest

from cheiron.core.protocols import Source
from cheiron.sources.pointer import PointerSource


@pytest.fixture
def source():
    return PointerSource(clock=lambda: 99.0)


def touch(finger, x, y=0.5, pressure=0.5):
    return {"id": finger, "x": x, "y": y, "pressure": pressure}


def message(*touches, time=0.0, hover=None):
    return {"type": "pointer", "time": time, "hover": hover, "touches": list(touches)}


def now_says(source, *names):
    frame = source.latest()
    return [round(float(frame.values[source.space.index(name)]), 3) for name in names]


def test_it_is_a_source(source):
    assert isinstance(source, Source)
    assert source.latest() is None
    assert source.space.size == 20


def test_after_release_the_place_stays_and_the_touch_ends(source):
    source.push(message(touch(1, 0.2, 0.3, 0.9)), 0.0)
    assert now_says(source, "x", "y", "pressure", "touch") == [0.2, 0.3, 0.9, 1]
    source.push(message(time=10.0), 0.01)
    assert now_says(source, "x", "y", "pressure", "touch") == [0.2, 0.3, 0, 0]


def test_fingers_keep_their_places_and_the_next_takes_the_free_one(source):
    source.push(message(touch(7, 0.1), touch(8, 0.2), touch(9, 0.3)), 0.0)
    source.push(message(touch(9, 0.31), touch(7, 0.11)), 0.01)
    assert now_says(source, "x", "touch2", "x3") == [0.11, 0, 0.31]
    source.push(message(touch(4, 0.4), touch(9, 0.31), touch(7, 0.11)), 0.02)
    assert now_says(source, "x", "x2", "touch2", "x3") == [0.11, 0.4, 1, 0.31]


def test_a_sixth_finger_is_not_heard(source):
    assert source.push(message(*(touch(k, k / 10) for k in range(6))), 0.0)
    assert now_says(source, "x5", "touch5") == [0.4, 1]


def test_a_late_message_is_told_apart_by_the_pages_time(source):
    for k, late in enumerate((0.0, 0.03, 0.012, 0.0)):
        source.push(message(touch(1, k / 10), time=1e6 + 20 * k), 5 + 0.02 * k + late)
    times = [letter.frame.time for letter in source.mailbox.since(0)]
    assert times == pytest.approx([5.0, 5.02, 5.04, 5.06], abs=1e-4)


def test_time_never_falls_when_a_page_is_loaded_again(source):
    source.push(message(touch(1, 0.1), time=5000.0), 5.0)
    for k in range(5):
        source.push(message(touch(1, 0.2 + k / 10), time=k * 10.0), 5.1 + k / 100)
        assert now_says(source, "x") == [round(0.2 + k / 10, 3)]
    times = [letter.frame.time for letter in source.mailbox.since(0)]
    assert (np.diff(times) > 0).all()


def test_a_page_that_closes_while_touching_lets_go(source):
    source.push(message(touch(1, 0.1)), 0.0, page="a")
    source.release_all("other", 0.1)
    assert now_says(source, "touch") == [1]
    source.release_all("a", 0.2)
    assert now_says(source, "touch", "x") == [0, 0.1]
    assert source.latest().time == pytest.approx(0.2)


def test_of_two_pages_the_one_that_touched_last_is_heard(source):
    source.push(message(touch(1, 0.1)), 0.00, page="a")
    source.push(message(touch(1, 0.9)), 0.01, page="b")
    source.push(message(touch(1, 0.2), time=20.0), 0.02, page="a")
    assert now_says(source, "x", "touch") == [0.9, 1]
    source.push(message(time=30.0), 0.03, page="b")
    source.push(message(touch(1, 0.3), time=40.0), 0.04, page="a")
    assert now_says(source, "x", "touch") == [0.3, 1]


def test_hovering_moves_only_when_asked():
    for hover, x in ((False, None), (True, 0.7)):
        source = PointerSource(hover=hover)
        source.push(message(hover=[0.7, 0.2]), 0.0)
        if hover:
            assert now_says(source, "x", "touch") == [x, 0]
        else:
            assert now_says(source, "x", "touch") == [0.5, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"time": 0.0},
        {"time": 0.0, "touches": None},
        {"time": "0", "touches": []},
        {"time": math.nan, "touches": []},
        {"time": 10**400, "touches": []},
        {"time": True, "touches": []},
        {"time": 0.0, "touches": [1]},
        {"time": 0.0, "touches": [{}]},
        {"time": 0.0, "touches": [touch(1, math.inf)]},
        {"time": 0.0, "touches": [touch(1, None)]},
        {"time": 0.0, "touches": [touch(1.5, 0.5)]},
        {"time": 0.0, "touches": [touch("1", 0.5)]},
        {"time": 0.0, "touches": [touch(k, 0.5) for k in range(1000)]},
        {"time": 0.0, "touches": [], "hover": 3},
        {"time": 0.0, "touches": [], "hover": [1, "2"]},
    ],
)
def test_bad_messages_are_counted_and_change_nothing(source, wrong):
    assert source.push(wrong, 0.0) is False
    assert source.malformed == 1
    assert source.latest() is None


def test_positions_outside_are_moved_to_the_edge(source):
    source.push(message(touch(1, -3.0, 7.0, 2.0)), 0.0)
    assert now_says(source, "x", "y", "pressure") == [0, 1, 1]


def test_messages_of_any_content_never_raise(source):
    generator = np.random.default_rng(5)
    pool = [None, True, 1, -1, 0.5, math.nan, math.inf, "x", [], {}, [0.5, 0.5], 10**30]

    def any_of():
        return pool[generator.integers(len(pool))]

    for k in range(5000):
        touches = [
            {name: any_of() if generator.random() < 0.1 else 0.5 for name in touch(0, 0)}
            | {"id": j}
            for j in range(generator.integers(4))
        ]
        wild = message(*touches, time=float(k), hover=any_of())
        for name in wild:
            if generator.random() < 0.05:
                wild[name] = any_of()
        source.push(wild, k / 1000, page=str(generator.integers(40)))
    assert 0 < source.malformed < 5000
    assert np.isfinite(source.latest().values).all()
