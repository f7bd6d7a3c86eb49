"""PortAudio without its chatter, and what to do where it is missing."""

import atexit
import ctypes
import ctypes.util
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from cheiron.core.errors import CheironError

JACK = "JACK"
"""In the name of the interface of devices that a JACK server owns."""

_LOCK = threading.RLock()


def portaudio() -> Any:
    """The ``sounddevice`` module, imported at the first use, which starts PortAudio.

    Raises:
        CheironError: If the PortAudio library is not installed.
    """
    try:
        with quiet():
            import sounddevice
        # At the end of the process it would be ended, see rescan(); the system frees it anyway.
        atexit.unregister(getattr(sounddevice, "_exit_handler"))  # noqa: B009 - private
    except OSError as error:
        raise CheironError(
            "the PortAudio library was not found, so no sound device can be opened; install it "
            "(Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; "
            "macOS: brew install portaudio)."
        ) from error
    return sounddevice


def rescan() -> bool:
    """Start PortAudio again, so that it sees devices that came or went.

    It closes every stream of this process, of which the caller must have closed its own. Where
    PortAudio has met a JACK server it is left as it is: once that server has ended, ending
    PortAudio aborts the process (``pa_jack.c``, ``Terminate``), and meeting a new server crashes
    in JACK's own library.

    Returns:
        Whether it was done.
    """
    sounddevice = portaudio()
    with quiet():
        if any(JACK in host["name"] for host in sounddevice.query_hostapis()):
            return False
        sounddevice._terminate()
        sounddevice._initialize()
    return True


@contextmanager
def quiet() -> Generator[None]:
    """Keep what ALSA, JACK and PortAudio say on the terminal's standard error to themselves.

    They write to the file descriptor itself; for the time of the block it leads nowhere, for the
    whole process. What goes wrong is reported by return codes anyway.
    """
    with _LOCK:
        _hush_jack()
        try:
            kept = os.dup(2)
        except OSError:  # no standard error at all
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _hush_jack() -> None:
    """JACK also speaks from its own threads, later: give it a function of C that does nothing."""
    if _hushed:
        return
    _hushed.append(True)
    os.environ.setdefault("JACK_NO_START_SERVER", "1")  # a server is the user's affair
    name = ctypes.util.find_library("jack")
    with suppress(OSError, AttributeError, TypeError):
        jack = ctypes.CDLL(name) if name else None
        nothing = ctypes.CDLL(None).strlen  # takes a text, changes nothing, needs no Python
        if jack is not None:
            jack.jack_set_error_function(nothing)
            jack.jack_set_info_function(nothing)


_hushed: list[bool] = []
