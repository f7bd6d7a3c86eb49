import socket
import threading
import time

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Source
from cheiron.sources.osc import MOST_ADDRESSES, OscSource
from cheiron.sources.osc_axes import MOST_AXES, OscAxis


def message(address, *arguments):
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def bundle(stamp, *contents):
    builder = OscBundleBuilder(stamp)
    for content in contents:
        builder.add_content(content)
    return builder.build()


class Sender:
    def __init__(self, source):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.target = ("127.0.0.1", source.port)

    def __call__(self, *contents):
        for content in contents:
            self.socket.sendto(getattr(content, "dgram", content), self.target)


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def values(source):
    frame = source.latest()
    return dict(zip(frame.space.names, frame.values.tolist(), strict=True)) if frame else {}


@pytest.fixture
def source():
    made = OscSource(port=0)
    made.open()
    yield made
    made.close()


@pytest.fixture
def send(source):
    made = Sender(source)
    yield made
    made.socket.close()


def test_it_is_a_source(source):
    assert isinstance(source, Source)


def test_what_arrives_becomes_axes_by_itself(source, send):
    send(message("/wrist/acc", 0.1, "text", 0.3), message("/fader", 0.5))
    until(lambda: len(values(source)) == 3)
    assert values(source) == pytest.approx({"wrist.acc.0": 0.1, "wrist.acc.2": 0.3, "fader": 0.5})
    assert source.latest().space is source.space


def test_ranges_grow_in_large_steps_and_not_for_one_wild_value(source, send):
    for value in (0.5, 9.81, 9.7, 1e30, -3.0, -9.9, -9.9):
        send(message("/a", value))
        time.sleep(0.005)
    until(lambda: source.space.axes and source.space.axes[0].low == -10)
    assert source.space.axes[0].high == 10


def test_chosen_axes_follow_patterns_and_can_change_while_it_runs(source, send):
    source.axes = (OscAxis("/*/x", 0, "any", 0.0, 2.0), OscAxis.of("/b/y.1"))
    send(message("/a/x", 1.0), message("/c", 3.0), message("/b/y", 4.0, 5.0))
    until(lambda: values(source) == {"any": 1.0, "b.y.1": 5.0})
    old = source.space
    source.axes = (OscAxis("/c"),)
    until(lambda: values(source) == {"c.0": 3.0})  # heard before, so known at once
    assert source.space is not old


def test_everything_that_arrives_is_listed(source, send):
    for _ in range(40):
        send(message("/a", 0.25, float("nan")), message("/b"))
        source.arriving()
        time.sleep(0.02)
    listed = source.arriving()
    assert [item["address"] for item in listed] == ["/a", "/b"]
    assert listed[0]["values"] == [0.25, 0.0]
    assert listed[0]["rate"] == pytest.approx(45, rel=0.5)


def test_ten_thousand_addresses_are_neither_listed_nor_axes(source, send):
    for k in range(600):
        send(message(f"/a{k}", 0.5))
        if k % 50 == 0:
            time.sleep(0.005)
    until(lambda: source.dropped > 0)
    assert len(source.arriving()) <= MOST_ADDRESSES
    assert source.space.size <= MOST_AXES


def test_bundles_have_the_times_of_their_tags_whatever_the_network_does():
    now = [50.0]
    source = OscSource(port=0, clock=lambda: now[0])
    receive(source, now, 50.0, bundle(1000.0, message("/a", 0.0)))
    receive(source, now, 50.13, bundle(1000.1, message("/a", 0.1)))
    receive(source, now, 50.2, bundle(1000.2, message("/a", 0.2)))
    times = [letter.frame.time for letter in source.mailbox.since(0)]
    assert times == pytest.approx([50.0, 50.1, 50.2], abs=1e-5)


def receive(source, now, at, *contents):
    now[0] = at
    source._take([(content.dgram, "somebody") for content in contents], at)


def test_packets_out_of_order_or_repeated_are_dropped():
    now = [0.0]
    source = OscSource(port=0, clock=lambda: now[0])
    packets = [bundle(1000.0 + k / 10, message("/a", k / 10)) for k in range(4)]
    seen = []
    for step, k in enumerate((0, 2, 1, 2, 3)):
        receive(source, now, step / 10, packets[k])
        seen.append(round(float(source.latest().values[0]), 3))
    assert seen == [0, 0.2, 0.2, 0.2, 0.3]
    assert source.dropped == 2


def test_absurd_time_tags_are_ignored_and_time_never_falls():
    now = [10.0]
    source = OscSource(port=0, clock=lambda: now[0])
    for k, stamp in enumerate((1e9, 1e9 + 0.1, 2e9, 1e9 + 0.3, 0, 1e9 + 0.5, 5.0)):
        receive(source, now, 10 + k / 10, bundle(stamp, message("/a", k / 10)))
        assert source.latest().values[0] == pytest.approx(k / 10)
        assert source.latest().time == pytest.approx(10 + k / 10, abs=1e-4)


def test_malformed_packets_are_counted_and_the_good_ones_heard(source, send):
    send(b"\x00", b"#bundle\x00", b"/a\x00\x00,q\x00\x00", b"", message("/a", 0.5))
    until(lambda: values(source) == {"a": 0.5})
    assert source.malformed == 3


def test_a_port_in_use_is_said_with_what_to_do(source):
    with pytest.raises(CheironError, match=rf"{source.port}.*another port"):
        OscSource(port=source.port).open()


def test_it_opens_and_closes_again_and_leaves_nothing(source):
    for _ in range(3):
        source.open()
        source.close()
        source.close()
    assert not [t for t in threading.enumerate() if t.name == "osc"]


@pytest.mark.parametrize("text", ["no slash", "/"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(CheironError, match="expected an address"):
        OscAxis(text)


def test_a_flood_loses_no_newest_value_and_costs_little(source, send):
    packets = [message("/a", k / 10000).dgram for k in range(10000)]
    began, spent = time.monotonic(), time.process_time()
    for k in range(0, 10000, 10):
        send(*packets[k : k + 10])
        time.sleep(max(0.0, began + k / 10000 - time.monotonic()))
    time.sleep(0.05)
    send(packets[-1])  # a system that is busy elsewhere may have thrown the last one away
    until(lambda: source.latest() and source.latest().values[0] == np.float32(0.9999))
    assert time.process_time() - spent < 0.9  # sending 10,000 costs more than half of it


def test_a_single_packet_is_there_at_once(source, send):
    late = []
    for k in range(60):
        time.sleep(0.005)
        sent = time.monotonic()
        send(message("/a", (k + 1) / 100))
        until(lambda k=k: source.mailbox.latest() and source.mailbox.latest().count > k)
        late.append(source.mailbox.latest().arrival - sent)
    assert np.median(late) < 1e-3
