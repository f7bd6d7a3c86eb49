import struct
import time

import numpy as np

from cheiron.core.protocols import LiveOutput
from cheiron.outputs.page import CATCH_UP, PageOutput

RATE, BLOCK = 48000, 128


def play(pull, seconds, block=BLOCK):
    sent = []
    output = PageOutput(lambda m: sent.append((time.perf_counter(), m)), RATE, block)
    start = time.perf_counter()
    output.open(pull)
    time.sleep(seconds)
    output.close()
    return output, sent, start, time.perf_counter()


def test_it_is_a_live_output():
    assert isinstance(PageOutput(lambda _: None), LiveOutput)


def test_messages_are_those_of_the_protocol():
    count = iter(range(10**6))
    _, sent, _, _ = play(lambda block: block.fill(next(count)), 0.1, block=256)
    for n, (_, message) in enumerate(sent):
        assert struct.unpack_from("<BBBBIIi", message) == (2, 0, 0, 0, n, RATE, 0)
        samples = np.frombuffer(message, "<f4", offset=16)
        assert len(samples) == 256 and (samples == n).all()


def test_the_pace_does_not_drift():
    _, sent, start, end = play(lambda block: block.fill(0), 1.5)
    last = sent[-1][0]
    assert abs(len(sent) * BLOCK / RATE - (last - start)) < 0.02
    assert end - last < 0.05


def test_after_a_stall_it_catches_up_without_a_long_burst():
    stalls = iter([0, 0.3] + [0] * 10**5)
    output, sent, start, _ = play(lambda block: time.sleep(next(stalls)), 0.8)
    times = np.array([moment for moment, _ in sent])
    at = np.flatnonzero(np.diff(times) > 0.25)[0] + 1
    burst = ((times >= times[at]) & (times < times[at] + 0.01)).sum() * BLOCK / RATE
    assert burst < CATCH_UP + 0.02
    assert output.skipped * BLOCK / RATE > 0.2
    made = (len(sent) + output.skipped) * BLOCK / RATE
    assert abs(made - (times[-1] - start)) < 0.02


def test_closing_ends_the_asking_and_it_can_be_opened_again():
    sent = []
    output = PageOutput(sent.append)
    for _ in range(2):
        output.open(lambda block: None)
        output.open(lambda block: None)
        time.sleep(0.02)
        output.close()
        output.close()
        count = len(sent)
        time.sleep(0.02)
        assert len(sent) == count > 0
        sent.clear()


def test_it_says_when_nobody_hears_it():
    pages = []
    output = PageOutput(lambda _: None, listeners=lambda: len(pages))
    assert "no page is open" in output.problem
    pages.append(1)
    assert output.problem == ""
