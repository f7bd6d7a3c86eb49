"""An instrument with its server and its learner, from the first sound to the last."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from cheiron.core.protocols import LiveOutput
from cheiron.engine import priority
from cheiron.outputs.page import PageOutput
from cheiron.studio.live.desk import Desk
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.learner import Learner
from cheiron.studio.live.publisher import Publisher
from cheiron.studio.live.speaker import Wrap
from cheiron.studio.live.supervisor import Supervisor
from cheiron.studio.live.view import View
from cheiron.studio.server.door import Door
from cheiron.studio.server.front import Front
from cheiron.studio.session.state import SessionState
from cheiron.studio.session.store import Session

_log = logging.getLogger(__name__)

PAGE_BLOCK = 256
"""Samples in a message for the page, at least: each one is work for three processes."""


@dataclass(frozen=True)
class Options:
    """How to run.

    Args:
        port: Of the page; a free one when 0.
        trust: Whether ``.ts`` files, which are programs, may run.
        wrap: Put around each sound output, for those who listen in.
    """

    port: int = 0
    trust: bool = False
    wrap: Wrap | None = None


class Live:
    """A running instrument.

    Attributes:
        instrument: What sounds.
        front: The pages.
        learner: Works beside it.
        address: Where the page is, with the token that it needs.
        listening: Set when the server takes pages.
    """

    def __init__(self, session: Session, options: Options) -> None:
        door = Door.open(options.port)
        self.address = door.address
        self.listening = threading.Event()
        self.learner = Learner()
        self.instrument = Instrument(
            session, self._page_output, self.note, options.trust, options.wrap, self.learner.start
        )
        self._view = View(
            self.instrument, lambda: bool(self.front.pages), lambda: self.desk.shelve()
        )
        self.desk = Desk(
            self.instrument, lambda: self.front, self._view, self.learner, self.listening.set
        )
        self.front = Front(self.desk, door)
        self._publisher = Publisher(self._view, self.front.send_json, self.front.send_bytes)
        children = [self.front.child, self.learner.child, self.instrument.phones.child]
        self._supervisor = Supervisor(children, self._gave_up)
        self._door = door

    def start(self, state: SessionState) -> None:
        """Start the processes, then the sound.

        Raises:
            CheironError: If the session's model cannot be played.
        """
        self._supervisor.start()
        self.instrument.state = state
        self.instrument.start()
        self.instrument.adopt()
        self._publisher.start()
        priority.adopt()

    def wait(self, announce: Callable[[str], None]) -> None:
        """Look after the processes until Ctrl-C, SIGTERM or :meth:`finish`; on the main thread.

        Args:
            announce: Told the address once the page can be opened.
        """

        def tell() -> None:
            if self.listening.wait(30):
                announce(self.address)

        threading.Thread(target=tell, daemon=True).start()
        self._supervisor.run()

    def finish(self) -> None:
        """Make :meth:`wait` return; from any thread."""
        self._supervisor.finish()

    def note(self, level: str, text: str) -> None:
        """Tell every page something."""
        self.front.send_json({"type": "note", "level": level, "text": text})

    def stop(self) -> None:
        """Fade out, keep what is to be kept, end the processes."""
        try:
            self._publisher.stop()
            self.instrument.stop()
        finally:
            self._supervisor.stop()
            self._door.close()

    def _page_output(self, block: int) -> LiveOutput:
        return PageOutput(
            self.front.send_bytes,
            block=max(block, PAGE_BLOCK),
            listeners=lambda: len(self.front.pages),
        )

    def _gave_up(self, name: str, sentence: str) -> None:
        _log.error("%s: %s", name, sentence)
        self.note("error", sentence)


@contextmanager
def running(session: Session, state: SessionState, options: Options) -> Generator[Live]:
    """A live instrument, stopped at the end whatever happens.

    Args:
        session: Open; the caller closes it.
        state: What to begin with.
        options: How to run.

    Raises:
        CheironError: If the port is taken or the session's model cannot be played.
    """
    live = Live(session, options)
    try:
        live.start(state)
        yield live
    finally:
        live.stop()
