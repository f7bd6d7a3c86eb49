"""What a training loop asks of a model family."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor

from cheiron.nets.network import Network
from cheiron.training.corpus import Corpus
from cheiron.training.regularise import Regulariser


@dataclass(frozen=True)
class Outcome:
    """What one batch gave.

    Args:
        target: Recorded sound, ``(batch, samples)``.
        output: The model's, of the same shape.
        kl: KL divergence of each latent dimension from its prior, ``(D,)``.
        extra: A further loss of the family, a scalar; already weighted.
    """

    target: Tensor
    output: Tensor
    kl: Tensor
    extra: Tensor


class Task(Protocol):
    """A model family together with its way of being trained."""

    @property
    def model(self) -> Network:
        """The network."""
        ...

    @property
    def regulariser(self) -> Regulariser:
        """What ties latents to descriptors."""
        ...

    def prepare(self, corpus: Corpus) -> None:
        """Compute what is computed once."""
        ...

    def run(self, rng: np.random.Generator) -> Outcome:
        """Reconstruct a random batch, with gradients."""
        ...

    def freeze_encoder(self) -> None:
        """From now on only the decoder learns (adversarial stage)."""
        ...
