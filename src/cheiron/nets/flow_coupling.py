"""Layers of a coupling flow: each invertible in closed form, with an exact log-determinant."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.flow_spline import parameters, spline

_REACH = 5.0  # spreads at which what a conditioner sees saturates: far outside a flow is affine
_NOWHERE = -1e9  # where the knee of a coordinate without one is
_STEEPEST = 2.0  # log of the largest factor of one affine layer


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
        """Parameters ``(batch, outputs)``; the context is ``(batch, context)``, bounded."""
        x = torch.cat([torch.tanh(kept * (1.0 / _REACH)), context], -1)
        x = functional.silu(self.first(x))
        return self.last(functional.silu(self.second(x)))


class Coupling(nn.Module):
    """Changes some neighbouring coordinates, one by one, by what all others say.

    Args:
        size: Coordinates.
        moved: Which of them it changes, as a range from ``start`` to before ``stop``.
        context: Size of the context.
        hidden: Width of the conditioner.
        outputs: Parameters for each coordinate that is changed.
    """

    def __init__(
        self, size: int, moved: tuple[int, int], context: int, hidden: int, outputs: int
    ) -> None:
        super().__init__()
        self.start, self.stop = moved
        self.count = self.stop - self.start
        inputs = size - self.count + context
        self.conditioner = Conditioner(inputs, hidden, self.count * outputs)

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """The next coordinates and the log-determinant, ``(batch, size)`` and ``(batch,)``."""
        before, moved, after = self._parts(x)
        y, log_slope = self.change(moved, self._parameters_of(before, after, context))
        return torch.cat([before, y, after], -1), log_slope.sum(-1)

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """Back, ``(batch, size)``."""
        before, moved, after = self._parts(y)
        x = self.change_back(moved, self._parameters_of(before, after, context))
        return torch.cat([before, x, after], -1)

    def change(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """What the moved coordinates become, and their log slopes, ``(batch, count)`` both."""
        raise NotImplementedError

    def change_back(self, y: Tensor, raw: Tensor) -> Tensor:
        """The inverse of :meth:`change`."""
        raise NotImplementedError

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return x[:, : self.start], x[:, self.start : self.stop], x[:, self.stop :]

    def _parameters_of(self, before: Tensor, after: Tensor, context: Tensor) -> Tensor:
        return self.conditioner(torch.cat([before, after], -1), context)


class AffineCoupling(Coupling):
    """Scales and shifts (Dinh et al. 2017), both bounded.

    Args:
        size: Coordinates.
        moved: Which of them it changes.
        context: Size of the context.
        hidden: Width of the conditioner.
    """

    def __init__(self, size: int, moved: tuple[int, int], context: int, hidden: int) -> None:
        super().__init__(size, moved, context, hidden, 2)

    def change(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Scale and shift."""
        log_scale, shift = self._bounded(raw)
        return x * torch.exp(log_scale) + shift, log_scale

    def change_back(self, y: Tensor, raw: Tensor) -> Tensor:
        """Shift and scale back."""
        log_scale, shift = self._bounded(raw)
        return (y - shift) * torch.exp(-log_scale)

    def _bounded(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        # Errors of rounding grow with them from layer to layer.
        bounded = torch.tanh(raw)
        return _STEEPEST * bounded[:, : self.count], _REACH * bounded[:, self.count :]


class SplineCoupling(Coupling):
    """Bends each coordinate by a rational-quadratic spline (Durkan et al. 2019).

    Args:
        size: Coordinates.
        moved: Which of them it changes.
        context: Size of the context.
        hidden: Width of the conditioner.
        bins: Of each spline.
        bound: Splines bend [-bound, bound]; outside they are the identity.
    """

    def __init__(
        self,
        size: int,
        moved: tuple[int, int],
        context: int,
        hidden: int,
        bins: int,
        bound: float,
    ) -> None:
        super().__init__(size, moved, context, hidden, parameters(bins))
        self.bound = bound

    def change(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Bend."""
        return spline(x, raw.reshape(len(x), self.count, -1), self.bound, inverse=False)

    def change_back(self, y: Tensor, raw: Tensor) -> Tensor:
        """Bend back."""
        return spline(y, raw.reshape(len(y), self.count, -1), self.bound, inverse=True)[0]


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

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Rotate ``(batch, size)``; the log-determinant is zero."""
        return x @ self.matrix().T, torch.zeros_like(x[:, 0])

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """Back."""
        return y @ self.matrix()


class Whitening(nn.Module):
    """Centres and whitens by the covariance of the data, which is not learned.

    A coordinate can have a knee, below which it counts less: a level whose music is within some
    decibels, and whose silence is far below.

    Args:
        size: Coordinates.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("matrix", torch.eye(size))
        self.register_buffer("back", torch.eye(size))
        self.register_buffer("log_det", torch.zeros(()))
        self.register_buffer("knee", torch.full((size,), _NOWHERE))
        self.register_buffer("slope", torch.ones(size))

    def bend(self, index: int, knee: float, slope: float) -> None:
        """Let a coordinate count only ``slope`` times below its knee; fit afterwards."""
        self.get_buffer("knee")[index] = knee
        self.get_buffer("slope")[index] = slope

    def fit(self, x: Tensor, floor: float = 1e-3) -> None:
        """Take mean and covariance of ``(batch, size)``.

        Args:
            x: The data.
            floor: Least spread of a direction, as a share of the largest.
        """
        x = self._bent(x).double()
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

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Whiten ``(batch, size)``."""
        y = (self._bent(x) - self.get_buffer("mean")) @ self.get_buffer("matrix").T
        steep = torch.log(self.get_buffer("slope")) * (x < self.get_buffer("knee"))
        return y, steep.sum(-1) + self.get_buffer("log_det")

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """Back."""
        x = y @ self.get_buffer("back").T + self.get_buffer("mean")
        below = torch.clamp(x - self.get_buffer("knee"), max=0.0)
        return x + below * (1.0 / self.get_buffer("slope") - 1.0)

    def _bent(self, x: Tensor) -> Tensor:
        below = torch.clamp(x - self.get_buffer("knee"), max=0.0)
        return x - below * (1.0 - self.get_buffer("slope"))
