import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cheiron.core.errors import CheironError
from cheiron.studio.session.home import data_folder, default_session, is_session, last_session
from cheiron.studio.session.journal import NAME as JOURNAL
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.state_file import BACKUP, NAME, parse, render
from cheiron.studio.session.store import Session

HOLD = """
import sys, time
from cheiron.studio.session.store import Session
session = Session.open(sys.argv[1])
print("open", flush=True)
time.sleep(60)
"""


def on_disk(path):
    return parse((path / NAME).read_text(), NAME)


def wait_for(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_it_opens_as_it_was_left(tmp_path):
    left = SessionState(gain=0.3).with_knob("pitch", 220.0, locked=True).keeping_preset("low")
    with Session.create(tmp_path / "evening", SessionState()) as session:
        session.history.do("several things", left)
        session.save(left)
    with Session.open(tmp_path / "evening") as session:
        assert session.state == left
        assert session.history.undo_name == "several things"
        assert (session.kept, session.notes, session.name) == (True, (), "evening")
    assert last_session() == tmp_path / "evening"


def test_states_are_written_while_it_is_open_and_not_at_each_turn(session, monkeypatch):
    from cheiron.studio.session import store

    writes = []
    write = store.write_state
    monkeypatch.setattr(store, "write_state", lambda *a: (writes.append(1), write(*a)))
    start = time.monotonic()
    for i in range(100):
        session.save(SessionState(gain=i / 100))
        time.sleep(0.008)
    wait_for(lambda: on_disk(session.path).gain == 0.99)
    assert 1 <= len(writes) <= (time.monotonic() - start) / 0.5 + 1


def test_a_state_that_cannot_be_written_is_said_and_written_later(session, monkeypatch):
    from cheiron.studio.session import store

    def full(*_):
        raise CheironError("session.toml could not be written: the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_state", full)
        session.save(SessionState(gain=0.1))
        with pytest.raises(CheironError, match="disk is full"):
            session.flush()
        assert "disk is full" in session.problem
    wait_for(lambda: session.problem == "")
    assert on_disk(session.path).gain == 0.1


def test_a_second_process_is_told_who_has_it_and_a_kill_lets_go(tmp_path):
    path = tmp_path / "evening"
    Session.create(path, SessionState()).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(CheironError, match=f"already open in the process {holder.pid} "):
            Session.open(path)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    Session.open(path).close()


def test_the_same_process_cannot_open_it_twice_either(session):
    with pytest.raises(CheironError, match=f"already open in the process {os.getpid()} "):
        Session.open(session.path)


def test_a_read_only_folder_plays_and_keeps_nothing(tmp_path, mounted, record):
    path = tmp_path / "evening"
    with Session.create(path, SessionState(gain=0.5)) as session:
        record(session, "one")
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    place = tmp_path / "cd"
    mounted(place, "--bind", str(path))
    mounted(place, "-o", "remount,bind,ro")
    check_read_only(place)
    assert {p: p.read_bytes() for p in path.rglob("*") if p.is_file()} == before


def test_a_folder_without_permission_plays_and_keeps_nothing(tmp_path, record, monkeypatch):
    from filelock import FileLock

    path = tmp_path / "evening"
    with Session.create(path, SessionState(gain=0.5)) as session:
        record(session, "one")

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileLock, "_acquire", refuse)
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    check_read_only(path)
    assert {p: p.read_bytes() for p in path.rglob("*") if p.is_file()} == before


def check_read_only(path):
    with Session.open(path) as session:
        assert not session.kept and "nothing is kept" in session.notes[0]
        assert session.state.gain == 0.5
        assert [take.name for take in session.takes.list()] == ["one"]
        assert len(session.takes.gesture("one")) == 50
        session.history.do("gain", SessionState(gain=0.1))
        session.save(session.history.undo())
        session.flush()
        for refused in (
            lambda: session.takes.begin(48000),
            lambda: session.takes.delete("one"),
            lambda: session.takes.rename("one", "two"),
        ):
            with pytest.raises(CheironError, match="may not be written to"):
                refused()


def test_a_damaged_state_is_kept_aside_and_its_copy_opened(tmp_path):
    path = tmp_path / "evening"
    Session.create(path, SessionState(gain=0.5)).close()
    (path / NAME).write_bytes(b"format = 1\ngain = ")
    with Session.open(path) as session:
        assert session.state.gain == 0.5 and "last good copy" in session.notes[0]
    assert [p.read_bytes() for p in path.glob(f"{NAME}.damaged-*")] == [b"format = 1\ngain = "]
    assert on_disk(path).gain == 0.5
    with Session.open(path) as session:
        assert session.notes == ()


def test_when_both_copies_are_damaged_the_journal_remembers(tmp_path):
    path = tmp_path / "evening"
    with Session.create(path, SessionState()) as session:
        session.history.do("gain", SessionState(gain=0.7))
        session.save(SessionState(gain=0.7))
    for name in (NAME, BACKUP):
        (path / name).write_bytes(b"\0" * 100)
    with Session.open(path) as session:
        assert session.state.gain == 0.7 and "journal remembers" in session.notes[0]


def test_what_a_person_wrote_wrong_is_not_overwritten(tmp_path):
    path = tmp_path / "evening"
    Session.create(path, SessionState()).close()
    text = render(SessionState()) + "volume = 3\n"
    (path / NAME).write_text(text)
    with pytest.raises(CheironError, match=r"session.toml.*'volume'"):
        Session.open(path)
    assert (path / NAME).read_text() == text
    (path / NAME).write_text(render(SessionState()))
    Session.open(path).close()  # the refusal let go of the lock


def test_a_damaged_journal_is_kept_aside(tmp_path):
    path = tmp_path / "evening"
    Session.create(path, SessionState()).close()
    (path / JOURNAL).write_bytes(b"no database " * 1000)
    with Session.open(path) as session:
        assert "journal.sqlite is damaged; it was kept as" in session.notes[0]
        session.journal.note("works", {})
    assert len(list(path.glob(f"{JOURNAL}.damaged-*"))) == 1


def test_foreign_folders_are_refused_and_untouched(tmp_path):
    with pytest.raises(CheironError, match="is no session"):
        Session.open(tmp_path / "nowhere")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to mum.txt").write_text("Dear mum")
    with pytest.raises(CheironError, match="is no session"):
        Session.open(tmp_path / "letters")
    with pytest.raises(CheironError, match="holds other things"):
        Session.create(tmp_path / "letters", SessionState())
    assert [p.name for p in (tmp_path / "letters").iterdir()] == ["to mum.txt"]
    Session.create(tmp_path / "evening", SessionState()).close()
    with pytest.raises(CheironError, match="holds other things"):
        Session.create(tmp_path / "evening", SessionState())


def test_a_disk_that_is_full_from_the_beginning_lets_play(tmp_path, mounted):
    place = mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=1m", "none")
    with Session.create(place / "evening", SessionState(gain=0.5)) as session:
        session.journal.note("something", {})
    fill(place)
    with Session.open(place / "evening") as session:
        assert session.state.gain == 0.5
        session.save(replace(session.state, gain=0.4).keeping_preset("x" * 80))
        session.history.do("gain", session.state)
    (place / "filler").unlink()
    with Session.open(place / "evening") as session:
        assert session.state.gain == 0.5


def fill(place):
    with (place / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 1024)
        except OSError:
            pass


def test_every_model_has_a_session_of_its_own(tmp_path, home, monkeypatch):
    assert default_session("sax") == home / "sessions" / "sax"
    a, b = default_session("/a/my sax.ts"), default_session("/b/my sax.ts")
    assert a != b and a.parent == home / "sessions" and a.name.startswith("my-sax-")
    assert last_session() is None
    monkeypatch.delenv("CHEIRON_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_folder() == tmp_path / "xdg" / "cheiron"
    assert not is_session(tmp_path)


def test_a_session_that_is_gone_is_not_the_last_one(tmp_path):
    Session.create(tmp_path / "evening", SessionState()).close()
    (tmp_path / "evening").rename(tmp_path / "elsewhere")
    assert last_session() is None
    assert Path(tmp_path / "elsewhere").exists()
