import contextlib
import random

import numpy as np
import pytest

from cheiron.learning.parcel import pack, unpack


@pytest.mark.parametrize("kind", ["float32", "float64", "int32", "int64", "uint8", "bool"])
def test_arrays_of_any_shape_come_back(kind):
    rng = np.random.default_rng(0)
    arrays = {s: rng.integers(0, 2, shape).astype(kind) for s, shape in
              (("a", ()), ("b", (0, 3)), ("c", (4, 5))) }  # fmt: skip
    words, back = unpack(pack({"ü": [1, None]}, arrays))
    assert words == {"ü": [1, None]}
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
        back[name][...] = 1


def test_nothing_but_numbers_is_sent():
    with pytest.raises(ValueError, match="object"):
        unpack(pack({}, {"a": np.array([{}])}))


def test_damaged_messages_are_refused():
    whole = pack({"id": 1}, {"z": np.ones(8, np.float32)})
    rng = random.Random(1)
    for n in range(len(whole)):
        with pytest.raises(ValueError):
            unpack(whole[:n])
    for _ in range(300):
        torn = bytearray(whole)
        torn[rng.randrange(60)] = rng.randrange(256)
        with contextlib.suppress(ValueError):
            unpack(bytes(torn))
