"""MIDI input ports of the system, by python-rtmidi."""

import contextlib
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from cheiron.core.errors import CheironError
from cheiron.core.quiet import quiet

Heard = Callable[[list[int]], None]
"""Takes the bytes of one message; called on a thread of the library's."""


class MidiPorts(Protocol):
    """Where MIDI comes from; every method may raise CheironError."""

    def names(self) -> list[str]:
        """The ports that are there now."""
        ...

    def connect(self, name: str, heard: Heard) -> Callable[[], None]:
        """Listen to a port; what is returned stops it."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...


class SystemPorts:
    """The ports of ALSA, JACK, CoreMIDI or Windows, whichever is there first.

    Args:
        client: What the system's patch bay calls us.

    Raises:
        CheironError: If python-rtmidi is missing or the system has no MIDI.
    """

    def __init__(self, client: str = "cheiron") -> None:
        self._client = client
        with quiet():
            self._rtmidi, self._api = _working()
            self._scanner = self._rtmidi.MidiIn(self._api, name=f"{client} scan")

    def names(self) -> list[str]:
        """The ports that are there now, without our own."""
        return [name for name in self._scanner.get_ports() if not name.startswith(self._client)]

    def connect(self, name: str, heard: Heard) -> Callable[[], None]:
        """Listen to a port; what is returned stops it.

        Raises:
            CheironError: If it is gone or taken.
        """
        made = self._rtmidi.MidiIn(self._api, name=self._client)

        def called(event: Any, _: object) -> None:
            heard(event[0])

        try:
            made.set_callback(called)
            made.open_port(made.get_ports().index(name), name="in")
        except Exception as error:  # the library has a dozen kinds
            made.delete()
            raise CheironError(
                f"the MIDI port {name} cannot be opened ({error}); close the program that uses "
                "it, or plug it in again."
            ) from error

        def stop() -> None:
            with contextlib.suppress(Exception):
                made.cancel_callback()
                made.close_port()
            made.delete()

        return stop

    def close(self) -> None:
        """Free everything."""
        self._scanner.delete()


def _working() -> tuple[Any, int]:
    """The library and the first of its systems that answers."""
    try:
        rtmidi = importlib.import_module("rtmidi")
    except ImportError as error:
        raise CheironError(
            "MIDI ports need python-rtmidi, which is not installed; run pip install python-rtmidi."
        ) from error
    for api in rtmidi.get_compiled_api():
        if api == rtmidi.API_LINUX_ALSA and not Path("/dev/snd/seq").exists():
            continue  # asking would only make ALSA complain on the terminal
        with contextlib.suppress(Exception):
            rtmidi.MidiIn(api, name="cheiron probe").delete()
            return rtmidi, api
    needed = "ALSA's sequencer (modprobe snd-seq) or JACK" if sys.platform == "linux" else "MIDI"
    raise CheironError(f"this system has no MIDI that answers; start {needed} and try again.")
