import numpy as np
import pytest

from cheiron.engine.figures import TickTimes
from cheiron.engine.monitor import Monitor


def test_the_latest_samples_come_out_in_order_whatever_the_block_size():
    monitor, n = Monitor(100), 0
    for size in (30, 30, 30, 30, 250, 7):
        monitor.write(np.arange(n, n + size, dtype=np.float32))
        n += size
        kept = min(n, 100)
        assert monitor.latest(kept).tolist() == list(range(n - kept, n))


def test_the_level_is_of_what_was_played_since_the_last_look():
    monitor = Monitor(64)
    monitor.write(np.full(32, -1.0, np.float32))
    first = monitor.level()
    assert first.peak == 1 and first.rms == pytest.approx(1) and first.clipped
    monitor.write(np.full(16, 0.5, np.float32))
    second = monitor.level()
    assert second.peak == 0.5 and second.rms == pytest.approx(0.5) and not second.clipped
    assert monitor.level().rms == 0


def test_a_reader_that_was_away_sees_the_whole_of_what_is_kept():
    monitor = Monitor(64)
    monitor.write(np.ones(60, np.float32))
    monitor.write(np.zeros(1000, np.float32))
    assert monitor.level().peak == 0 and len(monitor.latest(1024)) == 64


def test_quantiles_are_of_the_latest_ticks_only():
    times = TickTimes()
    assert times.quantiles(0.5, 0.999) == (0.0, 0.0)
    for _ in range(10_000):
        times.note(1.0)
    for _ in range(8192):
        times.note(0.001)
    assert times.quantiles(0.5, 1.0) == (0.001, 0.001)
