"""What the sensors do when nobody has said it: one table, from kinds of sensors to their use."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cheiron.core.space import Space
from cheiron.mapping.automatic import EFFORT


@dataclass(frozen=True)
class Habit:
    """How one kind of sensor is usually played.

    Args:
        kind: What it is, for people.
        moves: Axes that say how the hand is held, the most telling first; ``*`` stands for any
            characters.
        efforts: Axes that mean loudness where nothing is touched, the best first.
        touch: Axis that is above zero while something is touched; empty where there is none.
        pitch: Axis that is a pitch in semitones already; empty where there is none.
    """

    kind: str
    moves: tuple[str, ...]
    efforts: tuple[str, ...] = ()
    touch: str = ""
    pitch: str = ""

    @property
    def effort(self) -> str:
        """The best measure of effort; empty where there is none."""
        return self.efforts[0] if self.efforts else ""


HABITS = (
    Habit("pointer", ("x", "y"), touch="touch"),
    Habit("hand", ("right_x", "right_y", "right_open", "right_near"), touch="right_seen"),
    Habit("position", ("position_x", "position_y", "position_z"), EFFORT),
    Habit("orientation", ("orientation_pitch", "orientation_roll", "orientation_yaw"), EFFORT),
    Habit("tilt", ("tilt_pitch", "tilt_roll"), EFFORT),
    Habit("turning", ("gyroscope_x", "gyroscope_y", "gyroscope_z"), EFFORT),
    Habit("MIDI", ("note", "cc*", "bend", "pressure"), touch="gate", pitch="note"),
    Habit("keys", ("step",), touch="gate"),
)
"""Best first; the first whose first move exists is taken. Fusion may put "pointer." and the like
before a name that two sensors share; such names count as the plain ones."""


_AT_ONCE = re.compile(r"^in\.|(^|\.)((touch|pressure)\d*|gate|step|note|key_.|(left|right)_seen)$")


def habit_of(motion: Space, sensors: tuple[str, ...]) -> Habit:
    """How to play what there is; the names are those of ``motion``, missing ones left out.

    Where no kind of the table fits, the sensors' axes themselves are the moves, in order.
    """
    for habit in HABITS:
        if find(motion, habit.moves[0]):
            moves, efforts = (
                tuple(found for name in names for found in _all(motion, name))
                for names in (habit.moves, habit.efforts)
            )
            touch, pitch = find(motion, habit.touch), find(motion, habit.pitch)
            return Habit(habit.kind, moves, efforts, touch, pitch)
    return Habit("axes", tuple(n for n in sensors if not n.startswith("in.")))


def find(space: Space, name: str) -> str:
    """The axis of that name, or the first "<source>.name"; empty where there is none."""
    return next(iter(_all(space, name)), "")


def _all(space: Space, pattern: str) -> tuple[str, ...]:
    """The axes that a pattern means: those of that very name, else those of any source."""
    if not pattern:
        return ()
    plain = tuple(n for n in space.names if fnmatchcase(n, pattern))
    return plain or tuple(n for n in space.names if fnmatchcase(n.partition(".")[2], pattern))


def switches(sensors: Space) -> frozenset[str]:
    """Axes that are not to be smoothed: they say on or off, or must arrive at once."""
    return frozenset(name for name in sensors.names if _AT_ONCE.search(name))
