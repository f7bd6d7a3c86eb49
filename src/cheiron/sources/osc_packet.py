"""What is in an OSC datagram: the newest message of each address, numbers only."""

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pythonosc.osc_message import OscMessage, ParseError

_BUNDLE = b"#bundle\x00"
_DEPTH = 8  # bundles inside bundles
_ELEMENTS = 256  # messages of one datagram; a flood of empty ones is no gesture
_ADDRESS = 128  # bytes of an address; longer ones are nobody's axis
_NUMBERS = 32  # arguments of a message that are looked at
_TAGS = frozenset(b"ifdhTFsbrmtN[]")  # what python-osc reads
_LARGEST = float(struct.unpack(">f", b"\x7f\x7f\xff\xff")[0])
_SECONDS_1900 = 2_208_988_800  # from 1900, where NTP begins, to 1970


class MalformedError(Exception):
    """A datagram that is not OSC; counted by the source, seen by nobody else."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A message that has not been read yet.

    Args:
        address: Its address, as sent.
        stamp: Unix seconds of the bundle it came in; None where there is no such time.
        datagram: The bytes of the message.
    """

    address: bytes
    stamp: float | None
    datagram: bytes


def messages(datagram: bytes) -> list[Raw]:
    r"""The messages of a datagram in order, those of nested bundles included.

    python-osc reads the messages themselves, see :func:`numbers`; the bundles around them are
    walked here, since it loops for ever on an element of negative length.

    Raises:
        MalformedError: If it is no OSC packet.

    >>> [raw.address for raw in messages(b"/a\x00\x00,i\x00\x00\x00\x00\x00\x01")]
    [b'/a']
    """
    found = list(_walk(datagram, None, 0))
    if len(found) > _ELEMENTS:
        raise MalformedError("too many elements")
    return found


def _walk(datagram: bytes, stamp: float | None, depth: int) -> Iterator[Raw]:
    if datagram[:1] == b"/":
        end = datagram.find(b"\x00", 0, _ADDRESS + 1)
        if end < 0:
            raise MalformedError("an address without an end")
        yield Raw(datagram[:end], stamp, datagram)
        return
    if datagram[:8] != _BUNDLE or len(datagram) < 16 or depth > _DEPTH:
        raise MalformedError("neither a message nor a bundle")
    stamp = _stamp(datagram[8:16])
    at = 16
    while at < len(datagram):
        size = int.from_bytes(datagram[at : at + 4], "big")
        at += 4
        if size <= 0 or size % 4 or at + size > len(datagram):
            raise MalformedError("an element longer than its bundle")
        yield from _walk(datagram[at : at + size], stamp, depth + 1)
        at += size


def _stamp(tag: bytes) -> float | None:
    """Unix seconds of a time tag; None for *immediately* and for no time at all."""
    seconds, fraction = struct.unpack(">II", tag)
    return seconds - _SECONDS_1900 + fraction / 2**32 if seconds else None


def numbers(datagram: bytes) -> list[float]:
    r"""The arguments of a message as numbers: NaN for what is no finite number of float32.

    Booleans are 0 and 1, the numbers of an array follow each other, at most 32 are looked at.

    Raises:
        MalformedError: If it is no OSC message.

    >>> numbers(b"/a\x00\x00,iTs\x00\x00\x00\x00\x00\x00\x00\x07no\x00\x00")
    [7.0, 1.0, nan]
    """
    comma = datagram.find(b"\x00") // 4 * 4 + 4
    end = datagram.find(b"\x00", comma)
    if comma < len(datagram) and (end < 0 or not _TAGS.issuperset(datagram[comma + 1 : end])):
        raise MalformedError("a type that OSC does not have")
    try:
        found = [_number(value) for value in _flat(OscMessage(datagram).params, 0)]
    except (ParseError, ValueError, IndexError, OverflowError, struct.error) as error:
        raise MalformedError(str(error)) from error
    return found[:_NUMBERS]


def _flat(values: Iterable[object], depth: int) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):
            if depth > _DEPTH:
                raise MalformedError("arrays inside arrays")
            yield from _flat(value, depth + 1)  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield value


def _number(value: object) -> float:
    if not isinstance(value, bool | int | float):
        return math.nan
    number = float(value)
    return number if abs(number) <= _LARGEST else math.nan
