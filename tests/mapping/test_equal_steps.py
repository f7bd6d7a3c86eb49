"""Local exploration where a perceptual metric is known."""

import numpy as np
import pytest

from cheiron.core.space import Axis, Space
from cheiron.mapping.loop import Directions

CONTROL = Space(
    "control", (Axis("loudness", -80, -10), Axis("a"), Axis("b"), Axis("t", kind="texture"))
)
RATE = 100.0
STRETCH = np.array([0.0, 3.0, 0.6, 0.0])  # a is heard five times as much as b


def circle(frames=200):
    turn = np.linspace(0, 2 * np.pi, frames, endpoint=False)
    rows = np.zeros((frames, 4))
    rows[:, 1], rows[:, 2] = 0.5 * np.cos(turn), 0.5 * np.sin(2 * turn)
    return rows


def feel(rows):
    return np.repeat(np.diag(STRETCH**2)[None], len(rows), axis=0)


def heard(directions, phase, leads):
    moved = np.zeros(4)
    moved[directions.columns] = directions.led(phase, leads)
    return np.linalg.norm(STRETCH * moved)


def sizes(directions):
    turns = np.linspace(0, np.pi, 7)
    return np.array(
        [
            heard(directions, phase, [np.cos(t), np.sin(t), 0.0])
            for phase in range(0, 200, 20)
            for t in turns
        ]
    )


def test_gestures_of_one_size_are_changes_of_one_size():
    equal, plain = (sizes(Directions(CONTROL, circle(), RATE, feel=f)) for f in (feel, None))
    assert equal.max() / equal.min() < 2.0 < plain.max() / plain.min() / 2
    assert equal.std() / equal.mean() < 0.5 * plain.std() / plain.mean()


def test_equal_steps_are_about_as_large_on_the_whole():
    equal, plain = (sizes(Directions(CONTROL, circle(), RATE, feel=f)) for f in (feel, None))
    assert equal.mean() == pytest.approx(plain.mean(), rel=0.5)


@pytest.mark.parametrize("nothing", [lambda rows: None, lambda rows: np.zeros((len(rows), 4, 4))])
def test_where_nobody_knows_the_steps_are_the_plain_ones(nothing):
    plain = Directions(CONTROL, circle(), RATE)
    found = Directions(CONTROL, circle(), RATE, feel=nothing)
    assert found.led(33.3, [1.0, -1.0, 0.0]) == plain.led(33.3, [1.0, -1.0, 0.0])


def test_around_live_sound_the_metric_is_that_of_all_places():
    found = Directions(CONTROL, circle(), 0.0, feel=feel)
    assert heard(found, 0.0, [1, 0, 0]) == pytest.approx(heard(found, 0.0, [0, 1, 0]), rel=0.7)
