"""The partial-target likelihood of labelled knobs (PluGeN, Wolczyk et al. 2022, 2109.09011)."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["continuous", "binary"]

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Target:
    """What the labels of one knob are.

    Args:
        kind: ``"continuous"``: standard normal over the corpus; ``"binary"``: 0, 1, or anything
            between for soft labels.
        positive: Share of positive labels, in (0, 1); for binary ones.
    """

    kind: Kind = "continuous"
    positive: float = 0.5

    def log_prob(self, c: Tensor, label: Tensor, sigma: float) -> Tensor:
        """Log density of a knob given its label.

        Continuous: normal around the label with standard deviation ``sigma``; without a label the
        standard normal. Binary: normal around +1 with ``sigma sqrt(2 pi)``, or around -1 with
        ``sigma sqrt(2 (1 - pi))``, where ``pi`` is the share of positive labels; a soft label
        mixes both, and no label mixes them evenly.

        Args:
            c: Knobs, any shape.
            label: The same shape; NaN where there is none.
            sigma: How closely a knob is to follow.

        Returns:
            The same shape.
        """
        known = torch.isfinite(label)
        safe = torch.where(known, label, torch.zeros_like(label))
        if self.kind == "continuous":
            return torch.where(known, _normal(c, safe, sigma), _normal(c, 0.0, 1.0))
        positive = _normal(c, 1.0, sigma * math.sqrt(2 * self.positive))
        negative = _normal(c, -1.0, sigma * math.sqrt(2 * (1 - self.positive)))
        share = torch.clamp(torch.where(known, safe, torch.full_like(safe, 0.5)), 0.0, 1.0)
        # log(0) is minus infinity, which logaddexp takes; its gradient is not asked for.
        return torch.logaddexp(torch.log(share) + positive, torch.log1p(-share) + negative)


def partial_target_loss(
    c: Tensor, log_det: Tensor, labels: Tensor, targets: tuple[Target, ...], sigma: float
) -> Tensor:
    """``-E[sum_k log p_k(c_k | a_k) + log N(s; 0, I) + log|det|]``, for each coordinate.

    Args:
        c: ``(batch, size)``: labelled knobs first, then the residual.
        log_det: ``(batch,)``.
        labels: ``(batch, len(targets))``; NaN where there is none.
        targets: What they are.
        sigma: How closely labelled knobs are to follow.
    """
    parts = [t.log_prob(c[:, k], labels[:, k], sigma) for k, t in enumerate(targets)]
    residual = _normal(c[:, len(targets) :], 0.0, 1.0).sum(-1)
    total = torch.stack([*parts, residual, log_det]).sum(0)
    return -total.mean() / c.shape[1]


def annealed(share: float, start: float = 0.7, end: float = 0.1) -> float:
    """Sigma at a share of the training: geometrically from start to end."""
    return start * (end / start) ** min(max(share, 0.0), 1.0)


def _normal(x: Tensor, mean: Tensor | float, std: float) -> Tensor:
    z = (x - mean) / std
    return -0.5 * z * z - math.log(std) - 0.5 * _LOG_2PI
