"""Recognition of whole gestures from a few examples, and what stands beside it."""

import importlib.util
import logging
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cheiron.core.recording import Recording
from cheiron.features.drawing import over, smooth
from cheiron.mapping.recogniser import Vote
from cheiron.studio.bench.gesture_data import Takes, degraded
from cheiron.studio.bench.gesture_ways import MOVING, Seen, distances, see, vote_of

Array = NDArray[np.float64]
Draws = list[tuple[NDArray[np.intp], NDArray[np.intp]]]

CONDITIONS = ("noise", "strong noise", "25 Hz", "100 Hz", "loss", "gap")
_TESTED = 96  # takes in each condition


def draws_of(labels: Sequence[int], shots: int, seeds: int) -> Draws:
    """Examples and tests of each seed; empty where a gesture has no take left to test."""
    owners = np.asarray(labels)
    if np.bincount(owners).min() <= shots:
        return []
    draws: Draws = []
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        examples = np.concatenate(
            [random.permutation(np.flatnonzero(owners == c))[:shots] for c in np.unique(owners)]
        )
        draws.append((examples, np.setdiff1d(np.arange(len(owners)), examples)))
    return draws


def of_vote(all_pairs: Array, again: Array, labels: Sequence[int], draws: Draws) -> list[float]:
    """Accuracy of each seed; ``again`` is how exactly each take repeats itself."""
    owners = np.asarray(labels)
    found: list[float] = []
    for examples, tests in draws:
        known = all_pairs[:, examples[:, None], examples]
        vote = vote_of(known, owners[examples], again[examples])
        said = vote.classify(all_pairs[:, tests[:, None], examples])
        found.append(float((said == owners[tests]).mean()))
    return found


def of_drawings(all_pairs: Array, labels: Sequence[int], draws: Draws) -> list[float]:
    """Accuracy of each seed, by the ways of looking at drawings alone."""
    owners = np.asarray(labels)
    found: list[float] = []
    for examples, tests in draws:
        pairs = all_pairs[:-MOVING, :, examples]
        vote = Vote(pairs[:, examples], owners[examples].tolist())
        found.append(float((vote.classify(pairs[:, tests]) == owners[tests]).mean()))
    return found


def of_nearest(pairs: Array, labels: Sequence[int], draws: Draws) -> list[float]:
    """Accuracy of the nearest example, for one matrix of distances."""
    owners = np.asarray(labels)
    return [
        float((owners[e][pairs[t[:, None], e].argmin(axis=1)] == owners[t]).mean())
        for e, t in draws
    ]


def robustness(takes: Takes, seen: Sequence[Seen], draw_: Draws) -> dict[str, float]:
    """Accuracy on degraded takes, examples as they were; the first draw only."""
    examples, tests = draw_[0]
    owners = np.asarray(takes.labels)
    tests = np.random.default_rng(0).permutation(tests)[:_TESTED]
    known = [seen[i] for i in examples]
    again = np.array([s.movement.again for s in known])
    vote = vote_of(distances(known, known), owners[examples], again)
    found: dict[str, float] = {}
    for how in ("clean", *CONDITIONS):
        worse = [
            seen[i] if how == "clean" else see(degraded(takes.recordings[i], how, int(i)))
            for i in tests
        ]
        said = vote.classify(distances(worse, known))
        found[how] = float((said == owners[tests]).mean())
    return found


def raw_courses(recordings: Sequence[Recording]) -> Array:
    """The gyroscope alone, as recorded, at 40 equal steps of time; what plain baselines see."""
    names = ("gyroscope_x", "gyroscope_y", "gyroscope_z")
    rows = [np.stack([np.nan_to_num(r.column(n)) for n in names], axis=1) for r in recordings]
    return np.stack([over(smooth(row.astype(np.float64), 2), 40) for row in rows])


def statistics(recordings: Sequence[Recording]) -> Array:
    """Mean, spread and ends of every axis, standardised; for neighbours on features."""
    rows = [
        np.concatenate(
            [f(np.nan_to_num(r.values), axis=0) for f in (np.mean, np.std, np.min, np.max)]
        )
        for r in recordings
    ]
    table = np.stack(rows).astype(np.float64)
    return (table - table.mean(axis=0)) / (table.std(axis=0) + 1e-9)


def learned_baselines(
    courses: Array, labels: Sequence[int], draws: Draws
) -> tuple[dict[str, list[float]], list[str]]:
    """Baselines of other packages, those that are installed; and notes on those that are not."""
    found: dict[str, list[float]] = {}
    notes: list[str] = []
    for title, package, run in (
        ("MLP", "sklearn", _perceptron),
        ("hmmlearn", "hmmlearn", _hmmlearn),
    ):
        if importlib.util.find_spec(package) is None:
            notes.append(f"without the baseline {title}: {package} is not installed")
            continue
        found[title] = [_accuracy(run, courses, np.asarray(labels), *draw_) for draw_ in draws]
    return found, notes


Baseline = Callable[[Array, NDArray[np.int64], Array], NDArray[np.int64]]


def _accuracy(
    run: Baseline,
    courses: Array,
    owners: NDArray[np.int64],
    examples: NDArray[np.intp],
    tests: NDArray[np.intp],
) -> float:
    said = run(courses[examples], owners[examples], courses[tests])
    return float((said == owners[tests]).mean())


def _perceptron(x: Array, y: NDArray[np.int64], tests: Array) -> NDArray[np.int64]:
    neural = importlib.import_module("sklearn.neural_network")
    net = neural.MLPClassifier(
        hidden_layer_sizes=(64,), solver="lbfgs", max_iter=200, random_state=0
    )
    net.fit(x.reshape(len(x), -1), y)
    return net.predict(tests.reshape(len(tests), -1))


def _hmmlearn(x: Array, y: NDArray[np.int64], tests: Array) -> NDArray[np.int64]:
    hmm = importlib.import_module("hmmlearn.hmm")
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)  # it says when it would go on longer
    scores: list[list[float]] = []
    for owner in np.unique(y):
        own = x[y == owner]
        model = hmm.GaussianHMM(5, "diag", min_covar=0.05, n_iter=10, random_state=0)
        model.fit(own.reshape(-1, own.shape[2]), [own.shape[1]] * len(own))
        scores.append([float(model.score(test)) for test in tests])
    return np.unique(y)[np.array(scores).argmax(axis=0)]
