from cheiron.mapping.fingers import fingers_of
from cheiron.mapping.live_defaults import habit_of, switches
from cheiron.sources.hands import HandsSource

SPACE = HandsSource().space


def test_without_a_pointer_the_right_hand_is_the_finger_and_sounds_while_it_is_seen():
    habit = habit_of(SPACE, SPACE.names)
    assert habit.moves[:2] == ("right_x", "right_y")
    assert habit.touch == "right_seen"
    (finger,) = fingers_of(SPACE, habit)
    assert (finger.x, finger.y, finger.touch) == ("right_x", "right_y", "right_seen")


def test_whether_a_hand_is_seen_is_not_smoothed():
    assert switches(SPACE) == {"left_seen", "right_seen"}
