"""Judge a model by what it makes of held-out sounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cheiron.core.protocols import Audio, AudioModel
from cheiron.features.spectral_distance import spectral_distance
from cheiron.studio.bench.baseline import Untrained, griffin_lim, untrained
from cheiron.studio.bench.held_out import HeldOut
from cheiron.studio.bench.metrics import (
    Estimate,
    PitchJudge,
    PitchTrack,
    bootstrap,
    level,
    loudness_error,
)
from cheiron.studio.bench.report import Bar

_SILENCE, _FADE = 1.0, 0.2  # seconds of digital silence after a sound, and how long it may ring
_LEAST_VOICED = 0.1  # share of frames; with fewer a file has no pitch to speak of

BARS: dict[str, dict[str, Bar]] = {
    "sax": {
        "distance": Bar(0.75, "<="),
        "loudness_db": Bar(2.0, "<=", "dB"),
        "f0_cents": Bar(25.0, "<=", "cents"),
        "silence_dbfs": Bar(-60.0, "<", "dBFS"),
    },
    "storm": {
        "distance_over_griffin_lim": Bar(0.5, "<="),
        "loudness_db": Bar(2.0, "<=", "dB"),
        "silence_dbfs": Bar(-60.0, "<", "dBFS"),
    },
}
"""What each shipped model must reach, by its name and then by metric."""


@dataclass(frozen=True)
class Scores:
    """One reconstruction against its original.

    Args:
        distance: Multi-scale spectral distance.
        loudness_db: Mean absolute difference in A-weighted dB where the original sounds.
        f0_cents: Median absolute difference where the original is voiced; NaN without pitch.
    """

    distance: float
    loudness_db: float
    f0_cents: float


@dataclass(frozen=True)
class Judged:
    """Everything that is known about one file.

    Args:
        name: Of the file.
        original: Its samples.
        sounds: Reconstructions by who made them, lined up with the original.
        scores: Their scores, by the same names; the model's own is called ``"model"``.
        silence_dbfs: What the model makes of a second of silence after the sound.
    """

    name: str
    original: Audio
    sounds: Mapping[str, Audio]
    scores: Mapping[str, Scores]
    silence_dbfs: float


@dataclass(frozen=True)
class Quality:
    """A judged model.

    Args:
        files: One by one.
        rest_dbfs: What the model makes of two seconds of silence from a fresh start.
        notes: What was left out, and why.
    """

    files: tuple[Judged, ...]
    rest_dbfs: float
    notes: tuple[str, ...]

    @property
    def makers(self) -> tuple[str, ...]:
        """Who made reconstructions, the model first."""
        return tuple(self.files[0].scores)

    def estimate(self, maker: str, metric: str) -> Estimate:
        """The mean of a metric over the files."""
        return bootstrap([getattr(file.scores[maker], metric) for file in self.files])

    @property
    def silence_dbfs(self) -> float:
        """The loudest that the model is where its input is silent."""
        return max(self.rest_dbfs, *(file.silence_dbfs for file in self.files))

    @property
    def over_griffin_lim(self) -> float:
        """Mean distance as a share of that of the mel inversion."""
        return (
            self.estimate("model", "distance").mean / self.estimate("griffin_lim", "distance").mean
        )

    def results(self, prefix: str) -> dict[str, float]:
        """Every figure by a flat name."""
        found: dict[str, float] = {}
        for maker in self.makers:
            start = prefix if maker == "model" else f"{prefix}.{maker}"
            for metric in METRICS:
                mean = self.estimate(maker, metric)
                found[f"{start}.{metric}"] = mean.mean
                found[f"{start}.{metric}_low"] = mean.low
                found[f"{start}.{metric}_high"] = mean.high
        found[f"{prefix}.distance_over_griffin_lim"] = self.over_griffin_lim
        found[f"{prefix}.silence_dbfs"] = self.silence_dbfs
        found[f"{prefix}.files"] = float(len(self.files))
        for file in self.files:
            scores = file.scores["model"]
            found |= {f"{prefix}.file.{file.name}.{m}": getattr(scores, m) for m in METRICS}
            found[f"{prefix}.file.{file.name}.silence_dbfs"] = file.silence_dbfs
        return found


METRICS = ("distance", "loudness_db", "f0_cents")
"""Fields of :class:`Scores`."""


def judge(
    model: AudioModel, held_out: HeldOut, progress: Callable[[float], None] = lambda _: None
) -> Quality:
    """Reconstruct every held-out sound from its posterior means and score it beside the baselines.

    Args:
        model: With an encoder.
        held_out: The sounds.
        progress: Told the share of the work that is done.

    Raises:
        CheironError: If the model cannot encode.
    """
    fresh = untrained(model)
    pitch = PitchJudge(model.sample_rate)
    judged: list[Judged] = []
    for index, (name, original) in enumerate(held_out.sounds.items()):
        judged.append(_judge_file(name, original, model, fresh, pitch))
        progress((index + 1) / len(held_out.sounds))
    silence = np.zeros(2 * model.sample_rate, np.float32)
    rest = level(reconstruct(model, silence)[round(_FADE * model.sample_rate) :])
    notes = (*held_out.notes, fresh) if isinstance(fresh, str) else held_out.notes
    return Quality(tuple(judged), rest, notes)


def reconstruct(model: AudioModel, audio: Audio) -> Audio:
    """Encode and decode a sound, lined up with it by the model's latency; the same shape."""
    padded = np.concatenate([audio, np.zeros(model.latency, np.float32)])
    return model.decode(model.encode(padded))[model.latency :][: len(audio)]


def _judge_file(
    name: str, original: Audio, model: AudioModel, fresh: Untrained | str, pitch: PitchJudge
) -> Judged:
    rate, n = model.sample_rate, len(original)
    longer = np.concatenate([original, np.zeros(round(_SILENCE * rate), np.float32)])
    output = reconstruct(model, longer)
    sounds = {"model": output[:n], "griffin_lim": griffin_lim(original, rate)}
    if isinstance(fresh, Untrained):
        sounds["untrained"] = fresh.reconstruct(original)
    sounds["silence"] = np.zeros(n, np.float32)
    track = pitch.track(original)
    scores = {maker: score(original, sound, track, pitch) for maker, sound in sounds.items()}
    return Judged(name, original, sounds, scores, level(output[n + round(_FADE * rate) :]))


def score(original: Audio, output: Audio, track: PitchTrack, pitch: PitchJudge) -> Scores:
    """Compare one reconstruction with its original.

    Args:
        original: Shape ``(samples,)``.
        output: The same shape.
        track: The original's pitch.
        pitch: What measures the output's.
    """
    # A tracker finds some pitch in digital silence too; it means nothing.
    pitched = track.voiced.mean() >= _LEAST_VOICED and bool(np.any(output))
    return Scores(
        spectral_distance(original, output),
        loudness_error(original, output, pitch.sample_rate),
        pitch.error(track, output) if pitched else float("nan"),
    )


def spread(files: Sequence[Judged], count: int) -> list[Judged]:
    """Some of the files, evenly from the first to the last."""
    at = np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int)
    return [files[i] for i in at]
