"""The control point as MIDI controllers, so that other programs can follow."""

import contextlib
import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.outputs.changes import Changes

FIRST = 20
"""Controller of the first axis; its lower seven bits are on the controller 32 above."""

AXES = 12
"""How many axes are sent: controllers 20 to 31, and 52 to 63."""


class MidiOut(Protocol):
    """A port that takes messages."""

    def send(self, message: list[int]) -> None:
        """Send one."""
        ...

    def close(self) -> None:
        """Free it."""
        ...


class MidiFollow:
    """Sends the control point as 14-bit controllers of channel 1, at most 100 times a second.

    The first axis is on controller 20 (upper half) and 52 (lower half), the next on 21 and 53, up
    to twelve; the range of the axis is 0 to 16383. Only what has changed is sent, and everything
    once a second. All calls come from one thread; :meth:`write` never waits.

    Args:
        port: A port, or the beginning of its name; empty for one of our own that other programs
            connect to.
        connect: Opens the port; the system's MIDI when absent.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        port: str = "",
        connect: Callable[[str], MidiOut] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port = port
        self.problem = ""
        self._connect = connect or _SystemPort
        self._clock = clock
        self._changes = Changes()
        self._out: MidiOut | None = None

    def open(self) -> None:
        """Start; a second call does nothing.

        Raises:
            CheironError: If python-rtmidi is missing, the system has no MIDI or no such port.
        """
        if self._out is None:
            self._out = self._connect(self.port)

    def write(self, frame: Frame) -> None:
        """Send what has changed since the last time."""
        out = self._out
        if out is None:
            return
        try:
            for column in self._changes.of(frame, self._clock()):
                if column >= AXES:
                    continue
                axis = frame.space.axes[column]
                share = (float(frame.values[column]) - axis.low) / (axis.high - axis.low)
                value = round(16383 * min(max(share, 0.0), 1.0))
                out.send([0xB0, FIRST + column, value >> 7])
                out.send([0xB0, FIRST + 32 + column, value & 127])
            self.problem = ""
        except Exception as error:  # the library has a dozen kinds
            self._changes.forget()
            self.problem = (
                f"MIDI cannot be sent to {self.port or 'our port'} ({error}); plug it in again "
                "and choose it again."
            )

    def close(self) -> None:
        """Stop; a second call does nothing."""
        out, self._out = self._out, None
        if out is not None:
            out.close()


def outputs() -> list[str]:
    """The names of the MIDI outputs that are there now; none where the system has no MIDI."""
    with contextlib.suppress(CheironError):
        made = _made()
        try:
            return [name for name in made.get_ports() if not name.startswith("cheiron")]
        finally:
            made.delete()
    return []


class _SystemPort:
    """A port of the system, by python-rtmidi."""

    def __init__(self, name: str) -> None:
        self._out = _made()
        try:
            if not name:
                self._out.open_virtual_port("control")
                return
            there: list[str] = self._out.get_ports()
            index = next((i for i, port in enumerate(there) if port.startswith(name)), None)
            if index is None:
                listed = ", ".join(there) or "none"
                raise CheironError(f"there is no MIDI output {name}, only {listed}; plug it in.")
            self._out.open_port(index, name="control")
        except CheironError:
            self._out.delete()
            raise
        except Exception as error:  # the library has a dozen kinds
            self._out.delete()
            raise CheironError(
                f"the MIDI output {name or 'of our own'} cannot be opened ({error}); choose a port."
            ) from error

    def send(self, message: list[int]) -> None:
        self._out.send_message(message)

    def close(self) -> None:
        self._out.delete()


def _made() -> Any:
    """An output of the first of the library's systems that answers."""
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
            return rtmidi.MidiOut(api, name="cheiron")
    raise CheironError(
        "this system has no MIDI that answers; start JACK or ALSA's sequencer and try again."
    )
