import numpy as np
import pytest

from cheiron.core.protocols import Source
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.sources.replay import ReplaySource


@pytest.fixture
def now():
    return [10.0]


@pytest.fixture
def source(now):
    recording = Recording(
        Space.of("motion", ["x"]), np.array([5.0, 5.1, 5.2]), np.array([[0.0], [1.0], [2.0]])
    )
    return ReplaySource(recording, clock=lambda: now[0])


def test_it_is_a_source(source):
    assert isinstance(source, Source)


def test_frames_come_at_their_own_times(source, now):
    assert source.latest() is None
    source.open()
    seen = []
    for now[0] in (10.0, 10.05, 10.1001, 10.15):
        frame = source.latest()
        seen.append((round(frame.time, 6), float(frame.values[0])))
    assert seen == [(10.0, 0.0), (10.0, 0.0), (10.1, 1.0), (10.1, 1.0)]


def test_after_the_end_the_last_frame_grows_old(source, now):
    source.open()
    now[0] = 60.0
    assert source.latest().time == pytest.approx(10.2)


def test_opening_twice_does_not_restart_and_closing_does(source, now):
    source.open()
    now[0] = 10.15
    source.open()
    assert source.latest().values[0] == 1.0
    source.close()
    source.close()
    assert source.latest() is None
    source.open()
    assert source.latest().values[0] == 0.0


def test_it_opens_a_csv_file(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("t,x\n0,1\n0.1,2\n")
    assert ReplaySource.from_csv(path).recording.duration == pytest.approx(0.1)
