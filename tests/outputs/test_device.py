import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.outputs import device as device_module
from cheiron.outputs import portaudio as portaudio_module
from cheiron.outputs.device import Device, DeviceOutput, choose, devices

sys.path.insert(0, str(Path(__file__).parents[1]))

from jack import jack_server

SPEAKERS = Device("USB Speakers", 2, 48000, "ALSA", 0, False)
HEADPHONES = Device("Headphones", 2, 44100, "ALSA", 1, True)
MIXER = Device("Speakers 8", 8, 96000, "JACK Audio Connection Kit", 2, False)


class FakePortAudio:
    """Stands for the sounddevice module, with a device that can be pulled out."""

    class PortAudioError(Exception):
        pass

    def __init__(self):
        self.rates, self.present, self.streams, self.host = {44100, 48000}, True, [], "ALSA"
        self.default_rate, self.restarts = 48000, 0
        self.default = SimpleNamespace(device=[-1, 0])

    def query_hostapis(self):
        return [{"name": self.host, "default_output_device": 0}]

    def query_devices(self):
        entry = {"name": "Box", "max_output_channels": 2, "hostapi": 0}
        there = [entry | {"default_samplerate": float(self.default_rate)}]
        return there if self.present else []

    def OutputStream(self, **settings):
        if settings["samplerate"] not in self.rates:
            raise self.PortAudioError("Invalid sample rate")
        stream = SimpleNamespace(**settings | {"latency": 0.01, "active": True, "closed": False})
        stream.start = lambda: None
        stream.close = lambda ignore_errors: setattr(stream, "closed", True)
        self.streams.append(stream)
        return stream

    def _terminate(self):
        self.restarts += 1

    def _initialize(self):
        pass


@pytest.fixture
def fake(monkeypatch):
    made = FakePortAudio()
    for module in (device_module, portaudio_module):
        monkeypatch.setattr(module, "portaudio", lambda: made)
    monkeypatch.setattr(device_module, "_EVERY", 0.02)
    monkeypatch.setattr(device_module, "_PATIENCE", 0.1)
    monkeypatch.setattr(device_module, "_abandoned", [])
    return made


def ones(block):
    block[:] = 1.0


def call(stream, frames=64, underflow=False):
    out = np.zeros((frames, stream.channels), np.float32)
    stream.callback(out, frames, None, SimpleNamespace(output_underflow=underflow))
    return out


def until(condition, seconds=10.0, meanwhile=lambda: None):
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "it did not happen in time"
        meanwhile()
        time.sleep(0.01)


def test_a_device_is_chosen_by_its_name_or_a_part_of_it():
    found = (SPEAKERS, HEADPHONES, MIXER)
    assert choose(found, None) is HEADPHONES
    assert choose(found, "usb") is SPEAKERS and choose(found, "speakers 8") is MIXER
    assert choose(found, "jack") is MIXER and choose(found, "Headphones (ALSA)") is HEADPHONES
    with pytest.raises(CheironError, match=r"'piano'; choose one of USB Speakers \(ALSA\), Head"):
        choose(found, "piano")


def test_where_there_is_nothing_it_says_what_to_start_or_connect(monkeypatch):
    monkeypatch.delenv("JACK_DEFAULT_SERVER", raising=False)
    with pytest.raises(CheironError, match="connect one, or play through the page"):
        choose((), None)
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "studio")
    with pytest.raises(CheironError, match="the JACK server 'studio' does not answer; start it"):
        choose((), None)


def test_devices_are_listed_with_what_a_user_needs_to_choose(fake):
    assert devices() == (Device("Box", 2, 48000, "ALSA", 0, True),)


def test_sound_goes_to_both_channels_and_the_devices_drop_outs_are_counted(fake):
    output = DeviceOutput(None, None, 64)
    output.open(ones)
    assert (call(fake.streams[0]) == 1).all() and output.xruns == 0
    call(fake.streams[0], underflow=True)
    assert output.xruns == 1 and output.latency == 0.01 and output.name == "Box"
    output.close()
    output.close()
    assert fake.streams[0].closed


def test_a_rate_that_the_device_refuses_becomes_its_default(fake):
    output = DeviceOutput("box", 96000, 64)
    output.open(ones)
    assert output.sample_rate == 48000
    output.close()
    fake.rates = set()
    with pytest.raises(CheironError, match=r"Box .* cannot be opened: Invalid sample rate"):
        DeviceOutput("box", 96000, 64).open(ones)


def test_an_unplugged_device_is_told_and_opened_again_at_its_new_rate(fake):
    output = DeviceOutput(None, None, 64)
    output.open(ones)
    call(fake.streams[0])
    fake.present = False
    until(lambda: "Box is gone" in output.problem)
    fake.present, fake.default_rate, fake.rates = True, 44100, {44100}
    until(lambda: not output.problem, meanwhile=lambda: [call(s) for s in fake.streams[1:]])
    assert output.sample_rate == 44100 and fake.streams[0].closed and fake.restarts > 0
    output.close()


def test_a_device_that_is_only_late_is_left_alone(fake):
    output = DeviceOutput(None, None, 64)
    output.open(ones)
    for _ in range(20):
        call(fake.streams[0])
        time.sleep(0.02)
    assert not output.problem and len(fake.streams) == 1
    output.close()


def test_a_jack_server_that_ended_is_never_met_again_by_portaudio(fake):
    fake.host = "JACK Audio Connection Kit"
    output = DeviceOutput(None, None, 64)
    output.open(ones)
    until(lambda: "JACK server ended" in output.problem)
    time.sleep(0.1)
    output.close()
    assert fake.restarts == 0 and not fake.streams[0].closed and len(fake.streams) == 1
    with pytest.raises(CheironError, match="JACK server ended"):
        DeviceOutput(None, None, 64).open(ones)


def test_without_portaudio_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(CheironError, match="apt install libportaudio2"):
        DeviceOutput().open(ones)


PLAY = """
import sys, time
import numpy as np
from cheiron.outputs.device import DeviceOutput, devices

print(devices()[0].host)
calls = []
def pull(block):
    calls.append(len(block))
    block[:] = 0.0
output = DeviceOutput("system", None, 256)
output.open(pull)
end = time.monotonic() + 20
while len(calls) <= 50 and time.monotonic() < end:
    time.sleep(0.05)
print(output.sample_rate, set(calls), len(calls) > 50, output.problem == "")
sys.stdout.flush()
sys.stdin.readline()
while not output.problem:
    time.sleep(0.05)
output.close()
print("closed")
"""


def test_a_real_device_asks_for_its_blocks_and_survives_the_end_of_its_server():
    with jack_server() as jack:
        jack.start(44100, 256)
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PLAY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout.readline().startswith("JACK")
            assert process.stdout.readline().split() == ["44100", "{256}", "True", "True"]
            jack.stop()
            out, error = process.communicate("\n", timeout=30)
        finally:
            process.kill()
            process.communicate()
    assert (out, error, process.returncode) == ("closed\n", "", 0)


def test_a_process_ends_cleanly_while_its_jack_server_plays_on():
    with jack_server() as jack:
        jack.start()
        code = "from cheiron.outputs.device import DeviceOutput as D; d = D('system'); d.open("
        code += "lambda b: b.fill(0)); d.close()"
        for _ in range(3):  # JACK's thread met an unloaded library, two times in three
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
            )
            assert (done.stderr, done.returncode) == (b"", 0)


def test_a_computer_without_sound_says_so_and_nothing_else():
    with jack_server():
        code = "from cheiron.outputs.device import DeviceOutput as D; D('no such').open(print)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
    lines = done.stderr.strip().splitlines()
    assert lines[0].startswith("Traceback") and "there is no sound device" in lines[-1]
    assert not [line for line in lines[:-1] if "jack" in line.lower() or "ALSA lib" in line]
