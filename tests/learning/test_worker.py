"""The learner process itself, over a bare pipe."""

import multiprocessing
import os
import signal
import threading

import numpy as np
import pytest

from cheiron.learning.jobs import Jobs
from cheiron.learning.parcel import unpack
from cheiron.learning.worker import work

SPAWN = multiprocessing.get_context("spawn")


class Learner:
    """A process and its outcomes."""

    def __init__(self):
        self.ours, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.jobs = Jobs(lambda message: self.ours.send_bytes(message) or True)
        self.outcomes, self.told = [], []

    def start(self, kind, **parameters):
        done = lambda outcome: self.outcomes.append((number, outcome))  # noqa: E731
        number = self.jobs.start(kind, parameters, done, self.told.append)
        return number

    def hear(self, until):
        """Take messages until something holds."""
        while not until():
            assert self.ours.poll(30), "the learner says nothing"
            try:
                self.jobs.receive(self.ours.recv_bytes())
            except EOFError:
                self.jobs.lost("it has gone")

    def finish(self, number):
        self.hear(lambda: any(n == number for n, _ in self.outcomes))
        return next(outcome for n, outcome in self.outcomes if n == number)


@pytest.fixture(scope="module")
def shared():
    learner = Learner()
    yield learner
    learner.ours.close()
    learner.process.join(10)
    assert learner.process.exitcode == 0, "it must not outlive the engine"
    learner.process.close()


def test_jobs_are_done_one_after_the_other(shared):
    numbers = [shared.start("ping") for _ in range(3)]
    assert all(shared.finish(n).ok for n in numbers)
    assert not shared.jobs.running


def test_a_long_job_says_how_far_it_is_and_can_be_cancelled(shared):
    shared.told.clear()
    number, waiting = shared.start("burn", seconds=60), shared.start("burn", seconds=60)
    shared.hear(lambda: len(shared.told) >= 2)
    assert 0 <= shared.told[0] < shared.told[1] < 1
    shared.jobs.cancel(waiting)
    shared.jobs.cancel(number)
    assert "cancelled" in shared.finish(number).message
    assert "cancelled" in shared.finish(waiting).message
    assert shared.finish(shared.start("ping")).ok


def test_failures_are_sentences_and_the_next_job_is_done(shared):
    for kind, parameters, sentence in (
        ("dance", {}, "no job 'dance'"),
        ("burn", {"seconds": "many"}, "fault of this program"),
        ("encode", {"audio": "/nowhere.wav", "model": "sax", "space": "pca"}, "no sound file"),
    ):
        outcome = shared.finish(shared.start(kind, **parameters))
        assert not outcome.ok and sentence in outcome.message
    assert shared.finish(shared.start("ping")).ok


def test_arrays_travel_with_the_result(shared, tmp_path):
    from cheiron.core.audio_files import write_audio

    write_audio(tmp_path / "hum.wav", np.full(9000, 0.1, np.float32), 44100)
    outcome = shared.finish(
        shared.start("encode", audio=str(tmp_path / "hum.wav"), model="storm", space="pca")
    )
    assert outcome.ok, outcome.message
    assert outcome.arrays["control"].shape[0] == outcome.result["frames"]


def test_a_job_that_takes_the_process_with_it_is_reported():
    learner = Learner()
    number = learner.start("burn", seconds=60)
    learner.hear(lambda: learner.told)
    os.kill(learner.process.pid, signal.SIGKILL)
    assert "try once more" in learner.finish(number).message
    learner.process.join()
    learner.ours.close()


def test_it_leaves_in_the_midst_of_a_job_when_the_engine_has_gone():
    learner = Learner()
    learner.start("burn", seconds=60)
    learner.hear(lambda: learner.told)
    learner.ours.close()
    learner.process.join(10)
    assert learner.process.exitcode == 0


def test_without_a_learner_a_job_fails_at_once():
    outcomes = []
    Jobs(lambda message: False).start("ping", {}, outcomes.append)
    assert not outcomes[0].ok and "moment" in outcomes[0].message


def test_jobs_may_be_asked_by_many_threads():
    sent = []
    jobs = Jobs(lambda message: sent.append(message) or True)
    ask = lambda: [jobs.start("ping", {}, lambda _: None) for _ in range(200)]  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({unpack(message)[0]["id"] for message in sent}) == 800 == jobs.running
