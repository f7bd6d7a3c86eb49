"""What is asked of the fit of a control space."""

from dataclasses import dataclass
from math import inf
from typing import Literal

from cheiron.core.errors import CheironError

Method = Literal["conditional", "continuous", "flow", "flow-open", "linear"]

JUDGED = ("loudness", "centroid", "bandwidth", "sharpness", "boominess")
"""The axes of the spaces that models are shipped with."""


METHODS: dict[str, str] = {
    "conditional": "a flow to the other knobs given the named ones, its loop closed through the "
    "decoder: the most exact",
    "continuous": "a continuous flow given the named knobs, fitted by flow matching to the corpus",
    "flow": "a partial-target flow, its loop closed through the decoder: as many knobs as latents",
    "flow-open": "the same without closing the loop: quick, and needs nothing but the corpus",
    "linear": "one linear direction for each descriptor",
}
"""Ways to fit, with what to say of each."""

GIVEN: tuple[Method, ...] = ("conditional", "continuous")
"""Those that keep the named knobs beside the flow, as what it is given."""

OPEN: tuple[Method, ...] = ("continuous", "flow-open", "linear")
"""Those that do not close the loop."""


@dataclass(frozen=True)
class SpaceConfig:
    """A fit.

    Args:
        axes: Descriptors that get a knob, in order.
        method: A name of :data:`METHODS`.
        minutes: Computing time that the steps are meant for, on one core of a laptop; the number
            of steps follows from it, so equal settings give equal spaces on fast and slow machines.
        seconds: Seconds of sound that are decoded and measured, spread over the corpus.
        seed: Fixes every random draw.

    Raises:
        CheironError: If there are no axes, one is named twice, or a number is out of range.
    """

    axes: tuple[str, ...] = JUDGED
    method: Method = "conditional"
    minutes: float = 3.0
    seconds: float = 150.0
    seed: int = 0

    def __post_init__(self) -> None:
        twice = sorted({name for name in self.axes if self.axes.count(name) > 1})
        if twice:
            raise CheironError(f"the axis {twice[0]!r} is named twice; name each axis once.")
        if not self.axes:
            raise CheironError("no axis was named; name descriptors with --axes, commas between.")
        if not 0 < self.minutes < inf or not 0 < self.seconds < inf:
            raise CheironError(
                f"a fit of {self.minutes:g} min on {self.seconds:g} s of sound cannot be made; "
                "give more of both."
            )


@dataclass(frozen=True)
class Steps:
    """How the computing time is spent.

    Args:
        open: Steps of the partial-target likelihood.
        rounds: How often proposals are decoded and measured.
        closed: Steps of the closed loop in each round.
        reader: Steps of the reader in each round.
        proposals: Stretches that are decoded in each round.
    """

    open: int
    rounds: int
    closed: int
    reader: int
    proposals: int

    @classmethod
    def of(cls, config: SpaceConfig) -> "Steps":
        """The steps for a configuration."""
        share = config.minutes / 3.0

        def scaled(count: int) -> int:
            return max(10, round(count * share))

        return cls(scaled(200), 10, scaled(240), scaled(400), scaled(400))
