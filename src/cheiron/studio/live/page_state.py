"""The ``state`` message: everything that stays until somebody changes it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cheiron.core.param import Param
from cheiron.core.recording import Recording
from cheiron.core.space import Axis
from cheiron.mapping.connection import Connection
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.studio.live.player import Player
from cheiron.studio.session.state import Knob, SessionState
from cheiron.studio.session.takes import Take

_PATH_POINTS = 200


def axes_json(axes: Iterable[Axis]) -> list[dict[str, Any]]:
    """Axes as protocol.ts has them; every number finite."""
    return [
        {
            **vars(axis),
            "low": finite(axis.low, -1.0),
            "high": finite(axis.high, 1.0),
            "default": finite(axis.default, 0.0),
            "marks": list(axis.marks),
        }
        for axis in axes
    ]


def params_json(params: Iterable[Param], values: Mapping[str, float]) -> list[dict[str, Any]]:
    """Parameters with their values."""
    return [{**vars(param), "value": values.get(param.name, param.default)} for param in params]


def connections_json(connections: Iterable[Connection]) -> list[dict[str, Any]]:
    """Cables as protocol.ts has them."""
    return [
        {**vars(c), "inputs": _ends(c.inputs), "outputs": _ends(c.outputs)} for c in connections
    ]


def knobs_json(state: SessionState) -> dict[str, Any]:
    """Knobs held by hand."""
    return _knobs(state.knobs)


def scenes_json(state: SessionState, player: Player) -> list[dict[str, Any]]:
    """Scenes, each with its place and the name of the control space that it plays."""
    return [
        {
            "name": scene.name,
            "space": space,
            "position": place,
            "placed": scene.position is not None,
            "knobs": _knobs(scene.knobs),
        }
        for scene, space, place in zip(
            state.scenes, player.wanted.spaces, player.wanted.places, strict=False
        )
    ]


def takes_json(takes: Iterable[Take]) -> list[dict[str, Any]]:
    """Takes, as they are listed."""
    return [
        {
            "name": take.name,
            "length": round(take.length, 3),
            "made": take.made,
            "hasSound": take.has_sound,
            "hasGesture": take.has_gesture,
        }
        for take in takes
    ]


def path_on_map(loop: Recording, places: LandmarkMap) -> list[list[float]]:
    """Where a loop leads, as at most 200 points of the map."""
    step = max(1, math.ceil(len(loop) / _PATH_POINTS))
    points = (places.to_position(row) for row in loop.values[::step])
    return [[round(finite(x, 0.5), 4), round(finite(y, 0.5), 4)] for x, y in points]


def finite(value: float, otherwise: float) -> float:
    """The number, or another where it is none: JSON knows no NaN.

    >>> finite(math.nan, 0.0), finite(2, 0.0)
    (0.0, 2.0)
    """
    return float(value) if math.isfinite(value) else otherwise


def rounded(values: Sequence[float], otherwise: Sequence[float]) -> list[float]:
    """Short finite numbers, for messages that are sent often."""
    pairs = zip(values, otherwise, strict=True)
    return [round(finite(value, rest), 5) for value, rest in pairs]


def _knobs(knobs: Mapping[str, Knob]) -> dict[str, Any]:
    return {name: {"value": k.value, "locked": k.locked} for name, k in knobs.items()}


def _ends(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)
