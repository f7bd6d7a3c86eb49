"""A compiled kernel that decodes in a tenth of the time that a general runtime needs.

At live block sizes a runtime spends its time on some hundred small operations, each with its call,
its shapes and its cold code. Here a decoder is a short list of coarse ones, run by a library of
20 kB without allocation, with everything that a stream remembers in one array. The library
(``c/``) is built when Cheiron is installed; where it is missing, ONNX Runtime decodes the same
sound. Artifacts hold no native code: programs are made from their settings and weights.
"""

from cheiron.models.native.cover import NotCoveredError
from cheiron.models.native.decoder import PLANS, KernelDecoder, KernelStream
from cheiron.models.native.library import SWITCH, Library, load_library

__all__ = [
    "PLANS",
    "SWITCH",
    "KernelDecoder",
    "KernelStream",
    "Library",
    "NotCoveredError",
    "load_library",
]
