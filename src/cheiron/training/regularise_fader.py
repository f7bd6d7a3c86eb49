"""Descriptors given to the decoder and driven out of the other latents by an adversary."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.core.quantiles import Quantiles
from cheiron.features.descriptors import describe
from cheiron.nets.network import Network
from cheiron.training.corpus import Corpus
from cheiron.training.regularise import labels, pooled, stride_of

BINS = 16
"""Classes of equal frequency that the adversary tells each descriptor by."""

_HOP = 2048  # samples between the frames that quantiles are taken of
_REACH = 2.58  # standard scores: 0.5 % and 99.5 %, the ends of the quantiles


class Adversary(nn.Module):
    """Guesses the descriptors' bins from latents.

    Args:
        latents: Latents that it sees.
        names: Descriptors that it guesses.
        width: Channels inside.
    """

    def __init__(self, latents: int, names: int, width: int = 64) -> None:
        super().__init__()
        self.names = names
        self.net = nn.Sequential(
            nn.Conv1d(latents, width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(width, width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(width, names * BINS, 1),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Log probabilities of ``(batch, D, frames)``: ``(batch, names, BINS, frames)``."""
        logits = self.net(z)
        shape = (z.shape[0], self.names, BINS, z.shape[-1])
        return functional.log_softmax(logits.reshape(shape), 2)


class Fader:
    """Fader network for descriptors that move in time (F-RAVE, Devis et al., arXiv 2302.13542).

    The named latents are standard scores of the descriptors by the corpus's quantiles. In training
    the decoder gets what is measured of the recording; the encoder's own answer is trained to be
    that, so that the exported model can encode. An adversary learns to tell each descriptor's bin
    of 16 from the other latents, and the encoder learns to leave it in doubt: the loss is the
    cross entropy of the adversary's answer from the even distribution, less its least value, which
    unlike the negated loss of the adversary has a lower end.

    Args:
        model: The network; its first learned latents are named.
        seen: Learned latents that may say something, the named ones included; what comes after
            them (texture) is left to itself.
        skip: Frames at the start that count in no loss.
        weight: Of the adversary's doubt; lambda in the paper.
        learning_rate: Of the adversary.
    """

    def __init__(
        self, model: Network, seen: int, skip: int, weight: float, learning_rate: float = 1e-3
    ) -> None:
        self.model, self.seen, self.skip, self.weight = model, seen, skip, weight
        self.adversary = Adversary(seen - len(model.named), len(model.named))
        self.optimizer = torch.optim.Adam(self.adversary.parameters(), learning_rate)
        self.quantiles: tuple[Quantiles, ...] = ()
        self._frozen = False

    def prepare(self, corpus: Corpus) -> None:
        """Take the descriptors' quantiles.

        Raises:
            CheironError: If a descriptor does not vary in the corpus.
        """
        names, rate = self.model.named, corpus.sample_rate
        tables = [describe(corpus.audio(clip), rate, _HOP, names) for clip in corpus.training]
        values = np.concatenate(tables)
        self.quantiles = tuple(
            Quantiles.fit(column, name=name) for name, column in zip(names, values.T, strict=True)
        )

    def apply(
        self, mean: Tensor, z: Tensor, heard: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """The latents with measured descriptors in their place; what the encoder is to learn."""
        count, hop = len(self.model.named), self.model.hop
        scores, counts = self._scores(heard)
        # In silence a descriptor is unknown: the middle says nothing.
        filled = torch.where(counts, scores, 0.0)
        given = functional.interpolate(filled, scale_factor=float(stride_of(hop)), mode="linear")
        short = z.shape[-1] - given.shape[-1]
        given = functional.pad(given, (0, short), mode="replicate") if short else given
        changed = torch.cat([given, z[:, count:]], 1)
        if self._frozen:
            return changed, torch.zeros(())
        told = pooled(mean[:, :count], hop)[..., : scores.shape[-1]]
        share = counts.float()
        said = ((told - filled).abs() * share).sum() / torch.clamp(share.sum(), min=1.0)
        rest = pooled(z[:, count : self.seen], hop)[..., : scores.shape[-1]]
        self._learn(rest.detach(), scores, counts)
        return changed, said + self.weight * self._doubt(rest, counts)

    def freeze(self) -> None:
        """The encoder stays as it is; the decoder goes on being given what is measured."""
        self._frozen = True

    def state(self) -> dict[str, Any]:
        """The adversary and its optimiser."""
        return {"net": self.adversary.state_dict(), "optimizer": self.optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`."""
        self.adversary.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _scores(self, heard: Tensor) -> tuple[Tensor, Tensor]:
        """Standard scores and where they count, ``(batch, K, labels)``."""
        rate, hop = self.model.config.sample_rate, self.model.hop
        values, counts = labels(heard, rate, hop, self.model.named, self.skip)
        table = values.double().numpy()
        columns = [q.to_normal(table[..., k]) for k, q in enumerate(self.quantiles)]
        scores = np.clip(np.nan_to_num(np.stack(columns, 1)), -_REACH, _REACH)
        return torch.from_numpy(scores.astype(np.float32)), counts.transpose(1, 2)

    def _learn(self, rest: Tensor, scores: Tensor, counts: Tensor) -> None:
        """One step of the adversary."""
        share = 0.5 + 0.5 * torch.erf(scores / math.sqrt(2.0))
        bins = torch.clamp((share * BINS).long(), 0, BINS - 1)
        found = self.adversary(rest).gather(2, bins[:, :, None])[:, :, 0]
        loss = -(found * counts.float()).sum() / torch.clamp(counts.float().sum(), min=1.0)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def _doubt(self, rest: Tensor, counts: Tensor) -> Tensor:
        """0 where the adversary finds every bin as likely as any other."""
        self.adversary.requires_grad_(False)
        even = -self.adversary(rest).mean(2) - math.log(BINS)
        self.adversary.requires_grad_(True)
        return (even * counts.float()).sum() / torch.clamp(counts.float().sum(), min=1.0)
