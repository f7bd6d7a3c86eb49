"""What the taught mappings play: the error of their sound on takes that were not shown."""

import dataclasses
import importlib
import importlib.util
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cheiron.mapping.gmr import GmrMapping
from cheiron.mapping.hierarchical import HierarchicalMapping
from cheiron.mapping.hmm import HmmMapping
from cheiron.mapping.neighbours import NeighboursMapping
from cheiron.mapping.taught import Taught
from cheiron.mapping.taught_kinds import make_taught
from cheiron.studio.bench.gesture_data import Takes
from cheiron.studio.bench.gesture_recognise import CONDITIONS
from cheiron.studio.bench.gesture_stream import LISTENING, RATE, SOUND, Moves, teach, worse_move

Array = NDArray[np.float64]

_TESTED = 96  # takes in each condition


def regression(
    moves: Sequence[Moves],
    labels: Sequence[int],
    examples: NDArray[np.intp],
    tests: NDArray[np.intp],
) -> dict[str, float]:
    """Root mean square error on held-out takes, in standard deviations of the sound.

    ``told`` is hmm that has been told which gesture each take is: what is left is not knowing how
    far it has come.
    """
    shown, owners = [moves[i] for i in examples], [labels[i] for i in examples]
    truth = np.concatenate([moves[i].sound.values for i in tests])
    space = moves[0].motion.space
    chain = dataclasses.replace(LISTENING, follow=0.0, certainty=0.2)
    found: dict[str, float] = {}
    for title, mapping in (
        ("hmm", HmmMapping(space, SOUND, RATE, LISTENING)),
        ("hmm, chains alone", HmmMapping(space, SOUND, RATE, chain)),
        ("hmm, as shipped", make_taught("hmm", space, SOUND, RATE, {}, {})),
        ("hierarchical", HierarchicalMapping(space, SOUND, RATE)),
        ("gmr", GmrMapping(space, SOUND, RATE)),
        ("neighbours", NeighboursMapping(space, SOUND, RATE)),
    ):
        teach(mapping, shown, owners)
        found[title] = _error(_played(mapping, [moves[i] for i in tests]), truth)
    if importlib.util.find_spec("sklearn") is not None:
        found["MLP"] = _error(_perceptron(shown, [moves[i] for i in tests]), truth)
    found["told"] = _error(np.concatenate(_told(moves, labels, examples, tests)), truth)
    return found


def drift(
    takes: Takes,
    moves: Sequence[Moves],
    examples: NDArray[np.intp],
    tests: NDArray[np.intp],
) -> dict[str, float]:
    """Error of hmm and of neighbours on degraded takes, and how often hmm is right at the end."""
    tests = np.random.default_rng(0).permutation(tests)[:_TESTED]
    truth = np.concatenate([moves[i].sound.values for i in tests])
    space, found = moves[0].motion.space, dict[str, float]()
    for title, mapping in (
        ("hmm", HmmMapping(space, SOUND, RATE, LISTENING)),
        ("neighbours", NeighboursMapping(space, SOUND, RATE)),
    ):
        teach(mapping, [moves[i] for i in examples], [takes.labels[i] for i in examples])
        for how in ("clean", *CONDITIONS):
            heard = [
                moves[i]
                if how == "clean"
                else worse_move(takes.recordings[i], how, int(i), moves[i])
                for i in tests
            ]
            found[f"{title}.{how}"] = _error(_played(mapping, heard), truth)
    return found


def _played(mapping: Taught, moves: Sequence[Moves]) -> NDArray[np.float32]:
    return np.concatenate([mapping.run(mapping.init(), m.motion)[1].values for m in moves])


def _told(
    moves: Sequence[Moves],
    labels: Sequence[int],
    examples: NDArray[np.intp],
    tests: NDArray[np.intp],
) -> list[NDArray[np.float32]]:
    """What is played by a mapping that knows one gesture only, the right one."""
    mappings: dict[int, Taught] = {}
    for label in {labels[i] for i in examples}:
        own = [moves[i] for i in examples if labels[i] == label]
        mappings[label] = HmmMapping(own[0].motion.space, SOUND, RATE, LISTENING)
        teach(mappings[label], own, [label] * len(own))
    return [_played(mappings[labels[i]], [moves[i]]) for i in tests]


def _perceptron(shown: Sequence[Moves], tests: Sequence[Moves]) -> Array:
    neural = importlib.import_module("sklearn.neural_network")
    net = neural.MLPRegressor(
        hidden_layer_sizes=(64, 64), max_iter=300, early_stopping=True, random_state=0
    )
    x = np.concatenate([m.motion.values for m in shown]).astype(np.float64)
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    with warnings.catch_warnings():  # it says so when it would like to go on longer
        warnings.simplefilter("ignore")
        net.fit((x - middle) / spread, np.concatenate([m.sound.values for m in shown]))
    heard = np.concatenate([m.motion.values for m in tests])
    return net.predict((heard - middle) / spread)


def _error(played: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean((played - truth) ** 2 / truth.var(axis=0))))
