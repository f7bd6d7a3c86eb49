"""Places on a line."""

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.timeline import TimeLine, spaced


def test_one_place_gives_way_to_the_next_without_a_jump():
    line = TimeLine([0.1, 0.4, 0.9])
    weight = np.zeros((2001, 3))
    for row, place in zip(weight, np.linspace(-0.2, 1.2, len(weight)), strict=True):
        left, share = line.at(float(place))
        row[left] += 1 - share
        row[min(left + 1, 2)] += share
    assert np.abs(np.diff(weight, axis=0)).max() < 0.005
    assert weight[0].tolist() == [1, 0, 0] and weight[-1].tolist() == [0, 0, 1]


@pytest.mark.parametrize("places", [[], [0.5, 0.5], [0.6, 0.4], [-0.5, 1.0], [0.0, 1.5]])
def test_places_that_do_not_rise_from_0_to_1_are_refused(places):
    with pytest.raises(CheironError, match="rising positions"):
        TimeLine(places)


def test_any_wishes_make_a_line():
    rng = np.random.default_rng(0)
    for _ in range(200):
        count = int(rng.integers(1, 12))
        wanted = [None if rng.random() < 0.4 else float(rng.normal(0.5, 0.6)) for _ in range(count)]
        assert len(TimeLine(spaced(wanted)).places) == count
