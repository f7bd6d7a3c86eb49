import math
import threading
import time

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.mailbox import Letter, Mailbox
from cheiron.core.space import Axis, Space
from cheiron.engine.delay import MOST, AutomaticDelay
from cheiron.engine.fusion import Fusion

RATE = 44100 / 128


class Toy:
    """A source that a test fills by hand."""

    def __init__(self, *names):
        self.space = Space.of("toy", names or ["x"], low=0.0, high=1.0)
        self.mailbox = Mailbox()
        self.fails = False

    def say(self, moment, *values, at=None):
        frame = Frame(moment, np.array(values, np.float32), self.space)
        self.mailbox.put(frame, moment if at is None else at)

    def open(self):
        pass

    def latest(self):
        if self.fails:
            raise OSError("the cable is out")
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self):
        pass


def fused(**sources):
    fusion = Fusion()
    for name, source in sources.items():
        fusion.add(name, source)
    return fusion


def says(fusion, now):
    frame = fusion.read(now)
    return dict(zip(frame.space.names, frame.values.tolist(), strict=True))


def play(messages, fusion, source, seconds):
    """Read at the control rate what arrives as ``(arrival, moment, values)``; all the readings."""
    messages = sorted(messages, key=lambda message: message[0])
    read, coming = [], 0
    for k in range(int(seconds * RATE)):
        now = k / RATE
        while coming < len(messages) and messages[coming][0] <= now:
            arrival, moment, values = messages[coming]
            if not source.mailbox.latest() or moment > source.mailbox.latest().frame.time:
                source.say(moment, *values, at=arrival)
            coming += 1
        frame = fusion.read(now)
        read.append((now, *(frame.values.tolist() if frame else [math.nan])))
    return np.array(read)


def test_sources_stand_side_by_side_and_what_is_unknown_is_undefined():
    a, b = Toy("x", "y"), Toy("z")
    fusion = fused(a=a, b=b)
    assert fusion.read(0.0) is None
    a.say(0.5, 0.1, 0.2)
    assert says(fusion, 1.0) == pytest.approx({"x": 0.1, "y": 0.2, "z": math.nan}, nan_ok=True)
    b.say(0.75, 0.3)
    assert says(fusion, 1.0) == pytest.approx({"x": 0.1, "y": 0.2, "z": 0.3})
    assert fusion.read(1.0).time == 0.75


def test_a_name_that_is_taken_gets_the_name_of_its_source():
    fusion = fused(pointer=Toy("x", "y"), osc=Toy("x", "z"), midi=Toy("osc.x", "x"))
    assert fusion.space.names == ("x", "y", "osc.x", "z", "midi.osc.x", "midi.x")
    assert [axis.name for axis in fusion.axes("osc")] == ["osc.x", "z"]
    fusion.remove("pointer")
    assert fusion.space.names == ("osc.x", "z", "midi.osc.x", "midi.x")


def test_sources_come_and_go_while_it_is_read():
    a, b = Toy("x"), Toy("z")
    fusion = fused(a=a)
    a.say(0.0, 0.5)
    fusion.read(0.1)
    old = fusion.space
    fusion.add("b", b)
    assert fusion.space is not old
    assert says(fusion, 0.2)["x"] == 0.5
    fusion.remove("a")
    assert fusion.read(0.3).time == 0.0
    assert fusion.names == ("b",)
    fusion.remove("b")
    assert fusion.read(0.4).values.shape == (0,)


def test_names_are_checked():
    fusion = fused(a=Toy())
    with pytest.raises(CheironError, match="already a source called 'a'"):
        fusion.add("a", Toy())
    with pytest.raises(CheironError, match="no source 'b' \\(there is a\\)"):
        fusion.remove("b")


def test_a_source_that_changes_its_axes_is_followed():
    a, b = Toy("x"), Toy("x")
    fusion = fused(a=a, b=b)
    a.say(0.0, 0.5)
    b.say(0.0, 0.25)
    assert says(fusion, 0.1) == {"x": 0.5, "b.x": 0.25}
    b.space = Space("toy", (Axis("x", 0, 2), Axis("new", 0, 1)))
    b.say(0.2, 0.75, 1.0)
    fusion.read(0.3)
    assert says(fusion, 0.31) == {"x": 0.5, "b.x": 0.75, "new": 1.0}  # nothing is lost
    assert fusion.axes("b")[0].high == 2


def test_a_source_that_raises_is_left_out_until_it_works_again():
    good, bad = Toy("x"), Toy("z")
    fusion = fused(good=good, bad=bad)
    good.say(0.0, 0.5)
    bad.say(0.0, 0.5)
    bad.fails = True
    assert says(fusion, 0.1) == pytest.approx({"x": 0.5, "z": math.nan}, nan_ok=True)
    assert "the cable is out" in fusion.problem("bad")
    assert "the cable is out" in fusion.figures(0.2)[1].problem
    bad.fails = False
    assert math.isnan(says(fusion, 0.5)["z"])  # not asked at every tick
    assert says(fusion, 1.2)["z"] == 0.5
    assert fusion.problem("bad") == ""


def test_a_source_without_a_mailbox_is_read_at_its_own_times():
    class Plain:
        space = Space.of("plain", ["x"])
        now = 0.0

        def latest(self):
            moment = math.floor(self.now / 0.01) * 0.01
            return Frame(moment, np.array([moment], np.float32), self.space)

    plain = Plain()
    fusion = fused(plain=plain)
    for k in range(1000):
        plain.now = k / RATE
        value = fusion.read(plain.now).values[0]
        assert plain.now - 0.0101 <= value <= plain.now
    figures = [fusion.figures(t)[0] for t in (1000 / RATE, 1000 / RATE + 0.01)]
    assert figures[0].rate == pytest.approx(100, rel=0.05)
    assert figures[0].delay == 0


def test_jitter_of_the_network_does_not_become_jitter_of_the_value():
    generator = np.random.default_rng(2)
    moments = np.arange(0, 12, 0.01)
    late = 0.005 + generator.uniform(0, 0.015, len(moments))
    messages = [
        (m + d, m, (0.5 + 0.4 * math.sin(6 * m),)) for m, d in zip(moments, late, strict=True)
    ]
    worst = {}
    for delay in (None, 0.0):
        source, fusion = Toy(), Fusion()
        fusion.add("toy", source, delay)
        read = play(messages, fusion, source, 12.0)
        read = read[int(6 * RATE) :]
        lag = 0.0 if delay is not None else fusion.figures(12.0)[0].delay + 0.005
        wanted = 0.5 + 0.4 * np.sin(6 * (read[:, 0] - lag))
        error = read[:, 1] - wanted
        worst[delay] = float(np.std(error - error.mean()))
        steps = np.abs(np.diff(read[:, 1]))
        worst[delay, "step"] = float(np.percentile(steps, 99.5))
    assert worst[None, "step"] < 1.5 * 0.4 * 6 / RATE  # what the movement itself makes in a tick
    assert worst[0.0, "step"] > 3 * worst[None, "step"]
    assert worst[None] < 0.005


@pytest.mark.parametrize("transit", [0.0, 0.04])
def test_a_clean_source_is_not_delayed(transit):
    source, fusion = Toy(), Fusion()
    fusion.add("toy", source)
    messages = [(k / 100 + transit, k / 100, (k / 1000,)) for k in range(600)]
    read = play(messages, fusion, source, 6.0)
    newest = np.floor((read[:, 0] - transit) * 100 + 1e-6) / 1000
    after = read[:, 0] > 3
    assert np.abs(read[after, 1] - newest[after]).max() < 1e-4
    assert fusion.figures(6.0)[0].delay == 0


@pytest.mark.parametrize("rate", [5, 30, 100, 1000])
def test_any_rate_is_followed(rate):
    source = Toy()
    fusion = fused(toy=source)
    moments = np.arange(0, 4, 1 / rate)
    read = play([(m, m, (m / 4,)) for m in moments], fusion, source, 4.0)
    error = read[:, 0] / 4 - read[:, 1]
    assert error[10:].min() > -1e-3
    assert error[10:].max() < (1.05 / rate + 1 / RATE) / 4


def test_a_fifth_of_the_packets_lost_repeated_or_out_of_order_leaves_a_smooth_value():
    generator = np.random.default_rng(4)
    messages = []
    for k in range(1000):
        moment = k / 100
        arrival = moment + 0.002 + generator.exponential(0.006)
        if generator.random() > 0.2:
            messages.append((arrival, moment, (0.5 + 0.4 * math.sin(3 * moment),)))
        if generator.random() < 0.2:
            messages.append((arrival + 0.01, moment, (0.5 + 0.4 * math.sin(3 * moment),)))
    source = Toy()
    read = play(messages, fused(toy=source), source, 10.0)[int(5 * RATE) :]
    assert np.isfinite(read[:, 1]).all()
    assert np.percentile(np.abs(np.diff(read[:, 1])), 99) < 3 * 0.4 * 3 / RATE
    assert np.abs(read[:, 1] - (0.5 + 0.4 * np.sin(3 * (read[:, 0] - 0.02)))).max() < 0.08


def test_missing_and_wild_values_are_held_and_a_stuck_axis_is_told():
    source = Toy("good", "holes", "stuck")
    fusion = fused(toy=source)
    generator = np.random.default_rng(6)
    for k in range(400):
        hole = [math.nan, math.inf, 0.2 + k / 1000][generator.integers(3)] if k else 0.2
        source.say(k / 100, k / 1000, hole, 0.4)
        assert np.isfinite(fusion.read(k / 100).values).all()
        if k % 50 == 0:
            figures = fusion.figures(k / 100)[0]
    assert figures.stuck == (False, False, True)


def test_when_nothing_more_comes_the_value_stays_and_its_time_stands_still():
    source = Toy()
    fusion = fused(toy=source)
    source.say(1.0, 0.5)
    fusion.read(1.0)
    assert (fusion.read(60.0).time, says(fusion, 60.0)["x"]) == (1.0, 0.5)


def test_figures_are_what_the_page_reads():
    class Listing(Toy):
        def arriving(self):
            return [{"address": "/a", "rate": 1.0, "values": [0.5]}]

    source = Listing("x", "y")
    fusion = fused(osc=source, silent=Toy("z"))
    for k in range(200):
        source.say(k / 100, 0.5, math.nan)
    fusion.read(2.0)
    first, second = (figures.to_json() for figures in fusion.figures(2.0))
    assert first["rate"] == pytest.approx(100, rel=0.02)
    assert (first["values"], first["stuck"]) == ([0.5, None], [False, False])
    assert first["arriving"] == source.arriving()
    assert second["values"] == [None]
    assert (second["rate"], "arriving" in second) == (0, False)
    assert set(second) == {"name", "rate", "jitter", "values", "stuck", "latency", "lost"}


def test_the_delay_changes_slowly_and_never_exceeds_its_most():
    pace, generator, seen = AutomaticDelay(), np.random.default_rng(8), []
    for k in range(8000):
        now = k / RATE
        if k % 3 == 0:
            late = generator.uniform(0, 0.2) if k < 4000 else 0.0
            pace.see(Letter(Frame(now - late, np.zeros(1), Space.of("a", ["x"])), now))
        seen.append(pace.at(now))
    seen = np.array(seen)
    assert np.abs(np.diff(seen)).max() <= 2.1 * 0.02 / RATE
    assert MOST * 0.9 < seen[3999] < MOST + 0.02
    assert seen[-1] < 0.5 * seen[3999]


def test_changes_from_another_thread_never_disturb_the_reader():
    a = Toy("x")
    fusion, stop, errors = fused(a=a), threading.Event(), []
    a.say(0.0, 0.5)

    def change():
        k = 0
        while not stop.is_set():
            fusion.add("b", Toy("x", "z"))
            a.space = Space.of("toy", ["x"], low=0.0, high=1.0 + k % 2)
            a.say(k / 1e3, 0.5)
            fusion.remove("b")
            k += 1

    fusion.read(1.0)
    changer = threading.Thread(target=change)
    changer.start()
    for k in range(3000):
        frame = fusion.read(1 + k / RATE)
        if frame is None or len(frame.values) != frame.space.size:
            errors.append(frame)
    stop.set()
    changer.join()
    assert not errors


def test_reading_is_cheap():
    a, b = Toy(*"abcdefgh"), Toy(*"ijklmnop")
    fusion, spent = fused(a=a, b=b), []
    for k in range(2000):
        now = k / RATE
        if k % 3 == 0:
            a.say(now, *range(8))
            b.say(now, *range(8))
        began = time.perf_counter()
        fusion.read(now)
        spent.append(time.perf_counter() - began)
    assert np.median(spent) < 50e-6
