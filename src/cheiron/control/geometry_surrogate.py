"""A small network that stands in for decoding and listening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape ``(count, dimensions)``."""

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weights, shape ``(out, in)``, and biases, shape ``(out,)``."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """``phi(x)`` by fully connected layers with tanh between them, and its derivatives.

    Args:
        layers: The first reads ``D`` numbers, the last writes ``K``.

    >>> line = Surrogate((_layer([[2.0]], [1.0]),))
    >>> float(line(np.array([[3.0]]))[0, 0]), float(line.jacobian(np.array([[3.0]]))[0, 0, 0])
    (7.0, 2.0)
    """

    layers: Sequence[Layer]

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> "Surrogate":
        """What :meth:`tensors` gave.

        Raises:
            KeyError: If a part is missing.
        """
        count = sum(name.startswith("phi.weight.") for name in tensors)
        if not count:
            raise KeyError("phi.weight.0")
        return cls(
            tuple(
                _layer(tensors[f"phi.weight.{i}"], tensors[f"phi.bias.{i}"]) for i in range(count)
            )
        )

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Its numbers by name."""
        found: dict[str, NDArray[np.float32]] = {}
        for i, (weight, bias) in enumerate(self.layers):
            found |= {f"phi.weight.{i}": weight, f"phi.bias.{i}": bias}
        return found

    @property
    def size(self) -> int:
        """K: how many features."""
        return len(self.layers[-1][1])

    def weighted(self, root: NDArray[np.floating]) -> "Surrogate":
        """The same, its features multiplied by a matrix of shape ``(any, K)``."""
        weight, bias = self.layers[-1]
        return Surrogate((*self.layers[:-1], _layer(root @ weight, root @ bias)))

    def __call__(self, x: NDArray[np.floating]) -> Points:
        """Features, shape ``(count, K)``."""
        return self._through(x)[-1].astype(np.float64)

    def pulled(self, x: NDArray[np.floating], towards: Points) -> Points:
        """``J(x)^T v`` for each row, shape ``(count, D)``.

        Args:
            x: Shape ``(count, D)``.
            towards: ``v``, shape ``(count, K)``.
        """
        values = self._through(x)
        back = towards.astype(np.float32) @ self.layers[-1][0]
        for (weight, _), value in zip(self.layers[-2::-1], values[-2:0:-1], strict=True):
            back = (back * (1.0 - value * value)) @ weight
        return back.astype(np.float64)

    def jacobian(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """``d phi / d x``, shape ``(count, K, D)``."""
        values = self._through(x)
        first = self.layers[0][0]
        steps = np.broadcast_to(first, (len(x), *first.shape))
        for (weight, _), value in zip(self.layers[1:], values[1:-1], strict=True):
            steps = np.matmul(weight, (1.0 - value * value)[:, :, None] * steps)
        return steps

    def _through(self, x: NDArray[np.floating]) -> list[NDArray[np.float32]]:
        """The input and what every layer writes."""
        values = [x.astype(np.float32)]
        last = len(self.layers) - 1
        for i, (weight, bias) in enumerate(self.layers):
            out = values[-1] @ weight.T + bias
            values.append(out if i == last else np.tanh(out))
        return values


def _layer(weight: Any, bias: Any) -> Layer:
    return (
        np.ascontiguousarray(weight, dtype=np.float32),
        np.ascontiguousarray(bias, dtype=np.float32),
    )
