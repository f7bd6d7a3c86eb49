"""A sound server without a sound card, so that latency can be measured on any machine."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from cheiron.core.errors import CheironError

_START_SECONDS = 10.0
_TRIES = 3
_NAMES = tuple(f"cheiron-{number}" for number in range(1, 9))
_SHARED = Path("/dev/shm")
_REGISTRY = _SHARED / "jack-shm-registry"
_PRIORITIES = {"-R": "real-time", "-r": "normal priority"}


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
    with own_jack() as server:
        try:
            how = server.start(sample_rate, block, "-R")
        except CheironError:
            how = server.start(sample_rate, block, "-r")
        yield how


@contextmanager
def own_jack() -> Generator["DummyJack"]:
    """A server to start and stop at will, the only one that PortAudio and MIDI find meanwhile.

    At the end it is stopped, the environment is as before, and shared memory holds nothing new.
    """
    keys = ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER", "JACK_NO_AUDIO_RESERVATION")
    before = {key: os.environ.get(key) for key in keys}
    os.environ |= {"JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1"}
    server = DummyJack()
    try:
        with swept():
            try:
                yield server
            finally:
                server.stop()
                _remove(path for path in _files() if f"_{server.name}_" in path.name)
    finally:
        for key, value in before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


@contextmanager
def swept() -> Generator[None]:
    """Leave nothing new of JACK in shared memory; what a living server needs stays.

    Even a client that finds no server makes a data base there.
    """
    before = set(_files())
    try:
        yield
    finally:
        if not any(_servers()):
            _remove(path for path in _files() if path not in before)


class DummyJack:
    """``jackd`` with its dummy backend, under a name that no living server has.

    Servers share a registry with eight places, and one that was killed keeps its place until
    another of its name comes. So names are few and used again, and where no server lives a
    registry that refuses is made anew.

    Attributes:
        name: What it is called; ``JACK_DEFAULT_SERVER`` says so too.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._call(next(_free_names(), _NAMES[0]))

    def start(self, sample_rate: int = 48000, block: int = 128, priority: str = "-r") -> str:
        """Start it, and wait until it answers.

        Args:
            sample_rate: Samples per second.
            block: Samples that it asks for at once.
            priority: ``-R`` for real-time, ``-r`` for normal.

        Returns:
            How it runs, in words.

        Raises:
            CheironError: If it does not; with what JACK says about it.
        """
        said = ""
        # Few ports: with its 2048 a server takes 100 MB of /dev/shm, of which containers have 64.
        options = ["-p", "128", "-d", "dummy", "-r", str(sample_rate), "-p", str(block)]
        for _ in range(_TRIES):
            said = self._try(["jackd", "-n", self.name, priority, *options])
            if self._process is not None:
                return _PRIORITIES[priority]
            if any(_servers()):  # perhaps one of this name, which was quicker
                self._call(next((n for n in _free_names() if n != self.name), self.name))
            else:  # jackd's own option for that, -s, does not help
                with suppress(OSError):
                    _REGISTRY.unlink()
        raise CheironError(
            f"JACK's dummy server did not start (it said {said!r}); end other sound servers, and "
            f"where none runs remove {_REGISTRY}."
        )

    def stop(self) -> None:
        """End it; a second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _call(self, name: str) -> None:
        self.name = os.environ["JACK_DEFAULT_SERVER"] = name

    def _try(self, command: list[str]) -> str:
        """Keep the process if it comes up, otherwise return its last words."""
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                preexec_fn=_die_with_parent,
            )
            if _ready(self.name, process):
                self._process = process
                return ""
            _end(process)
            said.seek(0)
            words = said.read().decode(errors="replace").split("\n")
        return ". ".join(word.strip() for word in words if word.strip())[-300:] or "nothing"


def _ready(name: str, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    wait = ["jack_wait", "-s", name, "-w", "-t", "1"]
    while time.monotonic() < deadline and server.poll() is None:
        if shutil.which("jack_wait") is None:
            time.sleep(1.5)
            return server.poll() is None
        done = subprocess.run(wait, capture_output=True, check=False)
        if done.returncode == 0 and b"server is available" in done.stdout:
            return server.poll() is None
        time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent() -> None:
    """Not even a killed program leaves a server behind (PR_SET_PDEATHSIG, SIGTERM)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, 15)


def _servers() -> Iterator[list[str]]:
    """The command lines of the servers that live."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ended = process.status() == psutil.STATUS_ZOMBIE
            if process.name() in ("jackd", "jackdbus") and not ended:
                yield process.cmdline()


def _free_names() -> Iterator[str]:
    taken = {word for line in _servers() for word in line}
    return (name for name in _NAMES if name not in taken)


def _files() -> list[Path]:
    """What JACK has in shared memory."""
    return list(_SHARED.glob("jack[-_]*"))


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
