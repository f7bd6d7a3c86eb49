"""Layers of a coupling flow: each invertible in closed form, with an exact log-determinant."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.flow_spline import parameters, spline

_REACH = 5.0  # spreads at which what a conditioner sees saturates: far outside a flow is affine
_STEEPEST = 1.0  # log of the largest factor of one affine layer


def saturate(x: Tensor) -> Tensor:
    """The identity near zero, bounded far out, so that no map runs away outside its data."""
    return _REACH * torch.tanh(x / _REACH)


class Conditioner(nn.Module):
    """A small network from the coordinates that stay, and the context, to parameters.

    It starts at zero, so that a flow starts as its mixing alone.

    Args:
        inputs: Coordinates and context.
        hidden: Width of its two layers.
        outputs: Parameters.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, outputs)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, kept: Tensor, context: Tensor) -> Tensor:
        """Parameters ``(batch, outputs)``; the context is ``(batch, context)``."""
        x = torch.cat([saturate(kept), saturate(context)], -1)
        x = functional.silu(self.first(x))
        return self.last(functional.silu(self.second(x)))


class AffineCoupling(nn.Module):
    """Scales and shifts the second half by what the first half says (Dinh et al. 2017).

    Args:
        size: Coordinates.
        context: Size of the context.
        hidden: Width of the conditioner.
    """

    def __init__(self, size: int, context: int, hidden: int) -> None:
        super().__init__()
        self.kept = size // 2
        self.moved = size - self.kept
        self.conditioner = Conditioner(self.kept + context, hidden, 2 * self.moved)

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """The next coordinates and the log-determinant, ``(batch, size)`` and ``(batch,)``."""
        kept, moved = x[:, : self.kept], x[:, self.kept :]
        log_scale, shift = self._scale_and_shift(kept, context)
        return torch.cat([kept, moved * torch.exp(log_scale) + shift], -1), log_scale.sum(-1)

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """Back, ``(batch, size)``."""
        kept, moved = y[:, : self.kept], y[:, self.kept :]
        log_scale, shift = self._scale_and_shift(kept, context)
        return torch.cat([kept, (moved - shift) * torch.exp(-log_scale)], -1)

    def _scale_and_shift(self, kept: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        raw = self.conditioner(kept, context)
        scale, shift = raw[:, : self.moved], raw[:, self.moved :]
        # A bounded shift, too: errors of rounding would grow with it from layer to layer.
        return _STEEPEST * torch.tanh(scale / _STEEPEST), saturate(shift)


class SplineCoupling(nn.Module):
    """Bends each coordinate of the second half by a spline that the first half says.

    Args:
        size: Coordinates.
        context: Size of the context.
        hidden: Width of the conditioner.
        bins: Of each spline.
        bound: Splines bend [-bound, bound]; outside they are the identity.
    """

    def __init__(self, size: int, context: int, hidden: int, bins: int, bound: float) -> None:
        super().__init__()
        self.kept = size // 2
        self.moved = size - self.kept
        self.bound = bound
        self.count = parameters(bins)
        self.conditioner = Conditioner(self.kept + context, hidden, self.moved * self.count)

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """The next coordinates and the log-determinant, ``(batch, size)`` and ``(batch,)``."""
        y, log_slope = self._bend(x, context, inverse=False)
        return y, log_slope.sum(-1)

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """Back, ``(batch, size)``."""
        return self._bend(y, context, inverse=True)[0]

    def _bend(self, x: Tensor, context: Tensor, inverse: bool) -> tuple[Tensor, Tensor]:
        kept, moved = x[:, : self.kept], x[:, self.kept :]
        raw = self.conditioner(kept, context).reshape(-1, self.moved, self.count)
        bent, log_slope = spline(moved, raw, self.bound, inverse)
        return torch.cat([kept, bent], -1), log_slope


class Mixing(nn.Module):
    """A rotation between couplings, learned or not: every coordinate gets to move.

    The learned one is the Cayley transform of a skew matrix, after a random rotation; so it is
    orthogonal whatever its parameters, and its inverse is its transpose.

    Args:
        size: Coordinates.
        learned: Whether it is learned.
        generator: Draws the random rotation.
    """

    def __init__(self, size: int, learned: bool, generator: torch.Generator) -> None:
        super().__init__()
        start = torch.linalg.qr(torch.randn(size, size, generator=generator))[0]
        self.register_buffer("start", start)
        self.raw = nn.Parameter(torch.zeros(size, size)) if learned else None

    def matrix(self) -> Tensor:
        """The rotation, ``(size, size)``; rows are the new coordinates."""
        start = self.get_buffer("start")
        if self.raw is None:
            return start
        skew = (self.raw - self.raw.T) / 2
        one = torch.eye(len(start))
        return torch.linalg.solve(one + skew, one - skew) @ start

    def freeze(self) -> None:
        """Keep the rotation as it is now, as plain numbers: for export."""
        self.register_buffer("start", self.matrix().detach().clone())
        self.raw = None

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Rotate ``(batch, size)``; the log-determinant is zero."""
        return x @ self.matrix().T, torch.zeros_like(x[:, 0])

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:  # noqa: ARG002
        """Back."""
        return y @ self.matrix()


class Whitening(nn.Module):
    """Centres and whitens by the covariance of the data, which is not learned.

    Args:
        size: Coordinates.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("matrix", torch.eye(size))
        self.register_buffer("back", torch.eye(size))
        self.register_buffer("log_det", torch.zeros(()))

    def fit(self, x: Tensor, floor: float = 1e-3) -> None:
        """Take mean and covariance of ``(batch, size)``.

        Args:
            x: The data.
            floor: Least spread of a direction, as a share of the largest.
        """
        x = x.double()
        mean = x.mean(0)
        covariance = (x - mean).T @ (x - mean) / len(x)
        variances, vectors = torch.linalg.eigh(covariance)
        spread = torch.sqrt(torch.clamp(variances, min=0.0))
        spread = torch.clamp(spread, min=max(float(spread.max()) * floor, 1e-6)).flip(0)
        vectors = vectors.flip(1)
        self.get_buffer("mean").copy_(mean)
        self.get_buffer("matrix").copy_(vectors.T / spread[:, None])
        self.get_buffer("back").copy_(vectors * spread)
        self.get_buffer("log_det").copy_(-torch.log(spread).sum())

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Whiten ``(batch, size)``."""
        y = (x - self.get_buffer("mean")) @ self.get_buffer("matrix").T
        return y, torch.zeros_like(x[:, 0]) + self.get_buffer("log_det")

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:  # noqa: ARG002
        """Back."""
        return y @ self.get_buffer("back").T + self.get_buffer("mean")
