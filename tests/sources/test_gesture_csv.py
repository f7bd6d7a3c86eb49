import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.sources.gesture_csv import read_gesture


@pytest.fixture
def csv(tmp_path):
    def write(text, name="gesture.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def table(times, name="time"):
    return f"{name},x,y\n" + "".join(f"{t},{i},{-i}\n" for i, t in enumerate(times))


def test_a_phone_recording_opens_as_it_is(csv):
    header = (
        "session_id,timestamp,label,quaternion_w,quaternion_x,quaternion_y,quaternion_z,"
        "gyroscope_x,gyroscope_y,gyroscope_z\n"
    )
    rows = "".join(f"0_a,{1762434862759 + 20 * i},0,1,0,0,0,0.1,{i},0\n" for i in range(5))
    recording = read_gesture(csv(header + rows)).recording
    assert recording.times.tolist() == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    assert recording.space.names[0] == "quaternion_w"
    assert recording.space.size == 7  # neither the label nor the session
    assert recording.column("gyroscope_y").tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "step", "seconds"),
    [
        ("time", 0.02, 0.02),
        ("t", 1.0, 1.0),
        ("timestamp", 0.02, 0.02),
        ("timestamp", 19, 0.019),
        ("timestamp", 20_000, 0.02),
        ("timestamp", 20_000_000, 0.02),
        ("time", 20_000_000, 0.02),
        ("time_ms", 1, 0.001),
    ],
)
def test_the_unit_of_time_shows_in_the_steps(csv, name, step, seconds):
    times = read_gesture(csv(table([1000 + step * i for i in range(4)], name))).recording.times
    assert np.diff(times) == pytest.approx([seconds] * 3)


@pytest.mark.parametrize(
    ("column", "canonical"),
    [
        ("gyro_x", "gyroscope_x"),
        ("ax", "accelerometer_x"),
        ("quat_w", "quaternion_w"),
        ("max", "max"),
        ("x", "x"),
        ("knob", "knob"),
    ],
)
def test_sensors_go_by_one_name(csv, column, canonical):
    recording = read_gesture(csv(f"t,{column}\n0,1\n0.02,2\n")).recording
    assert recording.space.names == (canonical,)


def test_unordered_times_are_sorted_and_counted(csv):
    gesture = read_gesture(csv(table([0.0, 0.2, 0.1, 0.3])))
    assert gesture.recording.column("x").tolist() == [0, 2, 1, 3]
    assert any(note.startswith("1 rows were out of order") for note in gesture.notes)


def test_of_repeated_times_the_last_stays_and_they_are_counted(csv):
    gesture = read_gesture(csv(table([0.0, 0.1, 0.1, 0.1, 0.2])))
    assert gesture.recording.column("x").tolist() == [0, 3, 4]
    assert any(note.startswith("2 rows repeat a time") for note in gesture.notes)


def test_rows_without_a_time_are_left_out_and_counted(csv):
    gesture = read_gesture(csv("t,x\n0,0\nnan,1\n,2\n0.1,3\n"))
    assert gesture.recording.column("x").tolist() == [0, 3]
    assert any(note.startswith("2 rows have no time") for note in gesture.notes)


def test_cells_without_a_number_are_undefined_and_counted(csv):
    gesture = read_gesture(csv("t,x,y\n0,1,2\n0.1,nan,oops\n0.2,,inf\n0.3\n"))
    assert np.isnan(gesture.recording.values[1:]).all()
    assert any(note.startswith("6 cells hold no number") for note in gesture.notes)


def test_a_clean_file_needs_no_note(csv):
    assert read_gesture(csv(table([0, 0.1, 0.2]))).notes == ()


def test_spreadsheets_with_semicolons_and_a_byte_order_mark_open(csv):
    recording = read_gesture(csv("\ufeff# made by hand\nT;X\n0;1\n0.1;2\n\n")).recording
    assert recording.space.names == ("x",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("t,x\n", "none with numbers"),
        ("x,y\n1,2\n", "but no time"),
        ("t,name\n0,anna\n1,otto\n", "none with numbers"),
        ("t\n0\n1\n", "none with numbers"),
        ("t,x\n0,1\n", "1 row with a time of its own"),
        ("t,x\n0,1\n0,2\n", "1 row with a time of its own"),
        ("t,x\nyesterday,1\ntoday,2\n", "0 rows with a time of its own"),
        ("t,x,x\n0,1,1\n", "twice"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "not text"),
    ],
)
def test_what_is_no_gesture_is_refused_in_one_sentence(csv, text, says):
    with pytest.raises(CheironError) as error:
        read_gesture(csv(text))
    assert says in str(error.value)
    assert "gesture.csv" in str(error.value)
    assert "\n" not in str(error.value)


def test_the_columns_that_were_found_are_named(csv):
    with pytest.raises(CheironError, match=r"alpha, beta.*time or t"):
        read_gesture(csv("alpha,beta\n1,2\n"))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CheironError, match="there is no file"):
        read_gesture(tmp_path / "nothing.csv")
    with pytest.raises(CheironError, match="is a folder"):
        read_gesture(tmp_path)


def test_a_time_that_is_years_away_is_refused_before_memory_runs_out(csv):
    with pytest.raises(CheironError, match=r"472222 hours.*1700000000.*remove the rows"):
        read_gesture(csv(table([*(0.02 * i for i in range(9)), 1_700_000_000])))


def test_numbers_that_float32_cannot_hold_count_as_missing(csv):
    gesture = read_gesture(csv("time,x\n0,1e300\n1,2\n-1e308,5\n1e308,6\n2,-1e308\n3,4\n"))
    assert gesture.recording.times.tolist() == [0, 1, 2, 3]
    assert np.isfinite(gesture.recording.values[:, 0]).tolist() == [False, True, False, True]
