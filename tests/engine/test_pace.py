import numpy as np
import pytest

from cheiron.engine.pace import Pace

RATE = 48000


def calls(block, count, jitter=0.0, rate=RATE, start=10.0, seed=0):
    """Times of callbacks: a steady grid, each a little late."""
    late = (
        np.abs(np.random.default_rng(seed).normal(0, jitter, count)) if jitter else np.zeros(count)
    )
    return start + np.arange(count) * block / rate + late


def follow(pace, times, block):
    for i, t in enumerate(times):
        pace.called(float(t), block, (i + 1) * block)


@pytest.mark.parametrize("block", [64, 128, 512, 1024])
def test_a_jittering_callback_becomes_a_steady_clock(block):
    pace, n = Pace(RATE, block), int(4 * RATE / block)
    times = calls(block, n, jitter=0.0003)
    follow(pace, times, block)
    errors = []
    for i in range(n, n + n // 4):
        t = 10.0 + i * block / RATE
        errors.append(pace.time_of(i * block) - t)
        pace.called(t + 0.0003 * abs(np.sin(i)), block, (i + 1) * block)
    assert np.std(errors) < 0.0001 and abs(np.mean(errors)) < 0.0005


def test_a_device_whose_clock_is_off_is_followed():
    pace, rate = Pace(RATE, 128), 48000 * 1.01
    follow(pace, calls(128, 2000, rate=rate), 128)
    assert pace.time_of(2100 * 128) == pytest.approx(10 + 2100 * 128 / rate, abs=0.0002)


def test_samples_that_were_not_given_move_all_later_ones():
    pace = Pace(RATE, 128)
    for i in range(400):
        taken = 128 * (i + 1) - (128 if i >= 200 else 0)
        pace.called(10 + i * 128 / RATE, 128, taken)
    assert pace.time_of(128 * 399) == pytest.approx(10 + 400 * 128 / RATE, abs=1e-6)


@pytest.mark.parametrize("shift", [0.006, -0.006])
def test_a_grid_that_moved_is_found_within_a_few_calls(shift):
    pace = Pace(RATE, 128)
    follow(pace, calls(128, 500), 128)
    for i in range(500, 506):
        pace.called(10 + shift + i * 128 / RATE, 128, (i + 1) * 128)
    assert pace.time_of(600 * 128) == pytest.approx(10 + shift + 600 * 128 / RATE, abs=0.001)


def test_one_late_call_moves_nothing():
    pace = Pace(RATE, 128)
    follow(pace, calls(128, 500), 128)
    before = pace.time_of(600 * 128)
    pace.called(10 + 500 * 128 / RATE + 0.005, 128, 501 * 128)
    assert abs(pace.time_of(600 * 128) - before) < 0.0005


def test_a_page_that_asks_in_bursts_is_followed():
    pace, taken, rng = Pace(RATE, 960), 0, np.random.default_rng(1)
    for i in range(300):
        for part in (480, 480):
            taken += part
            pace.called(10 + i * 0.02 + 0.004 * rng.random(), part, taken)
    # The clock tells when the first of two calls at once would come, which is early for the other.
    assert 10 + 300 * 0.02 - 0.012 < pace.time_of(taken) < 10 + 300 * 0.02 + 0.004


def test_a_pause_is_noticed_and_the_next_call_begins_anew():
    pace = Pace(RATE, 128)
    follow(pace, calls(128, 100), 128)
    assert not pace.stalled(10.3) and pace.stalled(11.0)
    pace.called(20.0, 128, 101 * 128)
    assert pace.time_of(101 * 128) == pytest.approx(20 + 128 / RATE)
