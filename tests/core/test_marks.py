"""Positions of an axis and what they mean."""

import numpy as np
import pytest

from cheiron.core.marks import meaning, meaning_of, position, position_of, translated
from cheiron.core.space import Axis

BRIGHT = Axis("centroid", 0.0, 2.0, "Hz", marks=(100.0, 400.0, 1000.0, 5000.0))
PLAIN = Axis("centroid", 20.0, 20000.0, "Hz")
VALUES = np.linspace(-1.0, 3.0, 41)


@pytest.mark.parametrize("axis", [BRIGHT, PLAIN])
def test_positions_come_back_from_what_they_mean_also_beyond_the_ends(axis):
    np.testing.assert_allclose(position(axis, meaning(axis, VALUES)), VALUES, atol=1e-9)
    assert (np.diff(meaning(axis, VALUES)) > 0).all()


@pytest.mark.parametrize("axis", [BRIGHT, PLAIN])
def test_one_number_is_as_many(axis):
    meant = meaning(axis, VALUES)
    np.testing.assert_allclose([meaning_of(axis, v) for v in VALUES.tolist()], meant)
    found = [position_of(axis, m) for m in meant.tolist()]
    np.testing.assert_allclose(found, VALUES, atol=1e-9)


def test_axes_of_one_unit_agree_in_what_they_mean_and_others_in_their_travel():
    assert translated(1000.0, PLAIN, BRIGHT) == pytest.approx(4 / 3)
    assert translated(1.0, BRIGHT, Axis("centroid", -1.0, 1.0)) == pytest.approx(0.0)
