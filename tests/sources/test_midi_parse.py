import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.sources.midi_axes import MidiAxes
from cheiron.sources.midi_parse import MidiMessage, MidiParser


class Cable:
    """Bytes in, axes out."""

    def __init__(self, **settings):
        self.parser, self.axes, self.time = MidiParser(), MidiAxes(**settings), 0.0

    def __call__(self, *data, wait=0.1):
        self.time += wait
        for message in self.parser.feed(data):
            self.axes.take(message, self.time)
        return self

    def __getitem__(self, name):
        return round(float(self.axes.values()[self.axes.space.index(name)]), 4)


def kinds(*data):
    return [(m.kind, m.first, m.second) for m in MidiParser().feed(data)]


def test_running_status_and_clock_bytes_in_the_middle():
    assert kinds(0x90, 60, 0xF8, 100, 62, 0xFE, 90) == [(9, 60, 100), (9, 62, 90)]


def test_messages_cut_into_single_bytes_are_whole():
    parser = MidiParser()
    found = [m for byte in (0xE3, 0, 64) for m in parser.feed([byte])]
    assert found == [MidiMessage(0xE, 3, 0, 64)]


def test_system_exclusive_is_left_out_and_ends_running_status():
    parser = MidiParser()
    found = list(parser.feed([0x90, 60, 100, 0xF0, 1, 2, 0xF8, 3, 0xF7, 62, 90, 0xB0, 1, 5]))
    assert [m.kind for m in found] == [9, 0xB]
    assert parser.malformed == 2


def test_a_message_that_breaks_off_is_counted():
    parser = MidiParser()
    assert [m.first for m in parser.feed([0x90, 60, 0x90, 61, 1])] == [61]
    assert parser.malformed == 1


def test_bytes_whatever_never_raise_and_values_stay_in_range():
    generator = np.random.default_rng(11)
    for mpe in (None, True):
        cable = Cable(mpe=mpe)
        for _ in range(300):
            data = generator.integers(0, 256, 50)
            data[generator.random(50) < 0.3] = generator.choice([0x90, 0x80, 0xB0, 0xE0, 0xBF])
            cable(*data.tolist(), wait=0.003)
        values = cable.axes.values()
        assert np.isfinite(values).all()
        assert values.min() >= -1
        assert values.max() <= 127


def test_the_key_struck_last_counts_and_the_one_before_comes_back():
    cable = Cable()(0x90, 60, 127, 64, 64)
    assert (cable["note"], cable["gate"], cable["velocity"]) == (64, 1, 0.5039)
    cable(0x80, 64, 0)
    assert (cable["note"], cable["gate"], cable["velocity"]) == (60, 1, 1)
    cable(0x90, 60, 0)
    assert (cable["note"], cable["gate"]) == (60, 0)


@pytest.mark.parametrize("controller", [120, 123])
def test_notes_that_hang_are_let_go_by_all_notes_off(controller):
    assert Cable()(0x90, 60, 100, 61, 100, 0xB0, controller, 0)["gate"] == 0


def test_a_note_struck_twice_ends_once():
    assert Cable()(0x90, 60, 100, 60, 100, 0x80, 60, 0)["gate"] == 0


def test_panic_lets_go_of_everything():
    cable = Cable()(0x90, 60, 100, 0xE0, 0, 127, 0xD0, 90)
    cable.axes.panic()
    assert (cable["gate"], cable["bend"], cable["pressure"]) == (0, 0, 0)


@pytest.mark.parametrize(("low", "high", "bend"), [(0, 64, 0), (0, 0, -1), (127, 127, 1)])
def test_bend_is_exact_at_its_ends_and_middle(low, high, bend):
    assert Cable()(0xE0, low, high)["bend"] == bend


def test_controllers_become_axes_when_they_move():
    cable = Cable(controllers=[7])
    first = cable.axes.space
    assert "cc7" in first.names
    cable(0xB4, 1, 127)
    assert cable.axes.space is not first
    assert (cable["cc1"], cable["cc7"]) == (1, 0)


def test_two_halves_are_one_value_of_14_bits():
    cable = Cable()
    for value in (0, 5000, 10000, 16383):
        cable(0xB0, 2, value >> 7)(0xB0, 34, value & 127, wait=0.001)
        assert cable["cc2"] == pytest.approx(value / 16383, abs=1e-4)
    assert "cc34" not in cable.axes.space.names
    cable(0xB0, 34, 0, wait=1.0)  # the upper half has not changed, so it is not sent
    assert cable["cc2"] == pytest.approx(16256 / 16383, abs=1e-4)


@pytest.mark.parametrize("step", [1, -1])
def test_a_slow_turn_never_jumps_back_between_the_halves(step):
    cable, seen = Cable(), []
    for value in range(8000, 8300)[::step]:
        for controller, half in ((2, value >> 7), (34, value & 127)):
            cable(0xB0, controller, half, wait=0.001)
            seen.append(cable["cc2"])
    assert (step * np.diff(seen[6:]) >= 0).all()


def test_upper_numbers_are_knobs_of_their_own_where_nothing_pairs_them():
    cable = Cable()(0xB0, 1, 64)(0xB0, 33, 127)(0xB0, 33, 0)
    assert (cable["cc33"], cable["cc1"]) == (0, 0.5039)


def test_bank_and_data_entry_are_no_axes():
    cable = Cable()(0xB0, 0, 1, 32, 1, 101, 0, 100, 0, 6, 2, 38, 0)
    assert not [name for name in cable.axes.space.names if name.startswith("cc")]
    with pytest.raises(CheironError, match="cannot be an axis"):
        MidiAxes(controllers=[101])


def test_poly_pressure_is_that_of_its_key():
    cable = Cable()(0x90, 60, 100, 64, 100, 0xA0, 60, 127)
    assert cable["pressure"] == 0
    assert cable(0x80, 64, 0)["pressure"] == 1


MPE_ON = (0xB0, 101, 0, 100, 6, 6, 15)


def test_an_instrument_that_says_it_is_mpe_gets_voices():
    cable = Cable()
    assert "bend1" not in cable.axes.space.names
    cable(*MPE_ON)
    assert {"note1", "bend5", "slide3"} <= set(cable.axes.space.names)
    cable(0x91, 60, 100, 0x92, 64, 100, 0xE1, 127, 127, 0xE2, 0, 0, 0xD1, 127, 0xB2, 74, 127)
    assert (cable["note1"], cable["bend1"], cable["pressure1"], cable["slide1"]) == (60, 1, 1, 0)
    assert (cable["note2"], cable["bend2"], cable["pressure2"], cable["slide2"]) == (64, -1, 0, 1)
    assert (cable["note"], cable["bend"]) == (64, -1)
    cable(0x81, 60, 0, 0x93, 67, 100)
    assert (cable["note1"], cable["gate2"], cable["note2"]) == (67, 1, 64)


def test_mpe_ends_when_the_instrument_says_so():
    cable = Cable()(*MPE_ON)(*MPE_ON[:-1], 0)
    assert "bend1" not in cable.axes.space.names


def test_the_switch_by_hand_wins():
    assert "bend1" in Cable(mpe=True).axes.space.names
    assert "bend1" not in Cable(mpe=False)(*MPE_ON).axes.space.names


def test_a_sixth_voice_sounds_as_the_newest_note_only():
    cable = Cable(mpe=True)
    for k in range(6):
        cable(0x91 + k, 60 + k, 100)
    assert (cable["note"], cable["note5"]) == (65, 64)


def test_all_notes_off_on_the_zones_master_ends_all_voices():
    cable = Cable(mpe=True)(0x91, 60, 100, 0x92, 62, 100, 0xB0, 123, 0)
    assert (cable["gate"], cable["gate1"], cable["gate2"]) == (0, 0, 0)
