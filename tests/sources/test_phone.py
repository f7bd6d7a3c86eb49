import math

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.engine.fusion import Fusion
from cheiron.features import FEATURES
from cheiron.sources.phone import PhoneSource
from cheiron.sources.phone_clock import PhoneClock
from cheiron.sources.phone_motion import PhoneMotion, phone_axes

NAMES = [axis.name for axis in phone_axes()]


def sample(t=0.0, linear=(0, 0, 0), total=(0, 0, 9.81), rates=(0, 0, 0), held=(0, 0, 0)):
    return [t, *linear, *total, *rates, *held]


def row(motion, **said):
    return dict(zip(NAMES, motion.row(sample(**said), 0.0), strict=True))


def rotate(q, v):
    w, x, y, z = q
    u = np.array([x, y, z])
    return v + 2 * np.cross(u, np.cross(u, v) + w * v)


@pytest.mark.parametrize("held", [(0, 0, 0), (30, 40, 50), (200, -120, 80), (359, 179, -89)])
def test_the_quaternion_turns_gravity_upright(held):
    _, beta, gamma = np.radians(held)
    up = np.array([-np.cos(beta) * np.sin(gamma), np.sin(beta), np.cos(beta) * np.cos(gamma)])
    found = row(PhoneMotion(), held=held, total=tuple(9.81 * up))
    q = [found[f"quaternion_{part}"] for part in "wxyz"]
    assert np.linalg.norm(q) == pytest.approx(1)
    assert rotate(q, up) == pytest.approx([0, 0, 1], abs=1e-6)


def test_a_phone_that_points_acceleration_the_other_way_is_put_right():
    motion = PhoneMotion()
    for _ in range(10):
        found = row(motion, linear=(-1, 0, 0), total=(-1, 0, -9.81))
    assert found["linear_acceleration_x"] == pytest.approx(1)
    assert found["gravity_z"] == pytest.approx(9.81)


def test_a_phone_without_gyroscope_has_linear_acceleration_all_the_same():
    motion = PhoneMotion()
    nothing = (None, None, None)
    for _ in range(300):
        found = row(motion, linear=nothing, rates=nothing, held=nothing)
    assert found["gravity_z"] == pytest.approx(9.81)
    assert found["linear_acceleration_z"] == pytest.approx(0, abs=1e-3)
    assert math.isnan(found["gyroscope_x"]) and math.isnan(found["quaternion_w"])


def noisy_stamps(skew, seconds=60.0, rate=60, seed=0, jitter=0.004):
    """(stamp, arrival, truth) of a phone whose clock is off by an offset and a skew."""
    chance = np.random.default_rng(seed)
    truth = np.arange(0, seconds, 1 / rate)
    arrival = truth + 0.003 + chance.exponential(jitter, len(truth))
    return (truth + 1000) / (1 + skew), np.maximum.accumulate(arrival), truth


@pytest.mark.parametrize("skew", [-2e-4, 0.0, 1e-4])
def test_offset_and_skew_are_removed(skew):
    clock = PhoneClock()
    stamps, arrivals, truth = noisy_stamps(skew)
    found = [clock.local(s, a, trip=0.006) for s, a in zip(stamps, arrivals, strict=True)]
    assert clock.skew == pytest.approx(skew, abs=1.5e-5)
    late = np.array(found[1800:]) - truth[1800:]
    assert np.abs(late).max() < 1e-3


def test_a_clock_that_stood_still_while_the_phone_slept_is_believed_again():
    clock = PhoneClock()
    for k in range(600):
        clock.local(k / 60, k / 60 + 0.005)
    for k in range(600, 900):  # it slept for 0.3 s, and its clock with it
        last = clock.local(k / 60, k / 60 + 0.305)
    assert last == pytest.approx(899 / 60 + 0.305, abs=2e-3)


def test_a_page_that_is_loaded_again_has_a_new_clock():
    source = PhoneSource()
    for k in range(100):
        source.push([sample(50 + k / 60)], 10 + k / 60)
    source.come()
    source.push([sample(0.5)], 20.0)
    assert source.latest().time == pytest.approx(20.0)


def test_a_source_that_goes_away_is_undefined_in_the_fused_frame_and_comes_back():
    source, fusion = PhoneSource(clock=lambda: 1.0), Fusion()
    fusion.add("phone", source)
    source.push([sample(0.0)], 0.5)
    assert fusion.read(0.6).values[2] == pytest.approx(9.81)
    source.leave("it sleeps.")
    assert np.isnan(fusion.read(1.1).values).all()
    assert fusion.problem("phone") == "it sleeps."
    source.push([sample(2.0)], 2.5)
    assert fusion.read(2.6).values[2] == pytest.approx(9.81)


def test_lost_samples_and_latency_are_told():
    source, fusion = PhoneSource(), Fusion()
    fusion.add("phone", source)
    for k in [*range(30), *range(33, 60)]:
        source.push([sample(k / 60)], k / 60, trip=0.008)
    fusion.read(1.0)
    (figures,) = fusion.figures(1.0)
    assert figures.lost == 3
    assert figures.to_json()["latency"] >= 4.0


def test_every_inertial_feature_finds_its_axes():
    import importlib

    needs = 0
    for place in FEATURES.values():
        module, name = place.split(":")
        feature = getattr(importlib.import_module(module), name)
        needs += bool(feature.inputs(PhoneSource().space))
    assert needs >= 5


@pytest.mark.parametrize("seat", [0, 9, True, "1", 1.5])
def test_a_seat_that_is_none_is_refused(seat):
    with pytest.raises(CheironError, match="seat"):
        PhoneSource(seat)


def test_a_batch_that_is_none_is_counted():
    source = PhoneSource()
    assert not source.push([], 1.0) and not source.push([[1.0, 2.0]], 1.0)
    assert source.malformed == 2 and source.latest() is None
