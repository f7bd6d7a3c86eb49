import math

import pytest

from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.param import Param

RELEASE = Param("release", "s", 0.01, 5.0, 0.15)


def test_a_param_starts_at_its_default_and_stays_in_its_range():
    board = ParamBoard([RELEASE])
    assert board.values == {"release": 0.15}
    assert board.set("release", 9.0) == board.values["release"] == 5.0
    assert board.set("release", -1.0) == 0.01


@pytest.mark.parametrize(("name", "value"), [("relaese", 1.0), ("release", math.nan)])
def test_what_cannot_be_set_is_refused_and_changes_nothing(name, value):
    board = ParamBoard([RELEASE])
    with pytest.raises(CheironError):
        board.set(name, value)
    assert board.values == {"release": 0.15}
