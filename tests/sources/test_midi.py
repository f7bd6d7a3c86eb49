import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Source
from cheiron.sources import midi, midi_ports
from cheiron.sources.midi import MidiSource

sys.path.insert(0, str(Path(__file__).parents[1]))
from jack import jack_server


class FakePorts:
    """A system's MIDI whose ports come and go."""

    def __init__(self, *names):
        self.there, self.heard, self.alive = list(names), {}, True

    def __call__(self):
        if not self.alive:
            raise CheironError("no MIDI here.")
        return self

    def names(self):
        return list(self.there) if self.alive else []

    def connect(self, name, heard):
        self.heard[name] = heard
        return lambda: self.heard.pop(name)

    def close(self):
        pass


@pytest.fixture
def ports(monkeypatch):
    monkeypatch.setattr(midi, "_SCAN", 0.01)
    return FakePorts("keys 20:0", "knobs 24:0")


def value(source, name):
    frame = source.latest()
    return float(frame.values[frame.space.index(name)])


def until(condition):
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def opened(ports):
    made = MidiSource(backend=ports)
    made.open()
    yield made
    made.close()


def test_it_is_a_source_of_all_ports(opened, ports):
    assert isinstance(opened, Source)
    opened.open()
    assert opened.ports() == ["keys 20:0", "knobs 24:0"]
    ports.heard["knobs 24:0"]([0xB0, 1, 127])
    ports.heard["keys 20:0"]([0x90, 60, 127])
    assert (value(opened, "cc1"), value(opened, "note")) == (1, 60)
    assert opened.settings["controllers"] == [1]


def test_a_port_that_is_pulled_out_lets_go_and_may_come_back(opened, ports):
    ports.heard["keys 20:0"]([0x90, 60, 127])
    ports.there.remove("keys 20:0")
    until(lambda: value(opened, "gate") == 0)
    ports.there.append("keys 28:0")
    until(lambda: "keys 28:0" in ports.heard)
    ports.heard["keys 28:0"]([0x90, 62, 127])
    assert value(opened, "note") == 62


def test_a_port_of_a_name_is_waited_for(ports):
    ports.there.remove("keys 20:0")
    source = MidiSource(port="keys 20:0", backend=ports)
    source.open()
    assert "no MIDI port keys 20:0, only knobs 24:0" in source.problem
    ports.there.append("keys 32:1")
    until(lambda: source.ports() == ["keys 32:1"])
    until(lambda: source.problem == "")
    source.close()


def test_a_system_whose_midi_ends_and_comes_back_is_asked_anew(opened, ports):
    ports.alive = False
    until(lambda: opened.problem == "no MIDI here.")
    ports.alive = True
    until(lambda: opened.ports() == ["keys 20:0", "knobs 24:0"] and not opened.problem)


def test_malformed_bytes_are_counted(opened, ports):
    ports.heard["keys 20:0"]([60, 61, 0x90, 1, 0x80])
    assert opened.malformed == 3
    assert opened.latest() is None


def test_panic_lets_go_of_every_note(opened, ports):
    ports.heard["keys 20:0"]([0x90, 60, 127])
    opened.panic()
    assert value(opened, "gate") == 0


def test_two_ports_at_once_make_no_time_fall(opened, ports):
    def play(name):
        for k in range(500):
            ports.heard[name]([0xB0, 1 + (name[0] == "k"), k % 128])

    players = [threading.Thread(target=play, args=(name,)) for name in list(ports.heard)]
    [player.start() for player in players]
    [player.join() for player in players]
    letters = opened.mailbox.since(0)
    assert letters[-1].count == 1000
    assert all(a.frame.time < b.frame.time for a, b in pairwise(letters))


def test_it_leaves_no_thread_and_no_port(opened, ports):
    opened.close()
    opened.close()
    assert not ports.heard
    assert not [t for t in threading.enumerate() if t.name == "midi ports"]


def test_without_the_library_it_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(CheironError, match="pip install python-rtmidi"):
        MidiSource().open()


def test_without_midi_in_the_system_it_says_what_to_do(monkeypatch):
    class Broken:
        API_LINUX_ALSA = 2

        def get_compiled_api(self):
            return [3]

        def MidiIn(self, *_, **__):
            raise RuntimeError("no server")

    monkeypatch.setitem(sys.modules, "rtmidi", Broken())
    with pytest.raises(CheironError, match="no MIDI that answers"):
        midi_ports.SystemPorts()


PLAY = """
import time, rtmidi
from cheiron.sources.midi import MidiSource
keyboard = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="keyboard")
keyboard.open_virtual_port("out")
source = MidiSource()
source.open()
for k in range(300):
    keyboard.send_message([0x90, 61, 100])
    time.sleep(0.01)
    if source.latest():
        break
print(source.ports(), source.latest().values[0])
keyboard.delete()
source.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="JACK's ports are tested on Linux")
def test_real_ports_are_heard():
    pytest.importorskip("rtmidi", reason="python-rtmidi has no wheel for this Python")
    with jack_server() as jack:
        jack.start()
        ran = subprocess.run(
            [sys.executable, "-c", PLAY], capture_output=True, text=True, timeout=60
        )
    assert ran.stdout.split() == ["['keyboard:out']", "61.0"], ran.stderr
