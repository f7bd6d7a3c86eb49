"""A session's state as plain data, and back without trusting it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

from cheiron.mapping.connection import Connection
from cheiron.studio.session import plain
from cheiron.studio.session.scene import MOST
from cheiron.studio.session.state import (
    MAX_BLOCK,
    MIN_BLOCK,
    Follow,
    Knob,
    MappingKind,
    OutputChoice,
    OutputKind,
    Preset,
    Scene,
    SessionState,
    Shown,
    SourceChoice,
)


def to_plain(state: SessionState) -> dict[str, Any]:
    """A state as tables, lists, text and numbers; :func:`from_plain` reads it back.

    >>> from_plain(to_plain(SessionState(gain=0.5)), "session.toml").gain
    0.5
    """
    return {
        "model": state.model,
        "model_hash": state.model_hash,
        "seed": int(state.seed),
        "gain": float(state.gain),
        "deleted_takes": list(state.deleted_takes),
        "deleted_loops": list(state.deleted_loops),
        **_preset_to_plain(state),
        "output": vars(state.output).copy(),
        "follow": vars(state.follow).copy(),
        "sources": [_source_to_plain(source) for source in state.sources],
        "demonstrations": [{"id": shown.id, "name": shown.name} for shown in state.demonstrations],
        "grammar": {name: list(after) for name, after in state.grammar.items()},
        "presets": {name: _preset_to_plain(preset) for name, preset in state.presets.items()},
    }


def from_plain(data: Any, at: str) -> SessionState:
    """The state that :func:`to_plain` wrote.

    Args:
        data: Plain data, trusted in nothing.
        at: Where it stands, such as ``"session.toml"``.

    Raises:
        CheironError: If a key is unknown or a value is of the wrong form; names both.
    """
    return _STATE(data, at)


def _preset_to_plain(preset: Preset) -> dict[str, Any]:
    return {
        "space": preset.space,
        "mapping": preset.mapping,
        "loop": preset.loop,
        **({"scenes": [_scene_to_plain(s) for s in preset.scenes]} if preset.scenes else {}),
        "knobs": _knobs_to_plain(preset.knobs),
        "params": {name: float(value) for name, value in preset.params.items()},
        "connections": [_connection_to_plain(c) for c in preset.connections],
    }


def _knobs_to_plain(knobs: Mapping[str, Knob]) -> dict[str, Any]:
    return {
        axis: {"value": float(knob.value), "locked": bool(knob.locked)}
        for axis, knob in knobs.items()
    }


def _scene_to_plain(scene: Scene) -> dict[str, Any]:
    """Without what follows by itself."""
    plain_: dict[str, Any] = {"name": scene.name, "space": scene.space}
    if scene.position is not None:
        plain_["position"] = float(scene.position)
    if scene.knobs:
        plain_["knobs"] = _knobs_to_plain(scene.knobs)
    return plain_


def _source_to_plain(source: SourceChoice) -> dict[str, Any]:
    named = {"name": source.name} if source.name else {}
    return {"kind": source.kind, **named, "settings": dict(source.settings)}


def _connection_to_plain(connection: Connection) -> dict[str, Any]:
    """What differs from the default; the rest would only hide it from the reader's eye."""
    data = vars(connection)
    plain_ = {f.name: data[f.name] for f in fields(connection) if data[f.name] != f.default}
    for key in {"inputs", "outputs"} & set(plain_):
        plain_[key] = [float(v) for v in plain_[key]]
    return plain_


def _one_of(choices: tuple[str, ...]) -> plain.Reader[str]:
    def read(value: Any, at: str) -> str:
        if value not in choices:
            raise plain.wrong(at, repr(value), f"one of {', '.join(choices)}")
        return str(value)

    return read


def _block(value: Any, at: str) -> int:
    size = plain.whole(value, at)
    if size and not MIN_BLOCK <= size <= MAX_BLOCK:
        raise plain.wrong(at, str(size), f"0, or {MIN_BLOCK} to {MAX_BLOCK} samples")
    return size


def _share(value: Any, at: str) -> float:
    share = plain.number(value, at)
    if not 0.0 <= share <= 1.0:
        raise plain.wrong(at, f"{share:g}", "0 to 1")
    return share


def _scenes(value: Any, at: str) -> list[Scene]:
    scenes = plain.list_of(_SCENE)(value, at)
    names = [scene.name for scene in scenes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or len(scenes) > MOST:
        found = f"of two scenes {twice!r}" if twice is not None else f"of {len(scenes)} scenes"
        raise plain.wrong(at, found, f"at most {MOST} scenes, each with a name of its own")
    return scenes


def _seed(value: Any, at: str) -> int:
    seed = plain.whole(value, at)
    if not 0 <= seed < 2**32:
        raise plain.wrong(at, str(seed)[:40], "0 to 4294967295")
    return seed


_CONNECTION: plain.Reader[Connection] = plain.record(
    Connection,
    {
        "source": plain.text,
        "target": plain.text,
        "inputs": plain.pair,
        "outputs": plain.pair,
        "curve": plain.text,
        "smooth": plain.number,
        "invert": plain.flag,
    },
)
_KNOB: plain.Reader[Knob] = plain.record(Knob, {"value": plain.number, "locked": plain.flag})
_SCENE: plain.Reader[Scene] = plain.record(
    Scene,
    {
        "name": plain.text,
        "space": plain.text,
        "position": _share,
        "knobs": plain.table_of(_KNOB),
    },
)
_PRESET_READERS: dict[str, plain.Reader[Any]] = {
    "space": plain.text,
    "mapping": _one_of(get_args(MappingKind)),
    "connections": plain.list_of(_CONNECTION),
    "loop": plain.text,
    "scenes": _scenes,
    "knobs": plain.table_of(_KNOB),
    "params": plain.table_of(plain.number),
}
_PRESET: plain.Reader[Preset] = plain.record(Preset, _PRESET_READERS)
_SOURCE: plain.Reader[SourceChoice] = plain.record(
    SourceChoice,
    {"kind": plain.text, "name": plain.text, "settings": plain.table_of(plain.anything)},
)
_SHOWN: plain.Reader[Shown] = plain.record(Shown, {"id": plain.text, "name": plain.text})
_OUTPUT: plain.Reader[OutputChoice] = plain.record(
    OutputChoice,
    {"kind": _one_of(get_args(OutputKind)), "device": plain.text, "block": _block},
)
_FOLLOW: plain.Reader[Follow] = plain.record(Follow, {"osc": plain.text, "midi": plain.text})
_STATE: plain.Reader[SessionState] = plain.record(
    SessionState,
    {
        "model": plain.text,
        "model_hash": plain.text,
        "seed": _seed,
        **_PRESET_READERS,
        "sources": plain.list_of(_SOURCE),
        "output": _OUTPUT,
        "follow": _FOLLOW,
        "deleted_takes": plain.list_of(plain.text),
        "deleted_loops": plain.list_of(plain.text),
        "demonstrations": plain.list_of(_SHOWN),
        "grammar": plain.table_of(plain.list_of(plain.text)),
        "gain": plain.number,
        "presets": plain.table_of(_PRESET),
    },
)
