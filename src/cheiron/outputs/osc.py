"""The control point as OSC, so that other programs can follow."""

import re
import socket
import time
from collections.abc import Callable

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.recording import Values
from cheiron.outputs.changes import Changes

ROOT = "/cheiron/control/"
"""What the addresses begin with; the name of the axis follows."""

_CONVINCED = 3  # sends in a row without an error: a refusal is told at every second one only


class OscFollow:
    """Sends the control point over UDP, at most 100 times a second.

    For each axis that has changed there is a message ``/cheiron/control/NAME`` with one float, all
    in one bundle.
    Everything is sent again once a second, so that a program that starts later knows it too. All
    calls come from one thread; :meth:`write` never waits, what cannot be sent is left out.

    Args:
        target: ``host:port``, such as ``127.0.0.1:9001``.
        clock: Monotonic seconds.

    Raises:
        CheironError: If the target is not of that form.
    """

    def __init__(self, target: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.target = target
        self.problem = ""
        self._host, self._port = _parsed(target)
        self._clock = clock
        self._changes = Changes()
        self._socket: socket.socket | None = None
        self._well = 0

    def open(self) -> None:
        """Start; a second call does nothing.

        Raises:
            CheironError: If there is no such host.
        """
        if self._socket is not None:
            return
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = found[0]
            made = socket.socket(family, kind, protocol)
            made.setblocking(False)
            made.connect(address)
        except OSError as error:
            raise CheironError(
                f"OSC cannot be sent to {self.target} ({error.strerror or error}); expected a "
                "host that exists and a port, such as 127.0.0.1:9001."
            ) from error
        self._socket = made

    def write(self, frame: Frame) -> None:
        """Send what has changed since the last time."""
        if self._socket is None:
            return
        changed = self._changes.of(frame, self._clock())
        if not len(changed):
            return
        try:
            self._socket.send(_bundle(frame.space.names, frame.values, changed))
            self._well += 1
            if self._well >= _CONVINCED:
                self.problem = ""
        except BlockingIOError:
            self._changes.forget()
        except ConnectionRefusedError:  # the answer to an earlier one; UDP cannot know more
            self._changes.forget()
            self._well = 0
            self.problem = f"nobody listens to OSC at {self.target}; start the program there."
        except OSError as error:
            self._changes.forget()
            self._well = 0
            self.problem = f"OSC cannot be sent to {self.target} ({error.strerror or error})."

    def close(self) -> None:
        """Stop; a second call does nothing."""
        made, self._socket = self._socket, None
        if made is not None:
            made.close()


def _parsed(target: str) -> tuple[str, int]:
    host, _, port = target.strip().rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise CheironError(
            f"{target!r} is no OSC target; expected host:port, such as 127.0.0.1:9001."
        )
    return host.strip("[]"), int(port)


def _bundle(names: tuple[str, ...], values: Values, columns: list[int]) -> bytes:
    bundle = OscBundleBuilder(IMMEDIATELY)
    for column in columns:
        message = OscMessageBuilder(ROOT + re.sub(r"[\s#*,/?\[\]{}]", "_", names[column]))
        message.add_arg(float(values[column]), OscMessageBuilder.ARG_TYPE_FLOAT)
        bundle.add_content(message.build())  # pyright: ignore[reportArgumentType]
    return bundle.build().dgram
