"""Teach a small network what decoding and listening would say.

In NumPy: it is as fast here as PyTorch, and fitting needs nothing that playing does not.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geometry_density import Points
from cheiron.control.geometry_surrogate import Surrogate

WIDTH = 128
"""Units of each of the two hidden layers."""

_STEPS = 4000
_BATCH = 256
_RATE = 4e-3
_DECAY = 1e-4
_KEPT = 10  # every so many points are kept from training to say how good it is

Real = NDArray[np.float32]


def fit_surrogate(x: Points, phi: Points, seed: int = 0) -> tuple[Surrogate, float]:
    """A network from points to perceptual features, by Adam with decoupled decay.

    Args:
        x: Standardised points, shape ``(count, D)``.
        phi: What the decoder said, shape ``(count, K)``.
        seed: Fixes weights and batches.

    Returns:
        The network, and the share of the features' variance that it explains on points that it
        was not taught.
    """
    kept = np.arange(len(x)) % _KEPT == _KEPT - 1
    rng = np.random.default_rng(seed)
    weights = _begun((x.shape[1], WIDTH, WIDTH, phi.shape[1]), rng)
    _teach(weights, x[~kept].astype(np.float32), phi[~kept].astype(np.float32), rng)
    surrogate = Surrogate(tuple(zip(weights[::2], weights[1::2], strict=True)))
    if not kept.any():
        return surrogate, float("nan")
    wrong = ((surrogate(x[kept]) - phi[kept]) ** 2).sum()
    whole = ((phi[kept] - phi[~kept].mean(axis=0)) ** 2).sum()
    return surrogate, float(1.0 - wrong / max(float(whole), 1e-12))


def _begun(sizes: tuple[int, ...], rng: np.random.Generator) -> list[Real]:
    """Weights and biases of each layer in turn (Glorot & Bengio 2010)."""
    found: list[Real] = []
    for fan_in, fan_out in pairwise(sizes):
        reach = np.sqrt(6.0 / (fan_in + fan_out))
        found.append(rng.uniform(-reach, reach, (fan_out, fan_in)).astype(np.float32))
        found.append(np.zeros(fan_out, np.float32))
    return found


def _teach(weights: list[Real], x: Real, phi: Real, rng: np.random.Generator) -> None:
    """Change the weights in place."""
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    for step in range(1, _STEPS + 1):
        batch = rng.integers(len(x), size=min(_BATCH, len(x)))
        rate = np.float32(_RATE * 0.5 * (1.0 + np.cos(np.pi * step / _STEPS)))
        slopes = _slopes(weights, x[batch], phi[batch])
        for i, (weight, slope) in enumerate(zip(weights, slopes, strict=True)):
            first[i] += np.float32(0.1) * (slope - first[i])
            second[i] += np.float32(0.001) * (slope * slope - second[i])
            mean = first[i] / np.float32(1.0 - 0.9**step)
            size = np.sqrt(second[i] / np.float32(1.0 - 0.999**step)) + np.float32(1e-8)
            weight -= rate * (mean / size + np.float32(_DECAY) * weight)


def _slopes(weights: list[Real], x: Real, phi: Real) -> list[Real]:
    """Gradient of the squared error by every weight, in their order."""
    values: list[Real] = [x]
    for i in range(0, len(weights), 2):
        out: Real = values[-1] @ weights[i].T + weights[i + 1]
        values.append(out if i == len(weights) - 2 else np.tanh(out).astype(np.float32))
    back: Real = (values[-1] - phi) * np.float32(2.0 / len(x))
    slopes: list[Real] = []
    for i in range(len(weights) - 2, -1, -2):
        before = values[i // 2]
        slopes.append(back.sum(axis=0))
        slopes.append(back.T @ before)
        back = ((back @ weights[i]) * (1 - before * before)).astype(np.float32) if i else back
    return slopes[::-1]
