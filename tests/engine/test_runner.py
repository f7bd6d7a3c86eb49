import gc
import os
import threading
import time

import numpy as np
import pytest
from live_toys import Clockwork, Sine, chain, frame, steepest, voice

from cheiron.engine.chain import Voice
from cheiron.engine.runner import Runner


def until(condition, seconds=10.0):
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def runner():
    made = Runner(lambda now: frame(0.5, now))
    yield made
    made.stop()
    assert "control" not in {thread.name for thread in threading.enumerate()}


class Tape:
    def __init__(self, fault=None):
        self.frames, self.blocks, self.fault = [], [], fault

    def motion(self, frame):
        if self.fault is not None:
            raise self.fault
        self.frames.append(frame)

    def sound(self, block):
        self.blocks.append(np.array(block))


def test_a_voice_sounds_at_the_outputs_rate_without_a_seam(runner):
    output = Clockwork()
    runner.play(voice(Sine()))
    runner.start()
    runner.connect(output)
    assert runner.voice.decoder.sample_rate == runner.sample_rate == 48000
    until(lambda: len(output.sound) > 48000)
    heard = output.sound
    first = int(np.argmax(np.abs(heard) > 0))
    assert first < 12000 and np.abs(heard[-4800:]).max() == pytest.approx(0.5, abs=0.01)
    if runner.figures().underruns == 0:
        assert steepest(heard) < 0.5 * 2 * np.pi * 441 / 48000 * 1.3


@pytest.mark.parametrize("block", [64, 512, 1024])
def test_outputs_of_any_block_size_are_kept_fed(runner, block):
    output = Clockwork(block=block)
    runner.play(voice(Sine()))
    runner.start()
    runner.connect(output)
    until(lambda: len(output.sound) > 48000)
    silent = sum(not b.any() for b in output.blocks[-int(24000 / block) :])
    assert silent <= 0.1 * 24000 / block  # a loaded machine may lose one
    figures = runner.figures()
    assert block / 48000 < figures.lead < block / 48000 + 0.031
    assert figures.latency > figures.lead and figures.budget == pytest.approx(128 / 44100)


def test_the_sensors_are_read_once_a_frame_at_even_times():
    times = []
    runner = Runner(lambda now: times.append(now))
    runner.play(voice(Sine()))
    runner.start()
    runner.connect(Clockwork())
    until(lambda: len(times) > 500)
    runner.stop()
    steps = np.diff(times[200:])
    assert np.median(steps) == pytest.approx(128 / 44100, rel=0.1)
    assert (steps >= 0).all()


def test_without_an_output_time_goes_on_by_the_wall_clock(runner):
    tape = Tape()
    runner.taps = (tape,)
    runner.play(voice(Sine()))
    runner.start()
    until(lambda: len(tape.blocks) > 50)
    start = len(tape.blocks), time.perf_counter()
    time.sleep(0.5)
    made = sum(map(len, tape.blocks[start[0] :])) / (time.perf_counter() - start[1])
    assert made == pytest.approx(48000, rel=0.15)
    assert runner.monitor.level().peak == pytest.approx(0.5, abs=0.05)


def test_an_output_that_stops_asking_and_returns_goes_on_without_counting_underruns(runner):
    output = Clockwork()
    runner.play(voice(Sine()))
    runner.start()
    runner.connect(output)
    until(lambda: len(output.sound) > 9600)
    before, tape = runner.figures().underruns, Tape()
    output.paused = True
    time.sleep(0.4)
    runner.taps = (tape,)
    until(lambda: len(tape.blocks) > 20)
    at, output.paused = len(output.blocks), False
    until(lambda: len(output.blocks) > at + 200)
    assert abs(np.concatenate(output.blocks[at + 100 :])).max() == pytest.approx(0.5, abs=0.02)
    # A busy machine may add some; the pause itself would have been more than a hundred.
    assert runner.figures().underruns < before + 50


def test_an_output_that_comes_back_at_another_rate_is_followed(runner):
    output = Clockwork()
    runner.play(voice(Sine()))
    runner.start()
    runner.connect(output)
    until(lambda: len(output.sound) > 4800)
    output.sample_rate = 44100
    until(lambda: runner.sample_rate == 44100 and runner.voice.decoder.sample_rate == 44100)
    at = len(output.blocks)
    until(lambda: len(output.blocks) > at + 150)
    assert np.abs(np.concatenate(output.blocks[at + 80 :])).max() == pytest.approx(0.5, abs=0.02)


def test_changing_the_output_closes_the_old_one_and_keeps_the_voice(runner):
    first, second = Clockwork(), Clockwork(sample_rate=44100, block=256)
    runner.play(voice(Sine()))
    runner.start()
    runner.connect(first)
    until(lambda: len(first.sound) > 9600)
    runner.connect(second)
    assert first._thread is None and np.abs(first.blocks[-1]).max() < 0.05
    until(lambda: len(second.sound) > 9600 and second.blocks[-1].any())
    runner.connect(None)
    assert runner.sample_rate == 44100 and second._thread is None


def test_hot_swaps_while_playing_never_end_the_sound(runner):
    output = Clockwork()
    runner.play(voice(Sine(), rate=48000))
    runner.start()
    runner.connect(output)
    until(lambda: len(output.sound) > 4800)
    for k in range(20):
        model = Sine((44100, 16000, 48000)[k % 3], (128, 256, 512)[k % 3], 200.0 + 20 * k)
        runner.play(voice(model, rate=48000))
        time.sleep(0.02)
        runner.play(Voice(chain(), runner.voice.decoder))
        runner.release()
    at = len(output.blocks)
    until(lambda: len(output.blocks) > at + 100)
    assert np.abs(np.concatenate(output.blocks[at + 60 :])).max() == pytest.approx(0.5, abs=0.05)
    assert runner.problem == ""


def test_a_stage_that_raises_is_told_once_and_the_sound_goes_on(runner):
    broken = voice(Sine(), rate=48000)
    output = Clockwork()
    runner.play(broken)
    runner.start()
    runner.connect(output)
    until(lambda: len(output.sound) > 4800)
    broken.chain.gesture.fault = RuntimeError("no such thing")
    until(lambda: "no such thing" in runner.problem)
    at = len(output.blocks)
    until(lambda: len(output.blocks) > at + 40)
    assert np.abs(np.concatenate(output.blocks[at:])).max() == pytest.approx(0.5, abs=0.02)
    runner.play(voice(Sine(), rate=48000))
    until(lambda: runner.problem == "")


def test_sensors_that_raise_leave_the_sound_going():
    def broken(now):
        raise OSError("no such port")

    runner = Runner(broken)
    runner.play(voice(Sine(), rate=48000))
    runner.start()
    until(lambda: "no such port" in runner.problem)
    until(lambda: runner.monitor.level().peak > 0.4)
    runner.stop()


def test_a_tap_that_raises_is_taken_out_and_the_others_go_on(runner):
    good, bad = Tape(), Tape(OSError("disk full"))
    runner.taps = (bad, good)
    runner.play(voice(Sine(), rate=48000))
    runner.start()
    until(lambda: len(good.blocks) > 20)
    assert runner.taps == (good,) and "disk full" in runner.problem
    assert good.frames[-1].values[0] == 0.5


def test_a_decoder_that_is_too_slow_is_counted_and_does_not_hang(runner):
    model, output = Sine(), Clockwork()
    runner.play(voice(model, rate=48000))
    runner.start()
    runner.connect(output)
    until(lambda: len(output.sound) > 9600)
    model.slow = 0.005
    until(lambda: runner.figures().underruns > 3 and runner.figures().late > 3)
    assert runner.figures().lead < 0.04
    model.slow = 0.0
    at = len(output.blocks)
    until(lambda: len(output.blocks) > at + 375)
    silent = sum(not b.any() for b in output.blocks[-100:])
    assert silent <= 10


def test_gain_and_mute_hold_across_outputs(runner):
    runner.gain, runner.muted = 0.5, False
    runner.play(voice(Sine()))
    runner.start()
    for _ in range(2):
        output = Clockwork()
        runner.connect(output)
        until(lambda output=output: len(output.sound) > 24000)
        assert np.abs(output.sound[-2400:]).max() == pytest.approx(0.25, abs=0.02)
    runner.muted = True
    until(lambda: not np.concatenate(output.blocks[-20:]).any())
    assert runner.muted and runner.gain == 0.5


def test_the_moment_shows_what_is_played(runner):
    assert runner.moment().control.size == 0
    runner.play(voice(Sine(), rate=48000))
    runner.start()
    until(lambda: runner.moment().control.size == 1)
    until(lambda: runner.moment().motion is not None)
    moment = runner.moment()
    assert moment.control == pytest.approx(0.5) and moment.latent == pytest.approx(0.5)
    assert moment.confidence == 1.0 and abs(moment.time - time.perf_counter()) < 1.0


def test_starting_and_stopping_twice_does_nothing_more(runner):
    runner.start()
    runner.start()
    runner.stop()
    runner.stop()
    runner.start()
    runner.play(voice(Sine(), rate=48000))
    until(lambda: runner.monitor.level().peak > 0)


def test_swaps_and_playing_do_not_let_memory_grow(runner):
    import psutil

    runner.play(voice(Sine(), rate=48000))
    runner.start()
    runner.connect(Clockwork())
    process, sizes = psutil.Process(os.getpid()), []
    for k in range(60):
        runner.play(voice(Sine(frequency=200.0 + k), rate=48000))
        time.sleep(0.06)
        runner.release()
        if k in (20, 59):
            gc.collect()
            sizes.append(process.memory_info().rss)
    assert sizes[1] - sizes[0] < 5e6
