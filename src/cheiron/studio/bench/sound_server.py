"""A sound server without a sound card, so that latency can be measured on any machine."""

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager

from cheiron.core.errors import CheironError

_START_SECONDS = 5.0


@contextmanager
def dummy_jack(sample_rate: int = 48000, block: int = 128) -> Generator[str]:
    """JACK with its dummy backend, under a name of its own; stopped at the end.

    While it runs, PortAudio in this process and its children finds it as the device ``system``.
    PortAudio must not have been initialised before.

    Args:
        sample_rate: Samples per second.
        block: Samples that it asks for at once.

    Yields:
        How it runs: ``"real-time"`` or ``"normal priority"``.

    Raises:
        CheironError: If JACK is not installed or does not start.
    """
    if shutil.which("jackd") is None:
        raise CheironError(
            "JACK is not installed, so there is no sound device to measure on; install it "
            "(Debian and Ubuntu: apt-get install jackd2), or name a device with --device."
        )
    name = f"cheiron-bench-{os.getpid()}"
    before = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}
    os.environ |= {
        "JACK_DEFAULT_SERVER": name,
        "JACK_NO_START_SERVER": "1",
        "JACK_NO_AUDIO_RESERVATION": "1",
    }
    server, how = _start(name, sample_rate, block)
    try:
        yield how
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        for key, value in before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


def _start(name: str, sample_rate: int, block: int) -> tuple[subprocess.Popen[bytes], str]:
    for priority, how in (("-R", "real-time"), ("-r", "normal priority")):
        # Few ports: with its 2048 a server takes 100 MB of /dev/shm, of which containers have 64.
        options = ["-p", "128", "-d", "dummy", "-r", str(sample_rate), "-p", str(block)]
        server = subprocess.Popen(
            ["jackd", "-n", name, priority, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _ready(name, server):
            return server, how
        server.kill()
        server.wait()
    raise CheironError(
        "JACK's dummy server did not start; try `jackd -d dummy` by hand and see what it says."
    )


def _ready(name: str, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    wait = ["jack_wait", "-s", name, "-w", "-t", "1"]
    while time.monotonic() < deadline and server.poll() is None:
        if shutil.which("jack_wait") is None:
            time.sleep(1.5)
            return server.poll() is None
        done = subprocess.run(wait, capture_output=True, check=False)
        if b"server is available" in done.stdout:
            return True
        time.sleep(0.05)
    return False
