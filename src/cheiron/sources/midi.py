"""MIDI: keyboards, knobs and MPE instruments."""

import contextlib
import math
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.mailbox import Mailbox
from cheiron.core.space import Space
from cheiron.sources.midi_axes import MidiAxes
from cheiron.sources.midi_parse import MidiParser
from cheiron.sources.midi_ports import MidiPorts, SystemPorts

_SCAN = 1.0  # seconds between two looks for ports
_PATIENCE = 3  # looks without any port after which the system's MIDI is asked for anew


class MidiSource:
    """One MIDI port, or all of them, plugged in or out at any time.

    See :class:`cheiron.sources.midi_axes.MidiAxes` for its axes; whenever there are new ones,
    :attr:`space` is a new object. Ports are looked for once a second; the notes of a port that is
    pulled out are let go.

    The library's thread of each port parses and publishes, a thread of ours looks for ports;
    :meth:`latest` may be called from any thread, the rest from one.

    Args:
        port: A port, or the beginning of its name; None or nothing for all.
        controllers: Controllers that have an axis before they move.
        mpe: Whether every note has a channel of its own; None when the instrument says so itself.
        backend: Where ports come from; the system's when absent.
        clock: Monotonic seconds, the engine's clock.

    Raises:
        CheironError: If a controller cannot be an axis.
    """

    def __init__(
        self,
        port: str | None = None,
        controllers: Sequence[int] = (),
        mpe: bool | None = None,
        backend: Callable[[], MidiPorts] = SystemPorts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port = port or None
        self.problem = ""
        self.malformed = 0
        self.mailbox = Mailbox()
        self._controllers, self._mpe = tuple(controllers), mpe
        self._axes = MidiAxes(controllers, mpe)
        self._backend, self._clock = backend, clock
        self._ports: MidiPorts | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._stops: dict[str, Callable[[], None]] = {}
        self._writing = threading.Lock()  # between the threads of several ports only
        self._empty = 0
        self._time = -math.inf

    @property
    def space(self) -> Space:
        """Its axes by now; a new object whenever they change."""
        return self._axes.space

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again, with an axis for every controller that has moved."""
        moved = [int(n[2:]) for n in self.space.names if re.fullmatch(r"cc\d+", n)]
        return {"port": self.port, "controllers": moved, "mpe": self._mpe}

    def ports(self) -> list[str]:
        """The ports that it listens to now."""
        return sorted(self._stops)

    def open(self) -> None:
        """Start listening; a second call does nothing. A port that is not there yet may come.

        Raises:
            CheironError: If python-rtmidi is missing or the system has no MIDI.
        """
        if self._thread is not None:
            return
        self._ports = self._backend()
        self._closed.clear()
        self._scan()
        self._thread = threading.Thread(target=self._run, name="midi ports", daemon=True)
        self._thread.start()

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def panic(self) -> None:
        """Let go of every note."""
        with self._writing:
            self._axes.panic()
            self._publish(self._clock())

    def close(self) -> None:
        """Stop listening; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closed.set()
        thread.join(timeout=5.0)
        for stop in self._stops.values():
            stop()
        self._stops.clear()
        if self._ports is not None:
            self._ports.close()

    def _run(self) -> None:
        while not self._closed.wait(_SCAN):
            self._scan()

    def _scan(self) -> None:
        """Connect to what came, leave what went."""
        there, problem = self._there()
        wanted = [n for n in there if self.port is None or n.startswith(_bare(self.port))]
        if self.port is not None and not wanted and not problem:
            known = ", ".join(there) or "none"
            problem = f"there is no MIDI port {self.port}, only {known}; plug it in."
        for name in [name for name in self._stops if name not in wanted]:
            self._stops.pop(name)()
            self.panic()
        for name in wanted:
            if name not in self._stops and self._ports is not None:
                try:
                    self._stops[name] = self._ports.connect(name, self._hear(MidiParser()))
                except CheironError as error:
                    problem = str(error)
        self.problem = problem

    def _there(self) -> tuple[list[str], str]:
        """The system's ports, and why there are none."""
        try:
            if self._ports is None:
                self._ports = self._backend()
            there, problem = self._ports.names(), ""
        except Exception as error:  # the library has a dozen kinds
            there, problem = [], str(error)
        self._empty = 0 if there else self._empty + 1
        if self._empty >= _PATIENCE and self._ports is not None:
            # JACK may have ended and be back; a client of the old one sees nothing for ever.
            self._empty = 0
            with contextlib.suppress(Exception):
                self._ports.close()
            self._ports = None
        return there, problem

    def _hear(self, parser: MidiParser) -> Callable[[list[int]], None]:
        """What a port's thread calls with every message."""

        def heard(data: list[int]) -> None:
            arrival = self._clock()
            with self._writing:
                before = parser.malformed
                changes = [self._axes.take(message, arrival) for message in parser.feed(data)]
                self.malformed += parser.malformed - before
                if any(changes):
                    self._publish(arrival)

        return heard

    def _publish(self, arrival: float) -> None:
        self._time = max(arrival, self._time + 1e-6)
        self.mailbox.put(Frame(self._time, self._axes.values(), self._axes.space), arrival)


def _bare(name: str) -> str:
    """A port without ALSA's numbers, which are others whenever it is plugged in."""
    return re.sub(r" \d+:\d+$", "", name)


def system_ports() -> list[str]:
    """The names of the MIDI inputs that are there now; none where the system has no MIDI."""
    with contextlib.suppress(CheironError):
        ports = SystemPorts()
        try:
            return ports.names()
        finally:
            ports.close()
    return []
