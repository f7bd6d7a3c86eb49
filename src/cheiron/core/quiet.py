"""Keeps the chatter of sound libraries away from the player's terminal."""

import ctypes
import ctypes.util
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

_LOCK = threading.RLock()


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
