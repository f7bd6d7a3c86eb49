"""Tells the pages what is going on, sixty times a second."""

import logging
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from cheiron.core.hearing import WINDOW
from cheiron.engine import priority
from cheiron.engine.runner import Moment
from cheiron.studio.live.meters import Meters

RATE = 60.0
"""Moments a second while a page looks."""

_IDLE_RATE = 20.0  # a second while none does: followers, learning and recording still want to know
_FIGURES_EVERY, _SOURCES_EVERY, _TIDY_EVERY = 0.5, 0.1, 5.0  # seconds
_SCOPE_EVERY = 1 / 30
_HEAD = struct.Struct("<BxxxIIxxxx")
_SCOPE, _SCOPE_SAMPLES = 1, 1024

_log = logging.getLogger(__name__)


class Stage(Protocol):
    """What the publisher looks at; every call comes from its thread."""

    def look(self, figures: bool, sources: bool) -> tuple[Moment, dict[str, Any]]:
        """The latest tick, and the ``moment`` message of it, with what is wanted besides."""
        ...

    def scope(self, samples: int) -> tuple[bytes, int]:
        """The latest samples as float32 bytes, and their rate."""
        ...

    def watch(self, moment: Moment) -> None:
        """Do what has to be done often, such as telling followers."""
        ...

    def watched(self) -> bool:
        """Whether any page looks."""
        ...

    def state_if_new(self) -> dict[str, Any] | None:
        """The ``state`` message, if it changed since the last call."""
        ...

    def tidy(self) -> None:
        """Free what is no longer used."""
        ...


class Publisher:
    """A thread of its own; it may be late without harm.

    Args:
        stage: What to look at.
        send_json: Takes messages; never waits.
        send_bytes: Takes binary messages; never waits.
    """

    def __init__(
        self,
        stage: Stage,
        send_json: Callable[[dict[str, Any]], None],
        send_bytes: Callable[[bytes], None],
    ) -> None:
        self._stage, self._send_json, self._send_bytes = stage, send_json, send_bytes
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._figures_due = self._sources_due = self._tidy_due = self._scope_due = 0.0
        self._scopes = 0
        self._meters = Meters()

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; a second call does nothing."""
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        priority.prefer()
        due = time.monotonic()
        failed = False
        while not self._over.wait(max(0.0, due - time.monotonic())):
            watched = self._stage.watched()
            due = max(due + 1.0 / (RATE if watched else _IDLE_RATE), time.monotonic())
            try:
                self._publish(watched)
            except Exception:  # a picture that fails must not end all pictures
                if not failed:
                    _log.exception("a moment could not be published")
                failed = True

    def _publish(self, watched: bool) -> None:
        now = time.monotonic()
        figures, sources = now >= self._figures_due, now >= self._sources_due
        if figures:
            self._figures_due = now + _FIGURES_EVERY
        if sources:
            self._sources_due = now + _SOURCES_EVERY
        moment, message = self._stage.look(figures and watched, sources and watched)
        self._stage.watch(moment)
        state = self._stage.state_if_new()
        if state is not None:
            self._send_json(state)
        if watched:
            if self._meters.due(now):
                self._meters.look(now, *self._stage.scope(WINDOW))
            self._send_json({**message, "descriptors": self._meters.last})
            if now >= self._scope_due:
                self._scope_due = max(self._scope_due + _SCOPE_EVERY, now)
                self._send_scope()
        if now >= self._tidy_due:
            self._tidy_due = now + _TIDY_EVERY
            self._stage.tidy()

    def _send_scope(self) -> None:
        samples, rate = self._stage.scope(_SCOPE_SAMPLES)
        self._scopes = (self._scopes + 1) & 0xFFFFFFFF
        self._send_bytes(_HEAD.pack(_SCOPE, self._scopes, rate) + samples)
