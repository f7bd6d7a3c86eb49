"""Time a few ways of doing the same thing, in turns, so that noise from outside meets them all."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BURST = 0.05  # seconds of one way before the next has its turn
_LEAST_CALLS = 20  # of each way, however slow it is
_WARM_UP = 10  # calls that do not count: caches, lazy allocation, TorchScript's optimiser


@dataclass(frozen=True)
class Timing:
    """How long a block takes.

    Args:
        milliseconds: One entry for each call, sorted.
        block: Milliseconds of sound that a call makes.
    """

    milliseconds: NDArray[np.float64]
    block: float

    @property
    def median(self) -> float:
        """Milliseconds of half of the calls, at most."""
        return self.quantile(0.5)

    @property
    def times_real_time(self) -> float:
        """Sound made in the median time of making it."""
        return self.block / self.median

    def quantile(self, share: float) -> float:
        """Milliseconds that this share of the calls stays within.

        >>> Timing(np.array([1.0, 2.0, 3.0]), 2.9).quantile(0.5)
        2.0
        """
        return float(np.quantile(self.milliseconds, share, method="higher"))

    def results(self, name: str) -> dict[str, float]:
        """Its figures by flat names."""
        return {
            f"{name}.median_ms": self.median,
            f"{name}.p99_ms": self.quantile(0.99),
            f"{name}.p99_9_ms": self.quantile(0.999),
            f"{name}.times_real_time": self.times_real_time,
            f"{name}.block_ms": self.block,
            f"{name}.calls": float(len(self.milliseconds)),
        }


def interleave(
    ways: Mapping[str, Callable[[int], object]],
    block: float,
    seconds: float,
    progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Timing]:
    """Call every way in bursts, one after the other, round and round.

    Args:
        ways: By name; each is called with the number of the call and makes one block.
        block: Milliseconds of sound that one call makes.
        seconds: For each way; slow ones get at least 20 calls.
        progress: Told the share of the time that has passed.
    """
    spent: dict[str, list[int]] = {name: [] for name in ways}
    for way in ways.values():
        for call in range(_WARM_UP):
            way(call)
    used = dict.fromkeys(ways, 0)
    budget = round(seconds * 1e9)
    while waiting := [n for n in ways if used[n] < budget or len(spent[n]) < _LEAST_CALLS]:
        for name in waiting:
            used[name] += _burst(ways[name], spent[name])
        progress(min(1.0, sum(used.values()) / (budget * len(ways) + 1)))
    return {name: Timing(np.sort(np.array(calls) / 1e6), block) for name, calls in spent.items()}


def _burst(way: Callable[[int], object], spent: list[int]) -> int:
    """Append the nanoseconds of each call; returns their sum."""
    clock = time.perf_counter_ns
    start = begin = clock()
    end = start + round(_BURST * 1e9)
    call = len(spent)
    while begin < end:
        way(call)
        done = clock()
        spent.append(done - begin)
        begin = done
        call += 1
    return begin - start
