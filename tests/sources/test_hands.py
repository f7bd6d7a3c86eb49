import math

import numpy as np
import pytest

from cheiron.core.hand_shape import SIDES
from cheiron.core.protocols import Source
from cheiron.engine.fusion import Fusion
from cheiron.sources.hands import BLINK, RESTING, HandsSource

# A flat hand, fingers up, palm to the camera: its landmarks in metres for the right hand as the
# camera sees it, x right, y down.
_ROOTS = {
    1: (0.03, -0.02),
    5: (0.025, -0.09),
    9: (0.0, -0.095),
    13: (-0.02, -0.09),
    17: (-0.04, -0.08),
}
FLAT = np.zeros((21, 3))
for _root, (_x, _y) in _ROOTS.items():
    for _k in range(4):
        FLAT[_root + _k, :2] = _x + (0.02 * _k if _root == 1 else 0.0), _y - 0.025 * _k


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def source(clock):
    return HandsSource(clock=clock)


def hand(x, side="right", score=0.95, y=0.6, looks=None):
    """A hand whose palm is about at x of the picture, which is not mirrored."""
    world = FLAT * [1 if side == "right" else -1, 1, 1]
    points = world * 1.5 + [x, y, 0]
    rows = {"points": points.ravel().tolist(), "world": world.ravel().tolist()}
    return {"side": looks or side, "score": score, **rows}


def message(*hands, time, delay=0.05, **changes):
    sent = 1e3 * (time + delay)
    told = {"time": 1e3 * time, "sent": sent, "aspect": 4 / 3, "lost": 0, "hands": list(hands)}
    return {"type": "hands", **told} | changes


def film(source, clock, frames, rate=20.0, page="1"):
    """Push pictures, each a list of hands; the page's clock started 40 s after the engine's."""
    for hands in frames:
        clock.now += 1 / rate
        source.push(message(*hands, time=clock.now - 40 - 0.05), clock.now, page)


def says(source, *names):
    frame = source.latest()
    return [float(frame.values[source.space.index(name)]) for name in names]


def test_it_is_a_source(source):
    assert isinstance(source, Source)
    assert source.latest() is None
    assert source.space.size == 30


def test_to_the_players_right_is_right(source, clock):
    film(source, clock, [[hand(0.3, "right"), hand(0.7, "left")]])
    right, left = says(source, "right_x", "left_x")
    assert right > 0.6 > 0.4 > left
    assert says(source, "left_seen", "right_seen") == [1, 1]
    assert min(says(source, "right_open", "left_open")) > 0.9


def test_a_camera_behind_the_player_needs_no_mirror(clock):
    source = HandsSource(mirror=False, clock=clock)
    film(source, clock, [[hand(0.3, "left")]])
    assert says(source, "left_x")[0] < 0.4
    assert HandsSource(**source.settings).mirror is False


def test_a_frame_bears_the_time_of_the_picture(source, clock):
    film(source, clock, [[hand(0.3 + k / 100)] for k in range(8)])
    times = [letter.frame.time for letter in source.mailbox.since(0)]
    assert np.diff(times) == pytest.approx(np.full(7, 0.05), abs=1e-6)
    assert clock.now - times[-1] == pytest.approx(0.05, abs=1e-6)
    assert source.latency == pytest.approx(0.05, abs=1e-6)


def test_a_picture_that_took_longer_to_look_at_is_not_a_later_one(source):
    for k, delay in enumerate((0.03, 0.13, 0.06, 0.03)):
        time = 7 + k / 10
        source.push(message(hand(0.4), time=time, delay=delay), 50 + time + delay)
    times = [letter.frame.time - 50 for letter in source.mailbox.since(0)]
    assert times == pytest.approx([7.0, 7.1, 7.2, 7.3], abs=1e-6)


def test_a_hand_that_leaves_is_undefined_and_not_seen_the_other_stays(source, clock):
    both = [hand(0.3), hand(0.7, "left")]
    film(source, clock, [both] * 4)
    film(source, clock, [[both[0]]] * 6)
    assert says(source, "left_seen", "right_seen") == [0, 1]
    assert all(math.isnan(v) for v in says(source, "left_x", "left_open", "left_yaw"))
    film(source, clock, [both] * 2)
    assert says(source, "left_seen")[0] == 1


def test_a_hand_missed_in_one_picture_has_not_left(source, clock):
    both = [hand(0.3), hand(0.7, "left")]
    film(source, clock, [both, both, both[:1]], rate=1.1 / BLINK)
    assert says(source, "left_seen")[0] == 1


def test_without_any_hand_it_falls_silent_and_is_away_until_one_comes(source, clock):
    film(source, clock, [[hand(0.3)]] * 3)
    assert not source.away
    film(source, clock, [[]] * 40)
    count = source.mailbox.latest().count
    assert says(source, "right_seen")[0] == 0
    assert source.away
    film(source, clock, [[]] * 5)
    assert source.mailbox.latest().count == count
    film(source, clock, [[hand(0.3)]])
    assert not source.away
    assert says(source, "right_seen")[0] == 1


def test_pictures_that_stop_coming_leave_nothing_behind(source, clock):
    film(source, clock, [[hand(0.3)]] * 3)
    clock.now += RESTING + 0.1
    assert source.away
    fusion = Fusion()
    fusion.add("hands", source)
    frame = fusion.read(clock.now)
    assert frame is None or np.isnan(frame.values).all()


def test_hands_keep_their_names_when_they_cross_though_the_looks_err(source, clock):
    frames = []
    for k in range(41):
        x = 0.25 + 0.5 * k / 40
        apart = abs(x - 0.5) > 0.08
        right = hand(x, "right", looks="right" if apart else "left", y=0.62)
        left = hand(1 - x, "left", looks="left" if apart else "right", y=0.5)
        frames.append([right, left] if k % 3 else [left, right])
    film(source, clock, frames)
    right, left = says(source, "right_x", "left_x")
    assert right < 0.4 < 0.6 < left
    assert says(source, "left_seen", "right_seen") == [1, 1]


def test_looks_that_contradict_for_long_are_believed(source, clock):
    film(source, clock, [[hand(0.4, "left", score=0.6)]] * 3)
    assert says(source, "left_seen")[0] == 1
    film(source, clock, [[hand(0.4, "right")]] * 30)
    assert says(source, "left_seen", "right_seen") == [0, 1]


def test_two_hands_that_both_look_right_are_still_two(source, clock):
    film(source, clock, [[hand(0.3, "right"), hand(0.7, "left", looks="right", score=0.6)]] * 3)
    assert says(source, "left_seen", "right_seen") == [1, 1]
    assert says(source, "right_x")[0] > 0.6


def test_one_hand_found_twice_is_one(source, clock):
    film(source, clock, [[hand(0.3, "right"), hand(0.302, "left", score=0.6)]] * 3)
    assert says(source, "left_seen", "right_seen") == [0, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"time": None},
        {"sent": "now"},
        {"aspect": True},
        {"lost": math.nan},
        {"hands": None},
        {"hands": [3]},
        {"hands": [hand(0.5)] * 5},
        {"hands": [hand(0.5) | {"side": "third"}]},
        {"hands": [hand(0.5) | {"score": None}]},
        {"hands": [hand(0.5) | {"points": [0.5] * 62}]},
        {"hands": [hand(0.5) | {"points": [0.5] * 64}]},
        {"hands": [hand(0.5) | {"world": [math.inf] * 63}]},
        {"hands": [hand(0.5) | {"world": [math.nan] * 63}]},
        {"hands": [hand(0.5) | {"world": ["0"] * 63}]},
        {"hands": [hand(0.5) | {"points": [1e9] * 63}]},
    ],
)
def test_a_malformed_message_is_counted_and_changes_nothing(source, clock, changes):
    film(source, clock, [[hand(0.3)]])
    before = source.latest()
    assert not source.push(message(time=clock.now) | changes, clock.now)
    assert source.malformed == 1
    assert source.latest() is before


@pytest.mark.parametrize(
    "changes", [{"aspect": 0}, {"aspect": -3}, {"sent": -1e12}, {"time": 1e14}]
)
def test_absurd_numbers_do_no_harm(source, clock, changes):
    film(source, clock, [[hand(0.3)]] * 2)
    source.push(message(hand(0.3), time=clock.now - 40) | changes, clock.now + 0.05)
    frame = source.latest()
    assert frame.time <= clock.now + 0.06
    assert not np.isinf(frame.values).any()


def test_time_never_falls(source, clock):
    film(source, clock, [[hand(0.3)]] * 3)
    source.push(message(hand(0.3), time=clock.now - 41.5, delay=1.5), clock.now + 0.01)
    times = [letter.frame.time for letter in source.mailbox.since(0)]
    assert (np.diff(times) > 0).all()


def test_a_page_that_goes_lets_its_hands_go(source, clock):
    film(source, clock, [[hand(0.3)]] * 3, page="1")
    source.release_all("2", clock.now)
    assert says(source, "right_seen")[0] == 1
    source.release_all("1", clock.now + 0.01)
    assert says(source, "right_seen")[0] == 0
    assert source.away


def test_the_page_whose_camera_went_on_last_is_heard(source, clock):
    film(source, clock, [[hand(0.3)]] * 3, page="1")
    film(source, clock, [[hand(0.6)]], page="2")
    film(source, clock, [[hand(0.3)]], page="1")
    assert says(source, "right_x")[0] < 0.5
    clock.now += 2
    film(source, clock, [[hand(0.3)]], page="1")
    assert says(source, "right_x")[0] > 0.5


def test_it_says_that_no_camera_is_on(source, clock):
    assert source.problem == ""
    clock.now += 5
    assert "Start camera" in source.problem
    film(source, clock, [[]])
    assert source.problem == ""


def test_both_sides_have_the_same_axes(source):
    left, right = (
        [n.partition("_")[2] for n in source.space.names if n.startswith(s)] for s in SIDES
    )
    assert left == right
    assert all(axis.help for axis in source.space.axes)
