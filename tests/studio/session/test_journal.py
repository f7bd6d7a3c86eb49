import os
import resource
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.studio.session.journal import NAME, SCHEMA_VERSION, Journal, RefusedError


@pytest.fixture
def place(tmp_path):
    return tmp_path / NAME


def filled(place, rows=400):
    rng = np.random.default_rng(5)
    journal, notes = Journal.open(place)
    assert notes == ()
    with journal.transaction():
        for i in range(rows):
            journal.run("INSERT INTO recordings (id, take, space) VALUES (?, 1, '{}')", (i,))
            journal.run(
                'INSERT INTO chunks (recording, times, "rows") VALUES (?, ?, ?)',
                (i, rng.bytes(64), rng.bytes(800)),
            )
    journal.close()


def chunks(journal):
    return journal.ask('SELECT id, recording, times, "rows" FROM chunks ORDER BY id')


def test_what_was_kept_is_there_again(place):
    with Journal.open(place)[0] as journal:
        journal.note("model", {"name": "sax"})
    with Journal.open(place)[0] as journal:
        assert journal.ask("SELECT kind, data FROM events") == [("model", '{"name": "sax"}')]


def test_a_transaction_happens_whole_or_not_at_all(place):
    with Journal.open(place)[0] as journal:
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.note("half", {})
            raise ZeroDivisionError
        journal.note("whole", {})
        assert journal.ask("SELECT kind FROM events") == [("whole",)]


def test_threads_may_write_at_once(place):
    with Journal.open(place)[0] as journal:

        def write(kind):
            for _ in range(50):
                with journal.transaction():
                    journal.note(kind, {})
                    journal.note(kind, {})

        threads = [threading.Thread(target=write, args=(str(i),)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert journal.ask("SELECT count(*) FROM events") == [(400,)]


def test_a_newer_journal_is_refused_and_untouched(place):
    with sqlite3.connect(place) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = place.read_bytes()
    with pytest.raises(CheironError, match=r"newer version.*update Cheiron") as caught:
        Journal.open(place)
    assert not isinstance(caught.value, RefusedError)
    assert place.read_bytes() == before and [p.name for p in place.parent.iterdir()] == [NAME]


def test_damage_in_the_middle_costs_only_what_was_damaged(place):
    filled(place)
    with Journal.open(place)[0] as journal:
        whole = chunks(journal)
    data = bytearray(place.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = np.random.default_rng(6).bytes(8192)
    place.write_bytes(data)
    journal, (note,) = Journal.open(place)
    with journal:
        rescued = chunks(journal)
        journal.note("works", {})
    assert set(rescued) < set(whole) and len(rescued) > 0.9 * len(whole)
    (aside,) = place.parent.glob(f"{NAME}.damaged-*")
    assert aside.read_bytes() == data and aside.name in note


@pytest.mark.parametrize("damage", ["cut", "foreign", "noise", "other tables", "trigger"])
def test_whatever_lies_there_is_set_aside_and_never_a_traceback(place, damage):
    filled(place, rows=50)
    data = place.read_bytes()
    if damage == "cut":
        place.write_bytes(data[: len(data) // 2])
    elif damage == "foreign":
        place.write_bytes(b"RIFF" * 2000)
    elif damage == "noise":
        place.write_bytes(data[:100] + os.urandom(8000))
    else:
        sql = {
            "other tables": "DROP TABLE events",
            "trigger": "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM takes; END",
        }[damage]
        with sqlite3.connect(place) as connection:
            connection.execute(sql)
        connection.close()
    before = place.read_bytes()
    journal, (note,) = Journal.open(place)
    with journal:
        journal.note("works", {})
    assert note.endswith(".") and "it was kept as" in note
    (aside,) = place.parent.glob(f"{NAME}.damaged-*")
    assert aside.read_bytes() == before
    assert Journal.open(place)[1] == ()


def test_a_scratch_copy_leaves_the_original_alone(place):
    filled(place, rows=3)
    before = place.read_bytes()
    with Journal.scratch(place) as journal:
        assert len(chunks(journal)) == 3
        journal.note("gone", {})
        scratch = journal.path.parent
    assert place.read_bytes() == before and not scratch.exists()


def test_a_snapshot_is_whole_while_others_write(place):
    filled(place)
    with Journal.open(place)[0] as journal:
        journal.note("before", {})
        with journal.transaction():
            journal.note("not yet", {})
            journal.snapshot(place.parent / "copy.sqlite")
    journal, notes = Journal.open(place.parent / "copy.sqlite")
    with journal:
        assert notes == () and len(chunks(journal)) == 400
        assert journal.ask("SELECT kind FROM events") == [("before",)]


def test_a_file_that_may_not_grow_refuses_in_a_sentence(place):
    with Journal.open(place)[0] as journal:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, hard))
        try:
            with pytest.raises(CheironError, match=r"could not be used: .*try again"):
                for _ in range(1000):
                    journal.note("long", {"text": "x" * 4000})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        kept = journal.ask("SELECT count(*) FROM events")[0][0]
        assert kept > 10
        journal.note("again", {})
    with Journal.open(place)[0] as journal:
        assert journal.ask("SELECT count(*) FROM events") == [(kept + 1,)]
    assert Path(place).exists()
