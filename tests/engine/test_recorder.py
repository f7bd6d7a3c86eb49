import errno
import threading
import time

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.protocols import Tap
from cheiron.core.space import Space
from cheiron.engine.recorder import Recorder

RATE = 48000
PAD = Space.of("motion", ["x", "y"], 0.0, 1.0)


class Memory:
    """A sink that keeps everything; ``gate`` stalls it while it is not set."""

    def __init__(self, fail_after=None):
        self.blocks, self.rows, self.finished = [], [], 0
        self.gate = threading.Event()
        self.gate.set()
        self.fail_after = fail_after

    def write_motion(self, times, values, space):
        self.rows.append((times.copy(), values.copy(), space))

    def write_sound(self, block):
        self.gate.wait(10)
        if self.fail_after is not None and len(self.blocks) >= self.fail_after:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.blocks.append(block.copy())

    def finish(self):
        self.finished += 1

    @property
    def sound(self):
        return np.concatenate(self.blocks) if self.blocks else np.zeros(0, np.float32)


def frame(t, x, space=PAD):
    return Frame(t, np.full(space.size, x, np.float32), space)


def test_keeps_every_sample_and_frame_in_order():
    rng = np.random.default_rng(1)
    recorder, sink = Recorder(patience=1.0, interval=0.005), Memory()
    assert isinstance(recorder, Tap)
    problems = []
    recorder.start(sink, RATE, problems.append)
    sent, times = [], []
    for i in range(200):
        block = rng.standard_normal(int(rng.integers(1, 700))).astype(np.float32)
        sent.append(block.copy())
        recorder.sound(block)
        block[:] = 9.0  # the control thread uses its buffers again
        times.append(i / 100)
        recorder.motion(frame(times[-1], i))
        if i % 20 == 0:
            time.sleep(0.01)
    assert recorder.stop(wait=5.0)
    np.testing.assert_array_equal(sink.sound, np.concatenate(sent))
    np.testing.assert_array_equal(np.concatenate([t for t, _, _ in sink.rows]), times)
    np.testing.assert_array_equal(np.concatenate([v[:, 0] for _, v, _ in sink.rows]), range(200))
    assert recorder.seconds == pytest.approx(sum(map(len, sent)) / RATE)
    assert (sink.finished, problems, recorder.problem) == (1, [""], "")


def test_keeps_nothing_while_it_is_not_told_to():
    recorder, sink = Recorder(interval=0.005), Memory()
    recorder.sound(np.ones(64, np.float32))
    recorder.start(sink, RATE)
    recorder.sound(np.ones(64, np.float32))
    recorder.stop(wait=5.0)
    recorder.sound(np.ones(64, np.float32))
    recorder.motion(frame(0.0, 1.0))
    assert len(sink.sound) == 64 and not sink.rows


def test_a_clock_that_stands_still_or_turns_back_leaves_times_that_never_fall():
    recorder, sink = Recorder(interval=0.005), Memory()
    recorder.start(sink, RATE)
    for t, x in [(1.0, 0.1), (1.0, 0.1), (1.0, 0.2), (0.5, 0.3), (np.nan, 0.4), (2.0, 0.3)]:
        recorder.motion(frame(t, x))
    recorder.stop(wait=5.0)
    times = np.concatenate([t for t, _, _ in sink.rows])
    values = np.concatenate([v[:, 0] for _, v, _ in sink.rows])
    assert times.tolist() == [1.0, 1.0, 1.0, 2.0]
    np.testing.assert_allclose(values, [0.1, 0.2, 0.3, 0.3], rtol=1e-6)


def test_a_sensor_that_is_plugged_in_on_the_way_begins_a_new_stretch():
    recorder, sink = Recorder(interval=0.005), Memory()
    more = Space.of("motion", ["x", "y", "z"])
    recorder.start(sink, RATE)
    for t, space in enumerate([PAD, PAD, more, more, PAD]):
        recorder.motion(frame(float(t), t, space))
    recorder.stop(wait=5.0)
    assert [(s.size, len(t)) for t, _, s in sink.rows] == [(2, 2), (3, 2), (2, 1)]


def test_a_full_disk_stops_the_recording_and_not_the_sound():
    recorder, sink = Recorder(interval=0.005), Memory(fail_after=3)
    ended = threading.Event()
    recorder.start(sink, RATE, lambda _: ended.set())
    while not ended.wait(0.002):
        recorder.sound(np.ones(48, np.float32))
    recorder.sound(np.ones(48, np.float32))
    assert recorder.stop(wait=5.0) and not recorder.recording
    assert "No space left" in recorder.problem and "is kept" in recorder.problem
    assert len(sink.blocks) == 3 and sink.finished == 1
    recorder.start(Memory(), RATE)  # and another can begin
    assert recorder.problem == ""
    recorder.stop(wait=5.0)


def test_a_stalled_disk_ends_the_recording_without_a_hole_or_growing_memory():
    recorder, sink = Recorder(patience=0.5, interval=0.005), Memory()
    sink.gate.clear()
    recorder.start(sink, RATE)
    sent, longest = 0, []
    for _ in range(200):  # 1 s of sound, of which 0.5 s find room
        block = np.arange(sent, sent + 240, dtype=np.float32)
        before = time.perf_counter()
        recorder.sound(block)
        longest.append(time.perf_counter() - before)
        sent += 240
        time.sleep(0.0005)
        assert recorder.buffered <= 0.5
    assert not recorder.recording and "took nothing for 0.5 s" in recorder.problem
    assert not recorder.stop()  # it does not wait for the disk
    with pytest.raises(CheironError, match="being written"):
        recorder.start(Memory(), RATE)
    sink.gate.set()
    assert recorder.stop(wait=5.0)
    np.testing.assert_array_equal(sink.sound, np.arange(len(sink.sound)))
    assert 0.5 <= len(sink.sound) / RATE <= 0.51 + 16384 / RATE
    assert np.median(longest) < 1e-4


def test_frames_without_sound_are_bounded_too():
    recorder, sink = Recorder(patience=0.1, interval=0.005), Memory()
    sink.gate.clear()
    recorder.start(sink, RATE)
    recorder.sound(np.ones(10, np.float32))
    time.sleep(0.05)
    for i in range(1000):
        recorder.motion(frame(float(i), i))
    assert not recorder.recording and "took nothing" in recorder.problem
    sink.gate.set()
    recorder.stop(wait=5.0)
    assert sum(len(t) for t, _, _ in sink.rows) == 50
