"""Processes that die, hang or should go."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest

from cheiron.studio.live import supervisor
from cheiron.studio.live.lanes import Lane
from cheiron.studio.live.learner import Learner
from cheiron.studio.live.link import Link
from cheiron.studio.live.supervisor import Child, Supervisor

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of POSIX")


def echo(connection, word):
    """Says a word, then repeats what it hears until the engine hangs up."""
    connection.send_bytes(word)
    try:
        while True:
            message = connection.recv_bytes()
            if message == b"die":
                os._exit(3)
            connection.send_bytes(message)
    except (EOFError, OSError):
        pass


def deaf(connection):
    """Reads nothing and does not notice the end."""
    connection.send_bytes(b"here")
    time.sleep(600)


def dead(connection):
    """Dies at once."""
    os._exit(1)


class Held:
    """A supervisor of one child."""

    def __init__(self, run, *arguments):
        self.heard, self.lost, self.problems = [], [], []
        self.link = Link([Lane("text", 100, lossy=False)], self.heard.append, lost=self.lost.append)
        child = Child("child", run, arguments, self.link, nice=3)
        self.supervisor = Supervisor([child], lambda *told: self.problems.append(told))

    def __enter__(self):
        self.supervisor.start()
        return self

    def __exit__(self, *_):
        self.supervisor.stop()

    @property
    def process(self):
        return self.supervisor.process("child")

    def wait(self, condition, seconds=20.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end
            self.supervisor.look(0.01)


def test_a_child_is_spoken_with_and_steps_behind_the_engine():
    with Held(echo, b"hello") as held:
        held.wait(lambda: held.heard == [b"hello"])
        held.link.send("text", b"you")
        held.wait(lambda: held.heard == [b"hello", b"you"])
        pid = held.process.pid
        if hasattr(os, "nice"):
            # A real-time parent passes on no nice level, so it may start from 0.
            assert psutil.Process(pid).nice() >= 3
    assert not psutil.pid_exists(pid)


@posix
def test_a_killed_child_is_started_again_and_the_link_goes_on():
    with Held(echo, b"hello") as held:
        for n in range(1, 4):
            held.wait(lambda n=n: len(held.heard) == n)
            os.kill(held.process.pid, signal.SIGKILL)
            held.wait(lambda n=n: len(held.lost) == n)
        held.wait(lambda: len(held.heard) == 4)
        assert not held.problems


def test_a_child_that_keeps_dying_is_given_up_in_a_sentence(monkeypatch):
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.02)
    with Held(dead) as held:
        start = time.monotonic()
        held.wait(lambda: held.problems)
        assert time.monotonic() - start > 1.0, "it must wait longer and longer"
        assert len(held.problems) == 1 and "5 times" in held.problems[0][1]
        held.supervisor.look(0.3)
        assert held.process is None and not held.link.alive


def test_a_child_that_takes_nothing_is_replaced():
    with Held(deaf) as held:
        held.wait(lambda: held.heard)
        first = held.process.pid
        while held.link.send("text", bytes(50_000)):
            pass
        held.wait(lambda: len(held.heard) == 2)
        assert held.process.pid != first and not psutil.pid_exists(first)


def test_a_child_that_does_not_go_is_ended():
    with Held(deaf) as held:
        held.wait(lambda: held.heard)
        pid = held.process.pid
        start = time.monotonic()
        held.supervisor.stop()
        assert time.monotonic() - start < 5 and not psutil.pid_exists(pid)


def test_the_run_ends_when_it_is_told_to():
    with Held(echo, b"hello") as held:
        timer = threading.Timer(0.3, held.supervisor.finish)
        timer.start()
        start = time.monotonic()
        held.supervisor.run()
        assert time.monotonic() - start < 3
        timer.join()


ENGINE = textwrap.dedent(
    """
    import signal, sys, time, threading
    from cheiron.studio.live.learner import Learner
    from cheiron.studio.live.supervisor import Supervisor
    from cheiron.studio.server.door import Door
    from cheiron.studio.server.front import Front

    class Listener:
        def listening(self): ready.set()
        def opened(self, page): pass
        closed = opened

    def speak():
        while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            time.sleep(0.01)
        print("ready", flush=True)

    if __name__ == "__main__":
        ready = threading.Event()
        learner = Learner()
        pinged = threading.Event()
        supervisor = Supervisor([Front(Listener(), Door.open()).child, learner.child])
        supervisor.start()
        learner.start("ping", {}, lambda outcome: pinged.set())
        ready.wait(60) and pinged.wait(60)
        learner.start("burn", {"seconds": 600}, lambda outcome: None)
        threading.Thread(target=speak).start()  # when signals are heard, from inside run()
        try:
            supervisor.run()
        finally:
            supervisor.stop()
        print("done", flush=True)
    """
)


@posix
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_engine_ends_nobody_stays_behind(tmp_path, how):
    """Ctrl-C reaches the whole group of processes, as a terminal sends it."""
    script = tmp_path / "engine.py"
    script.write_text(ENGINE)
    engine = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert engine.stdout.readline() == "ready\n"
        children = psutil.Process(engine.pid).children(recursive=True)
        assert len(children) >= 2
        if how == signal.SIGINT:
            os.killpg(engine.pid, how)
        else:
            os.kill(engine.pid, how)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive
        out, errors = engine.communicate(timeout=10)
        assert errors == ""
        assert (engine.returncode, out) == ((-9, "") if how == signal.SIGKILL else (0, "done\n"))
    finally:
        engine.kill()
        engine.communicate()


@posix
def test_a_learner_that_dies_at_work_is_replaced_and_the_job_reported():
    learner, outcomes, told = Learner(), [], []
    supervisor = Supervisor([learner.child])
    supervisor.start()
    try:
        learner.start("burn", {"seconds": 600}, outcomes.append, told.append)
        deadline = time.monotonic() + 30
        while not told:
            assert time.monotonic() < deadline
            supervisor.look(0.01)
        os.kill(supervisor.process("learner").pid, signal.SIGKILL)
        while not outcomes:
            assert time.monotonic() < deadline
            supervisor.look(0.01)
        assert "try once more" in outcomes[0].message
        while len(outcomes) < 2 or not outcomes[-1].ok:
            assert time.monotonic() < deadline
            supervisor.look(0.1)
            learner.start("ping", {}, outcomes.append)
    finally:
        supervisor.stop()
