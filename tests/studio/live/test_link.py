"""Messages over a pipe whose other end may be slow, silent or dead."""

import multiprocessing
import threading
import time

import pytest

from cheiron.studio.live import link as module
from cheiron.studio.live.lanes import Lane, Lanes
from cheiron.studio.live.link import Link

LANES = (Lane("sound", 4), Lane("reply", 20, lossy=False))


class End:
    """A link and what happened at it."""

    def __init__(self, lanes=LANES):
        self.heard, self.lost, self.attached = [], [], 0
        self.link = Link(lanes, self.heard.append, self.count, self.lost.append)

    def count(self):
        self.attached += 1


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture
def pipe():
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_messages_arrive_in_their_order_whatever_their_lane(pipe):
    one, two = End([Lane("a", 500), Lane("b", 500)]), End()
    one.link.attach(pipe[0])
    two.link.attach(pipe[1])
    for n in range(300):
        assert one.link.send("ab"[n % 2], n.to_bytes(2, "big"))
    until(lambda: len(two.heard) == 300)
    assert [int.from_bytes(m, "big") for m in two.heard] == list(range(300))
    one.link.close()
    two.link.close()


def test_a_side_that_stands_still_costs_sound_but_never_time(pipe):
    end = End()
    end.link.attach(pipe[0])
    slowest = 0.0
    for _ in range(3000):  # 3 MB: far more than a pipe holds
        start = time.perf_counter()
        assert end.link.send("sound", bytes(1000))
        slowest = max(slowest, time.perf_counter() - start)
    assert slowest < 0.5
    assert end.link.alive and end.link.dropped["sound"] > 1000
    end.link.close()
    assert end.link.dropped["sound"] > 1000, "the count outlives the pipe"


def test_a_side_that_takes_no_replies_counts_as_lost(pipe):
    end = End()
    end.link.attach(pipe[0])
    for _ in range(3000):
        if not end.link.send("reply", bytes(10_000)):
            break
    assert not end.link.alive
    until(lambda: end.lost)
    assert end.lost == ["it does not take what it is sent"]
    assert not end.link.send("reply", b"more")


def test_a_side_that_takes_nothing_for_long_counts_as_lost(pipe, monkeypatch):
    monkeypatch.setattr(module, "STALL", 0.2)
    end = End()
    end.link.attach(pipe[0])
    until(lambda: not end.link.send("sound", bytes(100_000)))
    until(lambda: end.lost)
    assert "nothing for" in end.lost[0]


def test_the_end_of_the_other_side_is_noticed_once(pipe):
    end = End()
    end.link.attach(pipe[0])
    pipe[1].close()
    until(lambda: end.lost)
    end.link.close()
    assert end.lost == ["it has gone"] and not end.link.alive


def test_the_next_pipe_takes_over_after_the_last_word_of_the_first(pipe):
    context = multiprocessing.get_context("spawn")
    end, order = End(), []
    end.link = Link(LANES, order.append, lambda: order.append("up"), lambda _: order.append("down"))
    end.link.attach(pipe[0])
    pipe[1].send_bytes(b"1")
    until(lambda: b"1" in order)
    ours, theirs = context.Pipe()
    end.link.attach(ours)
    theirs.send_bytes(b"2")
    until(lambda: b"2" in order)
    assert order == ["up", b"1", "down", "up", b"2"]
    assert end.link.send("reply", b"x") and theirs.recv_bytes() == b"x"
    end.link.close()
    theirs.close()


def test_a_fault_of_the_receiver_does_not_end_the_talk(pipe, caplog):
    heard = []

    def receive(message):
        heard.append(message)
        if message == b"bad":
            raise RuntimeError("a fault")

    link = Link(LANES, receive)
    link.attach(pipe[0])
    pipe[1].send_bytes(b"bad")
    pipe[1].send_bytes(b"good")
    until(lambda: len(heard) == 2)
    assert "a fault" in caplog.text
    link.close()


def test_closing_leaves_no_thread_behind(pipe):
    before = threading.active_count()
    end = End()
    end.link.attach(pipe[0])
    end.link.close()
    end.link.close()
    until(lambda: threading.active_count() == before)


def test_the_last_word_may_hang_up_from_within(pipe):
    link = Link(LANES, lambda _: link.close())
    link.attach(pipe[0])
    pipe[1].send_bytes(b"go")
    until(lambda: not link.alive)


def test_many_threads_may_send(pipe):
    one, two = End([Lane("a", 10_000)]), End()
    one.link.attach(pipe[0])
    two.link.attach(pipe[1])
    send = lambda: [one.link.send("a", bytes(50)) for _ in range(500)]  # noqa: E731
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(two.heard) == 2000)
    one.link.close()
    two.link.close()


def test_a_newer_state_replaces_an_older_one_but_stays_behind_the_reply():
    lanes = Lanes([Lane("state", 1), Lane("text", 5, lossy=False)])
    for lane, message in (("state", b"old"), ("text", b"reply"), ("state", b"new")):
        assert lanes.put(lane, message)
    assert [lanes.pop() for _ in range(3)] == [b"reply", b"new", None]
