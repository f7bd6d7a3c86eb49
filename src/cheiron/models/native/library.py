"""The compiled library: which of its variants this processor can run, and why there may be none."""

import ctypes
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.models.native.cover import NotCoveredError
from cheiron.models.native.program import ABI

SWITCH = "CHEIRON_KERNEL"
"""Environment variable; ``off`` leaves decoding to ONNX Runtime."""

_FOLDER = Path(__file__).parent / "lib"
_SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


@dataclass(frozen=True)
class Library:
    """A loaded library.

    Attributes:
        path: Its file.
        step: ``cheiron_kernel_step`` of ``c/kernel.c``; lets other Python threads run meanwhile.
        variant: For people.
    """

    path: Path
    step: Any
    variant: str


def load_library() -> Library:
    """The best variant that this processor can run.

    Raises:
        NotCoveredError: If there is none, or :data:`SWITCH` turns it off; says why.
        CheironError: If :data:`SWITCH` is neither ``on`` nor ``off``.
    """
    switch = os.environ.get(SWITCH) or "on"
    if switch not in ("on", "off"):
        raise CheironError(
            f"the environment variable {SWITCH} is {switch!r}; expected on or off, so set one."
        )
    if switch == "off":
        raise NotCoveredError(f"{SWITCH}=off")
    found = _load(_FOLDER)
    if isinstance(found, str):
        raise NotCoveredError(found)
    return found


@cache
def _load(folder: Path) -> Library | str:
    """The library of a folder, or why there is none."""
    plain = _open(folder / f"kernel{_SUFFIX}", "")
    if isinstance(plain, str):
        return plain
    level = plain[0].cheiron_kernel_level()
    if level == 1:
        return "this processor lacks SSE4.2"
    better = _open(folder / f"kernel-avx2{_SUFFIX}", "AVX2") if level == 3 else None
    library, path, variant = better if isinstance(better, tuple) else plain
    step = library.cheiron_kernel_step
    step.argtypes = [ctypes.c_void_p] * 4 + [ctypes.c_int64, ctypes.c_void_p]
    step.restype = ctypes.c_int32
    return Library(path, step, variant)


def _open(path: Path, variant: str) -> tuple[Any, Path, str] | str:
    if not path.is_file():
        return "it was not built for this system"
    try:
        library: Any = ctypes.CDLL(str(path))
        abi = library.cheiron_kernel_abi()
    except (OSError, AttributeError):  # for another processor, or cut short
        return f"{path.name} cannot be loaded"
    return (library, path, variant) if abi == ABI else f"{path.name} is of another version"
