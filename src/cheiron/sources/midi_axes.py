"""What MIDI messages mean as axes: controllers, bend, pressure, notes, MPE."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space
from cheiron.sources.midi_controllers import NO_AXIS, Controllers
from cheiron.sources.midi_parse import MidiMessage

VOICES = 5
"""How many notes at once have axes of their own in MPE."""

_MPE_ZONE = (0, 6)  # the registered parameter that says how many channels play notes
_SLIDE = 74
_LOWEST, _HIGHEST = 36.0, 96.0  # five octaves, as most keyboards have
_MOST_NOTES = 128


@dataclass
class _Note:
    channel: int
    key: int
    velocity: float
    voice: int | None = None
    pressure: float = 0.0


def _voice_axes(end: str, whose: str) -> list[Axis]:
    return [
        Axis(f"note{end}", _LOWEST, _HIGHEST, default=60.0, help=f"Key{whose}, 60 is middle C."),
        Axis(f"velocity{end}", 0.0, 1.0, help=f"How hard the key was struck{whose}."),
        Axis(f"gate{end}", 0.0, 1.0, help=f"1 while the key is down{whose}."),
        Axis(f"bend{end}", -1.0, 1.0, help=f"Pitch bend{whose}."),
        Axis(f"pressure{end}", 0.0, 1.0, help=f"Pressure after the strike{whose}."),
    ]


class MidiAxes:
    """Channel messages in, a row of axis values out. It never raises on a message.

    ``note``, ``velocity``, ``gate``, ``bend`` and ``pressure`` are those of the key that was
    struck last and is still down; note and velocity stay when all are up. Every controller that
    moves is an axis ``cc1`` … from then on, of any channel. With MPE the notes have their bend,
    pressure and slide (controller 74) each, and up to five at once the axes ``note1`` …
    ``slide5``; it is switched on by the MPE configuration message (registered parameter 6 on
    channel 1 or 16), or by hand.

    One thread calls it.

    Args:
        controllers: Controllers that have an axis before they move.
        mpe: Whether notes have a channel each; None waits for the configuration message.

    Raises:
        CheironError: If a controller is none that can be a knob.

    >>> axes = MidiAxes()
    >>> axes.take(MidiMessage(0xB, 0, 74, 127), 0.0)
    True
    >>> axes.space.names
    ('note', 'velocity', 'gate', 'bend', 'pressure', 'cc74')
    """

    def __init__(self, controllers: Sequence[int] = (), mpe: bool | None = None) -> None:
        wrong = [n for n in controllers if not 0 <= n <= 127 or n in NO_AXIS]
        if wrong:
            raise CheironError(
                f"MIDI controller {wrong[0]} cannot be an axis; expected 1 to 119 without 6, 32, "
                "38 and 96 to 101."
            )
        self._asked = mpe
        self.mpe = bool(mpe)
        self._members = {0: 15} if mpe else {}
        self._controllers = [Controllers() for _ in range(16)]
        self._cc = dict.fromkeys(sorted(controllers), 0.0)
        self._bend, self._pressure, self._slide = [0.0] * 16, [0.0] * 16, [0.0] * 16
        self._notes: list[_Note] = []
        self._voices: list[_Note | None] = [None] * VOICES
        self._rows: dict[str, float] = {}
        self._build()

    def take(self, message: MidiMessage, time: float) -> bool:
        """Take a message; whether a value may have changed.

        Args:
            message: Any channel message.
            time: When, in seconds.
        """
        channel, first, second = message.channel, message.first, message.second
        match message.kind:
            case 0x9 if second:
                self._strike(channel, first, second / 127)
            case 0x8 | 0x9:
                self._release(channel, first)
            case 0xA:
                for note in self._notes:
                    if (note.channel, note.key) == (channel, first):
                        note.pressure = second / 127
            case 0xB:
                return self._control(channel, first, second, time)
            case 0xD:
                self._pressure[channel] = first / 127
            case 0xE:
                value = first + 128 * second - 8192
                self._bend[channel] = value / (8191 if value > 0 else 8192)
                self._last_channel = channel
            case _:
                return False
        return True

    def panic(self) -> None:
        """Let go of every note and put bend and pressure to rest."""
        self._notes.clear()
        self._voices = [None] * VOICES
        self._bend, self._pressure = [0.0] * 16, [0.0] * 16

    def values(self) -> NDArray[np.float32]:
        """The row by now, shape ``(space.size,)``."""
        rows, newest = self._rows, self._notes[-1] if self._notes else None
        self._say("", newest)
        if newest is None and not self.mpe:
            rows["bend"] = self._bend[self._last_channel]
            rows["pressure"] = max(self._pressure)
        for voice, note in enumerate(self._voices if self.mpe else (), start=1):
            self._say(str(voice), note)
            if note is not None:
                rows[f"slide{voice}"] = self._slide[note.channel]
        for number, value in self._cc.items():
            rows[f"cc{number}"] = value
        return np.array([rows[name] for name in self.space.names], dtype=np.float32)

    def _say(self, end: str, note: _Note | None) -> None:
        rows = self._rows
        if note is None:
            rows[f"gate{end}"] = rows[f"pressure{end}"] = 0.0
            return
        rows[f"note{end}"], rows[f"velocity{end}"] = float(note.key), note.velocity
        rows[f"gate{end}"], rows[f"bend{end}"] = 1.0, self._bend[note.channel]
        rows[f"pressure{end}"] = max(note.pressure, self._pressure[note.channel])

    def _strike(self, channel: int, key: int, velocity: float) -> None:
        self._release(channel, key)
        note = _Note(channel, key, velocity)
        if None in self._voices:
            note.voice = self._voices.index(None)
            self._voices[note.voice] = note
        self._notes = [*self._notes[1 - _MOST_NOTES :], note]

    def _release(self, channel: int, key: int) -> None:
        for note in self._notes:
            if (note.channel, note.key) == (channel, key):
                self._notes.remove(note)
                if note.voice is not None:
                    self._voices[note.voice] = None
                return

    def _silence(self, channel: int) -> None:
        """All notes off: of the channel, or of all channels where it leads a zone."""
        for note in list(self._notes):
            if note.channel == channel or channel in self._members:
                self._release(note.channel, note.key)

    def _control(self, channel: int, number: int, value: int, time: float) -> bool:
        controllers = self._controllers[channel]
        if number == 6 and controllers.parameter == _MPE_ZONE and channel in (0, 15):
            return self._zone(channel, value)
        if number == 121:
            self._bend[channel] = self._pressure[channel] = 0.0
        if number in (120, *range(123, 128)):
            self._silence(channel)
        moved = controllers.take(number, value, time)
        if moved is None:
            return number >= 120
        which, amount = moved
        if which == _SLIDE:
            self._slide[channel] = amount
        if which not in self._cc:
            self._cc[which] = amount
            self._cc = dict(sorted(self._cc.items()))
            self._build()
        self._cc[which] = amount
        return True

    def _zone(self, channel: int, members: int) -> bool:
        """An MPE configuration message: how many channels of this zone play notes."""
        if self._asked is not None:
            return False
        self._members[channel] = members
        if not members:
            del self._members[channel]
        if self.mpe != bool(self._members):
            self.mpe = bool(self._members)
            self.panic()
            self._build()
        return True

    def _build(self) -> None:
        axes = _voice_axes("", "")
        for voice in range(1, VOICES + 1) if self.mpe else ():
            axes += _voice_axes(str(voice), f" of voice {voice}")
            axes.append(Axis(f"slide{voice}", 0.0, 1.0, help=f"Controller 74 of voice {voice}."))
        axes += [Axis(f"cc{n}", 0.0, 1.0, help=f"Controller {n}.") for n in self._cc]
        self.space = Space("midi", tuple(axes))
        self._rows = {axis.name: axis.default for axis in axes} | self._rows

    _last_channel = 0
