"""Training batches of the DDSP-class model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cheiron.core.errors import CheironError
from cheiron.nets.ddsp import Analysis, Ddsp
from cheiron.nets.framing import a_weighting
from cheiron.nets.level import SILENCE
from cheiron.training.colour import random_curve
from cheiron.training.corpus import Corpus
from cheiron.training.losses import kl_divergence
from cheiron.training.regularise import Plain, Regulariser
from cheiron.training.task import Outcome

WARM_UP = 16
"""Frames before each crop that fill the networks' past and count in no loss."""

_CHUNK = 512  # frames analysed at a time


@dataclass(frozen=True)
class _Analysed:
    """One clip's analysis, aligned with its samples; arrays ``(channels, frames)``."""

    audio: NDArray[np.float32]
    pitch: NDArray[np.float32]
    loudness: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    phase: NDArray[np.float64]  # cycles at the start of each frame


class DdspTask:
    """Crops of clips, with the fixed analysis computed once.

    Args:
        model: The network.
        batch: Crops per step.
        seconds: Length of a crop.
        colour: Share of the crops that are coloured by a random equaliser.
        breath: Share of the crops to which noise is added that follows their loudness, so that
            the model learns to tell breath from tone.
        regulariser: What ties latents to descriptors; nothing when absent.
    """

    warm_up = WARM_UP

    def __init__(
        self,
        model: Ddsp,
        batch: int = 8,
        seconds: float = 1.0,
        colour: float = 0.5,
        breath: float = 0.4,
        regulariser: Regulariser | None = None,
    ) -> None:
        self.model = model
        self.regulariser = regulariser or Plain()
        self.batch = batch
        self.colour, self.breath = colour, breath
        rate, hop = model.config.sample_rate, model.config.hop
        self.frames = max(16, round(seconds * rate / hop))
        self._clips: list[_Analysed] = []
        self._chances = np.zeros(0)
        self._encoder_frozen = False

    def prepare(self, corpus: Corpus) -> None:
        """Analyse every training clip.

        Raises:
            CheironError: If the corpus has another sample rate than the model.
        """
        if corpus.sample_rate != self.model.config.sample_rate:
            raise CheironError(
                f"the corpus has {corpus.sample_rate} Hz and the model "
                f"{self.model.config.sample_rate} Hz; build the corpus with "
                f"--sample-rate {self.model.config.sample_rate}."
            )
        self._clips = [self._analyse(corpus.audio(c)) for c in corpus.training]
        lengths = np.array([c.pitch.shape[1] for c in self._clips], dtype=np.float64)
        self._chances = lengths / lengths.sum()
        self.regulariser.prepare(corpus)

    def freeze_encoder(self) -> None:
        """Only the decoder learns from now on."""
        self._encoder_frozen = True
        self.model.encoder.requires_grad_(False)
        self.regulariser.freeze()

    def run(self, rng: np.random.Generator) -> Outcome:
        """Reconstruct random crops."""
        crops = [self._crop(rng) for _ in range(self.batch)]
        audio, pitch, loudness, spectrum, phase = (
            torch.from_numpy(np.stack(part)) for part in zip(*crops, strict=True)
        )
        model, timbre = self.model, self.model.config.timbre
        analysis = Analysis(pitch, loudness, spectrum)
        posterior, _ = model.encoder(analysis, model.encoder.init(self.batch))
        mean, log_scale = posterior[:, :timbre], posterior[:, timbre:].clamp(-7.0, 2.0)
        sample = mean if self._encoder_frozen else mean + log_scale.exp() * _normal(mean, rng)
        sample, tied = self.regulariser.apply(mean, sample, audio, rng)
        noise = torch.from_numpy(
            rng.random((self.batch, 1, pitch.shape[-1] * model.config.hop), dtype=np.float32)
        )
        state = model.decoder.init_at(phase)
        z = torch.cat([pitch, loudness, sample], 1)
        output, _ = model.decode(z, state, noise * 2 - 1)
        skip = WARM_UP * model.config.hop
        kl = kl_divergence(mean[..., WARM_UP:], log_scale[..., WARM_UP:])
        return Outcome(audio[:, skip:], output[:, 0, skip:], kl, tied)

    def _analyse(self, audio: NDArray[np.float32]) -> _Analysed:
        """Run the front end and shift its answers to the frames they are about."""
        hop, window = self.model.config.hop, self.model.config.window
        delay = window // 2 // hop
        lead = (WARM_UP + 1) * hop
        frames = -(-audio.size // hop) + WARM_UP + 1
        padded = np.zeros((frames + delay) * hop, dtype=np.float32)
        padded[lead : lead + audio.size] = audio
        whole_pitch, loudness, spectrum = self._front_end(padded)
        pitch, loudness, spectrum = (
            part[:, delay:].copy() for part in (whole_pitch, loudness, spectrum)
        )
        # The phase a decoder would have, had it run from the very first frame.
        whole = 440.0 * 2 ** ((whole_pitch[0].astype(np.float64) - 69.0) / 12.0)
        ends = np.cumsum(whole[delay:]) * hop / self.model.config.sample_rate
        origin = whole[:delay].sum() * hop / self.model.config.sample_rate
        phase = origin + np.concatenate([[0.0], ends[:-1]])
        return _Analysed(padded[: frames * hop], pitch, loudness, spectrum, phase % 1.0)

    def _front_end(self, audio: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Pitch, loudness and spectrum, ``(channels, frames)``, piece by piece to save memory."""
        front = self.model.front
        state, parts = front.init(), []
        with torch.no_grad():
            for block in torch.from_numpy(audio)[None, None].split(_CHUNK * front.config.hop, -1):
                a, state = front(block, state)
                parts.append((a.pitch[0], a.loudness[0], a.spectrum[0]))
        return tuple(torch.cat(part, -1).numpy() for part in zip(*parts, strict=True))

    def _crop(self, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
        clip = self._clips[int(rng.choice(len(self._clips), p=self._chances))]
        hop, need = self.model.config.hop, self.frames + WARM_UP
        have = clip.pitch.shape[1]
        at = int(rng.integers(0, max(1, have - need + 1)))
        stop = min(have, at + need)

        def cut(values: NDArray[np.float32], fill: float | None = None) -> NDArray[np.float32]:
            part = values[:, at:stop]
            short = ((0, 0), (0, need - part.shape[1]))
            if fill is None:
                return np.pad(part, short, mode="edge")
            return np.pad(part, short, constant_values=fill)

        audio = clip.audio[at * hop : stop * hop]
        audio = np.pad(audio, (0, need * hop - audio.size))
        spectrum = cut(clip.spectrum)
        if rng.random() < self.colour:
            audio, spectrum = self._coloured(audio, spectrum, rng)
        if rng.random() < self.breath:
            audio, spectrum = self._breathy(audio, spectrum, cut(clip.loudness, SILENCE), rng)
        return (
            audio,
            cut(clip.pitch),
            cut(clip.loudness, SILENCE),
            spectrum,
            clip.phase[at : at + 1],
        )

    def _coloured(
        self, audio: NDArray[np.float32], spectrum: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """An equaliser of unchanged loudness, on the sound and on its log-mel bands alike."""
        config = self.model.config
        seed = int(rng.integers(2**32))

        def curve(size: int) -> NDArray[np.float64]:
            frequency = np.fft.rfftfreq(size, 1 / config.sample_rate)
            same = np.random.default_rng(seed)
            return random_curve(frequency, config.sample_rate, same, 4.0)

        gain = curve(audio.size)
        bins = np.fft.rfft(audio)
        heard = np.abs(bins) ** 2 * a_weighting(config.sample_rate, audio.size).numpy()
        # The offset leaves silence alone.
        level = float(np.sqrt((heard.sum() + 1e-9) / ((heard * gain**2).sum() + 1e-9)))
        audio = np.fft.irfft(bins * gain * level, audio.size).astype(np.float32)
        shifts = [
            np.log((curve(size) * level) ** 2 @ self.model.front.get_buffer(f"mel_{size}").numpy())
            for size in (config.window, config.window // 4)
        ]
        return audio, spectrum + (np.concatenate(shifts)[:, None] / 5.0).astype(np.float32)

    def _breathy(
        self,
        audio: NDArray[np.float32],
        spectrum: NDArray[np.float32],
        loudness: NDArray[np.float32],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Coloured noise 60 to 25 dB below the loudness, on sound and log-mel bands alike."""
        config, front = self.model.config, self.model.front
        seed, size = int(rng.integers(2**32)), audio.size

        def curve(points: int) -> NDArray[np.float64]:
            frequency = np.fft.rfftfreq(points, 1 / config.sample_rate)
            same = np.random.default_rng(seed)
            return random_curve(frequency, config.sample_rate, same, 10.0)

        heard = loudness[0].astype(np.float64)
        level = 10 ** ((heard + rng.uniform(-60.0, -25.0)) / 20) * (heard > SILENCE)
        noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * curve(size), size)
        # A frame's values are reached at its end.
        ends = (np.arange(level.size) + 1.0) * config.hop
        noise *= np.interp(np.arange(size), ends, level)
        # Mean power of white noise of unit variance in a bin of a Hann window of unit sum: 1.5 / n.
        bands = [
            (curve(n) ** 2 @ front.get_buffer(f"mel_{n}").numpy()) * 1.5 / n
            for n in (config.window, config.window // 4)
        ]
        power = np.exp(5.0 * spectrum - 11.0) + np.concatenate(bands)[:, None] * level**2
        return (audio + noise).astype(np.float32), ((np.log(power) + 11.0) / 5.0).astype(np.float32)


def _normal(like: Tensor, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.standard_normal(like.shape, dtype=np.float32))
