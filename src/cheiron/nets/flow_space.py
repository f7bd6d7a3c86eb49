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
from cheiron.nets.flow_level import LevelShift
from cheiron.nets.flow_texture import TextureGains, raised


@dataclass(frozen=True)
class SpaceNetConfig:
    """A control space.

    Args:
        moved: Latents that go through the flow, at least 2.
        named: Knobs with names; they come first.
        conditional: Whether these knobs are conditions beside the flow, which then keeps as many
            coordinates as there are latents that move.
        context: Latents that pass, and on which the flow depends, such as the pitch.
        level: Which of those is a level in dB, whose knob is the level that is heard; -1 if none.
        scene: Whether the flow is also conditioned on a place on a time line of scenes.
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
    level: int = -1
    scene: bool = False
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
    textures' knobs are, since both are heard in what the other knobs stand for. A level in the
    context is *sent* to the decoder and *heard* of it, which differ by what the moved latents do.

    A conditional one (as in StyleFlow, Abdal et al. 2021) has the named knobs before all these: a
    reader says what they are for given latents, and the flow goes to the other knobs given that.
    Back again, a corrector moves the flow's latents until the reader hears what is wanted. Latents
    come back exactly; named knobs are as the reader has them.

    With a scene there is one knob more, the last: the place on a time line, in [0, 1]. Latents do
    not tell it, so :meth:`forward` says the first place; at every place the map is invertible.

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
        around = config.context + groups + given + int(config.scene)
        self.flow: Flow | ContinuousFlow
        if config.continuous:
            self.flow = ContinuousFlow(config.moved, around, config.hidden)
        else:
            sizes = (config.moved, around, config.named - given)
            layers = (config.affine, config.splines, config.hidden)
            self.flow = Flow(FlowConfig(*sizes, *layers, seed=config.seed))
        self.gains: TextureGains | None = None
        if config.textures:
            size = config.moved + config.context + given
            self.gains = TextureGains(size, config.textures, config.groups)
        self.shift: LevelShift | None = None
        if config.level >= 0:
            self.shift = LevelShift(config.moved + config.context, config.moved + config.level)
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
        whole = given + config.moved + config.context + config.textures
        return whole + int(config.scene)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Knobs and the log-determinant, ``(batch, knobs)`` and ``(batch,)``.

        The determinant is that of the Jacobian; for a conditional one, given the named knobs.
        """
        moved, sent, texture = self._split(z)
        raw = self._raw_heard(moved, sent)
        context = self.standard(raw)
        mean, std = self.get_buffer("texture_mean"), self.get_buffer("texture_std")
        standard = (texture - mean) / std
        named = self.named(moved, self.standard(sent), self.levels(standard))
        gains = self.gains_of(moved, context, named)
        knobs = standard * torch.exp(-self.each(gains))
        scene = self.scene_of(torch.zeros_like(z[:, :1]))
        c, log_det = self.encode(moved, context, self.levels(knobs), named, scene)
        if self.gains is not None:
            log_det = log_det + self.gains.log_det(gains) - torch.log(std).sum()
        place = torch.zeros_like(z[:, : int(self.config.scene)])
        return torch.cat([c, raw, knobs, place], -1), log_det

    def inverse(self, c: Tensor) -> Tensor:
        """Latents of knobs, ``(batch, D)``."""
        config = self.config
        own = self.knobs - int(config.scene) - config.context - config.textures
        raw = c[:, own : own + config.context]
        knobs = c[:, own + config.context : self.knobs - int(config.scene)]
        context = self.standard(raw)
        scene = self.scene_of(c[:, -1:])
        moved = self.decode(c[:, :own], context, self.levels(knobs), scene)
        gains = self.gains_of(moved, context, self.wanted(c))
        mean, std = self.get_buffer("texture_mean"), self.get_buffer("texture_std")
        texture = mean + std * torch.exp(self.each(gains)) * knobs
        return torch.cat([moved, self._raw_sent(moved, raw), texture], -1)

    def named(self, moved: Tensor, sent: Tensor, heard: Tensor) -> Tensor:
        """The named knobs where they are conditions, else no columns.

        Args:
            moved: Latents.
            sent: Standardised context as the decoder gets it.
            heard: Log levels of the textures as they sound.
        """
        if self.reader is None:
            return moved[:, :0]
        return self.reader(self.place(moved, sent, heard))

    def wanted(self, c: Tensor) -> Tensor:
        """Of knobs, those that are conditions."""
        return c[:, : self.config.named if self.config.conditional else 0]

    def scene_of(self, place: Tensor) -> Tensor:
        """What a flow is told of places in [0, 1], ``(batch, 1)``; no columns without scenes."""
        if not self.config.scene:
            return place[:, :0]
        return 2.0 * torch.clamp(place, 0.0, 1.0) - 1.0

    def encode(
        self, moved: Tensor, context: Tensor, levels: Tensor, named: Tensor, scene: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Knobs of what moves, the named ones first, and the log-determinant.

        Args:
            moved: Latents.
            context: Standardised, its level as it is heard.
            levels: Log levels of the textures' knobs.
            named: From :meth:`named`.
            scene: From :meth:`scene_of`.
        """
        c, log_det = self.flow(moved, torch.cat([context, levels, named, scene], -1))
        return torch.cat([named, c], -1), log_det

    def decode(self, c: Tensor, context: Tensor, levels: Tensor, scene: Tensor) -> Tensor:
        """The latents that move, of what :meth:`encode` gave."""
        wanted = self.wanted(c)
        rest = c[:, wanted.shape[1] :]
        moved = self.flow.inverse(rest, torch.cat([context, levels, wanted, scene], -1))
        return self._corrected(moved, context, levels, wanted)

    def standard(self, context: Tensor) -> Tensor:
        """Context in units of its spread."""
        return (context - self.get_buffer("context_mean")) / self.get_buffer("context_std")

    def white(self, moved: Tensor) -> Tensor:
        """Whitened latents."""
        return self.flow.whitening(moved, moved[:, :0])[0]

    def levels(self, texture: Tensor) -> Tensor:
        """Log levels of the groups of standardised texture; no columns where there is none."""
        return texture if self.gains is None else self.gains.levels(texture)

    def gains_of(self, moved: Tensor, context: Tensor, named: Tensor) -> Tensor:
        """Log gains of the texture groups; no columns where there is none."""
        return moved[:, :0] if self.gains is None else self.gains(self.white(moved), context, named)

    def each(self, gains: Tensor) -> Tensor:
        """Gains of groups as those of each texture latent."""
        return gains if self.gains is None else self.gains.each(gains)

    def place(self, moved: Tensor, sent: Tensor, levels: Tensor) -> Tensor:
        """Where that is in the eyes of a decoder: bounded, ``(batch, inputs)``."""
        return torch.cat([self.white(moved), saturate(sent), levels], -1)

    def heard(self, moved: Tensor, sent: Tensor) -> Tensor:
        """The standardised context with its level as it is heard, of that sent to a decoder."""
        return self._shifted(moved, sent, 1.0)

    def sent(self, moved: Tensor, context: Tensor) -> Tensor:
        """The inverse of :meth:`heard`."""
        return self._shifted(moved, context, -1.0)

    def _shifted(self, moved: Tensor, context: Tensor, sign: float) -> Tensor:
        if self.shift is None:
            return context
        at = self.config.level
        away = self.shift(torch.cat([self.white(moved), saturate(context)], -1))
        level = context[:, at : at + 1] + sign * away / self.get_buffer("context_std")[at]
        return torch.cat([context[:, :at], level, context[:, at + 1 :]], -1)

    def _raw_heard(self, moved: Tensor, sent: Tensor) -> Tensor:
        """As :meth:`heard`, in the latents' own units."""
        return self._raw(self.heard(moved, self.standard(sent))) if self.shift is not None else sent

    def _raw_sent(self, moved: Tensor, heard: Tensor) -> Tensor:
        return (
            self._raw(self.sent(moved, self.standard(heard))) if self.shift is not None else heard
        )

    def _raw(self, context: Tensor) -> Tensor:
        return context * self.get_buffer("context_std") + self.get_buffer("context_mean")

    def _corrected(self, moved: Tensor, context: Tensor, levels: Tensor, wanted: Tensor) -> Tensor:
        """Latents nearer to what is wanted; the same where that is heard already."""
        reader, corrector = self.reader, self.corrector
        if reader is None or corrector is None:
            return moved
        for _ in range(self.config.corrections):
            heard = raised(levels, self.gains_of(moved, context, wanted))
            place = self.place(moved, self.sent(moved, context), heard)
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
