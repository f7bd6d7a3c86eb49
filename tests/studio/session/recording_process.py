"""Run by test_kill.py: plays a counter into a take until it is killed.

Arguments: the session's folder, and a file in which it says how much it has handed over: two
int64, samples and frames.
"""

import mmap
import sys
import time
from pathlib import Path

import numpy as np

from cheiron.core.frame import Frame
from cheiron.core.space import Space
from cheiron.engine.recorder import Recorder
from cheiron.studio.session.store import Session

RATE, BLOCK = 48000, 128
PERIOD = 2**15  # the counter's; exact in 24 bits


def main(folder: str, progress: str) -> None:
    with Path(progress).open("r+b") as file, mmap.mmap(file.fileno(), 16) as memory:
        told = np.frombuffer(memory, np.int64)
        session = Session.open(folder)
        recorder = Recorder()
        recorder.start(session.takes.begin(RATE, start=0.0), RATE)
        space = Space.of("motion", ["x", "y"], 0.0, 1e9)
        start = time.perf_counter()
        counter = np.arange(PERIOD + BLOCK, dtype=np.float32) % PERIOD / PERIOD
        samples = frames = 0
        while True:
            while samples / RATE < time.perf_counter() - start:
                recorder.sound(counter[samples % PERIOD :][:BLOCK])
                samples += BLOCK
                recorder.motion(Frame(frames / 375, np.full(2, frames, np.float32), space))
                frames += 1
                told[:] = samples, frames
            time.sleep(0.001)


if __name__ == "__main__":
    main(*sys.argv[1:])
