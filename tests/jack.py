"""A JACK server of one's own, with a dummy sound card."""

import ctypes
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest


def _die_with_parent():
    """Not even a killed test run leaves a server behind (PR_SET_PDEATHSIG, SIGTERM)."""
    ctypes.CDLL(None).prctl(1, 15)


class Jack:
    """Starts and stops ``jackd`` with the dummy backend under a name that nobody else uses."""

    def __init__(self, name):
        self.name, self._process = name, None

    def start(self, rate=48000, block=128):
        # Few ports: with its 2048 a server takes 100 MB of /dev/shm, of which containers have 64.
        command = ["jackd", "-n", self.name, "-r", "-p", "128", "-d", "dummy"]
        command += ["-r", str(rate), "-p", str(block)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
        )
        wait = ["jack_wait", "-s", self.name, "-w", "-t", "10"]
        if shutil.which("jack_wait"):
            subprocess.run(wait, check=False, capture_output=True, timeout=30)
        else:
            time.sleep(1.0)

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
            self._process = None


@contextmanager
def jack_server(name=None):
    """A :class:`Jack`, not started; ``JACK_DEFAULT_SERVER`` names it while the block runs.

    PortAudio connects when it starts, so what uses it belongs into a process of its own.
    """
    if shutil.which("jackd") is None:
        if os.environ.get("CHEIRON_NO_JACK"):
            pytest.skip("there is no jackd and CHEIRON_NO_JACK is set")
        pytest.fail(
            "these tests need jackd and PortAudio (apt install jackd2 libportaudio2); "
            "set CHEIRON_NO_JACK=1 to leave them out."
        )
    jack = Jack(name or f"cheiron-test-{os.getpid()}-{time.monotonic_ns()}")
    before = {
        key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_AUDIO_RESERVATION")
    }
    os.environ.update(JACK_DEFAULT_SERVER=jack.name, JACK_NO_AUDIO_RESERVATION="1")
    try:
        yield jack
    finally:
        jack.stop()
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
