"""Whether gestures are understood, worked out beside the sound."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cheiron.core.demonstration import Demonstration
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.learning.parcel import Arrays
from cheiron.learning.task import Result, Task
from cheiron.mapping.rehearsal import RATE, Score, rehearse
from cheiron.mapping.taught_kinds import Grammar, make_taught


def rehearse_gestures(task: Task) -> Result:
    """The job ``rehearse``: leave each demonstration out once, see :func:`rehearse`.

    Parameters and arrays as :func:`parcel` makes them; the result is read by :func:`scores_of`.
    """
    asked = task.parameters
    motion = Space.from_json(json.loads(asked["motion"]))
    knobs = Space.from_json(json.loads(asked["knobs"])) if asked["knobs"] else None
    shown: list[Demonstration] = []
    for number, name in enumerate(asked["names"]):
        times, rows, sound_times, sound = (task.arrays[f"{k}{number}"] for k in "trsy")
        moved = Recording(motion, times, rows)
        sounded = Recording(knobs, sound_times, sound) if knobs is not None else None
        shown.append(Demonstration(str(number), name, moved, sounded))
    grammar = {name: tuple(after) for name, after in asked["grammar"].items()}
    control = knobs or Space.of("knobs", ["none"])
    scores = rehearse(
        shown,
        lambda: make_taught(asked["kind"], motion, control, RATE, asked["values"], grammar),
        task.progress,
    )
    return Result({"scores": [{**vars(s), "off": _number(s.off)} for s in scores]})


def parcel(
    shown: Sequence[Demonstration], kind: str, values: Mapping[str, float], grammar: Grammar
) -> tuple[dict[str, Any], Arrays]:
    """Parameters and arrays of the job.

    Args:
        shown: At least one, all with the same axes and, if any has one, a target.
        kind: A key of ``TAUGHT``.
        values: Of its params.
        grammar: Which gestures may follow one.
    """
    target = shown[0].target
    arrays: dict[str, Any] = {}
    for number, each in enumerate(shown):
        sound = each.target
        arrays[f"t{number}"], arrays[f"r{number}"] = each.motion.times, each.motion.values
        arrays[f"s{number}"] = np.zeros(0) if sound is None else sound.times
        arrays[f"y{number}"] = np.zeros((0, 1), np.float32) if sound is None else sound.values
    words = {
        "kind": kind,
        "values": dict(values),
        "grammar": {name: list(after) for name, after in grammar.items()},
        "names": [each.name for each in shown],
        "motion": json.dumps(shown[0].motion.space.to_json()),
        "knobs": json.dumps(target.space.to_json()) if target is not None else "",
    }
    return words, arrays


def scores_of(result: Mapping[str, Any]) -> tuple[Score, ...]:
    """The scores in a result of the job."""
    return tuple(_score(**score) for score in result["scores"])


def _score(off: float | None, **words: Any) -> Score:
    return Score(**words, off=float("nan") if off is None else off)


def _number(value: float) -> float | None:
    return value if value == value else None  # NaN is no JSON
