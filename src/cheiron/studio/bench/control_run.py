"""Let every subject do the same tasks, and keep the figures."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.core.protocols import ControlSpace, Latents
from cheiron.studio.bench.control_curves import draw_asks, draw_wander
from cheiron.studio.bench.control_material import Material
from cheiron.studio.bench.control_scores import Scores, chance_of, scores_of
from cheiron.studio.bench.control_trial import Heard, Subject, aligned, edited, play, unchanged
from cheiron.training.disentanglement import (
    Disentanglement,
    mean_known,
    modularity,
    mutual_information,
    score,
    spearman,
)

CHANGED, SWAP = "changed", "swap"
KINDS = (CHANGED, SWAP)
"""Tasks: each descriptor a curve of its own; or all of them those of one other clip, as F-RAVE."""

MOST = 4
"""Descriptors changed at once, at most."""

_THREADS = 4  # at most; a decoder takes one each
_CALLS = 200  # of each direction, one frame at a time
_WANDERED = 4  # excerpts on which single knobs are turned
_MOST_FRAMES = 12_000  # that disentanglement is measured on


@dataclass(frozen=True)
class Turned:
    """What comes of turning one knob at a time.

    Args:
        scc: Mean Spearman correlation of a knob with its own descriptor.
        modularity: How much each knob moves its own descriptor only.
    """

    scc: float
    modularity: float


@dataclass(frozen=True, eq=False)
class Judged:
    """Everything that was found out about one subject.

    Args:
        subject: Who.
        scores: By kind of task, such as ``"changed2"`` or ``"swap2"``, one for each seed.
        chance: Pearson with the targets shuffled, in the same form.
        held_out: Disentanglement of its codes on the held-out frames as they are.
        turned: Each knob by itself.
        inverse_error: Largest difference of latents after there and back.
        to_latent_ms: Milliseconds of one frame from knobs to latents.
        to_control_ms: The other way.
        shown: Tasks of the first seed, for pictures.
    """

    subject: Subject
    scores: Mapping[str, tuple[Scores, ...]]
    chance: Mapping[str, tuple[float, ...]]
    held_out: Disentanglement
    turned: Turned
    inverse_error: float
    to_latent_ms: float
    to_control_ms: float
    shown: tuple[Heard, ...]


def judge(
    subjects: Sequence[Subject],
    material: Material,
    seeds: int,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Judged]:
    """Judge subjects by the tasks of some seeds.

    Args:
        subjects: At least one.
        material: Model, excerpts, descriptors.
        seeds: How many.
        progress: Told the share of the work that is done.
    """
    before = {i: aligned(e.curves, material) for i, e in enumerate(material.excerpts)}
    distances = {i: unchanged(material, e) for i, e in enumerate(material.excerpts)}
    curves = [e.curves for e in material.excerpts]
    counts = range(1, min(MOST, len(material.names)) + 1)
    asks = {
        (seed, f"{kind}{count}"): draw_asks(seed, count, curves, material.rate, swap=kind == SWAP)
        for kind in KINDS
        for seed in range(seeds)
        for count in counts
    }
    kinds = tuple(dict.fromkeys(kind for _, kind in asks))
    jobs = [(subject, key) for subject in subjects for key in asks]
    heard: dict[tuple[int, tuple[int, str]], list[Heard]] = {}

    def do(job: tuple[Subject, tuple[int, str]]) -> list[Heard]:
        return play(job[0], material, asks[job[1]])

    def lone(subject: Subject) -> Turned:
        return turned(subject, material, seeds)

    with ThreadPoolExecutor(_workers()) as pool:
        for done, (job, result) in enumerate(zip(jobs, pool.map(do, jobs), strict=True)):
            heard[id(job[0]), job[1]] = result
            progress(0.9 * (done + 1) / len(jobs))
        alone = list(pool.map(lone, subjects))
    judged: list[Judged] = []
    for subject, turns in zip(subjects, alone, strict=True):
        own = {key: heard[id(subject), key] for key in asks}
        scores = {
            k: tuple(scores_of(own[s, k], before, distances, material.rate) for s in range(seeds))
            for k in kinds
        }
        chance = {k: tuple(chance_of(own[s, k]) for s in range(seeds)) for k in kinds}
        judged.append(
            Judged(
                subject,
                scores,
                chance,
                on_frames(subject, material, before),
                turns,
                *_there_and_back(subject.space, material),
                tuple(h for k in kinds if SWAP not in k for h in own[0, k]),
            )
        )
    return judged


def on_frames(
    subject: Subject, material: Material, before: Mapping[int, NDArray[np.float64]]
) -> Disentanglement:
    """Disentanglement on the held-out frames: a subject's codes against what is heard."""
    codes = [subject.space.to_control(e.z)[:, list(subject.codes)] for e in material.excerpts]
    attributes = [before[i][:, list(subject.columns)] for i in range(len(codes))]
    return _score(np.concatenate(codes), np.concatenate(attributes), subject)


def of_descriptors(material: Material) -> Disentanglement:
    """Disentanglement of the descriptors themselves as codes on the held-out frames.

    What recorded sound has in common between two descriptors, every code that is one of them has
    as well; so this is about the best that knobs with their names can score there.
    """
    heard = np.concatenate([aligned(e.curves, material) for e in material.excerpts])
    return _scored(heard, heard, range(heard.shape[1]))


def turned(subject: Subject, material: Material, seeds: int) -> Turned:
    """Each knob turned by itself, the others as they were: what follows it, and what else does.

    Recorded sound moves all descriptors together, so on its frames even perfect knobs know of each
    other; here only the turned one moves. Information and rank correlation are measured between
    its position and every descriptor heard, over all clips and seeds.
    """
    width = len(subject.columns)
    known = np.full((width, width), np.nan)
    ranks = np.full(width, np.nan)
    for place, column in enumerate(subject.columns):
        tasks = [
            (i, draw_wander([seed, column, i], e.curves.shape, column))
            for seed in range(seeds)
            for i, e in enumerate(material.excerpts[:_WANDERED])
        ]
        heard = [_heard(subject, material, i, wanted) for i, wanted in tasks]
        turns = np.concatenate([wanted[:, column] for _, wanted in tasks])[:, None]
        table = np.concatenate(heard)[:, list(subject.columns)]
        kept = np.isfinite(table).any(axis=1)
        known[place] = mutual_information(turns[kept], table[kept])[0]
        ranks[place] = spearman(turns[kept, 0], table[kept, place])
    return Turned(mean_known(ranks), modularity(known))


def _heard(
    subject: Subject, material: Material, index: int, wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    z = edited(subject, material.excerpts[index].z, wanted, material)
    return aligned(material.positions(material.model.decode(z)), material)


def _score(
    codes: NDArray[np.float32], attributes: NDArray[np.float64], subject: Subject
) -> Disentanglement:
    named = tuple(subject.codes.index(i) for i in subject.knobs)
    return _scored(codes.astype(np.float64), attributes, named)


def _scored(
    codes: NDArray[np.float64], attributes: NDArray[np.float64], named: Sequence[int]
) -> Disentanglement:
    heard = np.isfinite(attributes).any(axis=1)
    codes, attributes = codes[heard], attributes[heard]
    every = max(1, -(-len(codes) // _MOST_FRAMES))
    return score(codes[::every], attributes[::every], tuple(named))


def _there_and_back(space: ControlSpace, material: Material) -> tuple[float, float, float]:
    """Error of the inverse over all excerpts; milliseconds of one frame each way."""
    z = np.concatenate([e.z for e in material.excerpts])
    c = space.to_control(z)
    error = float(np.abs(space.to_latent(c) - z).max())
    return error, _milliseconds(space.to_latent, c), _milliseconds(space.to_control, z)


def _milliseconds(way: Callable[[Latents], Latents], rows: Latents) -> float:
    """Median time of one frame, as a player's control thread would ask for it."""
    spent: list[int] = []
    for call in range(_CALLS + 10):
        row = rows[call % len(rows)][None]
        begun = time.perf_counter_ns()
        way(row)
        spent.append(time.perf_counter_ns() - begun)
    return float(np.median(spent[10:])) / 1e6


def _workers() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(_THREADS, usable or 1))
