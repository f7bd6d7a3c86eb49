"""PortAudio without its chatter, and what to do where it is missing."""

import atexit
import ctypes
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.core.quiet import quiet

JACK = "JACK"
"""In the name of the interface of devices that a JACK server owns."""


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
        # JACK's thread calls into the library until the very end: Python must not unload it before.
        ctypes.CDLL(getattr(sounddevice, "_libname"))  # noqa: B009 - private
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
