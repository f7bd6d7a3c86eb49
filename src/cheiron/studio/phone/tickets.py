"""Which phone may play: a token that works once, and a secret for the phone that used it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cheiron.core.errors import CheironError

_REMEMBERED = 64  # used tokens, so that whoever comes late is told why

WRONG = (
    "this code belongs to no instrument that is open here; scan the code that the instrument's "
    "page shows now."
)
USED = (
    "another phone has used this code already; press “Another phone” on the instrument's page and "
    "scan the code that it shows."
)
FORGOTTEN = "this phone is not known any more; scan the code that the instrument's page shows now."


class RefusedError(CheironError):
    """A phone may not come in; the sentence is for its screen."""


@dataclass(frozen=True)
class Admission:
    """A phone may come in.

    Args:
        seat: Which phone it is.
        secret: What it shows when it comes back.
        first: Whether it has used a token, and not come back.
    """

    seat: int
    secret: str
    first: bool


class Tickets:
    """Invitations and who has used them. Nothing is kept but hashes, and nothing on disk.

    One thread at a time calls it.

    >>> tickets = Tickets()
    >>> token = tickets.invite(1)
    >>> phone = tickets.admit(token=token)
    >>> tickets.admit(secret=phone.secret).seat
    1
    >>> tickets.admit(token=token)
    Traceback (most recent call last):
    cheiron.studio.phone.tickets.RefusedError: another phone has used this code already; ...
    """

    def __init__(self) -> None:
        self._invited: dict[int, bytes] = {}
        self._seated: dict[int, bytes] = {}
        self._used: dict[bytes, None] = {}

    def invite(self, seat: int) -> str:
        """A token for one phone; an older one for this seat works no more."""
        token = secrets.token_urlsafe(24)
        self._invited[seat] = _hash(token)
        return token

    def admit(self, token: str = "", secret: str = "") -> Admission:
        """Let a phone in.

        Args:
            token: From the code that it scanned; empty when it comes back.
            secret: What it was given the first time; empty the first time.

        Raises:
            RefusedError: If neither is good; says what the phone's owner can do.
        """
        if secret:
            seat = _find(self._seated, _hash(secret))
            if seat is not None:
                return Admission(seat, secret, first=False)
        if not token:
            raise RefusedError(FORGOTTEN if secret else WRONG)
        shown = _hash(token)
        seat = _find(self._invited, shown)
        if seat is None:
            raise RefusedError(USED if shown in self._used else WRONG)
        del self._invited[seat]
        self._used[shown] = None
        while len(self._used) > _REMEMBERED:
            del self._used[next(iter(self._used))]
        fresh = secrets.token_urlsafe(24)
        self._seated[seat] = _hash(fresh)
        return Admission(seat, fresh, first=True)

    def is_seated(self, seat: int) -> bool:
        """Has a phone used the token of this seat?"""
        return seat in self._seated

    def revoke(self, seat: int) -> None:
        """Neither token nor secret of this seat work any more."""
        self._invited.pop(seat, None)
        self._seated.pop(seat, None)


def _hash(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "replace")).digest()


def _find(places: dict[int, bytes], wanted: bytes) -> int | None:
    """Which seat a hash belongs to; looks at all of them, however soon it is found."""
    found = None
    for seat, kept in places.items():
        if hmac.compare_digest(kept, wanted):
            found = seat
    return found
