import math

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from cheiron.sources.osc_axes import AxisTable
from cheiron.sources.osc_layouts import LAYOUTS, layout_of


def table_of(*messages):
    table = AxisTable()
    for address, count in messages:
        table.columns(address, [0.0] * count)
    return table


def test_riot_has_the_axes_of_an_inertial_sensor_in_their_units():
    table = table_of(("/0/raw", 21))
    names = table.space.names
    assert {"accelerometer_x", "gyroscope_z", "magnetometer_y", "quaternion_w"} <= set(names)
    columns = dict(table.columns("/0/raw", [0.0] * 21))
    assert table.scale(columns[0]) == pytest.approx(9.81)
    assert table.scale(columns[3]) == pytest.approx(1000 * math.pi / 180)
    assert names[columns[13]] == "quaternion_w"


def test_an_older_riot_with_twelve_numbers_has_what_it_has():
    names = table_of(("/0/raw", 12)).space.names
    assert "gyroscope_x" in names and "quaternion_w" not in names


def test_a_second_device_is_told_apart():
    names = table_of(("/0/raw", 12), ("/3/raw", 12)).space.names
    assert "accelerometer_x" in names and "3.accelerometer_x" in names


@pytest.mark.parametrize(
    ("address", "count", "first"),
    [
        ("/comote/42/devicemotion", 7, "accelerometer_x"),
        ("/comote/42/buttonA", 1, "button"),
        ("/comote/v3/a/gyroscope", 5, "gyroscope_x"),
        ("/comote/v3/a/absoluteorientation/quaternion", 6, "quaternion_x"),
    ],
)
def test_comotes_addresses_are_known(address, count, first):
    assert layout_of(address, count)[1][0].name == first


def test_others_keep_their_names():
    assert table_of(("/wrist/acc", 3)).space.names == ("wrist.acc.0", "wrist.acc.1", "wrist.acc.2")
    assert all(len(arguments) > 0 for _, arguments in LAYOUTS.values())


def test_values_come_in_the_units_of_the_axes():
    from cheiron.sources.osc import OscSource

    source = OscSource(port=0)
    builder = OscMessageBuilder("/1/raw")
    for value in (0.0, 0.0, 1.0, 0.0, 0.0, 0.1, *[0.0] * 15):
        builder.add_arg(value, "f")
    source._take([(builder.build().dgram, "here")], 1.0)
    frame = source.latest()
    found = dict(zip(frame.space.names, frame.values.tolist(), strict=True))
    assert found["accelerometer_z"] == pytest.approx(9.81)
    assert found["gyroscope_z"] == pytest.approx(math.radians(100))


def test_the_axes_stay_the_same_object_while_nothing_new_comes():
    table = table_of(("/0/raw", 21), ("/comote/1/devicemotion", 7))
    before = table.space
    table.columns("/0/raw", [0.0] * 21)
    table.columns("/comote/1/devicemotion", [0.0] * 7)
    assert table.space is before
