"""MIDI controllers: 7 bits, or 14 bits in two messages, and registered parameters."""

from dataclasses import dataclass, field

_ADJACENT = 0.010  # seconds between the two halves of one value
_CERTAIN = 3  # adjacent halves after which a lone lower half is one, too
_RPN = (100, 101)
_NRPN = (98, 99)
_ENTRY = (6, 38)
NO_AXIS = frozenset({0, 32, *_ENTRY, 96, 97, *_NRPN, *_RPN, *range(120, 128)})
"""Controllers that are no knobs: bank, data entry, parameter numbers, channel modes."""

UNSET = (127, 127)


@dataclass
class _Pair:
    high: int = 0
    value: int = 0
    certain: int = 0


@dataclass
class Controllers:
    """The controllers of one channel, as numbers from 0 to 1.

    Controllers 32 to 63 are the lower halves of 0 to 31 where they follow them at once, as
    senders of 14 bits do; elsewhere, as on many simple controllers, they are knobs of their own.
    Between the two halves of a value the lower one is taken as the nearest to where the knob came
    from, so a slow turn never jumps back.

    >>> controllers = Controllers()
    >>> controllers.take(1, 64, 0.0), controllers.take(33, 0, 0.001), controllers.take(70, 127, 1.0)
    ((1, 0.5039370078740157), (1, 0.5000305194408838), (70, 1.0))
    """

    parameter: tuple[int, int] = UNSET
    """The registered parameter that data entry is for."""
    _pairs: dict[int, _Pair] = field(default_factory=dict[int, _Pair])
    _last: tuple[int, float] = (-1, 0.0)

    def take(self, number: int, value: int, time: float) -> tuple[int, float] | None:
        """Take a message; the controller that it moves and its value, or None where it is no knob.

        Args:
            number: Controller, 0 to 127.
            value: 0 to 127.
            time: When, in seconds.
        """
        before, self._last = self._last, (number, time)
        if number in _RPN:
            most, least = self.parameter
            self.parameter = (most, value) if number == _RPN[0] else (value, least)
        elif number in _NRPN:
            self.parameter = UNSET
        if number in NO_AXIS:
            return None
        if number < 32:
            return number, self._upper(number, value)
        if number < 64:
            pair = self._pairs.get(number - 32)
            follows = before[0] == number - 32 and time - before[1] <= _ADJACENT
            if pair is not None and (follows or pair.certain >= _CERTAIN):
                pair.certain += follows
                pair.value = pair.high * 128 + value
                return number - 32, pair.value / 16383
        return number, value / 127

    def _upper(self, number: int, value: int) -> float:
        pair = self._pairs.setdefault(number, _Pair())
        rising = value * 128 > pair.value
        pair.high = value
        if not pair.certain:
            pair.value = value * 128
            return value / 127
        if value != pair.value // 128:
            pair.value = value * 128 + (0 if rising else 127)
        return pair.value / 16383
