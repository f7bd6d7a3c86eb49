import threading

import numpy as np
import pytest

from cheiron.core.frame import Frame
from cheiron.core.mailbox import Arrivals, Mailbox
from cheiron.core.space import Space

XY = Space.of("a", ["x", "y"], low=0.0, high=1.0)


def frame(time, *values):
    return Frame(time, np.array(values, np.float32), XY)


def test_a_reader_sees_what_came_since_it_last_looked():
    box = Mailbox(history=4)
    assert box.latest() is None
    assert box.since(0) == ()
    for k in range(10):
        box.put(frame(k, 0, 0), float(k))
    assert [letter.count for letter in box.since(8)] == [9, 10]
    assert [letter.count for letter in box.since(0)] == [7, 8, 9, 10]
    assert box.since(10) == ()


def test_a_reader_beside_the_writer_never_sees_a_torn_letter():
    box, stop, torn = Mailbox(), threading.Event(), []

    def read():
        while not stop.is_set():
            for letter in box.since(0):
                if not letter.frame.time == letter.count == letter.frame.values[0]:
                    torn.append(letter)

    reader = threading.Thread(target=read)
    reader.start()
    for k in range(1, 4001):
        box.put(frame(k, k, 0), float(k))
    stop.set()
    reader.join()
    assert not torn


def test_rate_jitter_and_lateness_are_those_of_the_stream():
    generator = np.random.default_rng(1)
    box = Mailbox()
    arrivals = Arrivals(box)
    sent = np.arange(0, 3, 0.01)
    came = sent + 0.02 + generator.uniform(0, 0.004, len(sent))
    looks = iter(np.arange(0.5, 5.0, 0.5))
    look = next(looks)
    for moment, arrival in zip(sent, came, strict=True):
        while arrival > look:
            figures = arrivals.read(look)
            look = next(looks)
        box.put(frame(moment, 0.5, 0.5), arrival)
    assert figures.rate == pytest.approx(100, abs=3)
    assert figures.jitter == pytest.approx(np.std(np.diff(came)), rel=0.25)
    assert figures.lateness == pytest.approx(0.022, abs=5e-4)


def test_a_rest_is_no_jitter_and_silence_has_no_rate():
    box = Mailbox()
    arrivals = Arrivals(box)
    for start in (0.0, 5.0):
        for k in range(50):
            box.put(frame(start + k / 100, 0.5, 0.5), start + k / 100)
    assert arrivals.read(5.5).jitter == pytest.approx(0, abs=1e-6)
    arrivals.read(6.0)
    arrivals.read(7.1)
    assert arrivals.read(8.2).rate == 0


def test_an_axis_that_others_outlive_is_stuck_and_a_switch_is_not():
    space = Space.of("a", ["moves", "stuck", "switch"], low=0.0, high=1.0)
    box = Mailbox()
    arrivals = Arrivals(box)
    for k in range(10):
        values = np.array([0.1 * (k % 3), 0.4, 1.0], np.float32)
        box.put(Frame(k / 2, values, space), k / 2)
        stuck = arrivals.read(k / 2).stuck
    assert stuck == (False, True, False)


def test_when_nothing_moves_nothing_is_stuck():
    box = Mailbox()
    arrivals = Arrivals(box)
    for k in range(10):
        box.put(frame(k / 2, 0.3, 0.4), k / 2)
        stuck = arrivals.read(k / 2).stuck
    assert stuck == (False, False)
