"""Fitting a flow: its likelihood first, then its loop closed through the decoder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.flow_continuous import ContinuousFlow
from cheiron.nets.flow_space import Reader, SpaceNet
from cheiron.training.space_targets import Target, annealed, partial_target_loss

_FAR = 4.0  # whitened latents beyond this are discouraged: the model was never heard there
_TRAVEL = 0.98  # share of a knob's travel within which targets are drawn


@dataclass(frozen=True, eq=False)
class Rows:
    """Frames as tensors.

    Args:
        z: Latents that move, ``(rows, D')``.
        context: What passes and the flow depends on, standardised, as it is sent to the decoder,
            ``(rows, C)``.
        levels: Log levels of the texture groups over the analysis window, ``(rows, G)``.
        sparks: The same of the one frame in its middle, which is all that a flow sees.
        labels: Normal scores of descriptors, then other labels, ``(rows, K)``; NaN if unknown.
        scene: Place on the time line of scenes, ``(rows, 1)``; NaN where it may be any.
    """

    z: Tensor
    context: Tensor
    levels: Tensor
    sparks: Tensor
    labels: Tensor
    scene: Tensor

    def take(self, index: Tensor) -> "Rows":
        """Some of them."""
        return Rows(*(getattr(self, f.name)[index] for f in fields(self)))


@dataclass(frozen=True)
class LoopConfig:
    """Weights of the closed loop.

    Args:
        sigma: How closely knobs follow labels in the end.
        likelihood: Weight of the partial-target likelihood.
        asked: Weight of all descriptors that were asked for.
        others: Weight of all that were not, and so should stay.
        encode: Weight of knobs saying what is heard.
        far: Weight of latents beyond the corpus.
        gains: Weight of textures far from the level that they have in the corpus.
        elsewhere: Share of the frames that are moved to the context of another one, and as many
            to the scene of another.
        louder: Share of the frames whose textures are made louder or softer.
        calm: Weight of how far latents tremble with single frames of textures.
        clip: Longest gradient.
        batch: Frames for each step.
        learning_rate: Largest step size.
    """

    sigma: float = 0.1
    likelihood: float = 0.01
    asked: float = 1.0
    others: float = 0.15
    encode: float = 0.3
    far: float = 0.02
    gains: float = 0.02
    elsewhere: float = 0.1
    louder: float = 0.5
    calm: float = 0.05
    clip: float = 2.0
    batch: int = 384
    learning_rate: float = 4e-3


class SpaceLoop:
    """Steps of a fit.

    Args:
        net: What is fitted; a reader in it is left as it is.
        rows: The corpus.
        goals: Its labels as a reader says them, ``(rows, K)``: yes and no are 1 and -1.
        targets: What its labels are.
        config: Weights.
        generator: Draws everything.
    """

    def __init__(
        self,
        net: SpaceNet,
        rows: Rows,
        goals: Tensor,
        targets: Sequence[Target],
        config: LoopConfig,
        generator: torch.Generator,
    ) -> None:
        self.net, self.rows, self.config = net, rows, config
        self._targets, self._generator = tuple(targets), generator
        self._goals = goals
        self._binary = torch.tensor([t.kind == "binary" for t in targets])
        parts = (net.flow, net.gains, net.corrector)
        own = [p for part in parts if part is not None for p in part.parameters()]
        self._own = [p for p in own if p.requires_grad]
        self.optimiser = torch.optim.Adam(
            self._own or [nn.Parameter(torch.zeros(1))], lr=config.learning_rate, fused=True
        )

    def open_step(self, share: float) -> float:
        """One step of the likelihood alone; ``share`` of that training is done."""
        rows = self._draw()
        self._rate(share)
        loss, _, _, _ = self._likelihood(rows, annealed(share, end=self.config.sigma))
        self._step(loss)
        return float(loss.detach())

    def match_step(self, share: float) -> float:
        """One step of flow matching of a continuous flow, given what its reader says is heard."""
        rows, net = self._draw(), self.net
        flow, reader = net.flow, net.reader
        assert isinstance(flow, ContinuousFlow) and reader is not None
        self._rate(share)
        with torch.no_grad():
            heard = reader(net.place(rows.z, rows.context, rows.levels))
            context = net.heard(rows.z, rows.context)
            named = net.named(rows.z, rows.context, rows.sparks)
            gains = net.gains_of(rows.z, context, named)
        scene = net.scene_of(rows.scene)
        given = torch.cat([context, rows.sparks - gains, heard, scene], -1)
        loss = flow.matching_loss(rows.z, given, self._generator)
        self._step(loss)
        return float(loss.detach())

    def closed_step(self, readers: Sequence[Reader], share: float) -> tuple[float, float]:
        """One step of the loop closed through readers of the decoder, which are left as they are.

        All have to hear what was asked for: where one is wrong, the others seldom are in the
        same way, so there is less to gain from their mistakes.

        Returns:
            Mean error in positions of knobs where something was asked for, and where not.
        """
        self._rate(share)
        config, net = self.config, self.net
        rows, before = self._varied(self._draw(), readers[0])
        loss, c, context, gains = self._likelihood(rows, config.sigma)
        count = before.shape[1]
        loss = config.likelihood * loss + config.encode * _miss(c[:, :count], before).mean()
        wanted, asked = draw_targets(self._goals, len(c), self._generator)
        edited = torch.cat([torch.where(asked, wanted, c[:, :count]), c[:, count:]], -1)
        context = self._elsewhere(context)
        scene = net.scene_of(self._elsewhere(rows.scene))
        z = net.decode(edited, context, rows.sparks - gains, scene)
        levels = rows.levels - gains + net.gains_of(z, context, net.wanted(edited))
        place = net.place(z, net.sent(z, context), levels)
        goal = torch.where(asked, wanted, before)
        many = asked.sum(-1, keepdim=True)
        # Means over what is asked and what is not: a single wish weighs as much as four others.
        weight = torch.where(
            asked, config.asked / many.clamp(min=1), config.others / (count - many).clamp(min=1)
        )
        each = [reader(place) for reader in readers]
        misses = torch.stack([(weight * _miss(heard, goal)).sum(-1).mean() for heard in each])
        loss = loss + misses.mean()
        loss = loss + config.far * functional.relu(net.white(z).abs() - _FAR).square().mean()
        if levels.shape[1]:
            loss = loss + config.gains * functional.relu(levels.abs() - 1.0).square().mean()
            few = config.batch // 2
            calm = net.decode(edited[:few], context[:few], (rows.levels - gains)[:few], scene[:few])
            loss = loss + config.calm * (net.white(z[:few]) - net.white(calm)).square().mean()
        self._step(loss)
        away = torch.stack([(_position(h) - _position(goal)).detach().abs() for h in each]).mean(0)
        return _mean(away, asked), _mean(away, ~asked)

    def _draw(self) -> Rows:
        index = torch.randint(len(self.rows.z), (self.config.batch,), generator=self._generator)
        rows = self.rows.take(index)
        # A sound that stands nowhere on the time line may be met anywhere.
        anywhere = torch.rand(rows.scene.shape, generator=self._generator)
        return replace(rows, scene=torch.where(torch.isfinite(rows.scene), rows.scene, anywhere))

    def _varied(self, rows: Rows, reader: Reader) -> tuple[Rows, Tensor]:
        """Rows with textures of other levels, and how they sound; knobs mean the same there."""
        louder = self._louder(rows.levels)
        levels, sparks = rows.levels + louder, rows.sparks + louder
        with torch.no_grad():
            before = reader(self.net.place(rows.z, rows.context, levels))
        changed = louder.abs().sum(-1, keepdim=True) > 0
        said = torch.where(self._binary, (before + 1.0) / 2.0, before)
        labels = torch.where(changed, said, rows.labels)
        return replace(rows, levels=levels, sparks=sparks, labels=labels), before

    def _likelihood(self, rows: Rows, sigma: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Loss, knobs, the context as it is heard, and gains."""
        net = self.net
        context = net.heard(rows.z, rows.context)
        named = net.named(rows.z, rows.context, rows.sparks)
        gains = net.gains_of(rows.z, context, named)
        scene = net.scene_of(rows.scene)
        c, log_det = net.encode(rows.z, context, rows.sparks - gains, named, scene)
        loss = partial_target_loss(c, log_det, rows.labels, self._targets, sigma)
        if gains.shape[1]:
            # What remains of the textures is standard normal where this is least.
            power = torch.exp(2.0 * torch.clamp(rows.levels - gains, max=1.5))
            loss = loss + (0.5 * power + gains).mean()
        return loss, c, context, gains

    def _louder(self, levels: Tensor) -> Tensor:
        """Offsets of texture levels for half of the rows."""
        rows = len(levels)
        draw = 0.5 * torch.randn(rows, 1, generator=self._generator)
        draw = draw + 0.4 * torch.randn(levels.shape, generator=self._generator)
        return draw * (torch.rand(rows, 1, generator=self._generator) < self.config.louder)

    def _elsewhere(self, context: Tensor) -> Tensor:
        """The context, now and then that of another frame: knobs mean the same at every pitch."""
        if not context.shape[1]:
            return context
        other = context[torch.randperm(len(context), generator=self._generator)]
        moved = torch.rand(len(context), 1, generator=self._generator) < self.config.elsewhere
        return torch.where(moved, other, context)

    def _rate(self, share: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * (0.5 + 0.5 * math.cos(math.pi * share)) + 2e-5

    def _step(self, loss: Tensor) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        if torch.isfinite(nn.utils.clip_grad_norm_(self._own, self.config.clip)):
            self.optimiser.step()


def draw_targets(labels: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Normal scores to ask for, and which of them are asked for: one to four of each row.

    Half of the rows ask for what some other frame has, the others for each descriptor evenly over
    its travel, independently.

    Args:
        labels: Normal scores of a corpus, ``(rows, K)``; NaN if unknown.
        count: Rows to draw.
        generator: Draws them.

    Returns:
        Scores and a mask, ``(count, K)`` each; nothing unknown is asked for.
    """
    size = labels.shape[1]
    other = labels[torch.randint(len(labels), (count,), generator=generator)]
    share = (1 - _TRAVEL) / 2 + _TRAVEL * torch.rand(count, size, generator=generator)
    even = torch.special.ndtri(share)
    joint = torch.rand(count, 1, generator=generator) < 0.5
    wanted = torch.clamp(torch.where(joint, other, even), -2.6, 2.6)
    many = torch.randint(1, min(4, size) + 1, (count, 1), generator=generator)
    order = torch.argsort(torch.rand(count, size, generator=generator), -1)
    rank = torch.argsort(order, -1)
    asked = (rank < many) & torch.isfinite(wanted)
    return torch.where(asked, wanted, torch.zeros_like(wanted)), asked


def _miss(heard: Tensor, goal: Tensor) -> Tensor:
    """How far descriptors are from where they should be, robustly: some wishes cannot be met."""
    away = 3.0 * (_position(heard) - _position(goal))
    error = functional.huber_loss(away, torch.zeros_like(away), reduction="none", delta=0.5)
    return error + 0.2 * functional.huber_loss(heard, goal, reduction="none", delta=0.5)


def _position(normal: Tensor) -> Tensor:
    return torch.special.ndtr(torch.clamp(normal, -Reader.most, Reader.most))


def _mean(values: Tensor, mask: Tensor) -> float:
    return float((values * mask).sum() / mask.sum().clamp(min=1))
