import math

import numpy as np
import pytest

from cheiron.core.frame import Frame
from cheiron.core.space import Axis, Space
from cheiron.engine.wiggle import Wiggle

RATE = 60
SPACE = Space.of("motion", ["a", "b", "c"], low=-1.0, high=1.0)


def watch(wiggle, columns, seconds=5.0, rate=RATE):
    """When and what it finds in columns that are functions of time."""
    for k in range(int(seconds * rate)):
        row = np.array([column(k / rate) for column in columns], np.float32)
        found = wiggle.feed(Frame(100 + k / rate, row, wiggle.space))
        if found:
            return found, k / rate
    return None, math.inf


def wave(size, hertz=2.5, start=0.0):
    return lambda t: size * math.sin(2 * math.pi * hertz * (t - start)) if t > start else 0.0


def rest(t):
    return 0.0


def noise(seed, sd):
    generator = np.random.default_rng(seed)
    return lambda t: generator.normal(0, sd)


def test_the_axis_that_moves_to_and_fro_is_found_soon_with_its_range():
    found, when = watch(Wiggle(SPACE), [rest, wave(0.4), rest])
    assert found.axis == "b"
    assert when < 1.2
    assert (found.low, found.high) == pytest.approx((-0.4, 0.4), abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_purpose(seed):
    noises = [noise(seed, 0.3), noise(seed + 100, 0.02), rest]
    assert watch(Wiggle(SPACE), noises)[0] is None


@pytest.mark.parametrize("seed", range(5))
def test_a_wiggle_is_found_among_noise(seed):
    shaky = noise(seed, 0.02)
    found, _ = watch(
        Wiggle(SPACE), [noise(seed + 10, 0.1), lambda t: wave(0.3)(t) + shaky(t), rest]
    )
    assert found.axis == "b"


def test_drift_however_far_is_no_purpose():
    assert (
        watch(Wiggle(SPACE), [lambda t: -1 + 0.5 * t, lambda t: 1 - 2 * math.exp(-t), rest])[0]
        is None
    )
    found, _ = watch(Wiggle(SPACE), [lambda t: -1 + 0.5 * t, wave(0.3), rest])
    assert found.axis == "b"


def test_one_move_there_and_back_is_not_enough():
    assert watch(Wiggle(SPACE), [lambda t: wave(0.5, 0.5)(min(t, 1.0)), rest, rest])[0] is None


def test_of_two_that_move_the_larger_is_taken():
    found, when = watch(Wiggle(SPACE), [wave(0.2), rest, wave(0.5)])
    assert (found.axis, when < 1.5) == ("c", True)


def test_two_that_move_nearly_alike_are_told_apart_late():
    found, when = watch(Wiggle(SPACE), [wave(0.42), wave(0.5), rest])
    assert found.axis == "b"
    assert when > 2.5


def test_movement_counts_in_ranges_of_the_axis():
    space = Space("motion", (Axis("gyro", -10, 10), Axis("x", 0, 1)))
    found, _ = watch(Wiggle(space), [wave(1.0), lambda t: 0.5 + wave(0.3)(t)])
    assert found.axis == "x"


def test_what_is_derived_is_left_out():
    found, _ = watch(Wiggle(SPACE, only=["a", "c"]), [wave(0.2), wave(0.9), rest])
    assert found.axis == "a"


def test_a_switch_is_pressed_and_let_go():
    space = Space.of("keys", ["key_a", "key_b", "gate"], low=0.0, high=1.0)

    def pressed(t):
        return float(0.3 < t < 0.5)

    found, _ = watch(Wiggle(space), [rest, pressed, pressed])
    assert found.axis == "key_b"  # of several that move alike the first


def test_undefined_and_still_axes_do_no_harm():
    found, _ = watch(Wiggle(SPACE), [lambda t: math.nan, wave(0.4), lambda t: 0.3])
    assert found.axis == "b"
    assert watch(Wiggle(SPACE), [lambda t: math.nan] * 3)[0] is None


def test_frames_at_the_control_rate_are_as_good():
    assert watch(Wiggle(SPACE), [rest, wave(0.4), rest], rate=344)[0].axis == "b"


def test_a_frame_of_another_space_is_ignored():
    assert (
        Wiggle(SPACE).feed(Frame(0.0, np.zeros(2, np.float32), Space.of("o", ["p", "q"]))) is None
    )
