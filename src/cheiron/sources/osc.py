"""OSC over UDP: whatever sends numbers becomes a sensor."""

import contextlib
import math
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.frame import Frame
from cheiron.core.mailbox import Mailbox
from cheiron.core.space import Space
from cheiron.sources.osc_axes import AxisTable, OscAxis
from cheiron.sources.osc_packet import MalformedError, Raw, messages, numbers
from cheiron.sources.sender_clock import SenderClock

MOST_ADDRESSES = 256
"""How many addresses are listed; what comes from others is dropped and counted."""

_DRAIN = 128  # datagrams read before they are looked at
_FEW = 8  # datagrams that are worth a frame each; of more only the newest of each address counts
_WAITING = 1 << 20  # bytes that the system may keep for us, so that the last of a flood is not lost
_BURST = 16.0  # wake-ups that may follow each other without a pause
_PAUSE = 1e-3  # seconds between wake-ups when flooded
_SENDERS = 32
_FORGET = 10.0  # seconds of silence after which an address is no longer listed
_RESTART = 1.0  # seconds; a stamp that lies further back is a clock that was set anew


@dataclass(slots=True)
class _Heard:
    """One address: all written by the receiving thread."""

    address: str
    count: int = 0
    seen: float = 0.0
    values: tuple[float, ...] = ()
    stamp: float | None = None
    datagram: bytes = b""


@dataclass(slots=True)
class _Receiver:
    """What the receiving thread alone reads and writes."""

    table: AxisTable
    values: list[float] = field(default_factory=list[float])
    heard: dict[bytes, _Heard] = field(default_factory=dict[bytes, _Heard])
    clocks: dict[str, SenderClock] = field(default_factory=dict[str, SenderClock])
    time: float = -math.inf
    swept: float = 0.0


class OscSource:
    """Listens on a UDP port; any address, any sender.

    Without ``axes`` every numeric argument that arrives becomes an axis by itself, up to 64:
    ``/wrist/acc`` with three arguments is ``wrist.acc.0`` to ``.2``, ``/fader`` with one is
    ``fader``. Their ranges begin as 0 to 1 and grow in steps of 1, 2, 5, 10 … with what comes.
    Whenever an axis or a range is new, :attr:`space` is a new object.

    Time tags of bundles are the times of their frames, moved to the engine's clock; without one it
    is the moment of arrival. Messages that are older than the last of their address, or the same
    packet again, are dropped. When more than about a thousand datagrams a second come, they are
    read a millisecond's worth at a time, and of each address only the newest counts.

    Its own thread receives and publishes; :meth:`latest` may be called from any thread, the rest
    from one, :meth:`arriving` from one that looks about twice a second. Nothing that arrives ever
    raises: ``malformed`` and ``dropped`` count it.

    Args:
        port: UDP port; 0 for any that is free, see ``port`` afterwards.
        host: Whom to listen to: ``127.0.0.1`` for this machine, ``0.0.0.0`` for the network.
        axes: What to listen for; empty for everything.
        clock: Monotonic seconds, the engine's clock.

    >>> source = OscSource(port=0)
    >>> source.open()
    >>> source.port > 0, source.latest()
    (True, None)
    >>> source.close()
    """

    problem = ""

    def __init__(
        self,
        port: int = 9000,
        host: str = "127.0.0.1",
        axes: Sequence[OscAxis] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port, self.host = port, host
        self.mailbox = Mailbox()
        self.malformed = 0
        self.dropped = 0
        self._clock = clock
        self._axes = tuple(axes)
        self._wanted = AxisTable(self._axes)
        self._receiver = _Receiver(self._wanted)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._marks: dict[bytes, tuple[float, int, float]] = {}

    @property
    def space(self) -> Space:
        """Its axes by now; a new object whenever they change."""
        return self._wanted.space

    @property
    def axes(self) -> tuple[OscAxis, ...]:
        """What it was told to listen for; empty when everything becomes an axis."""
        return self._axes

    @axes.setter
    def axes(self, axes: Sequence[OscAxis]) -> None:
        table = AxisTable(tuple(axes))  # fails here, before anything has changed
        self._axes, self._wanted = tuple(axes), table
        self._wake()

    @property
    def settings(self) -> dict[str, Any]:
        """How to make it again."""
        return {"port": self.port, "host": self.host, "axes": [asdict(a) for a in self._axes]}

    def open(self) -> None:
        """Start listening; a second call does nothing.

        Raises:
            CheironError: If the port is taken or the address is not this machine's.
        """
        if self._socket is not None:
            return
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            made.bind((self.host, self.port))
        except (OSError, OverflowError, TypeError) as error:
            made.close()
            raise CheironError(
                f"OSC cannot listen on {self.host}:{self.port} ({_reason(error)}); close the "
                "program that uses this port, or choose another port, such as 9001."
            ) from error
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WAITING)
        self.port = int(made.getsockname()[1])
        self._socket = made
        self._thread = threading.Thread(target=self._run, args=(made,), name="osc", daemon=True)
        self._thread.start()

    def latest(self) -> Frame | None:
        """The newest frame; never waits."""
        letter = self.mailbox.latest()
        return letter.frame if letter else None

    def close(self) -> None:
        """Stop listening; a second call does nothing."""
        made, thread = self._socket, self._thread
        if made is None or thread is None:
            return
        self._socket = None
        self._wake(made)
        thread.join(timeout=2.0)
        made.close()

    def arriving(self) -> list[dict[str, Any]]:
        """Every address that has come in the last seconds: ``{address, rate, values}``.

        Whatever is no finite number reads 0.
        """
        now = self._clock()
        listed: list[dict[str, Any]] = []
        for key, heard in list(self._receiver.heard.items()):
            if now - heard.seen > _FORGET:
                self._marks.pop(key, None)
                continue
            began, count, rate = self._marks.get(key, (heard.seen, heard.count, 0.0))
            if now - began >= 0.4:
                rate = (heard.count - count) / (now - began)
                began, count = now, heard.count
            self._marks[key] = (began, count, rate)
            values = [v if math.isfinite(v) else 0.0 for v in heard.values]
            listed.append({"address": heard.address, "rate": round(rate, 2), "values": values})
        return sorted(listed, key=lambda item: str(item["address"]))

    def _wake(self, made: socket.socket | None = None) -> None:
        """An empty datagram to ourselves, so that the thread looks around."""
        made = made or self._socket
        if made is not None:
            host = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host
            with (
                contextlib.suppress(OSError),  # it looks around twice a second anyway
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
            ):
                sender.sendto(b"", (host, self.port))

    # What follows runs on the receiving thread.

    def _run(self, made: socket.socket) -> None:
        credit, last = _BURST, self._clock()
        while self._socket is made:
            select.select([made], [], [], 0.5)
            arrival = self._clock()
            datagrams = _drain(made)
            self._take(datagrams, arrival)
            credit = min(_BURST, credit + (arrival - last) / _PAUSE) - 1.0
            last = arrival
            if credit < 0 or len(datagrams) >= _DRAIN:
                time.sleep(_PAUSE)

    def _take(self, datagrams: list[tuple[bytes, str]], arrival: float) -> None:
        """Publish what a drain brought."""
        receiver = self._receiver
        if receiver.table is not self._wanted:
            receiver.table, receiver.values = self._wanted, []
            for heard in sorted(receiver.heard.values(), key=lambda heard: heard.seen):
                self._place(heard)
            self._publish(arrival, arrival)
        groups: list[list[tuple[Raw, str]]] = []
        for datagram, sender in datagrams:
            try:
                groups.append([(raw, sender) for raw in messages(datagram)] if datagram else [])
            except MalformedError:
                self.malformed += 1
        if len(groups) > _FEW:
            newest = {raw.address: (raw, sender) for group in groups for raw, sender in group}
            for raw, _ in (item for group in groups for item in group):
                if raw is not newest[raw.address][0] and raw.address in receiver.heard:
                    receiver.heard[raw.address].count += 1
            groups = [list(newest.values())]
        for group in groups:
            times = [self._hear(raw, sender, arrival) for raw, sender in group]
            known = [moment for moment in times if moment is not None]
            if known:
                self._publish(arrival, max(known))

    def _hear(self, raw: Raw, sender: str, arrival: float) -> float | None:
        """Take one message; when it was sent, or None where it is dropped."""
        heard = self._known(raw.address, arrival)
        if heard is None:
            self.dropped += 1
            return None
        moment = None
        if raw.stamp is not None:
            clocks = self._receiver.clocks
            if sender not in clocks and len(clocks) >= _SENDERS:
                clocks.clear()
            moment = clocks.setdefault(sender, SenderClock()).local(raw.stamp, arrival)
        if moment is not None and heard.stamp is not None and raw.stamp is not None:
            behind = heard.stamp - raw.stamp
            if 0 < behind <= _RESTART or (behind == 0 and raw.datagram == heard.datagram):
                self.dropped += 1
                return None
        try:
            values = numbers(raw.datagram)
        except MalformedError:
            self.malformed += 1
            return None
        heard.values, heard.seen, heard.count = tuple(values), arrival, heard.count + 1
        heard.datagram = raw.datagram
        if moment is not None:
            heard.stamp = raw.stamp
        self._place(heard)
        return arrival if moment is None else moment

    def _place(self, heard: _Heard) -> None:
        """What an address said, into the columns that listen to it."""
        table, into = self._receiver.table, self._receiver.values
        columns = table.columns(heard.address, heard.values)
        into.extend([math.nan] * (table.space.size - len(into)))
        for index, column in columns:
            if index < len(heard.values):
                into[column] = table.scale(column) * heard.values[index]
                table.see(column, into[column])

    def _known(self, address: bytes, arrival: float) -> _Heard | None:
        receiver = self._receiver
        heard = receiver.heard.get(address)
        if heard is not None:
            return heard
        if len(receiver.heard) >= MOST_ADDRESSES:
            if arrival - receiver.swept < 1.0:
                return None
            receiver.swept = arrival
            receiver.heard = {
                k: h for k, h in receiver.heard.items() if arrival - h.seen <= _FORGET
            }
            if len(receiver.heard) >= MOST_ADDRESSES:
                return None
        heard = receiver.heard[address] = _Heard(address.decode("utf-8", "replace"))
        return heard

    def _publish(self, arrival: float, moment: float) -> None:
        """A frame of all that is known; its time never falls."""
        receiver = self._receiver
        receiver.time = max(moment, receiver.time + 1e-6)
        space = receiver.table.space
        if space.size:
            known = receiver.values  # a table that was just chosen may have heard nothing yet
            known.extend([math.nan] * (space.size - len(known)))
            values = np.array(known, dtype=np.float32)
            self.mailbox.put(Frame(receiver.time, values, space), arrival)


def _drain(made: socket.socket) -> list[tuple[bytes, str]]:
    """What has come, as pairs of (datagram, sender's host)."""
    datagrams: list[tuple[bytes, str]] = []
    while len(datagrams) < _DRAIN:
        try:
            datagram, sender = made.recvfrom(65535)
        except BlockingIOError:
            break
        except OSError:  # on Windows: somebody did not want what was sent to them
            continue
        datagrams.append((datagram, str(sender[0])))
    return datagrams


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
