"""Latents that training ties to descriptors: AR-VAE and Fader, options of every task.

The first free latents of a network carry the descriptors that it has no axis for yet. With
**AR-VAE** their order over a batch must be the order of the descriptor. With **Fader** the decoder
is given the measured descriptor in their place, the encoder learns to say it, and an adversary
drives what the descriptor says out of the other latents. Either way the artifact is one that plays:
these latents are axes with the descriptors' names.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from cheiron.core.errors import CheironError
from cheiron.features.descriptors import WINDOW
from cheiron.nets.descriptors import MEASURES, measure
from cheiron.nets.network import Network
from cheiron.training.corpus import Corpus

AXES = ("loudness", "centroid", "bandwidth", "sharpness", "boominess")
"""Descriptors that are tied when nobody says which."""

WEIGHTS = {"ar-vae": 1.0, "fader": 0.5}
"""Kinds of regularisation, and the weight that each has when nobody says one."""

_MEASURED_EVERY = 512  # samples, a quarter of the window: neighbouring frames are nearly alike


class Regulariser(Protocol):
    """What a task asks of one; called by the training thread only."""

    def prepare(self, corpus: Corpus) -> None:
        """Compute what is computed once."""
        ...

    def apply(
        self, mean: Tensor, z: Tensor, heard: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Look at a batch.

        Args:
            mean: Posterior means of the learned latents, ``(batch, D, frames)``.
            z: What was drawn from the posterior, same shape.
            heard: The recorded sound, frame ``t`` at ``[t * hop, (t + 1) * hop)``,
                ``(batch, frames * hop)``.
            rng: For random draws.

        Returns:
            What the decoder is to get in place of ``z``, and a loss, weighted.
        """
        ...

    def freeze(self) -> None:
        """From now on the encoder stays as it is."""
        ...

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`."""
        ...


class Plain:
    """No regularisation."""

    def prepare(self, corpus: Corpus) -> None:
        """Nothing to do."""

    def apply(
        self, mean: Tensor, z: Tensor, heard: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """The latents as they are, and no loss."""
        return z, torch.zeros(())

    def freeze(self) -> None:
        """Nothing to do."""

    def state(self) -> dict[str, Any]:
        """Nothing to keep."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing to restore."""


class AttributeOrder:
    """AR-VAE (Pati & Lerch 2020, arXiv 2004.05485): latents in the order of descriptors.

    The loss is the mean over pairs of frames of ``|tanh(delta (z_i - z_j)) - sgn(a_i - a_j)|``,
    for each named latent ``z`` and its descriptor ``a`` where both frames have one.

    Args:
        model: The network; the first latents that are named.
        skip: Frames at the start that count in no loss.
        weight: Of the loss.
        delta: Steepness: how far apart two frames must be to count as ordered.
        most: Frames of a batch that are compared with each other.
    """

    def __init__(
        self, model: Network, skip: int, weight: float, delta: float = 10.0, most: int = 256
    ) -> None:
        self.model, self.skip, self.weight, self.delta, self.most = model, skip, weight, delta, most
        self._frozen = False

    def prepare(self, corpus: Corpus) -> None:
        """Nothing to do: only the order counts."""

    def apply(
        self, mean: Tensor, z: Tensor, heard: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """The latents as they are, and the loss of their order."""
        if self._frozen:
            return z, torch.zeros(())
        names, hop = self.model.named, self.model.hop
        values, defined = labels(heard, self.model.config.sample_rate, hop, names, self.skip)
        codes = pooled(z[:, : len(names)], hop)[..., : values.shape[1]].transpose(1, 2)
        codes, values, defined = (x.reshape(-1, len(names)) for x in (codes, values, defined))
        if len(codes) > self.most:
            chosen = torch.from_numpy(rng.choice(len(codes), self.most, replace=False))
            codes, values, defined = codes[chosen], values[chosen], defined[chosen]
        return z, self.weight * order_loss(codes, values, defined, self.delta)

    def freeze(self) -> None:
        """The order is what it is."""
        self._frozen = True

    def state(self) -> dict[str, Any]:
        """Nothing to keep."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing to restore."""


def order_loss(codes: Tensor, values: Tensor, defined: Tensor, delta: float) -> Tensor:
    """How far codes are from being in the order of values.

    Args:
        codes: ``(frames, K)``.
        values: ``(frames, K)``.
        defined: Where there is a value, bool of the same shape.
        delta: Steepness.

    Returns:
        The mean over pairs, in [0, 2]; 0 where there is no pair.

    >>> column = torch.tensor([[-1.0], [0.0], [2.0]])
    >>> everywhere = torch.ones(3, 1, dtype=torch.bool)
    >>> bool(order_loss(column, 9 * column, everywhere, 10.0) < 1e-3)
    True
    """
    between = torch.tanh(delta * (codes[:, None] - codes[None]))
    wanted = torch.sign(values[:, None] - values[None])
    both = (defined[:, None] & defined[None]).float()
    both = both * (1.0 - torch.eye(len(codes), device=codes.device)[..., None])
    return ((between - wanted).abs() * both).sum() / torch.clamp(both.sum(), min=1.0)


def labels(
    heard: Tensor, sample_rate: int, hop: int, names: Sequence[str], skip: int
) -> tuple[Tensor, Tensor]:
    """Descriptors of a batch, a few frames apart, and which of them count.

    Args:
        heard: ``(batch, frames * hop)``.
        sample_rate: Samples per second.
        hop: Samples per latent frame.
        names: Descriptors.
        skip: Latent frames at the start that do not count.

    Returns:
        Values and where they count, ``(batch, frames // stride, K)``; see :func:`stride_of`.
        Windows that reach beyond the end do not count.
    """
    step = hop * stride_of(hop)
    whole = heard[:, : heard.shape[1] // step * step]
    with torch.no_grad():
        values, defined = measure(whole, sample_rate, step, names)
    first = -(-skip * hop // step)
    last = (heard.shape[1] - WINDOW // 2 - step // 2) // step
    index = torch.arange(values.shape[1], device=values.device)
    counts = (index >= first) & (index <= last)
    return values, defined & counts[None, :, None]


def pooled(x: Tensor, hop: int) -> Tensor:
    """Means of ``(batch, D, frames)`` over the frames that share a label."""
    return torch.nn.functional.avg_pool1d(x, stride_of(hop))


def stride_of(hop: int) -> int:
    """Latent frames from label to label.

    >>> stride_of(128), stride_of(2048)
    (4, 1)
    """
    return max(1, _MEASURED_EVERY // hop)


def tie(model: Network, kind: str, axes: Sequence[str], free: int) -> None:
    """Name the first free latents of a network after descriptors.

    Args:
        model: The network; those descriptors that it has an axis for already are left out.
        kind: For errors.
        axes: Descriptors.
        free: How many latents may be tied; at least one must be left over.

    Raises:
        CheironError: If a descriptor is unknown or named twice, or there are too few latents.
    """
    twice = sorted({name for name in axes if axes.count(name) > 1})
    unknown = [name for name in axes if name not in MEASURES]
    if twice or unknown:
        what = f"{twice[0]!r} twice" if twice else f"{unknown[0]!r}"
        raise CheironError(
            f"--axes names {what}; expected different ones of {', '.join(MEASURES)}."
        )
    there = [name for name, _, _ in model.latent_axes]
    names = tuple(name for name in axes if name not in there)
    if not names:
        raise CheironError(
            f"this network has axes of its own for {', '.join(axes)} already; name others with "
            "--axes, or leave out --regularise."
        )
    if len(names) >= free:
        raise CheironError(
            f"{kind} ties {len(names)} latents to descriptors, but this network has {free} free "
            "ones and one must be left; name fewer with --axes, or take another --preset."
        )
    model.named = names
