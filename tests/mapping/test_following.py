"""Takes are followed: at other tempos, over and over, one after the other, through gaps."""

import dataclasses
import math

import numpy as np
import pytest

from cheiron.core.demonstration import Demonstration
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.mapping.hmm import HmmConfig, HmmMapping

MOTION = Space.of("motion", [f"m{i}" for i in range(6)])
CONTROL = Space.of("control", ["a", "b"], -2.0, 2.0)
RATE = 100.0


def shown(gesture, take=0, seconds=1.5):
    """A wandering of its own for each gesture, in each take a little different and warped."""
    random = np.random.default_rng(100 * gesture + take)
    shape = np.random.default_rng(gesture)
    mix, phase = shape.standard_normal((4, 6)), shape.uniform(0, 6, 4)
    times = np.arange(int(seconds * RATE)) / RATE
    place = np.linspace(0, 1, len(times)) ** (1 + 0.1 * random.standard_normal())
    moved = np.sin(2 * np.pi * place[:, None] * [0.5, 1.0, 1.5, 2.0] + phase) @ mix
    moved += 0.03 * random.standard_normal(moved.shape)
    sound = np.stack([place, np.sin(4 * place + gesture)], axis=1)
    return Demonstration(
        f"{gesture}.{take}.{seconds}",
        f"gesture {gesture}",
        Recording(MOTION, times, moved.astype(np.float32)),
        Recording(CONTROL, times, sound.astype(np.float32)),
    )


def made(config=None):
    mapping = HmmMapping(MOTION, CONTROL, RATE, config)
    for gesture in range(3):
        mapping.add(shown(gesture))
    mapping.fit()
    return mapping


def play(mapping, demonstration, state=None):
    state = mapping.init() if state is None else state
    rows = []
    for moment, row in enumerate(demonstration.motion.values.tolist()):
        out = mapping.tick(state, moment / RATE, row)
        rows.append([*out, mapping.progress(state)])
    return state, np.array(rows)


def stretched(demonstration, factor):
    """The same, slower by a factor."""
    motion, target = demonstration.motion, demonstration.target
    times = np.arange(round(len(motion) * factor)) / RATE
    spread = [
        np.stack([np.interp(times, r.times * factor, c) for c in r.values.T], axis=1)
        for r in (motion, target)
    ]
    return Demonstration(
        "stretched",
        demonstration.name,
        Recording(MOTION, times, spread[0].astype(np.float32)),
        Recording(CONTROL, times, spread[1].astype(np.float32)),
    )


def off(rows, demonstration):
    wanted = demonstration.target.values
    return float(np.sqrt(np.mean((rows[:, :2] - wanted) ** 2 / wanted.var(axis=0))))


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.6])
def test_a_gesture_is_followed_at_another_tempo(factor):
    mapping = made()
    for gesture in range(3):
        other = stretched(shown(gesture, take=1), factor)
        state, rows = play(mapping, other)
        assert mapping.likelihoods(state).argmax() == gesture
        assert off(rows, other) < 0.35
        assert rows[-1, 2] > 0.85


def test_gestures_without_a_rest_between_them_are_each_followed():
    mapping, state = made(), None
    for gesture in (0, 2, 1, 1, 0):
        other = shown(gesture, take=2)
        state, rows = play(mapping, other, state)
        assert mapping.likelihoods(state).argmax() == gesture
        half = len(rows) // 2
        late = np.abs(rows[half:, :2] - other.target.values[half:]) / other.target.values.std(
            axis=0
        )
        assert np.median(late) < 0.35


def test_the_chain_alone_may_be_asked_where_the_hand_is():
    chain = HmmConfig(follow=0.0)
    mapping = made(chain)
    assert mapping.init().model.places is None
    _, rows = play(mapping, shown(1, take=1))
    assert off(rows, shown(1, take=1)) < 0.5


def test_takes_are_followed_through_a_sensor_that_is_gone():
    mapping = made()
    other = shown(1, take=1)
    values = other.motion.values.copy()
    values[30:90, :3] = math.nan
    holed = dataclasses.replace(other, motion=Recording(MOTION, other.motion.times, values))
    _, rows = play(mapping, holed)
    assert off(rows, other) < 0.35


def test_many_long_takes_stay_affordable():
    mapping = HmmMapping(MOTION, CONTROL, RATE)
    for take in range(30):
        mapping.add(shown(take % 3, take))
    mapping.fit()
    alpha = mapping.init().model.places.alpha
    assert alpha.shape[:2] == (3, 30) and 8 <= alpha.shape[2] <= 40
    by_gesture = alpha.sum(axis=(0, 2)).reshape(10, 3).sum(axis=0)
    np.testing.assert_allclose(by_gesture, 1.0)


def test_a_gesture_shorter_than_its_points_is_followed():
    mapping = HmmMapping(MOTION, CONTROL, RATE)
    mapping.add(shown(0, seconds=0.15))
    mapping.add(shown(1, seconds=1.5))
    mapping.fit()
    state, rows = play(mapping, shown(1, take=1))
    assert np.isfinite(rows).all() and mapping.likelihoods(state).argmax() == 1
