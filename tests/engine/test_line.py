from types import SimpleNamespace

import numpy as np
import pytest

from cheiron.engine import playback as playback_module
from cheiron.engine.line import Line
from cheiron.engine.playback import Playback
from cheiron.engine.ring import SampleRing

RATE, FRAME = 48000, 128 / 44100


class Simulation:
    """A control thread and an output on a clock of their own: no threads, no waiting."""

    def __init__(self, monkeypatch, block=128, cost=0.0006, jitter=0.0002):
        monkeypatch.setattr(playback_module, "perf_counter", lambda: self.called)
        self.block, self.cost, self.rng, self.jitter = block, cost, np.random.default_rng(0), jitter
        self.playback = Playback(SampleRing(65536), RATE)
        output = SimpleNamespace(sample_rate=RATE, block=block)
        self.line = Line(output, self.playback, RATE, block)
        self.now, self.called, self.calls = 5.0, 0.0, 0
        self.grid = 5.0
        self.frames, self.exact = [], 0.0
        self.plays = []  # (ring position, time of its first sample)
        self.stalls = []

    def run(self, seconds):
        end = self.now + seconds
        while self.now < end:
            due = self.line.due(self.now)
            if due > self.now:
                self.pass_time(min(due, self.now + 0.05))
                if due > self.now:
                    continue
            due = max(due, self.now - FRAME)
            self.pass_time(self.now + self.cost * (1 + 0.2 * self.rng.random()))
            self.exact += FRAME * RATE
            size = int(self.exact) - self.line.ring.written
            self.frames.append((self.line.ring.written, due))
            self.line.write(np.ones(size, np.float32), self.now)

    def pass_time(self, until):
        """Let the output ask for what it wants in the meantime."""
        while self.grid < until:
            late = self.jitter * self.rng.random()
            self.called, before = max(self.grid + late, self.called), self.playback.ring.taken
            self.playback.pull(np.zeros(self.block, np.float32))
            if self.playback.ring.taken > before:
                self.plays.append((before, self.grid))
            self.grid += self.block / RATE
        self.now = max(self.now, until)

    def delays(self, last):
        """Seconds from the making of each of the last frames to its first sample."""
        positions = np.array([p for p, _ in self.plays])
        times = np.array([t for _, t in self.plays])
        made = [f for f in self.frames if f[0] < positions[-1]][-last:]
        index = np.searchsorted(positions, [f[0] for f in made], side="right") - 1
        sounds = times[index] + (np.array([f[0] for f in made]) - positions[index]) / RATE
        return sounds - np.array([f[1] for f in made])


@pytest.mark.parametrize("block", [64, 128, 512, 1024])
def test_every_frame_is_made_the_same_time_before_it_is_heard(monkeypatch, block):
    simulation = Simulation(monkeypatch, block)
    simulation.run(20)
    delays = simulation.delays(1000)
    assert delays.std() < 0.0001 and simulation.playback.underruns <= 5
    assert block / RATE < delays.mean() < block / RATE + 0.0022


def test_after_the_output_dropped_out_the_delay_is_soon_the_same_again(monkeypatch):
    simulation = Simulation(monkeypatch)
    simulation.run(10)
    before = simulation.delays(300).mean()
    for drop_out in (0.006, 0.02, 0.003):
        simulation.grid += drop_out  # the device stood still, and so do all later calls
        simulation.run(0.15)
        assert abs(simulation.delays(10) - before).max() < 0.001
    assert simulation.playback.underruns <= 5


def test_after_the_control_thread_stood_still_it_goes_on_without_catching_up(monkeypatch):
    simulation = Simulation(monkeypatch)
    simulation.run(10)
    before, made = simulation.delays(300).mean(), len(simulation.frames)
    underruns = simulation.playback.underruns
    simulation.pass_time(simulation.now + 0.03)
    simulation.run(0.2)
    assert simulation.playback.underruns == underruns + 1 and simulation.line.lead.stalls == 1
    assert len(simulation.frames) - made < 0.2 / FRAME + 5
    assert abs(simulation.delays(10) - before).max() < 0.001


def test_an_output_whose_clock_is_off_is_followed_for_minutes(monkeypatch):
    simulation = Simulation(monkeypatch)
    monkeypatch.setattr(simulation, "block", 128)
    for _ in range(60):
        simulation.grid += 0.0005  # 500 ppm
        simulation.run(1.0)
    assert simulation.playback.underruns <= 5
    assert simulation.delays(500).std() < 0.0005
