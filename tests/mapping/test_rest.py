"""A hand that rests: the sound falls silent, confidence falls, and no old gesture sticks."""

import numpy as np
import pytest

from cheiron.core.demonstration import Demonstration
from cheiron.core.recording import Recording
from cheiron.core.space import Axis, Space
from cheiron.mapping.level import Level
from cheiron.mapping.live_taught import Followed, Lesson
from cheiron.mapping.rest import Rest, between_rests
from cheiron.mapping.taught_kinds import make_taught

RATE = 100.0
GYROSCOPE = Space.of("motion", [f"{k}_{a}" for k in ("gyroscope", "course") for a in "xyz"])
PLAIN = Space.of("motion", ["left", "right"])
KNOBS = Space("knobs", (Axis("loudness", -60.0, 0.0), Axis("pitch", -1.0, 1.0)))


def wave(gesture, space, seconds=2.0):
    """A turning hand, its course integrated; or two axes that wander."""
    at = np.arange(round(seconds * RATE)) / RATE
    speed = np.array([1.0, 0.7, 1.3]) * (1 + gesture)
    turning = np.sin(np.pi * at / seconds)[:, None] * np.cos(
        speed * (at[:, None] + [0.0, 0.4, 1.0]) * (-1) ** gesture
    )
    course = np.cumsum(turning, axis=0) / RATE
    rows = np.concatenate([2 * turning, course], axis=1) if space is GYROSCOPE else course[:, :2]
    return Recording(space, at, rows.astype(np.float32))


def lesson(kind, space, grammar=None):
    taught = make_taught(kind, space, KNOBS, RATE, {}, grammar or {})
    for gesture in range(2):
        move = wave(gesture, space)
        sound = np.stack([np.full(len(move), -6.0), np.full(len(move), gesture - 0.5)], axis=1)
        target = Recording(KNOBS, move.times, sound.astype(np.float32))
        taught.add(Demonstration(str(gesture), f"g{gesture}", move, target))
    taught.fit()
    return Followed(space, KNOBS, Lesson(taught), taught, Level.of(KNOBS))


def held(rows, space, seconds, noise=0.0):
    """The last row for some time: a hand at rest, its sensor a little noisy."""
    count = round(seconds * RATE)
    last = rows[-1].copy()
    if space is GYROSCOPE:
        last[:3] = 0.0
    random = np.random.default_rng(1)
    return last + noise * random.standard_normal((count, space.size))


def walk(followed, state, rows, start):
    out = []
    for index, row in enumerate(rows):
        loud = followed.tick(state, start + index / RATE, list(map(float, row)))[0]
        heard, progress = followed.echo.heard
        out.append((loud, followed.confidence(state), progress, heard.max()))
    return np.array(out)


timed = pytest.mark.parametrize(
    ("kind", "space"),
    [("hmm", GYROSCOPE), ("hmm", PLAIN), ("hierarchical", GYROSCOPE), ("hierarchical", PLAIN)],
)


@timed
def test_a_hand_that_comes_to_rest_falls_silent_and_leaves_no_gesture_behind(kind, space):
    followed = lesson(kind, space)
    state = followed.init()
    played = wave(0, space).values
    moving = walk(followed, state, played, 0.0)
    assert moving[100:150, 0].min() > -20.0 and moving[100:150, 1].min() > 0.5
    spread = 0.02 * np.std(played, axis=0)
    resting = walk(followed, state, held(played, space, 5.0, spread), 2.0)
    assert np.all(np.abs(np.diff(resting[:, 0])) < 10.0)  # it closes, it does not break off
    np.testing.assert_allclose(resting[400:, 0], -60.0)
    assert resting[400:, 1].max() < 1e-6
    np.testing.assert_allclose(resting[400:, 2], 0.0)
    np.testing.assert_allclose(resting[400:, 3], 0.5)  # no gesture more than another


@timed
def test_after_a_rest_the_next_gesture_begins_at_its_beginning(kind, space):
    followed = lesson(kind, space)
    state = followed.init()
    first = wave(0, space).values
    walk(followed, state, first, 0.0)
    walk(followed, state, held(first, space, 4.0), 2.0)
    again = walk(followed, state, wave(1, space).values, 6.0)
    assert state.inner.likelihoods.argmax() == 1
    assert again[30, 2] < 0.5 < 0.8 < again[-1, 2]
    assert again[50:150, 0].min() > -20.0


@timed
def test_nothing_sounds_before_anything_moves(kind, space):
    followed = lesson(kind, space)
    state = followed.init()
    still = walk(followed, state, np.zeros((300, space.size)), 0.0)
    np.testing.assert_allclose(still[:, 0], -60.0)
    assert still[:, 1].max() == 0.0


@pytest.mark.parametrize("after", ["g0", "g1"])
def test_a_grammar_still_counts_after_a_rest(after):
    followed = lesson("hierarchical", GYROSCOPE, {"g0": (after,)})
    state = followed.init()
    first = wave(0, GYROSCOPE).values
    walk(followed, state, first, 0.0)
    walk(followed, state, held(first, GYROSCOPE, 4.0), 2.0)
    walk(followed, state, [[0.2, 0.0, 0.0, 0.0, 0.0, 0.0]], 6.0)  # it moves; whichever it is
    assert not state.rest.over
    assert state.inner.likelihoods[int(after[1])] > 0.9


@pytest.mark.parametrize("kind", ["neighbours", "gmr"])
def test_a_posture_that_is_held_goes_on_sounding(kind):
    followed = lesson(kind, PLAIN)
    state = followed.init()
    rows = np.tile(wave(0, PLAIN).values[120], (600, 1))
    assert walk(followed, state, rows, 0.0)[100:, 0].min() > -20.0


def test_a_rest_that_was_shown_inside_a_gesture_does_not_end_it():
    at = np.arange(500) / RATE
    values = np.where((at > 1.0) & (at < 3.0), 0.0, 1.0)[:, None].astype(np.float32)
    shown = Recording(Space.of("m", ["gyroscope_x"]), at, values)
    for motions, over in (((), True), ((shown,), False)):
        rest = Rest(shown.space.names, [1.0], RATE, motions)
        state = rest.init()
        said = [rest.tick(state, row, progress=0.4) for row in values[:300].tolist()]
        assert said[-1] == over
        assert [rest.tick(state, [0.0], progress=0.4) for _ in range(80)][-1]


def test_an_axis_that_comes_back_is_no_movement():
    rest = Rest(["x", "y"], [1.0, 1.0], RATE)
    state = rest.init()
    nan = float("nan")
    rows = [[0.0, nan]] * 50 + [[0.0, 5.0]] * 50 + [[nan, 5.0]] * 50
    assert all(rest.tick(state, row, 0.0) for row in rows)
    assert not rest.tick(state, [0.0, 4.0], 0.0)


def test_the_rests_around_a_shown_gesture_are_cut_off():
    values = np.zeros((300, 1), np.float32)
    values[100:200] = 1.0
    shown = Recording(Space.of("m", ["phone.gyroscope_x"]), np.arange(300) / RATE, values)
    assert between_rests(shown, RATE) == slice(90, 210)
    nothing = Recording(shown.space, shown.times, np.zeros_like(values))
    assert between_rests(nothing, RATE) == slice(None)
