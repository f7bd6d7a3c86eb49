import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cheiron.studio.session.state import SessionState
from cheiron.studio.session.store import Session

RATE, PERIOD = 48000, 2**15
FRAME_RATE = 375
MAY_COST = 0.1  # seconds


def play_and_kill(folder, tmp_path, seconds):
    """Samples and frames that had been handed to the recorder when the process was killed."""
    progress = tmp_path / "progress"
    progress.write_bytes(bytes(16))
    script = Path(__file__).with_name("recording_process.py")
    process = subprocess.Popen([sys.executable, str(script), str(folder), str(progress)])
    try:
        end = time.monotonic() + 60
        while not any(progress.read_bytes()):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.01)
        time.sleep(seconds)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    return np.frombuffer(progress.read_bytes(), np.int64)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_kill_9_while_recording_costs_at_most_100_ms(tmp_path, seed):
    folder = tmp_path / "evening"
    Session.create(folder, SessionState()).close()
    seconds = float(np.random.default_rng(seed).uniform(0.3, 1.5))
    samples, frames = play_and_kill(folder, tmp_path, seconds)
    with Session.open(folder) as session:
        (take,) = session.takes.list()
        assert session.notes == (f"Recovered take 1, {take.length:.1f} s.",)
        sound, rate = soundfile.read(session.takes.path("take 1"), dtype="float32")
        gesture = session.takes.gesture("take 1")
        assert not list(session.takes.folder.glob(".*"))
    assert rate == RATE
    np.testing.assert_array_equal(sound, np.arange(len(sound)) % PERIOD / np.float32(PERIOD))
    np.testing.assert_array_equal(gesture.values[:, 1], np.arange(len(gesture)))
    assert 0 <= (samples + 128 - len(sound)) / RATE <= MAY_COST
    assert 0 <= (frames + 1 - len(gesture)) / FRAME_RATE <= MAY_COST
