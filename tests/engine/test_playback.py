import numpy as np
import pytest
from live_toys import steepest

from cheiron.engine.playback import CallLog, Playback
from cheiron.engine.ring import SampleRing

RATE = 48000


def tone(n, start=0):
    t = (start + np.arange(n)) / RATE
    return (0.8 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


class Deck:
    def __init__(self):
        self.ring, self.sent = SampleRing(8192), 0
        self.playback = Playback(self.ring, RATE)
        self.heard = []

    def feed(self, n):
        self.ring.write(tone(n, self.sent))
        self.sent += n

    def pull(self, n=128):
        block = np.full(n, np.nan, np.float32)
        self.playback.pull(block)
        self.heard.append(block)
        return block

    @property
    def sound(self):
        return np.concatenate(self.heard)


STEEPEST = 0.8 * 2 * np.pi * 440 / RATE


def test_before_the_first_sound_there_is_silence_and_no_underrun():
    deck = Deck()
    assert not deck.pull().any() and deck.playback.underruns == 0
    deck.feed(100)
    assert not deck.pull().any() and deck.ring.available == 100


def test_the_sound_passes_bit_by_bit_after_its_fade_in():
    deck = Deck()
    deck.feed(1024)
    for _ in range(8):
        deck.pull()
    assert (deck.sound[480:] == tone(1024)[480:]).all()
    assert abs(deck.sound[0]) < 0.001 and steepest(deck.sound) <= STEEPEST * 1.1


@pytest.mark.parametrize("block", [8, 64, 128, 1024])
@pytest.mark.parametrize("short_by", [1, 37, "all"])
def test_an_underrun_fades_without_a_click_and_is_counted_once(block, short_by):
    deck = Deck()
    deck.feed(6 * 1024)
    for _ in range(5 * 1024 // block):
        deck.pull(block)
    deck.ring.skip(deck.ring.written - (0 if short_by == "all" else max(block - short_by, 0)))
    last = deck.heard[-1][-1] if short_by == "all" else None
    cut = deck.pull(block)
    for _ in range(3):
        assert not deck.pull(block).any()
    assert deck.playback.underruns == 1 and cut[-1] == pytest.approx(0, abs=0.01)
    if last is not None:
        assert abs(cut[0] - last) <= abs(last) / min(block, 240) * 1.01 + 1e-6
    if block >= 64:
        assert steepest(cut) < 0.1
    deck.feed(2048)
    back = deck.pull(block)
    assert abs(back[0]) < 0.01 and deck.playback.underruns == 1
    assert np.isfinite(deck.sound).all()


def test_sound_returns_only_when_a_whole_block_is_there():
    deck = Deck()
    deck.feed(100)
    assert not deck.pull().any()
    deck.feed(28)
    assert deck.pull().any() and deck.playback.underruns == 0


def test_flushing_leaves_out_what_waited_and_is_no_underrun():
    deck = Deck()
    deck.feed(1024)
    deck.pull()
    deck.playback.flush()
    assert deck.pull()[-1] == 0 and deck.ring.available == 0
    deck.feed(256)
    assert deck.pull().any() and deck.playback.underruns == 0


def test_muting_and_gain_ramp_over_20_ms_without_a_click():
    deck = Deck()
    deck.feed(8192)
    for _ in range(10):
        deck.pull()
    deck.playback.muted = True
    for _ in range(8):
        deck.pull()
    assert not deck.pull().any()
    deck.playback.muted, deck.playback.gain = False, 0.5
    for _ in range(12):
        deck.pull()
    end = tone(8192)[30 * 128 : 31 * 128]
    assert deck.heard[-1] == pytest.approx(0.5 * end, abs=1e-6)
    assert steepest(deck.sound) <= STEEPEST * 1.1


def test_a_gain_above_one_never_leaves_full_scale():
    deck = Deck()
    deck.playback.gain = 4.0
    deck.feed(4096)
    for _ in range(30):
        deck.pull()
    assert abs(deck.sound).max() == 1.0


def test_blocks_of_changing_size_give_the_same_sound():
    even, odd = Deck(), Deck()
    for deck in (even, odd):
        deck.feed(4096)
        deck.playback.gain = 0.3
    for _ in range(32):
        even.pull(128)
    for n in (1, 0, 700, 3, 1024, 96, 272, 2000):
        odd.pull(n)
    assert odd.sound == pytest.approx(even.sound, abs=1e-5)


def test_calls_are_logged_for_the_control_thread():
    deck = Deck()
    deck.feed(200)
    deck.pull()
    deck.pull()
    log = deck.playback.log
    assert isinstance(log, CallLog) and log.count == 2
    assert log.given[:2].tolist() == [128, 72] and log.taken[:2].tolist() == [128, 200]
    assert log.asked[:2].tolist() == [128, 128] and 0 < log.times[0] <= log.times[1]
