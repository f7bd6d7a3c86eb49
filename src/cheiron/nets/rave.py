"""RAVE-class variational autoencoder on sub-bands (Caillon & Esling 2021, arXiv 2111.05011)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from cheiron.nets.filtered_noise import FilteredNoise, bounded_exp
from cheiron.nets.level import SILENCE, Level, LevelGain
from cheiron.nets.network import Network
from cheiron.nets.pqmf import Analysis, Synthesis
from cheiron.nets.streaming import (
    CausalConv,
    Chain,
    Delay,
    Pointwise,
    Residual,
    State,
    Streaming,
    Upsample,
    leaky,
)
from cheiron.nets.texture import TextureBranch, TextureTransform


@dataclass(frozen=True)
class RaveConfig:
    """A RAVE-class model; everything is causal.

    Args:
        sample_rate: Samples per second.
        bands: Sub-bands of the filter bank.
        taps: Length of the bank's filters; they delay by ``taps - bands`` samples.
        attenuation: Of the bank's filters, in dB.
        ratios: Strides of the encoder, from the bands down to the latent frames.
        widths: Channels at the bands and after each stride (decoder: the other way round).
        encoder_widths: The same for the encoder.
        latent: Latent dimensions, without loudness.
        texture: How many of them, the last ones, carry stochastic detail: the waveform of the
            lowest bands, divided by its level; see :mod:`cheiron.nets.texture`.
        smooth: Frames over which the other latents are averaged, so that they move slowly.
        loudness: Whether loudness is a latent axis of its own, the first one; the network then
            sees and makes sound of unit level, and what it makes is silent when loudness is.
        kernel: Taps of a residual unit's first convolution.
        kernel_out: Taps of its second one.
        dilations: Of the residual units at each width.
        core: Residual units at the frame rate.
        noise_bins: Magnitudes of the noise branch; 0 for none.
        noise_stage: After how many upsampling stages the noise branch reads.
    """

    sample_rate: int = 44100
    bands: int = 16
    taps: int = 192
    attenuation: float = 60.0
    ratios: tuple[int, ...] = (2, 2, 2)
    widths: tuple[int, ...] = (48, 80, 136, 224)
    encoder_widths: tuple[int, ...] = (32, 56, 104, 176)
    latent: int = 16
    texture: int = 0
    smooth: int = 1
    loudness: bool = False
    kernel: int = 3
    kernel_out: int = 1
    dilations: tuple[int, ...] = (1, 3)
    core: int = 1
    noise_bins: int = 65
    noise_stage: int = 0

    @property
    def hop(self) -> int:
        """Samples per latent frame."""
        return self.bands * math.prod(self.ratios)

    @property
    def noise_hop(self) -> int:
        """Samples per frame of the noise branch."""
        return self.hop // math.prod(self.ratios[::-1][: self.noise_stage])


PRESETS: dict[str, RaveConfig] = {
    "rave-v1": RaveConfig(
        taps=512,
        attenuation=100.0,
        ratios=(4, 4, 4, 2),
        widths=(64, 128, 256, 512, 1024),
        encoder_widths=(64, 128, 256, 512, 1024),
        latent=128,
        dilations=(1, 3, 5, 9),
        kernel_out=3,
        core=0,
        noise_stage=2,
    ),
    "low-latency": RaveConfig(
        taps=160,
        attenuation=40.0,
        widths=(128, 224, 352, 480),
        latent=16,
        encoder_widths=(64, 128, 208, 320),
        dilations=(1, 3, 9),
        noise_bins=0,
    ),
    "tiny": RaveConfig(),
    "texture": RaveConfig(
        taps=272,
        latent=40,
        texture=32,
        smooth=4,
        loudness=True,
        noise_bins=129,
        widths=(32, 48, 72, 128),
        encoder_widths=(32, 48, 80, 128),
    ),
}
"""Named configurations: the paper's size, the low-latency variant of BRAVE (arXiv 2503.11562),
a small one for any laptop, and one for noise-like sound."""


class Smooth(Streaming):
    """Causal moving average over frames.

    Args:
        channels: Channels.
        frames: Length of the average.
    """

    def __init__(self, channels: int, frames: int) -> None:
        super().__init__()
        self.channels, self.frames = channels, frames

    def init(self, batch: int = 1) -> State:
        """The frames before the first."""
        return (torch.zeros(batch, self.channels, self.frames - 1),) if self.frames > 1 else ()

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Average ``(batch, channels, n)``."""
        if self.frames == 1:
            return x, state
        line = torch.cat([state[0], x], -1)
        n = x.shape[-1]
        total = line[..., :n]
        for i in range(1, self.frames):
            total = total + line[..., i : i + n]
        return total / self.frames, (line[..., n:],)


class Encoder(Streaming):
    """Sub-bands to mean and log-scale of the latent.

    Args:
        config: The model's configuration.
    """

    def __init__(self, config: RaveConfig) -> None:
        super().__init__()
        widths = config.encoder_widths
        layers: list[Streaming] = [CausalConv(config.bands, widths[0], 7)]
        for i, ratio in enumerate(config.ratios):
            layers += [
                Pointwise(leaky),
                CausalConv(widths[i], widths[i + 1], 2 * ratio + 1, stride=ratio),
            ]
        layers += [Pointwise(leaky), CausalConv(widths[-1], 2 * config.latent, 5)]
        self.net = Chain(layers)
        self.slow = config.latent - config.texture
        self.latent = config.latent
        self.smooth = Smooth(self.slow, config.smooth)
        self.transform: TextureTransform | None = None
        if config.texture:
            self.transform = TextureTransform(config.texture, config.hop // config.bands)

    def init(self, batch: int = 1) -> State:
        """The past of the convolutions and of the average."""
        return (*self.net.init(batch), *self.smooth.init(batch))

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """``(batch, bands, n)`` to mean, then log-scale, ``(batch, 2 * latent, frames)``."""
        count = len(self.net.init())
        y, net = self.net(x, state[:count])
        slow, own = self.smooth(y[:, : self.slow], state[count:])
        if self.transform is None:
            return torch.cat([slow, y[:, self.slow :]], 1), (*net, *own)
        # The detail itself, divided by the level that the network expects of it.
        a, b = self.slow, self.latent
        texture = self.transform(x) * torch.exp(functional.hardtanh(y[:, a:b] + 1.0, -3.0, 9.0))
        scales = torch.cat([y[:, b : b + a], y[:, b + a :] - 2.0], 1)
        return torch.cat([slow, texture, scales], 1), (*net, *own)


class Generator(Streaming):
    """Latents to sound, with RAVE's waveform, loudness and noise branches, and a texture branch.

    Args:
        config: The model's configuration.
    """

    headroom = 16.0

    def __init__(self, config: RaveConfig) -> None:
        super().__init__()
        self.config = config
        widths, ratios = config.widths[::-1], config.ratios[::-1]
        stages = [Chain([CausalConv(config.latent, widths[0], 3), *_units(config, widths[0])])]
        for i, ratio in enumerate(ratios):
            up = [Pointwise(leaky), Upsample(widths[i], widths[i + 1], ratio)]
            units = _residuals(config, widths[i + 1])
            stages.append(Chain([*up, *units]))
        self.stages = nn.ModuleList(stages)
        self.wave = Chain([Pointwise(leaky), CausalConv(widths[-1], 2 * config.bands, 7)])
        self.synthesis = Synthesis(config.bands, config.taps, config.attenuation)
        self.scale = self.headroom if config.loudness else 1.0
        self.texture: TextureBranch | None = None
        if config.texture:
            slow, block = config.latent - config.texture, config.hop // config.bands
            self.texture = TextureBranch(slow, config.texture, block)
        self.magnitudes: Chain | None = None
        self.noise: FilteredNoise | None = None
        if config.noise_bins:
            head = CausalConv(widths[config.noise_stage], config.noise_bins, 3)
            self.magnitudes = Chain([Pointwise(leaky), head])
            self.noise = FilteredNoise(config.noise_hop, config.noise_bins)

    def parts(self) -> list[Streaming]:
        """Everything with a state, in the order of the states."""
        stages = [s for s in self.stages if isinstance(s, Streaming)]
        extra = [m for m in (self.magnitudes, self.noise, self.texture) if m is not None]
        return [*stages, self.wave, self.synthesis, *extra]

    def init(self, batch: int = 1) -> State:
        """The states of all parts."""
        return tuple(s for part in self.parts() for s in part.init(batch))

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, z: Tensor, state: State, noise: Tensor
    ) -> tuple[Tensor, State]:
        """Sound of latents.

        Args:
            z: ``(batch, latent, frames)``, without loudness.
            state: The state.
            noise: White noise in [-1, 1), ``(batch, 1, frames * hop)``.

        Returns:
            Audio ``(batch, 1, frames * hop)`` and the next state.
        """
        own = _split(state, self.parts())
        after: list[Tensor] = []
        last: State = ()
        x, source = z, z
        for i, stage in enumerate(self.stages):
            x, s = stage(x, own[i])
            after.extend(s)
            if i == self.config.noise_stage:
                source = x
        at = len(self.stages)
        y, s = self.wave(x, own[at])
        after.extend(s)
        bands = self.config.bands
        wave = self.scale * torch.tanh(y[:, :bands] / self.scale) * _loudness(y[:, bands:])
        if self.texture is not None:
            detail, last = self.texture(z, own[-1])
            wave = wave + functional.pad(detail, (0, 0, 0, bands - detail.shape[1]))
        audio, s = self.synthesis(wave, own[at + 1])
        after.extend(s)
        if self.magnitudes is not None and self.noise is not None:
            h, s = self.magnitudes(source, own[at + 2])
            after.extend(s)
            breath, s = self.noise(bounded_exp(h - 4.0), own[at + 3], noise)
            after.extend(s)
            audio = audio + breath
        return audio, (*after, *last)


class Rave(Network):
    """The RAVE-class model: filter bank, encoder, generator.

    Args:
        config: Its configuration.

    >>> model = Rave(PRESETS["tiny"])
    >>> z, _ = model.encode(torch.zeros(1, 1, 256), model.init_encoder())
    >>> z.shape
    torch.Size([1, 16, 2])
    """

    def __init__(self, config: RaveConfig) -> None:
        super().__init__()
        self.config: RaveConfig = config
        self.analysis = Analysis(config.bands, config.taps, config.attenuation)
        self.level = Level(config.hop, 8 * config.hop) if config.loudness else None
        late = (config.taps - config.bands) // config.hop
        self.delay = Delay(1, late) if config.loudness else None
        self.encoder = Encoder(config)
        self.decoder = Generator(config)
        self.gain = LevelGain(config.hop) if config.loudness else None

    @property
    def latent_size(self) -> int:
        """Loudness, if it is an axis, and the latent."""
        return self.config.latent + int(self.config.loudness)

    @property
    def latent_axes(self) -> tuple[tuple[str, str, str], ...]:
        """Loudness (dB) if it is an axis, then the slow latents, then the texture."""
        config = self.config
        first = (("loudness", "dB", "descriptor"),) if config.loudness else ()
        slow = self.free_axes(config.latent - config.texture)
        texture = ((f"texture{i}", "", "texture") for i in range(1, config.texture + 1))
        return *first, *slow, *texture

    @property
    def latency(self) -> int:
        """Delay of the filter bank and of the level, in samples."""
        bank = self.config.taps - self.config.bands
        return bank + self.config.hop if self.config.loudness else bank

    def init_encoder(self, batch: int = 1) -> State:
        """A fresh encoder state."""
        level: State = ()
        if self.level is not None and self.delay is not None:
            level = (*self.level.init(batch), *self.delay.init(batch))
        return (*level, *self.analysis.init(batch), *self.encoder.init(batch))

    def posterior(self, audio: Tensor, state: State) -> tuple[Tensor, Tensor | None, State]:
        """Mean and log-scale ``(batch, 2 * latent, frames)``, loudness in dB if it is an axis."""
        if self.level is None or self.delay is None:
            bands, first = self.analysis(audio, state[:1])
            y, rest = self.encoder(bands, state[1:])
            return y, None, (*first, *rest)
        loudness, unit, first = self.level(audio, state[:4])
        # As late as the filter bank makes the rest, so that both meet again in the decoder.
        loudness, second = self.delay(loudness - SILENCE, state[4:5])
        bands, third = self.analysis(unit, state[5:6])
        y, rest = self.encoder(bands, state[6:])
        return y, loudness + SILENCE, (*first, *second, *third, *rest)

    def encode(self, audio: Tensor, state: State) -> tuple[Tensor, State]:
        """Latents (posterior means) of ``(batch, 1, frames * hop)``."""
        y, loudness, state = self.posterior(audio, state)
        mean = y[:, : self.config.latent]
        return mean if loudness is None else torch.cat([loudness, mean], 1), state

    def init_decoder(self, batch: int = 1) -> State:
        """A fresh decoder state."""
        gain = () if self.gain is None else self.gain.init(batch)
        return (*gain, *self.decoder.init(batch))

    def decode(self, z: Tensor, state: State, noise: Tensor) -> tuple[Tensor, State]:
        """Sound of latents; see :meth:`Generator.forward`."""
        if self.gain is None:
            return self.decoder(z, state, noise)
        count = len(self.gain.init())
        audio, rest = self.decoder(z[:, 1:], state[count:], noise)
        audio, first = self.gain(audio, state[:count], z[:, :1])
        return audio, (*first, *rest)


def _units(config: RaveConfig, width: int) -> list[Streaming]:
    """Residual units at the frame rate."""
    return [_unit(config, width, 2**i) for i in range(config.core)]


def _residuals(config: RaveConfig, width: int) -> list[Streaming]:
    return [_unit(config, width, dilation) for dilation in config.dilations]


def _unit(config: RaveConfig, width: int, dilation: int) -> Residual:
    first = CausalConv(width, width, config.kernel, dilation=dilation)
    second = CausalConv(width, width, config.kernel_out)
    return Residual(Chain([Pointwise(leaky), first, Pointwise(leaky), second]))


def _loudness(x: Tensor) -> Tensor:
    """RAVE's loudness branch, ``2 sigmoid(x)^2.3 + 1e-7``, here for each band."""
    return 2 * torch.sigmoid(x) ** 2.3 + 1e-7


def _split(state: State, parts: list[Streaming]) -> list[State]:
    pieces: list[State] = []
    at = 0
    for part in parts:
        count = len(part.init())
        pieces.append(state[at : at + count])
        at += count
    return pieces
