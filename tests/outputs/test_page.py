import struct
import time

import numpy as np

from cheiron.core.protocols import LiveOutput
from cheiron.outputs.page import CATCH_UP, PageOutput, Schedule

RATE, BLOCK = 48000, 128


def play(pull, seconds, block=BLOCK):
    sent = []
    output = PageOutput(lambda m: sent.append((time.perf_counter(), m)), RATE, block)
    start = time.perf_counter()
    output.open(pull)
    time.sleep(seconds)
    output.close()
    return sent, start, time.perf_counter()


def test_it_is_a_live_output():
    assert isinstance(PageOutput(lambda _: None), LiveOutput)


def test_messages_are_those_of_the_protocol():
    count = iter(range(10**6))
    sent, _, _ = play(lambda block: block.fill(next(count)), 0.1, block=256)
    for n, (_, message) in enumerate(sent):
        assert struct.unpack_from("<BBBBIIi", message) == (2, 0, 0, 0, n, RATE, 0)
        samples = np.frombuffer(message, "<f4", offset=16)
        assert len(samples) == 256 and (samples == n).all()


def test_the_pace_does_not_drift():
    rng = np.random.default_rng(5)
    schedule, now, period = Schedule(0.0, BLOCK / RATE), 0.0, BLOCK / RATE
    for made in range(100_000):
        now += schedule.next(now)
        assert -1e-6 < now - made * period < CATCH_UP
        now += rng.exponential(1e-3)  # the work, and sleeping too long
    assert schedule.skipped == 0


def test_after_a_stall_it_catches_up_without_a_long_burst():
    schedule, now, period = Schedule(0.0, BLOCK / RATE), 0.0, BLOCK / RATE
    moments = []
    for n in range(1000):
        now += schedule.next(now)
        moments.append(now)
        now += 0.3 if n == 100 else 0.0
    gap = int(np.argmax(np.diff(moments))) + 1
    burst = (np.array(moments[gap:]) < moments[gap] + 1e-9).sum() * period
    assert CATCH_UP / 2 < burst < CATCH_UP + 2 * period
    assert abs((len(moments) - 1 + schedule.skipped) * period - moments[-1]) < 1e-6


def test_live_it_makes_as_many_samples_as_time_goes_by():
    sent, start, end = play(lambda block: block.fill(0), 1.0)
    made = len(sent) * BLOCK / RATE
    assert (end - start) / 2 < made < end - start + CATCH_UP


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
