import importlib
import math
import time

import numpy as np
import pytest

from cheiron.core.demonstration import Demonstration
from cheiron.core.errors import CheironError
from cheiron.core.protocols import TaughtMapping
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.mapping import TAUGHT
from cheiron.mapping.gmr import GmrConfig, GmrMapping
from cheiron.mapping.hierarchical import HierarchicalConfig, HierarchicalMapping
from cheiron.mapping.hmm import HmmConfig, HmmMapping

MOTION = Space.of("motion", [f"m{i}" for i in range(6)])
CONTROL = Space.of("control", ["a", "b"], -2.0, 2.0)
RATE = 100.0


def shown(gesture, take=0, seconds=1.5, rate=RATE, space=MOTION):
    """A wandering of its own for each gesture, in each take a little different and warped."""
    random = np.random.default_rng(100 * gesture + take)
    shape = np.random.default_rng(gesture)
    mix, phase = shape.standard_normal((4, space.size)), shape.uniform(0, 6, 4)
    times = np.arange(int(seconds * rate)) / rate
    place = np.linspace(0, 1, len(times)) ** (1 + 0.1 * random.standard_normal())
    waves = np.sin(2 * np.pi * place[:, None] * [0.5, 1.0, 1.5, 2.0] + phase)
    moved = waves @ mix + 0.03 * random.standard_normal((len(times), space.size))
    sound = np.stack([place, np.sin(4 * place + gesture)], axis=1)
    return Demonstration(
        f"{gesture}.{take}",
        f"gesture {gesture}",
        Recording(space, times, moved.astype(np.float32)),
        Recording(CONTROL, times, sound.astype(np.float32)),
    )


def made(name, rate=RATE, gestures=3, **config):
    module, _, attribute = TAUGHT[name].partition(":")
    mapping = getattr(importlib.import_module(module), attribute)(MOTION, CONTROL, rate, **config)
    for gesture in range(gestures):
        mapping.add(shown(gesture))
    mapping.fit()
    return mapping


def play(mapping, demonstration, state=None):
    state = mapping.init() if state is None else state
    rows = []
    for moment, row in enumerate(demonstration.motion.values):
        out = mapping.tick(state, moment / mapping.rate, row.tolist())
        rows.append([*out, mapping.progress(state), *mapping.likelihoods(state)])
    return state, np.array(rows)


names = pytest.mark.parametrize("name", TAUGHT)


@names
def test_it_keeps_the_contract(name):
    mapping = made(name)
    assert isinstance(mapping, TaughtMapping)
    assert mapping.names == ("gesture 0", "gesture 1", "gesture 2")
    state = mapping.init()
    state, out = mapping.block(state, np.zeros(1), np.zeros((1, 6), np.float32))
    assert out.shape == (1, 2)
    assert mapping.spread(state).shape == (2,)
    assert mapping.likelihoods(state).sum() == pytest.approx(1.0)


@names
def test_it_recognises_and_sounds_a_take_that_it_has_not_seen(name):
    mapping = made(name)
    for gesture in range(3):
        other = shown(gesture, take=1)
        state, rows = play(mapping, other)
        assert mapping.likelihoods(state).argmax() == gesture
        error = np.sqrt(np.mean((rows[:, :2] - other.target.values) ** 2))
        assert error < 0.3 * other.target.values.std()
        assert mapping.confidence(state) > 0.8
        assert rows[-1, 2] > 0.85 > 0.3 > rows[10, 2]


@names
def test_streaming_equals_offline(name):
    mapping = made(name)
    motion = shown(1, take=2).motion
    _, whole = mapping.block(mapping.init(), motion.times, motion.values)
    state = mapping.init()
    for moment, row in enumerate(motion.values):
        out = mapping.tick(state, float(motion.times[moment]), row.tolist())
        np.testing.assert_allclose(out, whole[moment], atol=1e-5)


@names
def test_movement_unlike_everything_taught_is_not_trusted(name):
    mapping = made(name)
    state = mapping.init()
    for moment in range(100):
        out = mapping.tick(state, moment / RATE, [30.0, -30.0, 30.0, -30.0, 30.0, -30.0])
    assert mapping.confidence(state) < 0.05
    assert np.isfinite(out).all()
    assert np.abs(out).max() < 60.0


@names
def test_a_sensor_that_goes_missing_lowers_confidence_and_never_makes_the_sound_jump(name):
    mapping = made(name)
    motion = shown(0, take=1).motion.values
    state = mapping.init()
    last = None
    for moment, row in enumerate(motion):
        x = row.tolist()
        if 50 <= moment < 100:
            x[0] = math.nan
        if moment >= 100:
            x = [math.nan] * 6
        out = np.array(mapping.tick(state, moment / RATE, x))
        assert np.isfinite(out).all()
        if last is not None:
            assert np.abs(out - last).max() < 0.4
        if moment == 99:
            partly = mapping.confidence(state)
        last = out
    assert 0.5 < partly < 0.95
    assert mapping.confidence(state) < 0.2


@names
def test_input_that_stops_loses_all_confidence(name):
    mapping = made(name)
    state, _ = play(mapping, shown(0))
    stopped = shown(0).motion.values[-1].tolist()
    for _ in range(100):
        mapping.tick(state, 1.49, stopped)
    assert mapping.confidence(state) == 0.0


@names
@pytest.mark.parametrize("broken", [math.inf, -math.inf, 1e30])
def test_a_sensor_that_says_what_cannot_be_is_taken_as_missing(name, broken):
    mapping = made(name)
    motion = shown(0, take=1).motion.values
    absent, absurd = mapping.init(), mapping.init()
    for moment, row in enumerate(motion.tolist()):
        rest = row[1:]
        lost = mapping.tick(absent, moment / RATE, [math.nan, *rest])
        assert mapping.tick(absurd, moment / RATE, [broken, *rest]) == lost
    assert mapping.confidence(absurd) == mapping.confidence(absent) > 0.5


@names
def test_adding_and_removing_change_what_it_knows(name):
    mapping = made(name)
    mapping.add(shown(7))
    assert len(mapping.names) == 3  # not before fit
    mapping.fit()
    assert mapping.names[-1] == "gesture 7"
    mapping.remove("0.0")
    mapping.fit()
    assert mapping.names == ("gesture 1", "gesture 2", "gesture 7")
    state, _ = play(mapping, shown(7, take=1))
    assert mapping.likelihoods(state).argmax() == 2


@names
def test_two_takes_with_one_name_are_one_gesture_and_one_id_is_refused(name):
    mapping = made(name)
    mapping.add(shown(1, take=5))
    mapping.fit()
    assert len(mapping.names) == 3
    assert len(mapping.demonstrations) == 4
    with pytest.raises(CheironError, match=r"already a demonstration with the id '1\.5'"):
        mapping.add(shown(1, take=5))
    with pytest.raises(CheironError, match="no demonstration with the id 'x'"):
        mapping.remove("x")


@names
def test_nothing_taught_is_knobs_at_rest_and_no_confidence(name):
    mapping = made(name, gestures=0)
    state = mapping.init()
    assert mapping.tick(state, 0.0, [1.0] * 6) == [0.0, 0.0]
    assert mapping.confidence(state) == 0.0
    assert mapping.likelihoods(state).shape == (0,)
    assert np.isfinite(mapping.spread(state)).all()


@names
def test_other_axes_than_taught_are_refused(name):
    with pytest.raises(CheironError, match="has no m5"):
        made(name).add(shown(8, space=Space.of("motion", [f"m{i}" for i in range(5)])))


@names
def test_the_same_demonstrations_always_give_the_same_mapping(name):
    a, b = (play(made(name), shown(1, take=3))[1] for _ in range(2))
    np.testing.assert_array_equal(a, b)


@names
def test_a_demonstration_at_another_rate_is_understood(name):
    mapping = made(name, gestures=2)
    mapping.add(shown(2, rate=40.0))
    mapping.fit()
    state, _ = play(mapping, shown(2, take=1))
    assert mapping.likelihoods(state).argmax() == 2


@pytest.mark.parametrize("name", ["hmm", "hierarchical"])
def test_a_gesture_in_which_nothing_moves_is_refused_by_what_follows_time(name):
    times = np.arange(100) / RATE
    still = Recording(MOTION, times, np.ones((100, 6), np.float32))
    with pytest.raises(CheironError, match="nothing moves"):
        made(name).add(Demonstration("s", "still", still))


@pytest.mark.parametrize("name", ["neighbours", "gmr"])
def test_a_held_posture_can_be_taught_to_what_knows_postures(name):
    times = np.arange(100) / RATE
    mapping = made(name, gestures=0)
    for level in (0.0, 1.0):
        held = Recording(MOTION, times, np.full((100, 6), level, np.float32))
        sound = Recording(CONTROL, times, np.full((100, 2), level, np.float32))
        mapping.add(Demonstration(f"{level}", f"at {level}", held, sound))
    mapping.fit()
    assert mapping.tick(mapping.init(), 0.0, [1.0] * 6) == pytest.approx([1.0, 1.0], abs=0.05)


@names
def test_ten_demonstrations_are_learned_within_a_second(name):
    module, _, attribute = TAUGHT[name].partition(":")
    mapping = getattr(importlib.import_module(module), attribute)(MOTION, CONTROL, RATE)
    for gesture in range(10):
        mapping.add(shown(gesture, seconds=5.0))
    best = math.inf
    for _ in range(2):  # the first time also loads what NumPy loads late
        begun = time.process_time()
        mapping.fit()
        best = min(best, time.process_time() - begun)
    assert best < 1.0


def test_the_chains_play_alike_at_any_rate():
    slow, fast = (made("hmm", rate=rate) for rate in (50.0, 200.0))
    _, a = play(slow, shown(1, take=1, rate=50.0))
    _, b = play(fast, shown(1, take=1, rate=200.0))
    assert a[:, 3:].argmax(axis=1)[10:].tolist() == [1] * (len(a) - 10)
    assert np.abs(a[10:, 2] - b[::4][: len(a)][10:, 2]).mean() < 0.1


@pytest.mark.parametrize("config", [HmmConfig(topology="ergodic"), HmmConfig(covariance="full")])
def test_ergodic_and_full_chains_recognise_too(config):
    mapping = made("hmm", config=config)
    for gesture in range(3):
        state, _ = play(mapping, shown(gesture, take=1))
        assert mapping.likelihoods(state).argmax() == gesture


def test_a_sequence_of_gestures_is_recognised_without_marks():
    mapping = made("hierarchical")
    state = mapping.init()
    for gesture in (2, 0, 1):
        state, _ = play(mapping, shown(gesture, take=1), state)
        assert mapping.likelihoods(state).argmax() == gesture


def test_a_grammar_makes_what_follows_sooner_sure():
    grammar = {"gesture 0": ("gesture 2",), "gesture 2": ("gesture 0",)}
    open_, closed = (
        made("hierarchical", config=HierarchicalConfig(grammar=g)) for g in ({}, grammar)
    )
    surest = []
    for mapping in (open_, closed):
        state, _ = play(mapping, shown(0, take=1))
        _, rows = play(mapping, shown(2, take=1), state)
        surest.append(rows[:40, 3 + 2].mean())
    assert surest[1] >= surest[0]


def test_a_grammar_of_gestures_that_nobody_showed_is_refused():
    config = HierarchicalConfig(grammar={"gesture 0": ("jump",)})
    with pytest.raises(CheironError, match="the grammar names jump"):
        made("hierarchical", config=config)


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(CheironError, match="states"):
        HmmMapping(MOTION, CONTROL, RATE, HmmConfig(states=1))
    with pytest.raises(CheironError, match="covariance"):
        HmmMapping(MOTION, CONTROL, RATE, HmmConfig(covariance="round"))
    with pytest.raises(CheironError, match="mixture"):
        GmrMapping(MOTION, CONTROL, RATE, GmrConfig(components=0))
    with pytest.raises(CheironError, match="segments"):
        HierarchicalMapping(MOTION, CONTROL, RATE, HierarchicalConfig(segments=0))
