import threading

import numpy as np

from cheiron.engine.ring import SampleRing


def test_samples_come_out_in_order_over_many_turns():
    ring, rng = SampleRing(7), np.random.default_rng(0)
    sent, got, n = [], [], 0
    for _ in range(200):
        block = np.arange(n, n + rng.integers(0, 6), dtype=np.float32)
        n += ring.write(block)
        sent.extend(block[: n - len(sent)])
        out = np.empty(rng.integers(0, 6), np.float32)
        got.extend(out[: ring.read(out)])
    assert got == sent[: len(got)] and len(got) > 200


def test_a_full_ring_takes_no_more_and_loses_nothing():
    ring, out = SampleRing(4), np.empty(9, np.float32)
    assert ring.write(np.arange(3, dtype=np.float32)) == 3
    assert ring.write(np.arange(3, 9, dtype=np.float32)) == 1
    assert ring.read(out) == 4 and out[:4].tolist() == [0, 1, 2, 3]


def test_skipping_never_goes_back_or_beyond_what_is_there():
    ring, out = SampleRing(8), np.empty(1, np.float32)
    ring.write(np.arange(5, dtype=np.float32))
    ring.skip(3)
    ring.skip(1)
    assert ring.read(out) == 1 and out[0] == 3
    ring.skip(100)
    assert ring.available == 0 and ring.taken == 5


def test_a_reader_and_a_writer_on_two_threads_lose_nothing():
    ring, total = SampleRing(97), 10_000
    got = np.zeros(total, np.float32)

    def reads():
        n, out = 0, np.empty(31, np.float32)
        while n < total:
            count = ring.read(out)
            got[n : n + count] = out[:count]
            n += count

    reader = threading.Thread(target=reads)
    reader.start()
    n = 0
    while n < total:
        n += ring.write(np.arange(n, min(n + 40, total), dtype=np.float32))
    reader.join(60)
    assert (got == np.arange(total, dtype=np.float32)).all()
