"""The mappings by demonstration as they are played: what can be turned, and how they are made."""

from collections.abc import Callable, Mapping
from typing import Any

from cheiron.core.param import Param
from cheiron.core.space import Space
from cheiron.mapping.gmr import GmrConfig, GmrMapping
from cheiron.mapping.hierarchical import HierarchicalConfig, HierarchicalMapping
from cheiron.mapping.hmm import HmmConfig, HmmMapping
from cheiron.mapping.neighbours import NeighboursConfig, NeighboursMapping
from cheiron.mapping.taught import Taught

Grammar = Mapping[str, tuple[str, ...]]
"""Which gestures may follow one."""

TRUST = Param(
    "taught.trust", "", 0.0, 0.9, 0.15, "linear", "How sure it must be to sound; 0: it always does."
)

_COUNT = Param("neighbours.count", "", 1.0, 40.0, 8.0, "linear", "How many moments are mixed.")
_COMPONENTS = Param("gmr.components", "", 1.0, 30.0, 8.0, "linear", "Postures in each gesture.")
_GMR_FLOOR = Param(
    "gmr.regularisation", "", 1e-4, 0.3, 0.005, "exp", "Variance added: more is smoother."
)
_STATES = Param("hmm.states", "", 2.0, 40.0, 20.0, "linear", "Parts of each gesture in time.")
_ERGODIC = Param(
    "hmm.ergodic", "", 0.0, 1.0, 0.0, "linear", "From 0.5: textures, without beginning or end."
)
_HMM_FLOOR = Param(
    "hmm.regularisation", "", 1e-3, 1.0, 0.1, "exp", "Variance added: more forgives more."
)
_SHARING = Param(
    "hmm.sharing", "", 0.1, 30.0, 10.0, "exp", "How far gestures share what they vary by."
)
_WINDOW = Param("hmm.window", "s", 0.1, 30.0, 1.0, "exp", "Movement that decides which it is.")
_SEGMENTS = Param("hierarchical.segments", "", 1.0, 12.0, 4.0, "linear", "Parts of a gesture.")
_LEAVE = Param("hierarchical.leave", "", 0.01, 0.5, 0.1, "exp", "How readily a gesture ends.")

_CHAINS = (_STATES, _ERGODIC, _HMM_FLOOR, _SHARING, _WINDOW)

PARAMS: dict[str, tuple[Param, ...]] = {
    "neighbours": (_COUNT,),
    "gmr": (_COMPONENTS, _GMR_FLOOR),
    "hmm": _CHAINS,
    "hierarchical": (*_CHAINS, _SEGMENTS, _LEAVE),
}
"""What each kind learns by; turning one means learning again."""

Values = Mapping[str, float]


def make_taught(
    kind: str, motion: Space, control: Space, rate: float, values: Values, grammar: Grammar
) -> Taught:
    """A mapping that has been taught nothing yet.

    Args:
        kind: A key of ``TAUGHT``.
        motion: Movement axes that it reads.
        control: Knobs that it writes.
        rate: Frames per second of the stream.
        values: Of the params, by name; those that are absent are at their defaults.
        grammar: For ``hierarchical``; the others take any order.

    >>> pointer, knobs = Space.of("motion", ["x"]), Space.of("knobs", ["pitch"])
    >>> make_taught("hmm", pointer, knobs, 100.0, {"hmm.states": 6.0}, {}).config.states
    6
    """
    there = {p.name: values.get(p.name, p.default) for p in PARAMS[kind]}
    return _MAKERS[kind](motion, control, rate, there, grammar)


def _neighbours(motion: Space, control: Space, rate: float, v: Values, _: Grammar) -> Taught:
    config = NeighboursConfig(neighbours=round(v[_COUNT.name]))
    return NeighboursMapping(motion, control, rate, config)


def _gmr(motion: Space, control: Space, rate: float, v: Values, _: Grammar) -> Taught:
    config = GmrConfig(components=round(v[_COMPONENTS.name]), absolute=v[_GMR_FLOOR.name])
    return GmrMapping(motion, control, rate, config)


def _hmm(motion: Space, control: Space, rate: float, v: Values, _: Grammar) -> Taught:
    return HmmMapping(motion, control, rate, HmmConfig(**_chain(v)))


def _hierarchical(
    motion: Space, control: Space, rate: float, v: Values, grammar: Grammar
) -> Taught:
    config = HierarchicalConfig(
        **_chain(v), segments=round(v[_SEGMENTS.name]), leave=v[_LEAVE.name], grammar=grammar
    )
    return HierarchicalMapping(motion, control, rate, config)


def _chain(v: Values) -> dict[str, Any]:
    return {
        "states": round(v[_STATES.name]),
        "topology": "ergodic" if v[_ERGODIC.name] >= 0.5 else "left-right",
        "absolute": v[_HMM_FLOOR.name],
        "sharing": v[_SHARING.name],
        "window": v[_WINDOW.name],
    }


_MAKERS: dict[str, Callable[[Space, Space, float, Values, Grammar], Taught]] = {
    "neighbours": _neighbours,
    "gmr": _gmr,
    "hmm": _hmm,
    "hierarchical": _hierarchical,
}
