"""What the taught mappings hear while a gesture goes on; early recognition, time taken."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.demonstration import Demonstration
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.features.motion import MotionFeatures
from cheiron.mapping.gmr import GmrMapping
from cheiron.mapping.hmm import HmmConfig, HmmMapping
from cheiron.mapping.neighbours import NeighboursMapping
from cheiron.mapping.taught import Taught
from cheiron.studio.bench.gesture_data import Takes, degraded

Array = NDArray[np.float64]

RATE = 50.0
"""Frames per second of the streams."""

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of a gesture, at which recognition is asked."""

SOUND = Space.of("sound", ["first", "second"], -1.0, 1.0)
"""What the gestures of the regression play."""

LISTENING = HmmConfig(
    states=20,
    covariance="full",
    absolute=0.1,
    relative=0.0,
    sharing=3.0,
    iterations=2,
    window=30.0,
    temper=0.25,
    certainty=0.08,
)
"""Settings for short gestures shown once to ten times."""

_FEATURES = ("direction", "course", "velocity")
_AXES = tuple(f"{kind}_{axis}" for kind in (*_FEATURES, "gravity") for axis in "xyz")


@dataclass(frozen=True, eq=False)
class Moves:
    """A take as the mappings see it, from the gesture's beginning to its end.

    Args:
        motion: Causal features.
        sound: What is to be heard; two smooth functions of how far the hand has come, of its
            own for each gesture, so that each take has its own course in time.
    """

    motion: Recording
    sound: Recording


def moves_of(takes: Takes) -> list[Moves]:
    """Causal features of every take, its rests cut off by how much the hand turns."""
    return [_moves(r, c) for r, c in zip(takes.recordings, takes.labels, strict=True)]


def _moves(recording: Recording, gesture: int) -> Moves:
    grid = np.arange(recording.times[0], recording.times[-1], 1 / RATE)
    columns = [np.interp(grid, recording.times, c) for c in np.nan_to_num(recording.values.T)]
    even = Recording(recording.space, grid, np.stack(columns, axis=1).astype(np.float32))
    pace, part = _course(even)
    come = np.cumsum(pace[part])
    come = (come - come[0]) / max(float(come[-1] - come[0]), 1e-9)
    shape = np.random.default_rng(1000 + gesture).uniform(1.0, 3.0, (2, 2))
    sound = np.stack([np.sin(shape[k, 0] * 2 * come + shape[k, 1]) for k in range(2)], axis=1)
    motion = _heard(even, part)
    return Moves(motion, Recording(SOUND, motion.times, sound.astype(np.float32)))


def worse_move(recording: Recording, how: str, seed: int, clean: Moves) -> Moves:
    """A take as the mappings hear it through a worse sensor, with the sound that is still meant.

    Between two readings the last one holds, as it does while somebody plays.

    Args:
        recording: As it was.
        how: See :func:`~cheiron.studio.bench.gesture_data.degraded`.
        seed: Of what is random.
        clean: The take as it was heard.
    """
    grid = np.arange(recording.times[0], recording.times[-1], 1 / RATE)
    columns = [np.interp(grid, recording.times, c) for c in np.nan_to_num(recording.values.T)]
    even = Recording(recording.space, grid, np.stack(columns, axis=1).astype(np.float32))
    worse = degraded(recording, how, seed)
    last = np.maximum(np.searchsorted(worse.times, grid + 1e-9, side="right") - 1, 0)
    held = Recording(worse.space, grid, np.nan_to_num(worse.values[last]))
    return Moves(_heard(held, _course(even)[1]), clean.sound)


def _course(even: Recording) -> tuple[Array, slice]:
    """How fast the hand turns, and from where to where the gesture goes."""
    turning = np.stack([even.column(f"gyroscope_{a}") for a in "xyz"], axis=1)
    pace = np.convolve(np.linalg.norm(turning, axis=1), np.ones(11) / 11, "same")
    moving = np.flatnonzero(pace > 0.25 * np.percentile(pace, 90))
    return pace, slice(max(int(moving[0]) - 3, 0), int(moving[-1]) + 3)


def _heard(even: Recording, part: slice) -> Recording:
    """Features of the gesture; they hear the rest before it too, as when somebody plays."""
    stage = MotionFeatures(even.space, RATE, _FEATURES).only(_AXES, RATE)
    _, whole = stage.run(stage.init(), even)
    return Recording(whole.space, even.times[part] - even.times[part.start], whole.values[part])


def teach(mapping: Taught, moves: Sequence[Moves], labels: Sequence[int]) -> None:
    """Show takes to a mapping and let it learn."""
    for index, (move, label) in enumerate(zip(moves, labels, strict=True)):
        mapping.add(Demonstration(str(index), str(label), move.motion, move.sound))
    mapping.fit()


def early(
    moves: Sequence[Moves],
    labels: Sequence[int],
    examples: NDArray[np.intp],
    tests: NDArray[np.intp],
) -> Array:
    """Accuracy at each of ``SHARES`` of the gesture, heard as a stream, never looking ahead."""
    mapping = HmmMapping(moves[0].motion.space, SOUND, RATE, LISTENING)
    teach(mapping, [moves[i] for i in examples], [labels[i] for i in examples])
    right = np.zeros(len(SHARES))
    for test in tests:
        said = _listen(mapping, moves[test].motion)
        frames = [max(1, round(share * len(said))) - 1 for share in SHARES]
        right += [mapping.names[said[f]] == str(labels[test]) for f in frames]
    return right / len(tests)


def _listen(mapping: HmmMapping, motion: Recording) -> list[int]:
    state = mapping.init()
    said: list[int] = []
    for moment, row in zip(motion.times.tolist(), motion.values.tolist(), strict=True):
        mapping.tick(state, moment, row)
        said.append(int(mapping.likelihoods(state).argmax()))
    return said


def times_taken() -> dict[str, float]:
    """Learning and one step of 20 states x 10 gestures; ten takes of 5 s at 100 Hz, 6 axes."""
    motion = Space.of("motion", [f"m{i}" for i in range(6)])
    at = np.arange(500) / 100.0
    found: dict[str, float] = {}
    for title, mapping in (
        ("hmm", HmmMapping(motion, SOUND, 100.0, LISTENING)),
        ("hmm diagonal", HmmMapping(motion, SOUND, 100.0, HmmConfig(states=20))),
        ("gmr", GmrMapping(motion, SOUND, 100.0)),
        ("neighbours", NeighboursMapping(motion, SOUND, 100.0)),
    ):
        moves: list[Moves] = []
        for gesture in range(10):
            shape = np.random.default_rng(gesture)
            moved = np.sin(at[:, None] * shape.uniform(1, 6, 6) + shape.uniform(0, 6, 6))
            sound = np.stack([at / 5, np.sin(at)], axis=1)
            moves.append(
                Moves(
                    Recording(motion, at, moved.astype(np.float32)),
                    Recording(SOUND, at, sound.astype(np.float32)),
                )
            )
        teach(mapping, moves, range(10))
        begun = time.perf_counter()
        mapping.fit()
        found[f"{title}.train_s"] = time.perf_counter() - begun
        state, steps = mapping.init(), []
        for moment, row in enumerate(moves[3].motion.values.tolist()):
            begun = time.perf_counter()
            mapping.tick(state, moment / 100.0, row)
            steps.append(time.perf_counter() - begun)
        found[f"{title}.step_ms"] = 1e3 * float(np.median(steps))
    return found
