import math
import struct

import numpy as np
import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from cheiron.sources.osc_packet import MalformedError, messages, numbers


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


def typed(tags, data):
    tag = b"," + tags
    return b"/a\x00\x00" + tag + b"\x00" * (4 - len(tag) % 4) + data


def test_numbers_of_every_kind_are_numbers():
    mixed = message("/a", 1, 2.5, True, False, "text", b"blob", [3, [4.0]])
    read = numbers(mixed.dgram)
    assert read[:4] == [1, 2.5, 1, 0]
    assert [math.isnan(value) for value in read[4:6]] == [True, True]
    assert read[6:] == [3, 4]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_what_float32_cannot_hold_is_undefined(value):
    assert math.isnan(numbers(typed(b"d", struct.pack(">d", value)))[0])


def test_nested_bundles_have_the_time_of_the_innermost():
    inner = bundle(2000.5, message("/b", 2))
    found = messages(bundle(1000.25, message("/a", 1), inner).dgram)
    assert [(raw.address, raw.stamp) for raw in found] == [
        (b"/a", pytest.approx(1000.25)),
        (b"/b", pytest.approx(2000.5)),
    ]


def test_immediately_is_no_time():
    assert messages(bundle(0, message("/a", 1)).dgram)[0].stamp is None


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"hello",
        b"/" + b"a" * 300,
        b"#bundle\x00",
        b"#bundle\x00" + b"\x00" * 8 + b"\xff\xff\xff\xfc",  # python-osc never comes back
        b"#bundle\x00" + b"\x00" * 8 + b"\x00\x00\x00\x00" * 4,
        b"#bundle\x00" + b"\x00" * 8 + b"\x7f\xff\xff\xff",
    ],
)
def test_what_is_no_packet_is_refused(datagram):
    with pytest.raises(MalformedError):
        messages(datagram)


def test_bundles_without_end_are_refused():
    deep = message("/a", 1).dgram
    for _ in range(200):
        deep = b"#bundle\x00" + b"\x00" * 7 + b"\x01" + struct.pack(">i", len(deep)) + deep
    with pytest.raises(MalformedError):
        messages(deep)


@pytest.mark.parametrize("tags", [b"[" * 500 + b"i" + b"]" * 500, b"[i", b"i]", b"q", b"ii"])
def test_messages_that_lie_about_themselves_are_refused(tags):
    with pytest.raises(MalformedError):
        numbers(typed(tags, b"\x00\x00\x00\x01"))


def test_no_bytes_whatever_raise_anything_else():
    generator = np.random.default_rng(7)
    seeds = [
        message("/wrist/acc", 1.0, 2, "three", b"four", True, [5]).dgram,
        bundle(1000.0, message("/a", 1.0), bundle(0, message("/b", 2.0))).dgram,
    ]
    refused = 0
    for k in range(6000):
        if k % 3:
            data = bytearray(seeds[k % 2])
            for _ in range(generator.integers(1, 6)):
                data[generator.integers(len(data))] = generator.integers(256)
            data = bytes(data[: generator.integers(1, len(data) + 1)])
        else:
            data = generator.bytes(int(generator.integers(0, 80)))
        try:
            for raw in messages(data):
                assert all(isinstance(value, float) for value in numbers(raw.datagram))
        except MalformedError:
            refused += 1
    assert 1500 < refused < 6000
