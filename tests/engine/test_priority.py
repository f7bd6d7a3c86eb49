import gc
import os
import subprocess
import sys
import threading

import pytest

from cheiron.engine import priority

linux = pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux only")


@pytest.fixture
def interpreter():
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()
    gc.enable()


def in_a_thread(act):
    got = []
    thread = threading.Thread(target=lambda: got.append(act()))
    thread.start()
    thread.join()
    return got[0]


def test_calming_makes_the_lock_come_back_soon_and_the_collector_wait(interpreter):
    priority.calm()
    assert sys.getswitchinterval() < 0.001 and not gc.isenabled() and gc.get_freeze_count() > 0
    loop = []
    loop.append(loop)
    priority.tidy()


@linux
def test_a_refusal_is_taken_without_a_word(monkeypatch):
    def refuse(*arguments):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert priority.realtime(10) is False
    assert priority.adopt() == 0
    priority.prefer()


@linux
def test_threads_are_adopted_but_their_children_are_not():
    code = "import os; print(os.sched_getscheduler(0))"

    def look():
        if not priority.realtime(2):
            return "0"  # not permitted here; then nothing can be inherited
        command = [sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert in_a_thread(look) == "0"


@linux
def test_only_ordinary_threads_are_lifted(monkeypatch):
    lifted = []
    monkeypatch.setattr(os, "sched_getscheduler", lambda thread: 0 if thread == os.getpid() else 1)
    monkeypatch.setattr(os, "sched_setscheduler", lambda thread, *rest: lifted.append(thread))
    assert priority.adopt() == 1 and lifted == [os.getpid()]
