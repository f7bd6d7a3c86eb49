import resource

import numpy as np
import pytest
import soundfile

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.space import Space
from cheiron.engine.recorder import Recorder
from cheiron.sources.gesture_csv import read_gesture
from cheiron.studio.session.journal import NAME as JOURNAL
from cheiron.studio.session.raw_sound import raw_path
from cheiron.studio.session.store import Session

RATE = 48000
PAD = Space.of("motion", ["x", "y"], 0.0, 1.0)


def names(session):
    return [take.name for take in session.takes.list()]


def reopened(session):
    """As after a kill: nothing is finished or closed in an orderly way."""
    session.journal.close()
    session._lock.release()
    session._saver._closing.set()
    return Session.open(session.path)


def test_a_take_is_24_bit_flac_and_a_gesture(session, record):
    sound, times, rows = record(session)
    (take,) = session.takes.list()
    assert (take.name, take.length, take.has_sound, take.has_gesture) == ("take 1", 0.5, True, True)
    info = soundfile.info(session.takes.path("take 1"))
    assert (info.format, info.subtype, info.samplerate) == ("FLAC", "PCM_24", RATE)
    np.testing.assert_allclose(soundfile.read(session.takes.path("take 1"))[0], sound, atol=2**-23)
    gesture = session.takes.gesture("take 1")
    np.testing.assert_allclose(gesture.times, times, atol=1e-9)
    np.testing.assert_array_equal(gesture.values, rows)
    assert gesture.space == PAD
    assert not list(session.takes.folder.glob(".*"))


def test_takes_are_numbered_and_names_are_not_given_twice(session, record):
    record(session)
    record(session, "Rain")
    record(session)
    assert names(session) == ["take 1", "Rain", "take 2"]
    for name in ("Rain", "rain", "a/b", ""):
        with pytest.raises(CheironError):
            session.takes.begin(RATE, name)
    with pytest.raises(CheironError, match="already"):
        session.takes.rename("take 1", "RAIN")
    session.takes.rename("Rain", "rain")  # another case of its own name
    assert names(session) == ["take 1", "rain", "take 2"]


def test_rename_moves_sound_and_gesture(session, record):
    sound, _, rows = record(session)
    session.takes.rename("take 1", " solo ")
    assert names(session) == ["solo"]
    assert soundfile.info(session.takes.path("solo")).frames == len(sound)
    assert len(session.takes.gesture("solo")) == len(rows)
    with pytest.raises(CheironError, match="no take 'take 1'; there is solo"):
        session.takes.gesture("take 1")


def test_a_deleted_take_comes_back(session, record):
    record(session, seed=1)
    session.takes.delete("take 1")
    assert names(session) == [] and not session.takes.path("take 1").exists()
    record(session, seed=2)
    assert names(session) == ["take 2"]  # not one that undo would bring back
    session.takes.restore("take 1")
    assert sorted(names(session)) == ["take 1", "take 2"]
    session.takes.delete("take 1")
    record(session, "take 1")
    with pytest.raises(CheironError, match="already"):
        session.takes.restore("take 1")
    with pytest.raises(CheironError, match="in the trash"):
        session.takes.restore("take 7")


def test_a_take_may_have_only_sound_or_only_motion_but_not_nothing(session, record):
    record(session, "sound", motion=False)
    record(session, "motion", sound=False)
    record(session, "nothing", sound=False, motion=False)
    found = {t.name: (t.has_sound, t.has_gesture, t.length) for t in session.takes.list()}
    assert found["sound"] == (True, False, 0.5)
    assert found["motion"] == (False, True, pytest.approx(0.49))
    assert len(found) == 2
    with pytest.raises(CheironError, match="no gesture"):
        session.takes.gesture("sound")


def test_an_exported_gesture_is_read_back_exactly(session, record, tmp_path):
    _, times, rows = record(session)
    session.takes.export_gesture("take 1", tmp_path / "wave.csv")
    gesture = read_gesture(tmp_path / "wave.csv")
    assert gesture.notes == () and gesture.recording.space.names == ("x", "y")
    np.testing.assert_array_equal(gesture.recording.values, rows)
    np.testing.assert_allclose(gesture.recording.times, times, atol=1e-9)
    record(session, "still", seconds=0.01)
    with pytest.raises(CheironError, match="fewer than two moments"):
        session.takes.export_gesture("still", tmp_path / "still.csv")


def test_a_gesture_over_two_spaces_has_the_axes_of_both(session):
    more = Space.of("motion", ["y", "z"], 0.0, 1.0)
    writer = session.takes.begin(RATE, start=10.0)
    writer.write_motion(np.array([10.0, 10.1]), np.array([[1, 2], [3, 4]], np.float32), PAD)
    writer.write_motion(np.array([10.2]), np.array([[5, 6]], np.float32), more)
    writer.finish()
    gesture = session.takes.gesture("take 1")
    nan = np.nan
    assert gesture.space.names == ("x", "y", "z")
    np.testing.assert_array_equal(gesture.values, [[1, 2, nan], [3, 4, nan], [nan, 5, 6]])
    np.testing.assert_allclose(gesture.times, [0.0, 0.1, 0.2])


def test_samples_that_are_no_numbers_or_too_loud_do_not_cost_the_take(session):
    writer = session.takes.begin(RATE)
    writer.write_sound(np.array([0.5, np.nan, np.inf, -np.inf, 3.0], np.float32))
    writer.finish()
    samples, _ = soundfile.read(session.takes.path("take 1"))
    np.testing.assert_allclose(samples, [0.5, 0, 1, -1, 1], atol=2**-22)


def test_an_unfinished_take_is_recovered_on_opening(session):
    rng = np.random.default_rng(0)
    writer = session.takes.begin(RATE, start=5.0)
    block = rng.uniform(-1, 1, RATE).astype(np.float32)
    writer.write_sound(block)
    writer.write_motion(np.array([5.0, 5.5]), np.zeros((2, 2), np.float32), PAD)
    raw = raw_path(session.takes.folder, "take 1", RATE)
    with raw.open("ab") as file:
        file.write(b"\x01\x02")  # half a sample
    (session.takes.folder / ".take 0.0123456789ab.tmp.flac").write_bytes(b"fLaC")
    with reopened(session) as again:
        assert again.notes == ("Recovered take 1, 1.0 s.",)
        assert names(again) == ["take 1"] and len(again.takes.gesture("take 1")) == 2
        samples, _ = soundfile.read(again.takes.path("take 1"))
        np.testing.assert_allclose(samples, block, atol=2**-22)
        assert not list(again.takes.folder.glob(".*"))


def test_motion_alone_is_recovered_too_and_nothing_is_dropped_silently(session):
    session.takes.begin(RATE, "nothing")
    writer = session.takes.begin(RATE, "wave")
    writer.write_motion(np.array([5.0, 5.5]), np.zeros((2, 2), np.float32), PAD)
    with reopened(session) as again:
        assert again.notes == ("Recovered wave, 0.5 s.",)
        assert names(again) == ["wave"]


@pytest.mark.parametrize("moment", ["before the journal", "before the raw file goes"])
def test_a_kill_while_finishing_gives_one_take(session, record, monkeypatch, moment):
    sound, *_ = record(session)
    (row,) = session.takes.rows()
    raw_path(session.takes.folder, "take 1", RATE).write_bytes(sound.tobytes())
    if moment == "before the journal":
        session.journal.run("UPDATE takes SET stage = 'recording', samples = 0")
    with reopened(session) as again:
        assert names(again) == ["take 1"]
        assert again.takes.rows() == [row]
        assert not list(again.takes.folder.glob(".*"))


def test_a_kill_while_renaming_or_deleting_leaves_no_doubt(session, record):
    for name in ("a", "b", "c"):
        record(session, name)
    run = session.journal.run
    run("UPDATE takes SET name = 'new', was = 'a' WHERE name = 'a'")
    run("UPDATE takes SET stage = 'trashed' WHERE name = 'b'")
    session.takes.delete("c")
    run("UPDATE takes SET stage = 'kept' WHERE name = 'c'")
    with reopened(session) as again:
        assert names(again) == ["new", "c"] and again.notes == ()
        assert {p.stem for p in again.takes.folder.glob("*.flac")} == {"new", "c"}
        again.takes.restore("b")
        assert names(again) == ["new", "b", "c"]


def test_sounds_survive_the_loss_of_the_journal(session, record):
    record(session)
    session.takes.begin(RATE, "unfinished").write_sound(np.zeros(RATE, np.float32))
    (session.takes.folder / "broken.flac").write_bytes(b"fLaC?")
    session.journal.close()
    (session.path / JOURNAL).unlink()
    with reopened(session) as again:
        assert sorted(names(again)) == ["take 1", "unfinished"]
        assert any("broken.flac cannot be read" in note for note in again.notes)


def test_a_sound_that_somebody_removed_is_said(session, record):
    record(session)
    record(session, "gone", motion=False)
    for name in ("take 1", "gone"):
        session.takes.path(name).unlink()
    with reopened(session) as again:
        assert len(again.notes) == 2 and "no longer in" in again.notes[0]
        (take,) = again.takes.list()
        assert (take.name, take.has_sound, take.has_gesture) == ("take 1", False, True)


def test_a_journal_of_somebody_else_moves_no_file_outside(session, tmp_path, record):
    record(session)
    outside = tmp_path / "mine.flac"
    outside.write_bytes(session.takes.path("take 1").read_bytes())
    add = "INSERT INTO takes (name, was, stage, made, start, sample_rate, samples) VALUES "
    for row in (
        "('../../mine', '', 'trashed', 0.0, 0.0, 48000, 1)",
        "('stolen', '../../mine', 'kept', 0.0, 0.0, 48000, 1)",
        "(x'00', '', 'kept', 0.0, 0.0, 48000, 1)",
        "('never', '', 'recording', 'now', 0.0, 0, -3)",
    ):
        session.journal.run(add + row)
    session.journal.run("INSERT INTO recordings (take, space) VALUES (1, '{')")
    session.journal.run("INSERT INTO chunks (recording, times, \"rows\") VALUES (2, 7, 'x')")
    with reopened(session) as again:
        assert names(again) == ["take 1"]
        with pytest.raises(CheironError, match="gesture is damaged"):
            again.takes.gesture("take 1")
    assert outside.exists()


def play(session, seconds, ended=None):
    recorder = Recorder(interval=0.01)
    problems = []
    writer = session.takes.begin(RATE, start=0.0)
    recorder.start(writer, RATE, problems.append)
    rng = np.random.default_rng(0)
    for i in range(int(seconds * 100)):
        recorder.sound(rng.uniform(-1, 1, RATE // 100).astype(np.float32))
        recorder.motion(Frame(i / 100, rng.random(2, np.float32), PAD))
        if i % 100 == 0:
            import time

            time.sleep(0.02)
    recorder.stop(wait=20.0)
    return recorder, problems


def test_a_disk_that_fills_up_keeps_what_was_recorded(tmp_path, mounted):
    from cheiron.studio.session.state import SessionState

    place = mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=3m", "none")
    with Session.create(place / "evening", SessionState()) as session:
        recorder, (problem,) = play(session, 30.0)
        assert not recorder.recording and problem == recorder.problem
        assert "the disk is full; free some space" in problem and "is kept" in problem
        (raw,) = session.takes.folder.glob(".*.f32")
        kept = raw.stat().st_size // 4
        assert kept > RATE
        mounted(place, "-o", "remount,size=40m")
    with Session.open(place / "evening") as session:
        (note,) = session.notes
        assert note == f"Recovered take 1, {kept / RATE:.1f} s."
        assert session.takes.list()[0].has_gesture


def test_a_file_that_may_not_grow_keeps_what_was_recorded(session):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        recorder, _ = play(session, 8.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "size limit" in recorder.problem
    with reopened(session) as again:
        assert again.takes.list()[0].length == pytest.approx(2**18 / RATE, abs=1e-4)


def test_a_read_only_folder_refuses_to_record(session):
    session.takes._kept = False
    with pytest.raises(CheironError, match="may not be written to"):
        session.takes.begin(RATE)


def test_listing_takes_again_asks_the_journal_once(session, record, monkeypatch):
    for seed in range(3):
        record(session, seconds=0.05, seed=seed)
    before = session.takes.list()
    asked = []
    ask = session.journal.ask
    monkeypatch.setattr(session.journal, "ask", lambda *a: (asked.append(1), ask(*a))[1])
    assert session.takes.list() == before and len(asked) == 1
