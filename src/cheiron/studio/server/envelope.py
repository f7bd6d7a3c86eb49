"""What the engine and the server put around each message on their pipe.

One byte of kind, four of page number (0: every page), then the payload: JSON in UTF-8, or a binary
message for the page as it is.
"""

import struct
from enum import IntEnum

from cheiron.studio.live.lanes import Lane

_HEAD = struct.Struct("<BI")


class Kind(IntEnum):
    """What the payload is."""

    # engine to server, for the pages
    STATE = 1
    MOMENT = 2
    TEXT = 3
    SCOPE = 4
    SOUND = 5
    # engine to server, for itself
    SHELF = 6
    # server to engine
    LISTENING = 16
    OPENED = 17
    CLOSED = 18
    GESTURE = 19
    COMMAND = 20


LANE_OF = {
    Kind.STATE: "state",
    Kind.MOMENT: "moment",
    Kind.TEXT: "text",
    Kind.SCOPE: "scope",
    Kind.SOUND: "sound",
    Kind.SHELF: "shelf",
    Kind.GESTURE: "gesture",
}
"""The lane of each kind; ``"text"``, which loses nothing, for the others."""

TO_PAGES = (
    Lane("state", 1),  # a newer state says everything that an older one said
    Lane("moment", 2),
    Lane("text", 1024, lossy=False),
    Lane("scope", 1),
    Lane("sound", 48),  # 128 ms at 128 samples and 48 kHz
    Lane("shelf", 1),
)
"""From the engine to the server, and from the server to each page."""

TO_ENGINE = (Lane("gesture", 1024), Lane("text", 4096, lossy=False))


def pack(kind: Kind, payload: bytes = b"", page: int = 0) -> bytes:
    """A message for the pipe.

    >>> unpack(pack(Kind.TEXT, b"{}", page=3)) == (Kind.TEXT, 3, b"{}")
    True
    """
    return _HEAD.pack(kind, page) + payload


def unpack(message: bytes) -> tuple[Kind, int, bytes]:
    """Kind, page and payload of a message from the pipe.

    Raises:
        ValueError: If it is none.
    """
    if len(message) < _HEAD.size:
        raise ValueError(f"a message of {len(message)} bytes has no head")
    kind, page = _HEAD.unpack_from(message)
    return Kind(kind), page, message[_HEAD.size :]


def lane_of(kind: Kind) -> str:
    """The lane that a kind travels in."""
    return LANE_OF.get(kind, "text")
