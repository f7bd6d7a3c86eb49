"""The phones as the engine sees them: who may come in, and where what they say goes."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cheiron.core.errors import CheironError
from cheiron.sources.phone import PhoneSource
from cheiron.studio.live.link import Link
from cheiron.studio.live.supervisor import Child
from cheiron.studio.phone.addresses import chosen_address, local_addresses
from cheiron.studio.phone.process import serve
from cheiron.studio.phone.tickets import Admission, RefusedError, Tickets
from cheiron.studio.phone.wire import TO_PHONES, pack, unpack

if TYPE_CHECKING:
    from cheiron.studio.phone.certificate import Certificate

PORT = 8443
"""Where phones are let in, or at any free port where this one is taken."""

_NICE = 5
_CLOSED = "the player has closed this phone; press “Another phone” on the instrument's page."
_ELSEWHERE = "the player has asked for another phone in this one's place."

WHY = {
    "asleep": "the phone sleeps or shows something else; wake it and go back to its page.",
    "refused": "the phone may not use its motion sensors; its page says how to allow them.",
    "without": "the phone's browser gives no motion; try another browser or another phone.",
    "quiet": "the phone is there but sends no movement; touch its page once.",
    "lost": "the phone does not answer; it comes back by itself once it is in the network again.",
    "gone": "the phone has left the network or closed its page; it comes back by itself with it.",
    "server": "the way to the phones broke off; it is made anew.",
}
"""Why a phone's axes are undefined, in a sentence for the player."""


@dataclass
class _Open:
    """An open door."""

    host: str
    port: int
    certificate: "Certificate"
    listening: bool = False


@dataclass
class _Seat:
    """What the page shows of one phone."""

    token: str = ""
    page: int | None = None
    state: str = ""
    picture: tuple[str, str] = field(default=("", ""))


class House:
    """Lets phones in while the player wants it, and hands what they say to their sources.

    Nothing listens until :meth:`open`; then a process of its own does, at one address, over TLS.
    A phone comes in with a token that works once, or comes back with the secret that it got then.

    Threads: :meth:`open`, :meth:`close` and :meth:`invite` by the one that obeys commands,
    :meth:`to_json` by the one that publishes, the rest by the link's reader thread.

    Args:
        seats: The phone sources that are open, by their names.
        folder: Where the certificate is kept.
        page: Folder of the built pages.
        changed: Called when :meth:`to_json` says something new.
    """

    def __init__(
        self,
        seats: Callable[[], Mapping[str, PhoneSource]],
        folder: Path,
        page: Path,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._sources, self._folder, self._page = seats, folder, page
        self._changed = changed
        self._lock = threading.Lock()
        self._tickets = Tickets()
        self._seats: dict[int, _Seat] = {}
        self._pages: dict[int, int] = {}
        self._open: _Open | None = None
        self.problem = ""
        """Why no phone can come in though it is open; empty when one can."""
        self.link = Link(TO_PHONES, self._receive, self._attached, self._lost)
        self.child = Child("phones", serve, (), self.link, _NICE, lambda: self._open is not None)
        """For the supervisor."""

    @property
    def address(self) -> str:
        """What a phone opens, without a token; empty while it cannot."""
        door = self._open
        return f"https://{door.host}:{door.port}/" if door and door.listening else ""

    @property
    def certificate(self) -> "Certificate | None":
        """What phones are shown; None while nothing is open."""
        return self._open.certificate if self._open else None

    def open(self, host: str = "", port: int = PORT) -> None:
        """Let phones in.

        Args:
            host: The address of this computer to be reached at; the usual one when empty.
            port: Where; a free one when it is 0 or taken.

        Raises:
            CheironError: If there is no such address, or the certificate cannot be written.
        """
        # Here, since it takes a moment and most players never ask for it.
        from cheiron.studio.phone.certificate import own_certificate

        host = chosen_address(host)
        names = tuple(dict.fromkeys([host, *local_addresses(), "127.0.0.1", "localhost"]))
        certificate = own_certificate(self._folder, names)
        if self._open is not None and self._open.host == host:
            return
        self.close()
        self.problem = ""
        self._open = _Open(host, port, certificate)
        self._changed()

    def close(self) -> None:
        """Let nobody in, and show out who is there; a second call does nothing."""
        door, self._open = self._open, None
        if door is None:
            return
        self.link.send("text", pack("close"))
        with self._lock:
            self._tickets = Tickets()
            self._seats.clear()
            self._pages.clear()
        for source in self._sources().values():
            source.leave("")
        self._changed()

    def invite(self, seat: int) -> None:
        """Another phone may have this seat; whoever has it now loses it.

        Raises:
            CheironError: If the house is closed or no source has this seat.
        """
        if self._open is None:
            raise CheironError("no phone can come in; open the instrument to phones first.")
        if seat not in [source.seat for source in self._sources().values()]:
            raise CheironError(f"there is no phone source with the seat {seat}; add a phone first.")
        with self._lock:
            self._tickets.revoke(seat)
            place = self._seats.pop(seat, _Seat())
            self._pages.pop(place.page if place.page is not None else -1, None)
        if place.page is not None:
            self._dismiss(place.page, _ELSEWHERE)
        source = self._source(seat)
        if source is not None:  # what the first phone held down is let go
            source.leave("")
        self._changed()

    def token(self, seat: int) -> str:
        """The token that one phone may use for a seat; empty once it is used."""
        with self._lock:
            return self._place(seat).token

    def to_json(self) -> dict[str, Any]:
        """What pages see; protocol.ts calls it Phones."""
        door, address = self._open, self.address
        addresses = list(local_addresses()) if door is None else [door.host]
        return {
            "open": door is not None,
            "address": address,
            "addresses": addresses,
            "fingerprint": door.certificate.fingerprint if door else "",
            "problem": self.problem,
            "seats": [
                self._seat_json(name, source.seat, address)
                for name, source in self._sources().items()
            ],
        }

    def _seat_json(self, name: str, seat: int, address: str) -> dict[str, Any]:
        with self._lock:
            place = self._place(seat)
            link = f"{address}#{place.token}" if address and place.token else ""
            if place.picture[0] != link:
                place.picture = link, _picture(link) if link else ""
        return {
            "seat": seat,
            "source": name,
            "link": link,
            "picture": place.picture[1],
            "here": place.page is not None,
            "known": self._tickets.is_seated(seat),
            "state": place.state,
        }

    def _place(self, seat: int) -> _Seat:
        """A seat with an invitation, unless a phone has it; called under the lock."""
        place = self._seats.setdefault(seat, _Seat())
        if self._open and not place.token and not self._tickets.is_seated(seat):
            place.token = self._tickets.invite(seat)
        return place

    def _dismiss(self, page: int, why: str) -> None:
        self.link.send("text", pack("dismiss", page=page, message=why))

    def _source(self, seat: int) -> PhoneSource | None:
        return next((s for s in self._sources().values() if s.seat == seat), None)

    # What follows is called by the link's threads.

    def _attached(self) -> None:
        door = self._open
        if door is not None:
            message = pack(
                "open",
                host=door.host,
                port=door.port,
                hosts=list(door.certificate.hosts),
                certificate=str(door.certificate.path.absolute()),
                page=str(self._page),
            )
            self.link.send("open", message)

    def _lost(self, _: str) -> None:
        with self._lock:
            self._pages.clear()
            for place in self._seats.values():
                place.page = None
        door = self._open
        if door is not None:
            door.listening = False
            for source in self._sources().values():
                source.leave(WHY["server"])
        self._changed()

    def _receive(self, raw: bytes) -> None:
        message = unpack(raw)
        match message["kind"]:
            case "motion":
                self._motion(message)
            case "knock":
                self._knock(message["page"], message["token"], message["secret"])
            case "state":
                self._state(message["page"], message["state"])
            case "gone":
                self._gone(message["page"])
            case "listening":
                self._listening(message["port"])
            case _:
                self._failed(message)

    def _motion(self, message: dict[str, Any]) -> None:
        page = message["page"]
        seat = self._pages.get(page, 0)
        source = self._source(seat)
        if source is None:
            self._dismiss(page, _CLOSED)
            return
        trip = message["trip"]
        known = {} if trip is None else {"trip": float(trip)}
        was = source.away
        source.push(message["samples"], message["arrival"], button=message["button"], **known)
        if page not in self._pages:  # it was shown out meanwhile
            source.leave("")
            return
        place = self._seats.get(seat)
        if was and place is not None:
            place.state = "live"
            self._changed()

    def _knock(self, page: int, token: str, secret: str) -> None:
        try:
            admission, name, source = self._admit(token, secret)
        except RefusedError as error:
            self.link.send("text", pack("answer", page=page, ok=False, message=str(error)))
            return
        with self._lock:
            place = self._seats.setdefault(admission.seat, _Seat())
            before, place.page = place.page, page
            place.token, place.state = "", "here"
            self._pages.pop(before if before is not None else -1, None)
            self._pages[page] = admission.seat
        source.come()
        answer = pack("answer", page=page, ok=True, secret=admission.secret, name=name)
        self.link.send("text", answer)
        self._changed()

    def _admit(self, token: str, secret: str) -> tuple[Admission, str, PhoneSource]:
        """Whom a phone plays; of a secret whose source was closed only the token is left.

        Raises:
            RefusedError: If it plays nobody.
        """
        with self._lock:
            admission = self._tickets.admit(token, secret)
        for name, source in self._sources().items():
            if source.seat == admission.seat:
                return admission, name, source
        with self._lock:
            self._tickets.revoke(admission.seat)
        if token and not admission.first:
            return self._admit(token, "")
        raise RefusedError(_CLOSED)

    def _state(self, page: int, state: str) -> None:
        seat = self._pages.get(page)
        source = self._source(seat) if seat is not None else None
        place = self._seats.get(seat) if seat is not None else None
        if source is None or place is None:
            return
        place.state = state
        if state in WHY:
            source.leave(WHY[state])
        self._changed()

    def _gone(self, page: int) -> None:
        seat = self._pages.pop(page, None)
        place = self._seats.get(seat) if seat is not None else None
        if seat is None or place is None or place.page != page:
            return
        place.page, place.state = None, "gone"
        source = self._source(seat)
        if source is not None:
            source.leave(WHY["gone"])
        self._changed()

    def _listening(self, port: int) -> None:
        door = self._open
        if door is not None:
            door.port, door.listening, self.problem = port, True, ""
        self._changed()

    def _failed(self, message: dict[str, Any]) -> None:
        self.problem = (
            f"phones cannot be let in at {message['host']}:{message['port']} "
            f"({str(message['why']).lower()}); close it and open it again."
        )
        self._changed()


def _picture(link: str) -> str:
    """A QR code as an image that a page can show."""
    import segno

    return segno.make(link, error="m", micro=False).svg_data_uri(
        scale=4, border=4, dark="#000", light="#fff"
    )
