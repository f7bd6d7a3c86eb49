"""Programs for the compiled kernel, written operation by operation.

A program is data: integers that name operations and places, and the constants they use. What each
operation does is said in ``c/kernel.h``; the integers here are the fields of its structs there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cheiron.models.native.cover import require

ABI = 1
"""Which programs a library must be able to run; as in ``c/kernel.h``."""

FRAMES = 8
"""Frames that the kernel takes at a time, as in ``c/kernel.h``: memory has room for so many."""

_LANES = 8
_ROW = 16
_HEAD = 16  # floats before the signals; the struct Head is no longer
_LINE = 16  # floats of a cache line
_TILES = (32, 16, 8)  # channels that one pass over the inputs makes, as in c/convolve.c
_MOST = 1 << 26  # floats of a stream's memory: a hundred times what a large model needs


class Kind(IntEnum):
    """Operations, in the order of the enumeration in ``c/kernel.h``."""

    TAKE = 0
    CONVOLVE = 1
    HARMONICS = 2
    MAGNITUDES = 3
    NOISE = 4
    FILTER = 5
    GATE = 6
    TEXTURE = 7
    EMIT = 8
    KEEP = 9


@dataclass(eq=False)
class Signal:
    """Rows of channels in a stream's memory.

    Args:
        channels: Floats in a row that mean something.
        rate: Rows for each latent frame.
        past: Rows before this block that somebody reads.
        frames: Latent frames that there is room for.
    """

    channels: int
    rate: int = 1
    past: int = 0
    frames: int = FRAMES

    @property
    def stride(self) -> int:
        """Floats from row to row."""
        return padded(self.channels)


@dataclass(frozen=True, eq=False)
class Program:
    """What the kernel runs; any number of streams share it.

    Attributes:
        code: int32, 16 for each operation and 16 before them.
        constants: float32, one after the other.
        memory: Floats of a stream's memory.
        latents: Size of a latent frame.
        hop: Samples for each latent frame.
    """

    code: NDArray[np.int32]
    constants: NDArray[np.float32]
    memory: int
    latents: int
    hop: int


_Field = int | Signal


class Builder:
    """Collects operations; signals get their places at the end, when their pasts are known.

    Args:
        latents: Size of a latent frame.
        hop: Samples for each latent frame.
    """

    def __init__(self, latents: int, hop: int) -> None:
        self.latents, self.hop = latents, hop
        self._operations: list[tuple[_Field, ...]] = []
        self._signals: list[Signal] = []
        self._constants: list[NDArray[np.float32]] = []
        self._used = 0

    def signal(self, channels: int, rate: int = 1, past: int = 0) -> Signal:
        """Memory for the rows of a block, and of some before it."""
        self._signals.append(Signal(channels, rate, past))
        return self._signals[-1]

    def keep(self, size: int) -> Signal:
        """Memory of so many floats that an operation keeps for itself; zero at first."""
        self._signals.append(Signal(size, frames=1))
        return self._signals[-1]

    def constant(self, values: ArrayLike) -> int:
        """Keep numbers; returns their place."""
        array = np.ascontiguousarray(values, np.float32).ravel()
        place = self._used
        self._constants.append(np.pad(array, (0, -array.size % _LINE)))
        self._used += self._constants[-1].size
        return place

    def add(self, kind: Kind, *fields: _Field) -> None:
        """Append an operation; a signal as a field stands for its place."""
        self._operations.append((int(kind), *fields))

    def take(self, first: int, shift: Sequence[float], scale: Sequence[float]) -> Signal:
        """Latents from column ``first`` on, each ``(z - shift) * scale``."""
        out = self.signal(len(shift))
        place = self.constant([*shift, *scale])
        self.add(Kind.TAKE, out, out.stride, first, len(shift), place)
        return out

    def convolve(
        self,
        source: Signal,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        *,
        dilation: int = 1,
        raw: Signal | None = None,
        active: Signal | None = None,
        residual: Signal | None = None,
    ) -> None:
        """A causal convolution.

        Args:
            source: What it reads; only its first channels, if there are more than it needs.
            weight: Shape ``(width, channels, taps)``; ``width`` may be several rows of the output.
            bias: Shape ``(width,)``.
            dilation: Rows between taps.
            raw: Where its output goes; None if nobody needs it.
            active: Where its output goes after the leaky rectifier.
            residual: What is added first.
        """
        width, channels, taps = weight.shape
        source.past = max(source.past, (taps - 1) * dilation)
        places = (-1 if s is None else s for s in (raw, active, residual))
        self.add(
            Kind.CONVOLVE,
            source,
            source.stride,
            channels,
            source.rate,
            taps,
            dilation,
            self.constant(_tiles(weight)),
            self.constant(np.pad(bias, (0, padded(width) - width))),
            padded(width),
            *places,
        )

    def build(self) -> Program:
        """The program, with every signal in its place.

        Raises:
            NotCoveredError: If a stream would need absurdly much memory.
        """
        places: dict[int, int] = {}
        end = _HEAD
        for signal in self._signals:
            past = signal.past * signal.stride
            end += past + -(past + end) % _LINE  # the first row begins a cache line
            places[id(signal)] = end
            end += signal.frames * signal.rate * signal.stride
        require(end < _MOST, "its streams need too much memory")
        operations = list(self._operations)
        for signal in self._signals:
            if signal.past:
                keep = (int(Kind.KEEP), signal, signal.stride, signal.rate, signal.past)
                operations.append(keep)
        code = np.zeros((1 + len(operations), _ROW), np.int32)
        code[0, :3] = len(operations), self.latents, self.hop
        for row, fields in zip(code[1:], operations, strict=True):
            row[: len(fields)] = [f if isinstance(f, int) else places[id(f)] for f in fields]
        constants = aligned(self._used)
        constants[:] = np.concatenate(self._constants)
        return Program(code, constants, end, self.latents, self.hop)


def padded(channels: int) -> int:
    """Channels up to the next multiple of what a vector holds.

    >>> padded(65)
    72
    """
    return channels + -channels % _LANES


def aligned(size: int) -> NDArray[np.float32]:
    """Zeros that begin a cache line."""
    room = np.zeros(size + _LINE, np.float32)
    start = -(room.ctypes.data // 4) % _LINE
    return room[start : start + size]


def _tiles(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights in the order in which the kernel reads them: tile, tap, channel in, channel out."""
    width = padded(weight.shape[0])
    whole = np.zeros((weight.shape[2], weight.shape[1], width), np.float32)
    whole[..., : weight.shape[0]] = weight.transpose(2, 1, 0)
    parts: list[NDArray[np.float32]] = []
    at = 0
    for tile in _TILES:
        while width - at >= tile:
            parts.append(whole[..., at : at + tile].ravel())
            at += tile
    return np.concatenate(parts)
