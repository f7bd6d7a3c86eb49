"""Bytes of a MIDI cable as messages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_COMMON = {0xF1: 1, 0xF2: 2, 0xF3: 1}


@dataclass(frozen=True, slots=True)
class MidiMessage:
    """One channel message.

    Args:
        kind: Upper half of the status byte, 0x8 (note off) to 0xE (pitch bend).
        channel: 0 to 15.
        first: First data byte, 0 to 127.
        second: Second data byte; 0 where there is none.
    """

    kind: int
    channel: int
    first: int
    second: int = 0


class MidiParser:
    """A byte stream as channel messages.

    It knows running status and real-time bytes in the middle of anything, leaves system messages
    out, skips and counts what is broken, never raises and keeps at most three bytes.

    >>> list(MidiParser().feed([0x90, 60, 100, 0xF8, 62, 90]))
    [MidiMessage(kind=9, channel=0, first=60, second=100), \
MidiMessage(kind=9, channel=0, first=62, second=90)]
    """

    def __init__(self) -> None:
        self.malformed = 0
        self._status = 0
        self._data: list[int] = []
        self._skip = 0  # data bytes of a system message still to come; -1 within system exclusive

    def feed(self, data: Iterable[int]) -> Iterator[MidiMessage]:
        """The messages that these bytes complete."""
        for byte in data:
            if not 0 <= byte <= 0xFF:
                self.malformed += 1
            elif byte >= 0xF8:
                continue  # real time: may come in the middle of anything
            elif byte >= 0x80:
                self._begin(byte)
            else:
                message = self._go_on(byte)
                if message is not None:
                    yield message

    def _begin(self, status: int) -> None:
        self.malformed += bool(self._data) or self._skip > 0
        self._data = []
        self._status = status if status < 0xF0 else 0  # a system message ends running status
        self._skip = -1 if status == 0xF0 else _COMMON.get(status, 0)

    def _go_on(self, byte: int) -> MidiMessage | None:
        if self._skip:
            self._skip -= self._skip > 0
            return None
        if not self._status:
            self.malformed += 1
            return None
        self._data.append(byte)
        kind, channel = self._status >> 4, self._status & 0xF
        if len(self._data) < _LENGTHS[kind]:
            return None
        message = MidiMessage(kind, channel, *self._data)
        self._data = []
        return message
