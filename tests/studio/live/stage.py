"""An instrument with a page output that nobody hears."""

import threading
import time
from dataclasses import replace

import numpy as np

from cheiron.studio.live.changes import CHANGES
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.play import first_state
from cheiron.studio.session.state import OutputChoice
from cheiron.studio.session.store import Session


class Silent:
    """A page output that nobody hears: pulls on a clock of its own."""

    sample_rate, block, latency, problem = 48000, 128, 0.0, ""

    def __init__(self):
        self.heard = np.zeros(0, np.float32)
        self._over = threading.Event()

    def open(self, pull):
        self._thread = threading.Thread(target=self._run, args=(pull,), daemon=True)
        self._thread.start()

    def _run(self, pull):
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            block = np.zeros(self.block, np.float32)
            pull(block)
            self.heard = np.append(self.heard[-48000:], block)
            due += self.block / self.sample_rate

    def close(self):
        self._over.set()
        self._thread.join()

    def peak(self):
        """Of the last tenth of a second."""
        return float(np.abs(self.heard[-4800:]).max(initial=0.0))


class Stage:
    def __init__(self, folder, state=None):
        self.notes, self.output = [], Silent()
        state = state or replace(first_state("sax"), output=OutputChoice("page"))
        self.session = Session.create(folder, state)
        self.live = Instrument(
            self.session,
            lambda _: self.output,
            lambda level, text: self.notes.append((level, text)),
        )

    def __enter__(self):
        self.live.start()
        return self

    def __exit__(self, *_):
        self.live.stop()
        self.session.close()

    def press(self, x=0.5, y=0.5, down=True):
        touches = [{"id": 1, "x": x, "y": y, "pressure": 0.5}] if down else []
        message = {"type": "pointer", "time": 1e3 * time.monotonic(), "hover": None}
        self.live.rack.push(1, message | {"touches": touches}, time.monotonic())

    def lift(self, x=0.5, y=0.5):
        """Lift the finger and wait until that is heard: nobody touches again within one tick."""
        self.press(x, y, down=False)
        until(lambda: not self.touched)

    @property
    def touched(self):
        motion = self.live.runner.moment().motion
        return motion is not None and motion.values[motion.space.index("touch")] > 0.5

    def do(self, **message):
        def work():
            state, name = CHANGES[message["type"]](self.live.state, message)
            self.live.apply(state, name)

        self.conduct(work)

    def conduct(self, work):
        """Do it on the conductor's thread, and raise what it raised."""
        done, errors = threading.Event(), []
        self.live.conductor.submit(work, lambda error: (errors.append(error), done.set()))
        assert done.wait(20)
        if errors[0] is not None:
            raise errors[0]


def until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
