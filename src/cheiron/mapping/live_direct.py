"""Direct connections while somebody plays: which of theirs can act, and what to do without any."""

import math

import numpy as np

from cheiron.core.space import Space
from cheiron.mapping.automatic import Examples, correlations
from cheiron.mapping.connection import Connection, Rest
from cheiron.mapping.level import Level
from cheiron.mapping.live import Setting
from cheiron.mapping.live_defaults import habit_of

_REST = 0.05  # share of an effort axis that counts as standing still
_FULL = 0.5  # share of an effort axis that is full effort
_TOUCH = 0.01  # seconds in which a touch opens the sound
_FOLLOW = 0.02  # seconds in which the rest follows


def wired(setting: Setting) -> tuple[tuple[Connection, ...], tuple[str, ...]]:
    """The player's connections that lead to a knob of this control space, and notes on others.

    Those that steer another mapping (their target has a dot) are passed over in silence.
    """
    there = setting.control.names
    notes = tuple(
        f"{c.source} -> {c.target} waits: this control space has no knob {c.target}."
        for c in setting.connections
        if c.target not in there and "." not in c.target
    )
    return tuple(c for c in setting.connections if c.target in there), notes


def usual(setting: Setting) -> tuple[Connection, ...]:
    """Connections from the ranges of the axes alone.

    How the hand is held drives pitch, or the first knob, then what is brightest, then the others
    in order. A touch, else effort, else the first axis opens the loudness.
    """
    control, motion = setting.control, setting.motion
    habit = habit_of(motion, setting.sensors)
    level = Level.of(control, setting.examples)
    cables: list[Connection] = []
    moves = list(habit.moves)
    if level.loudness >= 0 and (moves or habit.touch or habit.effort):
        loud = (level.value(level.low), level.value(level.usual))
        if habit.touch:
            cable = Connection(habit.touch, "loudness", (0.0, 1.0), loud, smooth=_TOUCH)
        elif habit.effort:
            axis = motion.axes[motion.index(habit.effort)]
            span = axis.high - axis.low
            inputs = (axis.low + _REST * span, axis.low + _FULL * span)
            cable = Connection(habit.effort, "loudness", inputs, loud, "log", 0.05)
        else:
            loud = (level.value(level.low), level.value(level.highest))
            cable = Connection(moves.pop(0), "loudness", None, loud, "log", smooth=_FOLLOW)
        cables.append(cable)
    for source, (target, invert) in zip(moves, _knobs(control, setting.examples), strict=False):
        cable = Connection(source, target, smooth=_FOLLOW, invert=invert)
        axis = control.axes[control.index(target)]
        if source == habit.pitch and axis.unit == "st":  # a key sounds as it is called
            cable = Connection(source, target, inputs=(axis.low, axis.high))
        cables.append(cable)
    return tuple(cables)


def resting_live(setting: Setting) -> Rest | None:
    """Where all knobs go without a touch, where turning down the loudness is not silence."""
    habit = habit_of(setting.motion, setting.sensors)
    level = Level.of(setting.control, setting.examples)
    if level.is_silent or not habit.touch or setting.examples is None:
        return None
    return Rest(habit.touch, (0.0, 1.0), level.quiet, _TOUCH)


def _knobs(control: Space, examples: Examples | None) -> list[tuple[str, bool]]:
    """Knobs in the order in which they are given away, and whether up is down."""
    free = [a.name for a in control.axes if a.kind != "texture" and a.name != "loudness"]
    free.sort(key=lambda name: name != "pitch")
    bright, sense = _bright(control, examples)
    if bright in free[1:]:
        free.remove(bright)
        free.insert(1, bright)
    return [(name, name == bright and sense < 0) for name in free]


def _bright(control: Space, examples: Examples | None) -> tuple[str, float]:
    """The axis that goes with brightness, and its correlation; an empty name where none does."""
    if examples is None or examples.brightness is None:
        return "", 0.0
    known = np.isfinite(examples.brightness) & np.isfinite(examples.controls).all(axis=1)
    correlation = correlations(examples.controls[known], examples.brightness[known])
    for index, axis in enumerate(control.axes):
        if axis.kind == "texture" or axis.name in ("loudness", "pitch"):
            correlation[index] = 0.0
    best = int(np.argmax(np.abs(correlation)))
    sense = float(correlation[best])
    return (control.names[best], sense) if math.fabs(sense) > 0.0 else ("", 0.0)
