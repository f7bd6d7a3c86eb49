"""Harmonics plus filtered noise, driven by pitch, loudness and a learned timbre latent."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from cheiron.nets.filtered_noise import FilteredNoise, bounded_exp
from cheiron.nets.framing import Framing, a_weighting, mel_filters
from cheiron.nets.harmonics import Harmonics
from cheiron.nets.level import SILENCE, decibels, loudness_gain
from cheiron.nets.network import Network
from cheiron.nets.pitch import PitchTracker
from cheiron.nets.streaming import CausalConv, Chain, Pointwise, Residual, State, Streaming, leaky


@dataclass(frozen=True)
class DdspConfig:
    """A DDSP-class model (Engel et al. 2020, arXiv 2001.04643).

    Args:
        sample_rate: Samples per second.
        hop: Samples per latent frame.
        window: Analysis window for pitch and spectrum; the encoder looks ahead half of it.
        timbre: Size of the learned part of the latent.
        partials: Number of harmonics.
        noise_bins: Magnitudes of the noise filter.
        width: Channels of the decoder.
        depth: Residual blocks of the decoder.
        encoder_width: Channels of the encoder.
        mels: Mel bands of the long window.
        short_mels: Mel bands of the short window (a quarter of the long one).
        lowest: Lowest pitch in Hz.
        highest: Highest pitch in Hz.
    """

    sample_rate: int = 44100
    hop: int = 128
    window: int = 2048
    timbre: int = 14
    partials: int = 100
    noise_bins: int = 65
    width: int = 160
    depth: int = 3
    encoder_width: int = 128
    mels: int = 80
    short_mels: int = 24
    lowest: float = 60.0
    highest: float = 1400.0


_OFFSET = 10 * math.log(10.0)

PRESETS: dict[str, DdspConfig] = {"ddsp": DdspConfig()}
"""Named configurations."""


@dataclass(frozen=True)
class Analysis:
    """What the fixed front end says of a sound, frame by frame.

    Args:
        pitch: MIDI note numbers, ``(batch, 1, frames)``; held where the sound is not periodic.
        loudness: A-weighted dB, ``(batch, 1, frames)``, at least :data:`SILENCE`.
        spectrum: Normalised log-mel bands, ``(batch, mels + short_mels, frames)``.
    """

    pitch: Tensor
    loudness: Tensor
    spectrum: Tensor


class FrontEnd(Streaming):
    """Pitch, loudness and log-mel bands, with the pitch locked to the phase of the fundamental.

    The phase lock (measured pitch plus a share of the phase error, frame by frame) makes an
    oscillator that merely integrates the pitch stay in step with the recording.

    Args:
        config: The model's configuration.
    """

    lock = 0.2
    rest = 261.6

    def __init__(self, config: DdspConfig) -> None:
        super().__init__()
        self.config = config
        self.framing = Framing(config.window, config.hop)
        self.tracker = PitchTracker(
            config.sample_rate, config.window, config.lowest, config.highest
        )
        rate, long, short = config.sample_rate, config.window, config.window // 4
        self.sizes = (long, long // 2, short)
        for size in self.sizes:
            hann = torch.hann_window(size)
            self.register_buffer(f"hann_{size}", hann / hann.sum(), persistent=False)
        for size, bands in ((long, config.mels), (short, config.short_mels)):
            mel = mel_filters(rate, size, bands, 30.0, rate * 0.48)
            self.register_buffer(f"mel_{size}", mel, persistent=False)
        self.register_buffer("weights", a_weighting(rate, long // 2), persistent=False)

    def init(self, batch: int = 1) -> State:
        """Past samples, held pitch (Hz above :attr:`rest`), phase of an oscillator following it."""
        return (*self.framing.init(batch), torch.zeros(batch), torch.zeros(batch))

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, audio: Tensor, state: State
    ) -> tuple[Analysis, State]:
        """Analyse ``(batch, 1, frames * hop)``."""
        frames, past = self.framing(audio, state[:1])
        loudness, spectrum = self._spectra(frames)
        f0, periodicity = self.tracker(frames)
        voiced = (periodicity > 0.6) & (loudness > -65.0)
        locked, held, phase = self._follow(frames, f0, voiced, state[1] + self.rest, state[2])
        pitch = 69.0 + 12.0 * torch.log2(locked / 440.0)
        analysis = Analysis(pitch[:, None], loudness[:, None], spectrum)
        return analysis, (*past, held - self.rest, phase)

    def _spectra(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        long, middle, short = self.sizes
        power = self._power(frames, middle)
        level = (power * self.get_buffer("weights")).sum(-1)
        loudness = torch.clamp(decibels(level), min=SILENCE)
        bands = [
            self._power(frames, size) @ self.get_buffer(f"mel_{size}") for size in (long, short)
        ]
        # log(x + 1e-10), written so that no exporter takes the offset for a zero
        logs = (torch.log(1e10 * torch.cat(bands, -1) + 1.0) + 11.0 - _OFFSET) / 5.0
        return loudness, logs.transpose(1, 2)

    def _power(self, frames: Tensor, size: int) -> Tensor:
        """Power spectrum of the middle ``size`` samples of each window."""
        start = (self.config.window - size) // 2
        part = frames[..., start : start + size] * self.get_buffer(f"hann_{size}")
        return torch.view_as_real(torch.fft.rfft(part)).square().sum(-1)

    def _follow(
        self, frames: Tensor, f0: Tensor, voiced: Tensor, held: Tensor, phase: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hold the pitch where there is none, and lock it to the measured phase."""
        measured = self.tracker.phase(frames, f0)
        seconds = self.config.hop / self.config.sample_rate
        locked: list[Tensor] = []
        for t in range(frames.shape[1]):
            sure = voiced[:, t]
            held = torch.where(sure, f0[:, t], held)
            error = measured[:, t] - (phase + held * seconds)
            error = error - torch.round(error)
            pull = torch.where(sure, self.lock * error, torch.zeros_like(error))
            now = held + pull / seconds
            now = torch.clamp(now, self.config.lowest / 2, self.config.highest * 2)
            phase = phase + now * seconds
            phase = phase - torch.floor(phase)
            locked.append(now)
        return torch.stack(locked, 1), held, phase


class TimbreEncoder(Streaming):
    """Log-mel bands to mean and log-scale of the timbre latent.

    Args:
        config: The model's configuration.
    """

    def __init__(self, config: DdspConfig) -> None:
        super().__init__()
        width = config.encoder_width
        self.net = Chain(
            [
                CausalConv(config.mels + config.short_mels + 2, width, 3),
                Pointwise(leaky),
                CausalConv(width, width, 3),
                Pointwise(leaky),
                CausalConv(width, 2 * config.timbre, 1),
            ]
        )

    def init(self, batch: int = 1) -> State:
        """The past of the convolutions."""
        return self.net.init(batch)

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, analysis: Analysis, state: State
    ) -> tuple[Tensor, State]:
        """Mean, then log-scale: ``(batch, 2 * timbre, frames)``."""
        x = torch.cat([analysis.spectrum, *_conditions(analysis.pitch, analysis.loudness)], 1)
        return self.net(x, state)


class Synthesiser(Streaming):
    """Pitch, loudness and timbre to sound.

    Args:
        config: The model's configuration.
    """

    def __init__(self, config: DdspConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        layers: list[Streaming] = [CausalConv(config.timbre + 2, width, 3), Pointwise(leaky)]
        for i in range(config.depth):
            inner = [
                CausalConv(width, width, 3, dilation=2**i),
                Pointwise(leaky),
                CausalConv(width, width, 1),
            ]
            layers += [Residual(Chain(inner)), Pointwise(leaky)]
        layers.append(CausalConv(width, 3 * config.partials + config.noise_bins, 1))
        self.net = Chain(layers)
        self.harmonics = Harmonics(config.sample_rate, config.hop, config.partials)
        self.noise = FilteredNoise(config.hop, config.noise_bins)
        tilt = -1.0 - 1.5 * torch.log(torch.arange(1.0, config.partials + 1))
        self.register_buffer("tilt", tilt[:, None], persistent=False)
        self._split = (len(self.net.init()), len(self.net.init()) + len(self.harmonics.init()))

    def init(self, batch: int = 1) -> State:
        """Network past, oscillator phase, noise past."""
        return (*self.net.init(batch), *self.harmonics.init(batch), *self.noise.init(batch))

    def init_at(self, phase: Tensor) -> State:
        """A fresh state whose oscillator starts at a phase in cycles, ``(batch, 1)``."""
        state = list(self.init(phase.shape[0]))
        state[self._split[0]] = phase.double()
        return tuple(state)

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, z: Tensor, state: State, noise: Tensor
    ) -> tuple[Tensor, State]:
        """Synthesise a block.

        Args:
            z: Pitch (MIDI), loudness (dB), timbre: ``(batch, 2 + timbre, frames)``.
            state: The state.
            noise: White noise in [-1, 1), ``(batch, 1, frames * hop)``.

        Returns:
            Audio ``(batch, 1, frames * hop)`` and the next state.
        """
        a, b = self._split
        pitch, loudness = z[:, :1], z[:, 1:2]
        h, net_state = self.net(torch.cat([*_conditions(pitch, loudness), z[:, 2:]], 1), state[:a])
        k = self.config.partials
        gain = loudness_gain(loudness)
        size = gain * bounded_exp(h[:, :k] + self.get_buffer("tilt"))
        direction = h[:, k : 3 * k]
        cosine, sine = direction[:, :k] + 0.5, direction[:, k:]
        length = torch.sqrt(cosine.square() + sine.square() + 1e-6)
        amplitudes = torch.cat([size * cosine / length, size * sine / length], 1)
        f0 = 440.0 * torch.exp2((pitch - 69.0) / 12.0)
        tone, harmonic_state = self.harmonics(amplitudes, state[a:b], f0)
        magnitudes = gain * bounded_exp(h[:, 3 * k :] - 4.0)
        breath, noise_state = self.noise(magnitudes, state[b:], noise)
        return tone + breath, (*net_state, *harmonic_state, *noise_state)


class Ddsp(Network):
    """The DDSP-class model: fixed front end, timbre encoder, synthesiser.

    Args:
        config: Its configuration.

    >>> model = Ddsp(DdspConfig(width=16, encoder_width=16, partials=8))
    >>> z, _ = model.encode(torch.zeros(1, 1, 256), model.init_encoder())
    >>> z.shape
    torch.Size([1, 16, 2])
    """

    any_block = False  # the phase lock goes from frame to frame

    def __init__(self, config: DdspConfig) -> None:
        super().__init__()
        self.config: DdspConfig = config
        self.front = FrontEnd(config)
        self.encoder = TimbreEncoder(config)
        self.decoder = Synthesiser(config)

    @property
    def latent_size(self) -> int:
        """Pitch, loudness and timbre."""
        return 2 + self.config.timbre

    @property
    def latent_axes(self) -> tuple[tuple[str, str, str], ...]:
        """Pitch (MIDI note), loudness (dB), then the timbre."""
        timbre = self.free_axes(self.config.timbre)
        return ("pitch", "st", "descriptor"), ("loudness", "dB", "descriptor"), *timbre

    @property
    def latency(self) -> int:
        """Half the analysis window, in samples."""
        return self.config.window // 2

    def init_encoder(self, batch: int = 1) -> State:
        """A fresh encoder state."""
        return (*self.front.init(batch), *self.encoder.init(batch))

    def encode(self, audio: Tensor, state: State) -> tuple[Tensor, State]:
        """Latents (posterior means) of ``(batch, 1, frames * hop)``."""
        count = len(self.front.init())
        analysis, front = self.front(audio, state[:count])
        posterior, own = self.encoder(analysis, state[count:])
        mean = posterior[:, : self.config.timbre]
        return torch.cat([analysis.pitch, analysis.loudness, mean], 1), (*front, *own)

    def init_decoder(self, batch: int = 1) -> State:
        """A fresh decoder state."""
        return self.decoder.init(batch)

    def decode(self, z: Tensor, state: State, noise: Tensor) -> tuple[Tensor, State]:
        """Sound of latents; see :meth:`Synthesiser.forward`."""
        return self.decoder(z, state, noise)


def _conditions(pitch: Tensor, loudness: Tensor) -> tuple[Tensor, Tensor]:
    return (pitch - 60.0) / 12.0, (loudness + 40.0) / 20.0
