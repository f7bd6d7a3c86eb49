"""A whole control space as one invertible network: flow, texture and what passes through."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.flow import Flow, FlowConfig
from cheiron.nets.flow_continuous import ContinuousFlow
from cheiron.nets.flow_corrector import Corrector
from cheiron.nets.flow_coupling import saturate
from cheiron.nets.flow_texture import TextureGains


@dataclass(frozen=True)
class SpaceNetConfig:
    """A control space.

    Args:
        moved: Latents that go through the flow, at least 2.
        named: Knobs with names; they come first.
        conditional: Whether these knobs are conditions beside the flow, which then keeps as many
            coordinates as there are latents that move.
        context: Latents that pass, and on which the flow depends, such as the pitch.
        textures: Noise-like latents.
        groups: Groups of textures that share a gain.
        continuous: Whether the flow follows a velocity field instead of couplings.
        affine: Affine couplings of the flow.
        splines: Spline couplings after them.
        corrections: How often latents of a conditional one are corrected by what its reader hears.
        hidden: Width of the conditioners.
        seed: Of the rotations.
    """

    moved: int
    named: int = 0
    conditional: bool = False
    context: int = 0
    textures: int = 0
    groups: int = 8
    continuous: bool = False
    affine: int = 8
    splines: int = 0
    corrections: int = 0
    hidden: int = 128
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data for a manifest."""
        return asdict(self)


class SpaceNet(nn.Module):
    """Latents to knobs and back.

    Latents come as ``(batch, moved + context + textures)`` in this order, and knobs likewise: the
    flow's, those that pass, and the textures'. The flow depends on the context and on how loud the
    textures' knobs are, since both are heard in what the other knobs stand for.

    A conditional one (as in StyleFlow, Abdal et al. 2021) has the named knobs before all these: a
    reader says what they are for given latents, and the flow goes to the other knobs given that.
    Back again, a corrector moves the flow's latents until the reader hears what is wanted. Latents
    come back exactly; named knobs are as the reader has them.

    Args:
        config: Its configuration.

    >>> net = SpaceNet(SpaceNetConfig(moved=4, context=1, textures=3))
    >>> z = torch.randn(8, 8)
    >>> c, log_det = net(z)
    >>> bool(torch.allclose(net.inverse(c), z, atol=1e-4)), log_det.shape
    (True, torch.Size([8]))
    """

    def __init__(self, config: SpaceNetConfig) -> None:
        super().__init__()
        self.config = config
        groups = min(config.groups, config.textures)
        given = config.named if config.conditional else 0
        around = config.context + groups + given
        self.flow: Flow | ContinuousFlow
        if config.continuous:
            self.flow = ContinuousFlow(config.moved, around, config.hidden)
        else:
            sizes = (config.moved, around, config.named - given)
            layers = (config.affine, config.splines, config.hidden)
            self.flow = Flow(FlowConfig(*sizes, *layers, seed=config.seed))
        self.gains: TextureGains | None = None
        if config.textures:
            size = config.moved + config.context
            self.gains = TextureGains(size, config.textures, config.groups)
        place = config.moved + config.context + groups
        self.reader = Reader(place, config.named) if config.conditional else None
        self.corrector: Corrector | None = None
        if config.conditional and config.corrections:
            self.corrector = Corrector(place, config.moved, config.named)
        for name, size in (("context", config.context), ("texture", config.textures)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_std", torch.ones(size))

    @property
    def knobs(self) -> int:
        """How many knobs there are."""
        config = self.config
        given = config.named if config.conditional else 0
        return given + config.moved + config.context + config.textures

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Knobs and the log-determinant, ``(batch, knobs)`` and ``(batch,)``.

        The determinant is that of the Jacobian; for a conditional one, given the named knobs.
        """
        moved, raw, texture = self._split(z)
        context = self.standard(raw)
        mean, std = self.get_buffer("texture_mean"), self.get_buffer("texture_std")
        standard = (texture - mean) / std
        gains = self.gains_of(moved, context)
        knobs = standard * torch.exp(-self.each(gains))
        levels = self.levels(knobs)
        # The sum, not the levels of what sounds: so both ways see the same to the last digit.
        c, log_det = self.encode(moved, context, levels + gains, levels)
        if self.gains is not None:
            log_det = log_det + self.gains.log_det(gains) - torch.log(std).sum()
        return torch.cat([c, raw, knobs], -1), log_det

    def inverse(self, c: Tensor) -> Tensor:
        """Latents of knobs, ``(batch, D)``."""
        own = self.knobs - self.config.context - self.config.textures
        raw, knobs = c[:, own : own + self.config.context], c[:, own + self.config.context :]
        context = self.standard(raw)
        moved = self.decode(c[:, :own], context, self.levels(knobs))
        mean, std = self.get_buffer("texture_mean"), self.get_buffer("texture_std")
        texture = mean + std * torch.exp(self.each(self.gains_of(moved, context))) * knobs
        return torch.cat([moved, raw, texture], -1)

    def encode(
        self, moved: Tensor, context: Tensor, heard: Tensor, levels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Knobs of what moves, the named ones first, and the log-determinant.

        Args:
            moved: Latents.
            context: Standardised.
            heard: Log levels of the textures as they sound.
            levels: Log levels of the textures' knobs.
        """
        named = moved[:, :0]
        if self.reader is not None:
            named = self.reader(self.place(moved, context, heard))
        c, log_det = self.flow(moved, torch.cat([context, levels, named], -1))
        return torch.cat([named, c], -1), log_det

    def decode(self, c: Tensor, context: Tensor, levels: Tensor) -> Tensor:
        """The latents that move, of what :meth:`encode` gave."""
        given = c.shape[1] - self.config.moved
        moved = self.flow.inverse(c[:, given:], torch.cat([context, levels, c[:, :given]], -1))
        return self._corrected(moved, context, levels, c[:, :given])

    def standard(self, context: Tensor) -> Tensor:
        """Context in units of its spread."""
        return (context - self.get_buffer("context_mean")) / self.get_buffer("context_std")

    def white(self, moved: Tensor) -> Tensor:
        """Whitened latents."""
        return self.flow.whitening(moved, moved[:, :0])[0]

    def levels(self, texture: Tensor) -> Tensor:
        """Log levels of the groups of standardised texture; no columns where there is none."""
        return texture if self.gains is None else self.gains.levels(texture)

    def gains_of(self, moved: Tensor, context: Tensor) -> Tensor:
        """Log gains of the texture groups; no columns where there is none."""
        return moved[:, :0] if self.gains is None else self.gains(self.white(moved), context)

    def each(self, gains: Tensor) -> Tensor:
        """Gains of groups as those of each texture latent."""
        return gains if self.gains is None else self.gains.each(gains)

    def place(self, moved: Tensor, context: Tensor, levels: Tensor) -> Tensor:
        """Where that is in the eyes of a decoder: bounded, ``(batch, inputs)``."""
        return torch.cat([self.white(moved), saturate(context), levels], -1)

    def _corrected(self, moved: Tensor, context: Tensor, levels: Tensor, wanted: Tensor) -> Tensor:
        """Latents nearer to what is wanted; the same where that is heard already."""
        reader, corrector = self.reader, self.corrector
        if reader is None or corrector is None:
            return moved
        for _ in range(self.config.corrections):
            heard = levels + self.gains_of(moved, context)
            place = self.place(moved, context, heard)
            white = place[:, : self.config.moved] + corrector(place, wanted - reader(place))
            moved = self.flow.whitening.inverse(white, white[:, :0])
        return moved

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What moves, the context and the textures, of latents or of knobs."""
        a, b = self.config.moved, self.config.moved + self.config.context
        return x[:, :a], x[:, a:b], x[:, b:]


class Reader(nn.Module):
    """Places to normal scores of what is heard there.

    Args:
        inputs: Size of a place.
        outputs: Descriptors.
        hidden: Width of its two layers.
    """

    most = 4.5
    """Normal scores beyond this are as good as never."""

    def __init__(self, inputs: int, outputs: int, hidden: int = 128) -> None:
        super().__init__()
        self.straight = nn.Linear(inputs, outputs)
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, outputs)

    def forward(self, place: Tensor) -> Tensor:
        """Normal scores ``(batch, outputs)``, within :attr:`most`."""
        x = functional.silu(self.first(place))
        x = self.last(functional.silu(self.second(x)))
        return self.most * torch.tanh((x + self.straight(place)) / self.most)
