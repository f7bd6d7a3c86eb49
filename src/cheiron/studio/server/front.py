"""The server as the engine sees it: messages to pages, gestures and commands from pages."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cheiron.core.errors import CheironError
from cheiron.studio.live.link import Link
from cheiron.studio.live.supervisor import Child
from cheiron.studio.server.door import Door
from cheiron.studio.server.envelope import TO_PAGES, Kind, lane_of, pack, unpack
from cheiron.studio.server.files import built_page
from cheiron.studio.server.process import Settings, serve

if TYPE_CHECKING:
    from cheiron.models.landmarks import Landmarks

_NICE = 5
_SCOPE = 1  # first byte of such a message, see protocol.ts
_KINDS = {"state": Kind.STATE, "moment": Kind.MOMENT}
_FAULT = "something went wrong inside the instrument; the terminal says what."
_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who understands what pages say; called by the link's reader thread, one call at a time."""

    def listening(self) -> None:
        """The server takes pages, for the first time or again."""
        ...

    def opened(self, page: int) -> None:
        """A page with the right token has come."""
        ...

    def closed(self, page: int) -> None:
        """A page has gone, or the server with all its pages: release what it touched."""
        ...

    def gesture(self, page: int, message: dict[str, Any]) -> None:
        """A ``pointer``, ``keys`` or ``ping`` as protocol.ts has it."""
        ...

    def command(self, page: int, message: dict[str, Any]) -> Literal["later"] | None:
        """Any other message of protocol.ts.

        Returns:
            None when it is done; ``"later"`` when the listener will send the reply itself.

        Raises:
            CheironError: If it cannot be done; the page is told the sentence.
        """
        ...


class Front:
    """Speaks with every open page, through the server process.

    Threads: the senders may be called from any thread and never wait; what a stalled server does
    not take is lost (moments, scope, sound) or replaced by newer (state). The listener is called
    by the link's reader thread.

    Args:
        listener: Who understands the pages.
        door: Where the server listens; it stays open while a server that died is replaced.
        page: Folder of the built page; the one inside the package when absent.
    """

    def __init__(self, listener: Listener, door: Door, page: Path | None = None) -> None:
        self._listener, self._door = listener, door
        self._pages: frozenset[int] = frozenset()
        self._kept: dict[Kind, bytes] = {}
        self.link = Link(TO_PAGES, self._receive, self._attached, self._lost)
        settings = Settings(door.port, door.token, str(page or built_page()))
        self.child = Child("server", serve, (door.socket, settings), self.link, _NICE)
        """For the supervisor."""

    @property
    def pages(self) -> frozenset[int]:
        """Numbers of the open pages."""
        return self._pages

    def send_json(self, message: Mapping[str, Any], page: int = 0) -> None:
        """Send a ``state``, ``moment``, ``note``, ``reply`` or ``pong``.

        The latest ``state`` is kept: every new page gets it first, also from a new server.

        Args:
            message: As protocol.ts has it, finite numbers only.
            page: Which page; 0 for all.

        Raises:
            ValueError: If it holds what JSON does not.
        """
        kind = _KINDS.get(message["type"], Kind.TEXT)
        if kind is Kind.MOMENT and not self._pages:
            return
        text = json.dumps(message, separators=(",", ":"), allow_nan=False)
        self._send(kind, text.encode(), page)

    def send_bytes(self, message: bytes) -> None:
        """Send a binary message of protocol.ts to every page: scope or sound."""
        if self._pages:
            self._send(Kind.SCOPE if message[0] == _SCOPE else Kind.SOUND, message)

    def shelve(
        self, landmarks: "Landmarks | None", artifact: Path | None, takes: Mapping[str, Path]
    ) -> None:
        """Say what pages may fetch; call it again when the model or the takes have changed.

        Args:
            landmarks: Of the model that is played.
            artifact: Where that model is, from which the server reads the previews.
            takes: Sound file of each take by its name; nothing else can be fetched.
        """
        shelf = {
            "landmarks": describe_landmarks(landmarks),
            "latents": 0 if landmarks is None else int(landmarks.z.shape[1]),
            "artifact": "" if artifact is None else str(artifact.absolute()),
            "takes": {name: str(path.absolute()) for name, path in takes.items()},
        }
        self._send(Kind.SHELF, json.dumps(shelf).encode())

    def _send(self, kind: Kind, payload: bytes, page: int = 0) -> None:
        message = pack(kind, payload, page)
        if kind in (Kind.STATE, Kind.SHELF):
            self._kept[kind] = message
        self.link.send(lane_of(kind), message)

    def _attached(self) -> None:
        for kind, message in self._kept.copy().items():
            self.link.send(lane_of(kind), message)

    def _lost(self, reason: str) -> None:
        pages, self._pages = self._pages, frozenset()
        for page in sorted(pages):
            self._listener.closed(page)

    def _receive(self, message: bytes) -> None:
        kind, page, payload = unpack(message)
        match kind:
            case Kind.GESTURE:
                self._listener.gesture(page, json.loads(payload))
            case Kind.COMMAND:
                self._command(page, json.loads(payload))
            case Kind.OPENED:
                self._pages |= {page}
                self._listener.opened(page)
            case Kind.CLOSED:
                self._pages -= {page}
                self._listener.closed(page)
            case Kind.LISTENING:
                self._listener.listening()
            case _:
                raise ValueError(f"a server sends no {kind.name}")

    def _command(self, page: int, message: dict[str, Any]) -> None:
        reply: dict[str, Any] = {"type": "reply", "id": message["id"], "ok": True}
        try:
            if self._listener.command(page, message) == "later":
                return
        except CheironError as error:
            reply |= {"ok": False, "message": str(error)}
        except Exception:
            self.send_json(reply | {"ok": False, "message": _FAULT}, page)
            raise
        self.send_json(reply, page)


def describe_landmarks(landmarks: "Landmarks | None") -> list[dict[str, Any]]:
    """Landmarks for the map: place in [0, 1], name, and the descriptors that are defined."""
    if landmarks is None:
        return []
    rows = zip(
        landmarks.position.tolist(), landmarks.descriptors.tolist(), landmarks.sources, strict=True
    )
    names = landmarks.names
    return [
        {
            "x": round(x, 5),
            "y": round(y, 5),
            "name": source or "silence",
            "descriptors": {
                name: round(value, 4)
                for name, value in zip(names, values, strict=True)
                if value - value == 0.0  # neither NaN nor infinite
            },
        }
        for (x, y), values, source in rows
    ]
