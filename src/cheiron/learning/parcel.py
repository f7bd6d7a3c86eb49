"""Words and arrays in one message, without pickle."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<I")
_TYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")

Arrays = Mapping[str, NDArray[Any]]
"""Arrays by name; float32, float64, int32, int64, uint8 or bool."""


def pack(words: Mapping[str, Any], arrays: Arrays | None = None) -> bytes:
    """One message.

    Args:
        words: Plain JSON data.
        arrays: What goes with it.

    >>> words, arrays = unpack(pack({"id": 1}, {"z": np.ones((2, 3), np.float32)}))
    >>> words, arrays["z"].shape
    ({'id': 1}, (2, 3))
    """
    parts = {name: np.ascontiguousarray(array) for name, array in (arrays or {}).items()}
    table = [[name, a.dtype.name, list(a.shape)] for name, a in parts.items()]
    head = json.dumps([dict(words), table]).encode()
    return b"".join([_HEAD.pack(len(head)), head, *(a.tobytes() for a in parts.values())])


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What :func:`pack` packed; the arrays can be written to.

    Raises:
        ValueError: If it is no such message.
    """
    try:
        (size,) = _HEAD.unpack_from(message)
        words, table = json.loads(message[_HEAD.size : _HEAD.size + size])
        place, arrays = _HEAD.size + size, dict[str, NDArray[Any]]()
        for name, kind, shape in table:
            if kind not in _TYPES:
                raise ValueError(f"arrays of {kind} are not sent")
            count = int(np.prod(shape))
            flat = np.frombuffer(message, kind, count, place)
            arrays[name] = flat.reshape(shape).copy()
            place += flat.nbytes
    except (struct.error, TypeError, KeyError) as error:
        raise ValueError(f"{len(message)} bytes are no message of ours ({error})") from error
    return dict(words), arrays
