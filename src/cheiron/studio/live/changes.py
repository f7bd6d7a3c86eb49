"""What a command changes: the old state of the session and a message give the new one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain, count
from typing import Any

from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.mapping.connection import Connection
from cheiron.sources import SOURCES
from cheiron.studio.live.chain import check_kind, live_params
from cheiron.studio.live.teach_changes import (
    delete_gesture,
    delete_shown,
    rename_gesture,
    set_grammar,
)
from cheiron.studio.session.state import (
    MAX_BLOCK,
    MAX_GAIN,
    MIN_BLOCK,
    Follow,
    OutputChoice,
    SessionState,
    SourceChoice,
)

Message = Mapping[str, Any]
Change = Callable[[SessionState, Message], tuple[SessionState, str]]
"""State and message of protocol.ts to the new state and what it is called when it is undone."""

DRAGGED = ("knob", "param", "gain")
"""Commands that come in a stream while something is dragged; the stream is undone as one."""

_SOURCE_KEYS = ("port", "device", "take", "seat")


def _model(state: SessionState, message: Message) -> tuple[SessionState, str]:
    new = replace(state, model=message["name"], model_hash="", space="", scenes=(), loop="")
    if new.mapping == "explore":
        new = replace(new, mapping="map")
    return new, f"model {message['name']}"


def _knob(state: SessionState, message: Message) -> tuple[SessionState, str]:
    axis = message["axis"]
    return state.with_knob(axis, message["value"], message.get("locked")), f"knob {axis}"


def _release(state: SessionState, message: Message) -> tuple[SessionState, str]:
    return state.without_knob(message["axis"]), f"release {message['axis']}"


def _param(state: SessionState, message: Message) -> tuple[SessionState, str]:
    name = message["name"]
    board = ParamBoard(live_params())  # refuses names that are none, and keeps to the range
    return state.with_param(name, board.set(name, message["value"])), f"turn {name}"


def _mapping(state: SessionState, message: Message) -> tuple[SessionState, str]:
    kind = check_kind(message["kind"])
    loop = message.get("loop", state.loop)
    return replace(state, mapping=kind, loop=loop), f"mapping {kind}"


def _source_open(state: SessionState, message: Message) -> tuple[SessionState, str]:
    kind = message["kind"]
    if kind not in SOURCES:
        raise CheironError(f"there is no source {kind!r}; choose one of {', '.join(SOURCES)}.")
    choice = SourceChoice(kind, message["settings"])
    there = has_source(state.sources, choice)
    kept = [
        replace(choice, name=other.name) if same_source(choice, other) else other
        for other in state.sources
    ]
    sources = tuple(kept) if there else (*kept, choice)
    return replace(state, sources=sources), f"{'set' if there else 'open'} {kind}"


def _source_close(state: SessionState, message: Message) -> tuple[SessionState, str]:
    name = message["name"]
    named = list(zip(source_names(state.sources), state.sources, strict=True))
    if name not in [n for n, _ in named]:
        raise CheironError(f"there is no source {name!r} that is open.")
    # Those that are left keep their names: cables and the page know them by these.
    left = tuple(s if n == s.kind else replace(s, name=n) for n, s in named if n != name)
    return replace(state, sources=left), f"close {name}"


def _output(state: SessionState, message: Message) -> tuple[SessionState, str]:
    before = state.output
    device = message.get("device", before.device)
    block = int(message.get("block", before.block))
    if block and not MIN_BLOCK <= block <= MAX_BLOCK:
        raise CheironError(
            f"a block of {block} samples was asked for; expected {MIN_BLOCK} to {MAX_BLOCK}."
        )
    return replace(state, output=OutputChoice(message["kind"], device, block)), "output"


def _follow(state: SessionState, message: Message) -> tuple[SessionState, str]:
    before = state.follow
    after = Follow(message.get("osc", before.osc), message.get("midi", before.midi))
    return replace(state, follow=after), "who follows"


def _gain(state: SessionState, message: Message) -> tuple[SessionState, str]:
    return replace(state, gain=min(max(float(message["value"]), 0.0), MAX_GAIN)), "gain"


def _preset_save(state: SessionState, message: Message) -> tuple[SessionState, str]:
    return state.keeping_preset(message["name"]), f"save preset {message['name']}"


def _preset_load(state: SessionState, message: Message) -> tuple[SessionState, str]:
    return state.with_preset(message["name"]), f"preset {message['name']}"


def _preset_delete(state: SessionState, message: Message) -> tuple[SessionState, str]:
    return state.without_preset(message["name"]), f"delete preset {message['name']}"


CHANGES: dict[str, Change] = {
    "gesture-rename": rename_gesture,
    "gesture-delete": delete_gesture,
    "gesture-grammar": set_grammar,
    "shown-delete": delete_shown,
    "model": _model,
    "knob": _knob,
    "release": _release,
    "param": _param,
    "mapping": _mapping,
    "source-open": _source_open,
    "source-close": _source_close,
    "output": _output,
    "follow": _follow,
    "gain": _gain,
    "preset-save": _preset_save,
    "preset-load": _preset_load,
    "preset-delete": _preset_delete,
}
"""Commands of protocol.ts that change the session's state, and can be undone."""


def connection_of(data: Mapping[str, Any]) -> Connection:
    """A cable from what a page says.

    Raises:
        CheironError: If it is not one.
    """
    ends = {key: tuple(data[key]) if data.get(key) else None for key in ("inputs", "outputs")}
    return Connection(
        data["source"],
        data["target"],
        **ends,  # type: ignore[arg-type]
        curve=data["curve"],
        smooth=float(data["smooth"]),
        invert=bool(data["invert"]),
    )


def source_names(choices: tuple[SourceChoice, ...]) -> list[str]:
    """What each open source is called: its own name, else its kind, with a number if need be.

    >>> source_names((SourceChoice("osc", {"port": 1}), SourceChoice("osc", {"port": 2})))
    ['osc', 'osc2']
    """
    given = {choice.name for choice in choices}
    names: list[str] = []
    for choice in choices:
        numbered = (f"{choice.kind}{number}" for number in count(2))
        free = (n for n in chain([choice.kind], numbered) if n not in given and n not in names)
        names.append(choice.name if choice.name and choice.name not in names else next(free))
    return names


def has_source(choices: tuple[SourceChoice, ...], wanted: SourceChoice) -> bool:
    """Whether one of them listens to the same thing already.

    >>> tuned = SourceChoice("osc", {"port": 9000, "host": "0.0.0.0"})
    >>> has_source((tuned,), SourceChoice("osc", {"port": 9000}))
    True
    """
    return any(same_source(wanted, choice) for choice in choices)


def same_source(one: SourceChoice, other: SourceChoice) -> bool:
    """Whether both would listen to the same thing, so that one replaces the other."""
    return one.kind == other.kind and all(
        one.settings.get(key) == other.settings.get(key) for key in _SOURCE_KEYS
    )
