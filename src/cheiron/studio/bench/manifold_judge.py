"""Densities of places on the globe: fit each on training places, choose and judge."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.training.manifold_kernels import (
    UNIFORM,
    Points,
    fit_adaptive,
    fit_fixed,
    fit_mixture,
    mixture_weights,
)
from cheiron.training.manifold_places import Places

LogProb = Callable[[Points], NDArray[np.float64]]

METHODS = {
    "uniform": "uniform",
    "vmf": "von Mises-Fisher mixture (EM)",
    "kernels": "kernel density, one width",
    "flow": "Riemannian flow matching",
    "adaptive": "adaptive kernels (stacked)",
    "mixture": "adaptive kernels + flow",
    "chosen": "chosen on validation",
}
"""Rows of the table: the last is the one that is judged, one of the three before it."""

_CANDIDATES = ("flow", "adaptive", "mixture")
SHAPE: dict[str, float] = {"width": 128, "depth": 3, "waves": 512, "reach": 60.0}
"""Of the flow's network: fields of :class:`cheiron.nets.manifold_flow.FieldConfig`."""


@dataclass(frozen=True, eq=False)
class Judged:
    """One split of one set.

    Args:
        validation: Negative log-likelihood of the validation places by method.
        test: The same of the test places.
        chosen: The method that was best on validation.
        density: Its log density.
        training: The places that it was fitted on.
        share: What the flow counts in the mixture.
        integral: Of the flow's density over the globe; 1 but for the error of its steps.
    """

    validation: dict[str, float]
    test: dict[str, float]
    chosen: str
    density: LogProb
    training: Points
    share: float
    integral: float


def split(points: Points, seed: int) -> tuple[Points, Points, Points]:
    """80 % to fit on, 10 % to choose by, 10 % to judge by.

    >>> [len(part) for part in split(np.zeros((100, 3)), seed=0)]
    [80, 10, 10]
    """
    order = np.random.default_rng(seed).permutation(len(points))
    a, b = round(0.8 * len(points)), round(0.9 * len(points))
    return points[order[:a]], points[order[a:b]], points[order[b:]]


def judge(
    places: Places, seed: int, minutes: float, progress: Callable[[float], None] = lambda _: None
) -> Judged:
    """Fit every method on one split.

    Args:
        places: The set.
        seed: Of the split and of the fits.
        minutes: Processor time for the training of the flow.
        progress: Told the share of the work that is done.
    """
    from cheiron.training.manifold_globe import fit_globe  # needs PyTorch

    train, validation, test = split(places.points, seed)
    adaptive = fit_adaptive(train, seed).log_prob
    flow = fit_globe(train, seed, minutes, SHAPE, progress)
    densities: dict[str, LogProb] = {
        "uniform": lambda x: np.full(len(x), UNIFORM),
        "vmf": fit_mixture(train, validation, seed).log_prob,
        "kernels": fit_fixed(train, validation).log_prob,
        "flow": flow,
        "adaptive": adaptive,
    }
    seen = {name: density(validation) for name, density in densities.items()}
    weights = mixture_weights(np.stack([seen["adaptive"], seen["flow"]], axis=1))
    densities["mixture"] = _mix(adaptive, flow, weights)
    seen["mixture"] = _mixed(seen["adaptive"], seen["flow"], weights)
    losses = {name: -float(values.mean()) for name, values in seen.items()}
    chosen = min(_CANDIDATES, key=losses.__getitem__)
    once = {name: densities[name](test) for name in densities if name != "mixture"}
    once["mixture"] = _mixed(once["adaptive"], once["flow"], weights)
    judged = {name: -float(values.mean()) for name, values in once.items()}
    return Judged(
        losses | {"chosen": losses[chosen]}, judged | {"chosen": judged[chosen]},
        chosen, densities[chosen], train, float(weights[1]), integral(flow),
    )  # fmt: skip


def integral(density: LogProb, count: int = 4000) -> float:
    """A density's integral over the globe, by points that are spread evenly (Fibonacci's spiral).

    >>> round(integral(lambda x: np.full(len(x), UNIFORM)), 6)
    1.0
    """
    return float(4 * np.pi * np.exp(density(spiral(count))).mean())


def spiral(count: int) -> Points:
    """Points that cover the sphere evenly."""
    index = np.arange(count) + 0.5
    height = 1 - 2 * index / count
    turn = np.pi * (1 + 5**0.5) * index
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1)


def _mixed(
    a: NDArray[np.float64], b: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    tiny = 1e-300
    return np.logaddexp(a + np.log(weights[0] + tiny), b + np.log(weights[1] + tiny))


def _mix(a: LogProb, b: LogProb, weights: NDArray[np.float64]) -> LogProb:
    return lambda x: _mixed(a(x), b(x), weights)
