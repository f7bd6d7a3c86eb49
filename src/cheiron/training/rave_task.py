"""Training batches of the RAVE-class model."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio
from cheiron.nets.rave import Rave
from cheiron.training.colour import equalise
from cheiron.training.corpus import Corpus
from cheiron.training.losses import TextureDistance, kl_divergence
from cheiron.training.regularise import Plain, Regulariser
from cheiron.training.task import Outcome

WARM_UP = 24
"""Frames before each crop that fill the networks' past and count in no loss."""


class RaveTask:
    """Crops of clips at random gains.

    Where the latent has texture axes, a share of each batch is decoded with noise in their place
    and judged by its statistics only, so that a player who drives the other axes alone gets
    natural sound. The rest of the batch learns to code the lowest bands' waveform in them.

    Args:
        model: The network.
        batch: Crops per step.
        seconds: Length of a crop.
        quiet: Lowest random gain in dB.
        dropped: Share of the batch whose texture is replaced by noise.
        waveform: Weight of the relative waveform error of the bands that the texture can code.
        colour: Share of the crops that are coloured by a random equaliser, so that spectra beyond
            those of the corpus stay in reach; only where there is texture.
        regulariser: What ties latents to descriptors; nothing when absent.
    """

    warm_up = WARM_UP

    def __init__(
        self,
        model: Rave,
        batch: int = 8,
        seconds: float = 1.0,
        quiet: float = -12.0,
        dropped: float = 0.25,
        waveform: float = 0.5,
        colour: float = 0.4,
        regulariser: Regulariser | None = None,
    ) -> None:
        self.model, self.batch, self.quiet = model, batch, quiet
        self.regulariser = regulariser or Plain()
        self.waveform = waveform
        self.colour = colour if model.config.texture else 0.0
        config = model.config
        self.dropped = max(1, round(dropped * batch)) if config.texture else 0
        if self.dropped >= batch:
            raise CheironError(
                "a batch of 1 leaves nothing to learn the texture from; expected --batch 2 or more."
            )
        frames = max(16, round(seconds * config.sample_rate / config.hop))
        self.samples = (frames + WARM_UP) * config.hop + model.latency
        self.samples += -self.samples % config.hop
        self.statistics = TextureDistance()
        self._clips: list[Audio] = []
        self._chances = np.zeros(0)
        self._encoder_frozen = False

    def prepare(self, corpus: Corpus) -> None:
        """Load the training clips.

        Raises:
            CheironError: If the corpus has another sample rate than the model.
        """
        if corpus.sample_rate != self.model.config.sample_rate:
            raise CheironError(
                f"the corpus has {corpus.sample_rate} Hz and the model "
                f"{self.model.config.sample_rate} Hz; build the corpus with "
                f"--sample-rate {self.model.config.sample_rate}."
            )
        self._clips = [corpus.audio(c) for c in corpus.training]
        lengths = np.array([c.size for c in self._clips], dtype=np.float64)
        self._chances = lengths / lengths.sum()
        self.regulariser.prepare(corpus)

    def freeze_encoder(self) -> None:
        """Only the decoder learns from now on."""
        self._encoder_frozen = True
        self.model.encoder.requires_grad_(False)
        self.regulariser.freeze()

    def run(self, rng: np.random.Generator) -> Outcome:
        """Reconstruct random crops."""
        audio = torch.from_numpy(np.stack([self._crop(rng) for _ in range(self.batch)]))[:, None]
        model, config = self.model, self.model.config
        posterior, loudness, _ = model.posterior(audio, model.init_encoder(self.batch))
        mean, log_scale = posterior[:, : config.latent], posterior[:, config.latent :]
        log_scale = log_scale.clamp(-7.0, 2.0)
        kl = kl_divergence(mean[..., WARM_UP:], log_scale[..., WARM_UP:])
        z = mean if self._encoder_frozen else mean + log_scale.exp() * _normal(mean, rng)
        # What decoding frame t sounds is what was recorded this much earlier.
        skip, late = WARM_UP * config.hop, model.latency
        heard = functional.pad(audio[:, 0], (late, 0))[:, : audio.shape[-1]]
        z, tied = self.regulariser.apply(mean, z, heard, rng)
        if self.dropped:
            slow, noise = z[: self.dropped, : -config.texture], z[: self.dropped, -config.texture :]
            z = torch.cat([torch.cat([slow, _normal(noise, rng)], 1), z[self.dropped :]])
        if loudness is not None:
            z = torch.cat([loudness, z], 1)
        noise = torch.from_numpy(rng.random(audio.shape, dtype=np.float32)) * 2 - 1
        output, _ = model.decode(z, model.init_decoder(self.batch), noise)
        target = audio[:, 0, skip : audio.shape[-1] - late]
        output = output[:, 0, skip + late :]
        d = self.dropped
        extra = self._extra(target, output) if d else torch.zeros(())
        return Outcome(target[d:], output[d:], kl, extra + tied)

    def _extra(self, target: Tensor, output: Tensor) -> Tensor:
        """Statistics of the noise-driven items, waveform of the others' lowest bands."""
        config, d = self.model.config, self.dropped
        statistics = self.statistics(target[:d], output[:d])
        analysis = self.model.analysis
        usable = target.shape[-1] // config.bands * config.bands
        pair = torch.stack([target[d:, :usable], output[d:, :usable]]).flatten(0, 1)[:, None]
        bands, _ = analysis(pair, analysis.init(pair.shape[0]))
        coded = max(1, config.texture * config.bands // config.hop)
        wanted, got = bands[:, :coded].chunk(2)
        error = (wanted - got).square().sum((1, 2))
        size = torch.clamp(wanted.square().sum((1, 2)), min=1e-4)
        return statistics + self.waveform * (error / size + 1e-6).sqrt().mean()

    def _crop(self, rng: np.random.Generator) -> Audio:
        clip = self._clips[int(rng.choice(len(self._clips), p=self._chances))]
        at = int(rng.integers(0, max(1, clip.size - self.samples + 1)))
        part = clip[at : at + self.samples]
        part = np.pad(part, (0, self.samples - part.size))
        if rng.random() < 0.03:
            return np.zeros_like(part)
        if rng.random() < self.colour:
            part = equalise(part, self.model.config.sample_rate, rng)
        return part * np.float32(10 ** (rng.uniform(self.quiet, 0.0) / 20))


def _normal(like: Tensor, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.standard_normal(like.shape, dtype=np.float32))
