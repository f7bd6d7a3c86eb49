"""Models, stages and outputs for tests of the live engine."""

import threading
import time

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.recording import BlockStage
from cheiron.core.space import Space
from cheiron.engine.chain import Chain, Voice
from cheiron.engine.decoder import Decoder

SENSORS = Space.of("sensors", ["x", "y"], 0.0, 1.0)
CONTROL = Space.of("control", ["level"], 0.0, 1.0)
LATENT = Space.of("latent", ["z"], 0.0, 1.0)


class Sine:
    """A sine whose amplitude is its latent; ``broken`` and ``slow`` may be set while it plays."""

    def __init__(self, sample_rate=44100, hop=128, frequency=441.0):
        self.name, self.sample_rate, self.hop, self.latent, self.latency = (
            "sine", sample_rate, hop, LATENT, 0,
        )  # fmt: skip
        self.frequency, self.broken, self.slow, self.steps = frequency, False, 0.0, 0

    def init_decoder(self, seed=0):
        return {"n": 0}

    def decode_step(self, state, z):
        if self.broken:
            raise ValueError("the graph is gone")
        if self.slow:
            time.sleep(self.slow)
        self.steps += 1
        n = state["n"] + np.arange(len(z) * self.hop)
        state["n"] += len(n)
        tone = np.sin(2 * np.pi * self.frequency * n / self.sample_rate)
        return state, (np.repeat(z[:, 0], self.hop) * tone).astype(np.float32)


class Pass(BlockStage):
    """Hands on one column; ``fault`` may be set to an exception to raise."""

    def __init__(self, in_space, out_space, default=0.5):
        self.in_space, self.out_space, self._default, self.fault = (
            in_space,
            out_space,
            default,
            None,
        )

    def init(self):
        return 0

    def block(self, state, times, values):
        if self.fault is not None:
            raise self.fault
        return state + 1, np.nan_to_num(values[:, :1], nan=self._default).astype(np.float32)


class Raw(Pass):
    """Hands on one column as it is, NaN and all."""

    def block(self, state, times, values):
        return state, values[:, :1]


def chain(level=0.5):
    return Chain(Pass(SENSORS, CONTROL, level), Raw(CONTROL, LATENT))


def voice(model=None, rate=44100, level=0.5):
    return Voice(chain(level), Decoder(model or Sine(), rate))


def frame(x, now=0.0, space=SENSORS):
    values = np.full(space.size, np.nan, np.float32)
    values[0] = x
    return Frame(now, values, space)


def steepest(sound):
    """The largest step from sample to sample; a click shows as one."""
    return float(np.abs(np.diff(sound)).max())


class Clockwork:
    """A live output that asks for blocks on a thread of its own and keeps what it gets."""

    def __init__(self, sample_rate=48000, block=128, latency=0.0):
        self.sample_rate, self.block, self.latency, self.problem = sample_rate, block, latency, ""
        self.blocks, self.paused, self._thread, self._go = [], False, None, False

    def open(self, pull):
        self._go = True
        self._thread = threading.Thread(target=self._run, args=(pull,), daemon=True)
        self._thread.start()

    def close(self):
        self._go = False
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def sound(self):
        return np.concatenate([*self.blocks, np.zeros(0, np.float32)])

    def _run(self, pull):
        due = time.perf_counter()
        while self._go:
            due += self.block / self.sample_rate
            time.sleep(max(0.0, due - time.perf_counter()))
            due = max(due, time.perf_counter() - self.block / self.sample_rate)
            if self.paused:
                continue
            block = np.ones(self.block, np.float32)
            pull(block)
            self.blocks.append(block)
