import pytest

from cheiron.core.errors import CheironError
from cheiron.core.space import Axis, Space

SPACE = Space.of("latent", ["z0", "z1"])


def test_a_space_comes_back_from_plain_data():
    assert Space.from_json(SPACE.to_json()) == SPACE


def test_marks_come_back_and_an_axis_without_them_reads_as_ever():
    marked = Space("control", (Axis("loudness", 0.0, 1.0, "dB", marks=(-60.0, -20.0, -5.0)),))
    assert Space.from_json(marked.to_json()) == marked
    assert "marks" not in SPACE.to_json()["axes"][0]


@pytest.mark.parametrize(
    "change",
    [{"low": None}, {"high": "1"}, {"default": float("nan")}, {"name": 5}, {"kind": "colour"},
     {"unit": None}, {"hue": 1}, {"marks": [1.0]}, {"marks": [1, 3, 2]}, {"marks": ["a", "b"]},
     {"marks": 5}],
)  # fmt: skip
def test_an_axis_that_is_none_is_refused(change):
    data = SPACE.to_json()
    data["axes"][0].update(change)
    with pytest.raises(CheironError, match="described wrongly"):
        Space.from_json(data)


@pytest.mark.parametrize("data", [{}, [1], "latent", {"name": "l", "axes": 5},
                                  {"name": "l", "axes": [5]}])  # fmt: skip
def test_data_that_describes_no_space_is_refused(data):
    with pytest.raises(CheironError, match="described wrongly"):
        Space.from_json(data)
