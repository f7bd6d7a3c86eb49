import numpy as np
import pytest

from cheiron.sources.sender_clock import SenderClock


def test_delays_of_the_network_are_taken_out():
    generator = np.random.default_rng(3)
    clock, errors = SenderClock(), []
    for k in range(1000):
        sent = k / 100
        arrival = sent + 500.0 + 0.005 + generator.exponential(0.01)
        errors.append(clock.local(sent, arrival) - (sent + 500.005))
    assert np.abs(errors[200:]).max() < 1e-3


def test_nothing_happened_after_it_arrived():
    clock = SenderClock()
    assert all(clock.local(k / 10 + 1e-3 * (k % 3), k / 10) <= k / 10 for k in range(300))


def test_an_absurd_stamp_says_nothing_and_does_no_harm():
    clock = SenderClock()
    clock.local(10.0, 0.0)
    for wild in (1e12, -1e9, 0.0):
        assert clock.local(wild, 0.1) is None
    assert clock.local(10.25, 0.25) == 0.25


def test_a_sender_that_starts_again_is_believed_after_three_messages():
    clock = SenderClock()
    clock.local(1000.0, 0.0)
    said = [clock.local(k / 10, 1 + k / 10) for k in range(5)]
    assert said[:2] == [None, None]
    assert said[2:] == pytest.approx([1.2, 1.3, 1.4])


def test_clocks_that_drift_apart_stay_together():
    clock = SenderClock()
    for k in range(60000):
        arrival = k / 100
        moment = clock.local(arrival * 0.9999, arrival)  # 100 ppm, six times a bad quartz
    assert arrival - moment < 0.003
