import subprocess
from pathlib import Path

import numpy as np
import pytest

from cheiron.core.space import Space
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.store import Session

RATE = 48000
PAD = Space.of("motion", ["x", "y"], 0.0, 1.0)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CHEIRON_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def session(tmp_path):
    with Session.create(tmp_path / "evening", SessionState()) as session:
        yield session


@pytest.fixture
def mounted(tmp_path):
    """Mounts a folder with these options; skips where that is not permitted."""
    places: list[Path] = []

    def mount(place, *options):
        place.mkdir(exist_ok=True)
        command = ["mount", *options, str(place)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting is not permitted here")
        places.extend([place] if place not in places else [])
        return place

    yield mount
    for place in reversed(places):
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def record():
    """Records a take of noise and a moving finger; gives its sound and motion."""

    def record(session, name=None, seconds=0.5, seed=0, sound=True, motion=True):
        rng = np.random.default_rng(seed)
        block = rng.uniform(-0.9, 0.9, int(seconds * RATE)).astype(np.float32)
        times = 100.0 + np.arange(int(seconds * 100)) / 100
        rows = rng.uniform(0, 1, (len(times), 2)).astype(np.float32)
        writer = session.takes.begin(RATE, name, start=100.0)
        for part in range(5):
            if sound:
                writer.write_sound(np.array_split(block, 5)[part])
            if motion:
                writer.write_motion(
                    np.array_split(times, 5)[part], np.array_split(rows, 5)[part], PAD
                )
        writer.finish()
        return block, times - 100.0, rows

    return record
