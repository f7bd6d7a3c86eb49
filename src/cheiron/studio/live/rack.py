"""The sources that are open, kept as the session's state wants them."""

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Source
from cheiron.engine.fusion import Fusion
from cheiron.sources import SOURCES
from cheiron.sources.phone import PhoneSource
from cheiron.studio.live.changes import source_names
from cheiron.studio.live.player import Player
from cheiron.studio.session.state import SourceChoice

HELP = {
    "pointer": "A mouse, a pen or up to five fingers on the map.",
    "keys": "The computer keyboard.",
    "phone": "The movement of a phone, through a page that it opens.",
    "hands": "Both hands before a camera, which the page watches.",
    "comote": "The movement of a phone, from the app CoMote.",
    "osc": "Open Sound Control over UDP, from phones, sensors and other programs.",
    "midi": "MIDI keyboards and controllers, also MPE.",
    "audio": "A microphone or line in: its sound becomes the point that moves.",
    "replay": "A recorded gesture.",
}
"""What each kind of source is, for people."""

FROM_PAGES = ("pointer", "keys", "hands")
"""Sources that the page feeds."""


_INSTEAD = "replay of a take"


def _nothing() -> None:
    """What a source does in a panic that holds nothing."""


class PageSource(Protocol):
    """A source that pages feed."""

    def push(self, message: dict[str, Any], now: float, page: str = "") -> bool:
        """Take one message of a page."""
        ...

    def release_all(self, page: str | None = None, now: float | None = None) -> None:
        """Let go of everything that a page touched."""
        ...


@dataclass
class Rack:
    """Opens and closes sources; a source that cannot be opened is kept with its problem.

    :meth:`follow` is called by the conductor's thread, :meth:`push` and :meth:`left` by the
    link's, :meth:`problem` by the publisher's.

    Args:
        fusion: Where open sources go.
    """

    fusion: Fusion
    problems: dict[str, str] = field(default_factory=dict[str, str])
    _choices: dict[str, SourceChoice] = field(default_factory=dict[str, SourceChoice])
    _open: dict[str, Source] = field(default_factory=dict[str, Source])
    _fed: Mapping[str, PageSource] = field(default_factory=dict[str, PageSource])
    _phones: Mapping[str, PhoneSource] = field(default_factory=dict[str, PhoneSource])
    _instead: Source | None = None

    def follow(self, wanted: tuple[SourceChoice, ...], player: Player | None) -> None:
        """Open what is missing and close what is not wanted any more.

        Args:
            wanted: In order.
            player: For sources that need a model; they are opened again when it changes.
        """
        named = dict(zip(source_names(wanted), wanted, strict=True))
        for name in [n for n, c in self._choices.items() if named.get(n) != c]:
            self._close(name)
        for name, choice in named.items():
            if name not in self._choices:
                self._choices[name] = choice
                self._start(name, choice, player)
        self._fed = {n: s for n, s in self._open.items() if n in FROM_PAGES}  # type: ignore[misc]
        kinds = {n: c.kind for n, c in self._choices.items()}
        self._phones = {n: s for n, s in self._open.items() if kinds[n] == "phone"}  # type: ignore[misc]

    def again(self, kind: str, player: Player | None) -> None:
        """Close and open all of a kind: what they were made with has changed."""
        for name, choice in list(self._choices.items()):
            if choice.kind == kind:
                self._close(name)
                self._choices[name] = choice
                self._start(name, choice, player)

    def push(self, page: int, message: dict[str, Any], now: float) -> None:
        """Give a page's gesture to its source, if it is open."""
        source = self._fed.get(message["type"])
        if source is not None:
            source.push(message, now, str(page))

    def left(self, page: int, now: float) -> None:
        """Release what a page that has gone was touching."""
        for source in self._fed.values():
            source.release_all(str(page), now)

    def problem(self, name: str) -> str:
        """Why a source does not work, in a sentence; empty when it does."""
        try:
            return self.problems.get(name) or self.fusion.problem(name)
        except CheironError:  # it has just been closed, or a replay stands in for it
            return ""

    def suspend(self, instead: Source) -> None:
        """Let one source stand in for all others; they stay open."""
        for name in self.fusion.names:
            self.fusion.remove(name)
        self._instead = instead
        instead.open()
        self.fusion.add(_INSTEAD, instead)

    def resume(self) -> None:
        """Listen to the others again."""
        instead, self._instead = self._instead, None
        if instead is not None:
            self.fusion.remove(_INSTEAD)
            instead.close()
            for name, source in self._open.items():
                self.fusion.add(name, source)

    def panic(self) -> None:
        """Let go of everything that is touched or held down."""
        now = time.monotonic()
        for source in self._fed.values():
            source.release_all(None, now)
        for source in self._open.values():
            getattr(source, "panic", _nothing)()

    def phones(self) -> Mapping[str, PhoneSource]:
        """The open phone sources by name; any thread may ask."""
        return self._phones

    def source(self, name: str) -> Source | None:
        """An open source."""
        return self._open.get(name)

    def choices(self) -> dict[str, SourceChoice]:
        """The wanted sources by name, open or not."""
        return self._choices.copy()

    def close(self) -> None:
        """Close all."""
        for name in list(self._choices):
            self._close(name)

    def _start(self, name: str, choice: SourceChoice, player: Player | None) -> None:
        try:
            source = make_source(choice, player)
            _opened(source, choice)
        except CheironError as error:
            self.problems[name] = str(error)
            return
        self.problems.pop(name, None)
        self._open[name] = source
        if self._instead is None:
            self.fusion.add(name, source)

    def _close(self, name: str) -> None:
        self._choices.pop(name, None)
        self.problems.pop(name, None)
        source = self._open.pop(name, None)
        if source is not None:
            if self._instead is None:
                self.fusion.remove(name)
            source.close()


def make_source(choice: SourceChoice, player: Player | None) -> Source:
    """A source that is not open yet.

    Raises:
        CheironError: If its kind or a setting is unknown, or it needs what is not there.
    """
    if choice.kind not in SOURCES:
        raise CheironError(
            f"there is no source {choice.kind!r}; choose one of {', '.join(SOURCES)}."
        )
    inner = sorted(_INNER & choice.settings.keys())
    if inner:
        raise _unusable(choice, f"{inner[0]} is no setting")
    module, name = SOURCES[choice.kind].split(":")
    kind = getattr(importlib.import_module(module), name)
    make = _MAKERS.get(choice.kind, _plain)
    try:
        return make(kind, dict(choice.settings), player)
    except _MISFITS as error:
        raise _unusable(choice, error) from error


_INNER = {"backend", "clock", "device_input"}  # arguments for tests, nobody's settings
# What settings of another type lead to.
_MISFITS = (TypeError, ValueError, AttributeError, OverflowError)


def _opened(source: Source, choice: SourceChoice) -> None:
    """Open it; settings come from pages and from files that people edit."""
    try:
        source.open()
    except _MISFITS as error:
        raise _unusable(choice, error) from error


def _unusable(choice: SourceChoice, why: object) -> CheironError:
    return CheironError(
        f"the source {choice.kind} cannot be opened with {dict(choice.settings)} ({why}); "
        "close it and add it again."
    )


_Maker = Callable[[Any, dict[str, Any], Player | None], Source]


def _plain(kind: Any, settings: dict[str, Any], _: Player | None) -> Source:
    return kind(**settings)


def _osc(kind: Any, settings: dict[str, Any], _: Player | None) -> Source:
    from cheiron.sources.osc import OscAxis

    axes = tuple(
        OscAxis.of(axis) if isinstance(axis, str) else OscAxis(**axis)
        for axis in settings.pop("axes", ())
    )
    return kind(**settings, axes=axes)


def _audio(kind: Any, settings: dict[str, Any], player: Player | None) -> Source:
    if player is None:
        raise CheironError("live audio needs a model that listens; choose a model first.")
    return kind(player.model, player.space, **settings)


def _replay(kind: Any, settings: dict[str, Any], _: Player | None) -> Source:
    loop = bool(settings.pop("loop", False))
    path = settings.pop("path", None)
    if path is None:
        raise CheironError("a replay needs the path of a gesture (CSV); or replay a take.")
    return kind.from_csv(path, **settings, loop=loop)


_MAKERS: dict[str, _Maker] = {"osc": _osc, "audio": _audio, "replay": _replay}
