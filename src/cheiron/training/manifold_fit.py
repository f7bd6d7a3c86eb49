"""Fitting flows on manifolds by flow matching."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from cheiron.core.errors import CheironError
from cheiron.nets.manifold import Manifold
from cheiron.nets.manifold_flow import FieldConfig, VectorField, matching_loss

Partners = Callable[[Tensor, torch.Generator], Tensor]
"""Rows of the data that were drawn, by number, to points at t = 0."""


@dataclass(frozen=True)
class FitConfig:
    """How a flow is fitted.

    Args:
        steps: Of Adam.
        batch: Pairs in each.
        rate: Learning rate at its highest; it rises for 100 steps and falls on a cosine.
        average: Share of the new weights in the running mean that is kept in the end.
        couple: Whether the two ends of a batch are paired by optimal transport.
        seconds: Training ends then at the latest.
        seed: Fixes weights and draws.
    """

    steps: int = 4000
    batch: int = 512
    rate: float = 2e-3
    average: float = 0.01
    couple: bool = False
    seconds: float = math.inf
    seed: int = 0


def fit_flow(
    manifold: Manifold,
    data: Tensor,
    field: FieldConfig,
    config: FitConfig,
    *,
    source: Tensor | None = None,
    partners: Partners | None = None,
    context: Tensor | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> VectorField:
    """A flow from the manifold's base density, or from a sample, to that of the data.

    Args:
        manifold: Where both live.
        data: Points at t = 1, shape ``(N, ambient)``.
        field: Shape of the network.
        config: How it is trained.
        source: Points at t = 0, drawn from at random; the manifold's base when absent.
        partners: Gives points at t = 0 for chosen rows of the data, in place of ``source``.
        context: What the flow is conditioned on, ``(N, field.context)``.
        progress: Told the share of the steps that are done.

    Returns:
        The field with averaged weights, in evaluation mode.

    Raises:
        CheironError: If there are fewer than two points, or one that is not finite.
    """
    if len(data) < 2 or not bool(torch.isfinite(data).all()):
        raise CheironError(
            f"a flow cannot be fitted to {len(data)} points, or to points that are not finite; "
            "expected at least 2 finite ones."
        )
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    net = VectorField(manifold, field)
    optimiser = torch.optim.Adam(net.parameters(), lr=config.rate)
    mean = [p.detach().clone() for p in net.parameters()]
    ends = time.process_time() + config.seconds
    began = time.process_time()
    for step in range(config.steps):
        share = max(step / config.steps, (time.process_time() - began) / config.seconds)
        if time.process_time() > ends:
            break
        for group in optimiser.param_groups:
            rise = min(1.0, (step + 1) / 100)
            group["lr"] = config.rate * rise * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
        rows = torch.randint(len(data), (config.batch,), generator=generator)
        start = _starts(manifold, rows, source, partners, generator)
        if config.couple:
            start = start[couple(manifold, start, data[rows], generator)]
        given = None if context is None else context[rows]
        loss = matching_loss(net, start, data[rows], generator, given)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        keep = max(config.average, 1.0 / (step + 1))
        for kept, new in zip(mean, net.parameters(), strict=True):
            kept.lerp_(new.detach(), keep)
        if step % 50 == 0:
            progress(share)
    with torch.no_grad():
        for kept, new in zip(mean, net.parameters(), strict=True):
            new.copy_(kept)
    progress(1.0)
    return net.eval().requires_grad_(False)


def couple(
    manifold: Manifold, start: Tensor, end: Tensor, generator: torch.Generator, sharp: float = 0.02
) -> Tensor:
    """Partners for ``end`` among ``start`` by optimal transport with a little entropy.

    Cost is the squared geodesic distance. Sinkhorn's iteration gives the plan; each end draws one
    partner from it, so their distribution stays that of ``start`` on average.

    Reference: Cuturi: "Sinkhorn Distances", NeurIPS 2013.

    Args:
        manifold: Where they live.
        start: ``(batch, ambient)``.
        end: ``(batch, ambient)``.
        generator: Fixes the draw.
        sharp: Entropy, as a share of the mean cost.

    Returns:
        For each end the number of its start, ``(batch,)``.
    """
    count = len(start)
    cost = manifold.distance(end[:, None].expand(-1, count, -1), start[None].expand(count, -1, -1))
    plan = -cost.square() / (sharp * cost.square().mean())
    for _ in range(20):
        plan = plan - plan.logsumexp(0, keepdim=True)
        plan = plan - plan.logsumexp(1, keepdim=True)
    return torch.multinomial(plan.exp(), 1, generator=generator)[:, 0]


def _starts(
    manifold: Manifold,
    rows: Tensor,
    source: Tensor | None,
    partners: Partners | None,
    generator: torch.Generator,
) -> Tensor:
    if partners is not None:
        return partners(rows, generator)
    if source is None:
        return manifold.sample(len(rows), generator)
    return source[torch.randint(len(source), (len(rows),), generator=generator)]
