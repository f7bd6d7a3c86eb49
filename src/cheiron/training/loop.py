"""The training loop: spectral stage, adversarial stage, checkpoints, resume."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cheiron.core.errors import CheironError
from cheiron.nets.network import Network
from cheiron.training.checkpoint import Checkpoint
from cheiron.training.discriminator import Discriminator, discriminator_loss, generator_loss
from cheiron.training.health import Health
from cheiron.training.losses import SpectralDistance
from cheiron.training.task import Outcome, Task


@dataclass(frozen=True)
class TrainConfig:
    """How to train.

    Args:
        minutes: Computing time in all, over every resume.
        adversarial: Share of the time for the adversarial stage, at the end.
        batch: Crops per step.
        seconds: Length of a crop.
        learning_rate: Adam's peak step size.
        kl: Weight of the KL divergence.
        free_nats: KL of each latent dimension that costs nothing, against posterior collapse.
        kl_warm_up: Share of the time over which the KL weight rises from 0.
        adversarial_weight: Weight of the discriminator's opinion.
        feature_weight: Weight of feature matching.
        average: Decay of the exponential moving average of the weights.
        checkpoint_seconds: Time between two checkpoints.
        seed: Seed of every random draw.
        threads: CPU threads.
        regularise: A name of :data:`cheiron.training.regularise.WEIGHTS`, or None.
        axes: Descriptors that it ties to latents, with commas between them; the five of
            :data:`cheiron.training.regularise.AXES` when None.
        tie: Weight of the regularisation; that of its kind when None.
    """

    minutes: float = 60.0
    adversarial: float = 0.0
    batch: int = 8
    seconds: float = 1.0
    learning_rate: float = 1e-3
    kl: float = 1e-3
    free_nats: float = 0.05
    kl_warm_up: float = 0.1
    adversarial_weight: float = 0.05
    feature_weight: float = 0.5
    average: float = 0.998
    checkpoint_seconds: float = 60.0
    seed: int = 0
    threads: int = 1
    regularise: str | None = None
    axes: str | None = None
    tie: float | None = None


@dataclass(frozen=True)
class Report:
    """What the loop says of itself every few steps.

    Args:
        step: Steps so far.
        share: Share of the time that is spent, in [0, 1].
        stage: 1 spectral, 2 adversarial.
        distance: Multi-scale spectral distance on training crops, averaged since the last report.
        kl: Sum of the KL divergences in nats.
        speed: Seconds of sound per second of computing.
        warnings: What is going wrong, in words.
    """

    step: int
    share: float
    stage: int
    distance: float
    kl: float
    speed: float
    warnings: tuple[str, ...]


class Trainer:
    """Trains a task's model until its time is up.

    Args:
        task: The model family's way of training, prepared with a corpus.
        config: How.
        sample_rate: Samples per second.
        checkpoint: Where to save and from where to resume.
        report: Called every ``report_steps`` steps.
    """

    report_steps = 20

    def __init__(
        self,
        task: Task,
        config: TrainConfig,
        sample_rate: int,
        checkpoint: Checkpoint,
        report: Callable[[Report], None] = lambda _: None,
    ) -> None:
        torch.set_num_threads(config.threads)
        self.task, self.config, self.report = task, config, report
        self.sample_rate, self.checkpoint = sample_rate, checkpoint
        self.distance = SpectralDistance(per_item=True)
        self.health = Health(config.free_nats)
        self.rng = np.random.default_rng(config.seed)
        self.step, self.elapsed, self.stage, self.bad = 0, 0.0, 1, 0
        self.average = copy.deepcopy(task.model).eval().requires_grad_(False)
        self.optimizer = self._adam(task.model)
        self.judge: Discriminator | None = None
        self.judge_optimizer: torch.optim.Adam | None = None
        self._restore()

    @property
    def share(self) -> float:
        """Share of the time that is spent."""
        return min(1.0, self.elapsed / (60.0 * self.config.minutes))

    def run(self) -> Network:
        """Train to the end; returns the averaged model.

        Raises:
            CheironError: If the loss stays undefined.
            KeyboardInterrupt: When interrupted; the last state is saved first.
        """
        saved = time.monotonic()
        self.task.model.train()
        try:
            while self.share < 1.0:
                begun = time.monotonic()
                if self.stage == 1 and self.share >= 1.0 - self.config.adversarial:
                    self._start_adversarial()
                self._one_step()
                self.elapsed += time.monotonic() - begun
                if time.monotonic() - saved > self.config.checkpoint_seconds:
                    self._save()
                    saved = time.monotonic()
        finally:
            self._save()
        return self.average

    def _one_step(self) -> None:
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * self._schedule()
        outcome = self.task.run(self.rng)
        distance = self.distance(outcome.target, outcome.output)
        loss = distance + self._kl(outcome) + outcome.extra
        if self.judge is not None:
            adversary, features = generator_loss(self.judge, outcome.target, outcome.output)
            loss = loss + config.adversarial_weight * adversary
            loss = loss + config.feature_weight * features
        self.optimizer.zero_grad(set_to_none=True)
        if not torch.isfinite(loss):
            self._skip()
            return
        loss.backward()
        # A finite loss may have undefined gradients; one step along them would end the model.
        if not torch.isfinite(nn.utils.clip_grad_norm_(self.task.model.parameters(), 5.0)):
            self._skip()
            return
        self.optimizer.step()
        self.bad = 0
        if self.judge is not None:
            self._judge_step(outcome)
        self.step += 1
        self._follow_average()
        self.health.watch(outcome, float(distance.detach()))
        if self.step % self.report_steps == 0:
            self._tell()

    def _judge_step(self, outcome: Outcome) -> None:
        """One step of the discriminator, unless it is winning anyway."""
        assert self.judge is not None and self.judge_optimizer is not None
        if self.health.judge_wins and self.step % 4:
            return
        loss, accuracy = discriminator_loss(
            self.judge, outcome.target.detach(), outcome.output.detach()
        )
        self.judge_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.judge_optimizer.step()
        self.health.watch_judge(accuracy)

    def _kl(self, outcome: Outcome) -> torch.Tensor:
        if self.stage == 2:
            return torch.zeros(())
        ramp = min(1.0, self.share / max(1e-9, self.config.kl_warm_up))
        paid = torch.clamp(outcome.kl - self.config.free_nats, min=0.0)
        return self.config.kl * ramp * paid.sum()

    def _schedule(self) -> float:
        """Short warm-up, then constant, then a cosine down to 5 %."""
        warm = min(1.0, (self.step + 1) / 100)
        late = max(0.0, (self.share - 0.4) / 0.6)
        return warm * (0.05 + 0.95 * 0.5 * (1 + float(np.cos(np.pi * late))))

    def _skip(self) -> None:
        self.bad += 1
        if self.bad >= 20:
            raise CheironError(
                "the loss has been undefined for 20 steps; resume from the last checkpoint with "
                f"a lower --learning-rate than {self.config.learning_rate:g}."
            )

    def _follow_average(self) -> None:
        decay = min(self.config.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.task.model.parameters(), strict=True)
            for slow, fast in pairs:
                slow.lerp_(fast, 1 - decay)

    def _start_adversarial(self) -> None:
        self.stage = 2
        self.task.freeze_encoder()
        torch.manual_seed(self.config.seed + 1)
        self.judge = Discriminator()
        self.judge_optimizer = self._adam(self.judge)

    def _adam(self, module: nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam(module.parameters(), self.config.learning_rate, betas=(0.8, 0.99))

    def _tell(self) -> None:
        distance, kl, warnings = self.health.summary(self.stage)
        heard = self.step * self.config.batch * self.config.seconds
        speed = heard / max(1e-9, self.elapsed)
        self.report(Report(self.step, self.share, self.stage, distance, kl, speed, warnings))

    def _save(self) -> None:
        parts = {
            "model": self.task.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "regulariser": self.task.regulariser.state(),
        }
        if self.judge is not None and self.judge_optimizer is not None:
            parts["judge"] = self.judge.state_dict()
            parts["judge_optimizer"] = self.judge_optimizer.state_dict()
        numbers = {"step": self.step, "elapsed": self.elapsed, "stage": self.stage}
        self.checkpoint.save({**parts, **numbers, "rng": self.rng.bit_generator.state})

    def _restore(self) -> None:
        found = self.checkpoint.load()
        if found is None:
            return
        try:
            if found["stage"] == 2:
                self._start_adversarial()
            self.task.model.load_state_dict(found["model"])
            self.average.load_state_dict(found["average"])
            self.optimizer.load_state_dict(found["optimizer"])
            self.task.regulariser.restore(found.get("regulariser", {}))
            if self.judge is not None and self.judge_optimizer is not None:
                self.judge.load_state_dict(found["judge"])
                self.judge_optimizer.load_state_dict(found["judge_optimizer"])
            self.step, self.elapsed = int(found["step"]), float(found["elapsed"])
            self.rng.bit_generator.state = found["rng"]
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise CheironError(
                f"the checkpoint {self.checkpoint.path} belongs to another model; "
                "train into another folder with -o."
            ) from error
