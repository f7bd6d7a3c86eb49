import numpy as np
import pytest

from cheiron.core.errors import CheironError
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


def test_the_end_is_told(source, now):
    source.open()
    now[0] = 10.15
    assert not source.finished
    now[0] = 10.2001
    assert source.finished
    source.close()
    assert not source.finished


def test_a_loop_goes_round_and_time_keeps_rising(now):
    recording = Recording(Space.of("m", ["x"]), np.array([5.0, 5.1, 5.2]), np.arange(3.0)[:, None])
    source = ReplaySource(recording, clock=lambda: now[0], loop=True)
    source.open()
    seen = []
    for now[0] in 10.0 + np.arange(0, 1, 0.05) + 1e-4:
        frame = source.latest()
        seen.append((frame.time, float(frame.values[0])))
    assert [value for _, value in seen[:8]] == [0, 0, 1, 1, 0, 0, 1, 1]
    times = [moment for moment, _ in seen]
    assert (np.diff(times) >= 0).all()
    assert times[8] == pytest.approx(10.4)
    assert not source.finished


def test_it_jumps_and_goes_on_from_there(source, now):
    source.open()
    now[0] = 10.15
    assert source.latest().values[0] == 1.0
    source.seek(0.0)
    frame = source.latest()
    assert (frame.values[0], frame.time) == (0.0, 10.15)
    now[0] = 10.2501
    assert (source.latest().values[0], source.latest().time) == (1.0, pytest.approx(10.25))
    source.seek(99.0)
    assert source.position == pytest.approx(0.2)
    assert source.latest().values[0] == 2.0


def test_speed_changes_without_a_jump(source, now):
    source.open()
    now[0] = 10.1
    source.speed = 0.5
    assert source.position == pytest.approx(0.1)
    now[0] = 10.2
    assert source.position == pytest.approx(0.15)
    assert source.latest().values[0] == 1.0
    now[0] = 10.3001
    assert (source.latest().values[0], source.finished) == (2.0, True)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_that_is_none_is_refused(source, speed):
    with pytest.raises(CheironError, match="expected a number above 0"):
        source.speed = speed
