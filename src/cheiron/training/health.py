"""Is the training going well? In words."""

import torch
from torch import Tensor

from cheiron.training.task import Outcome


class Health:
    """Watches batches and says what is going wrong.

    Looks for the collapses that replications of RAVE report: a posterior that says nothing, an
    output that is silent or turns to noise, a discriminator that always wins.

    Args:
        free_nats: KL of each latent dimension that the loss does not count; a dimension that says
            nothing rests there.
        patience: Batches before the first warning; a fresh network says nothing yet.
    """

    def __init__(self, free_nats: float = 0.0, patience: int = 300) -> None:
        self._idle = 0.02 + 1.2 * free_nats
        self._patience = patience
        self._count = 0
        self._distance = 0.0
        self._kl = torch.zeros(1)
        self._level = torch.zeros(2)
        self._flatness = torch.zeros(2)
        self._accuracy = 0.5

    @property
    def judge_wins(self) -> bool:
        """Whether the discriminator tells nearly every pair apart."""
        return self._accuracy > 0.9

    def watch(self, outcome: Outcome, distance: float) -> None:
        """Take in one batch."""
        with torch.no_grad():
            pair = torch.stack([outcome.target, outcome.output])
            self._count += 1
            self._patience -= 1
            self._distance += distance
            self._kl = self._kl + outcome.kl
            self._level = self._level + pair.square().mean((1, 2)).sqrt()
            if self._count % 10 == 1:
                self._flatness = torch.stack([_flatness(x) for x in pair])

    def watch_judge(self, accuracy: float) -> None:
        """Take in the discriminator's share of right answers on one batch."""
        self._accuracy = 0.95 * self._accuracy + 0.05 * accuracy

    def summary(self, stage: int) -> tuple[float, float, tuple[str, ...]]:
        """Mean distance, mean total KL and warnings since the last summary."""
        n = max(1, self._count)
        distance, kl = self._distance / n, self._kl / n
        words = self._warnings(stage, kl, self._level / n) if self._patience < 0 else []
        self._count, self._distance = 0, 0.0
        self._kl, self._level = torch.zeros(1), torch.zeros(2)
        return distance, float(kl.sum()), tuple(words)

    def _warnings(self, stage: int, kl: Tensor, level: Tensor) -> list[str]:
        words: list[str] = []
        if stage == 1 and not bool((kl > self._idle).any()):
            words.append(
                "posterior collapse: no latent dimension says anything; lower --kl or raise "
                "--free-nats"
            )
        if level[1] < 0.02 * level[0]:
            words.append("the output is silent; lower --learning-rate")
        elif self._flatness[1] > 4 * self._flatness[0] + 0.1:
            words.append("the output has turned to noise; lower --learning-rate")
        if stage == 2 and self.judge_wins:
            words.append(
                f"the discriminator wins ({100 * self._accuracy:.0f} % right); "
                "it is being slowed down"
            )
        return words


def _flatness(x: Tensor) -> Tensor:
    """Spectral flatness in [0, 1]: geometric over arithmetic mean of the mean power spectrum."""
    window = torch.hann_window(1024)
    power = torch.stft(x, 1024, 512, window=window, return_complex=True).abs().square()
    power = power.mean((0, 2)) + 1e-12
    return power.log().mean().exp() / power.mean()
