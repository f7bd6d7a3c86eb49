"""Fit a control space of named knobs to a frozen model."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from cheiron.control.scenes import SCENE
from cheiron.core.protocols import AudioModel, Latents
from cheiron.nets.flow_space import Reader, SpaceNet
from cheiron.training.checkpoint import Checkpoint
from cheiron.training.space_checks import (
    check_counts,
    check_labels,
    check_scenes,
    quantiles_of,
    refuse_twins,
)
from cheiron.training.space_config import GIVEN, OPEN, SpaceConfig, Steps
from cheiron.training.space_frames import (
    Ear,
    Frames,
    Split,
    Texture,
    decoder_delay,
    gather_frames,
)
from cheiron.training.space_labels import Label, Personal, personal_of, places_of
from cheiron.training.space_level import hear_fading, passing_level
from cheiron.training.space_loop import LoopConfig, Rows, SpaceLoop
from cheiron.training.space_net import make_net
from cheiron.training.space_proposals import Stage, hear_proposals
from cheiron.training.space_reader import Heard, teach
from cheiron.training.space_targets import Target

Progress = Callable[[str, float], None]
"""Told what is being done and the share of the whole that is done; may raise to stop."""

_LISTENED, _OPENED = 0.15, 0.25  # shares of the work
_FADED = 0.1  # of the sound that is listened to, once more, fading to silence
_FORMAT = 2  # of checkpoints; raised whenever what they hold changes, networks too
_READERS = 3  # what one of them gets wrong the others seldom do


@dataclass(frozen=True, eq=False)
class Clip:
    """A stretch of a sound through a model's encoder.

    Args:
        name: Of the sound.
        start: Seconds into the sound where it begins.
        z: Latents, ``(frames, D)``.
    """

    name: str
    start: float
    z: Latents


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted space as torch has it.

    Args:
        net: The network.
        stage: Corpus, normalisers, and what hears.
        personal: Labelled qualities; their knobs follow those of the descriptors.
        config: What was asked for.
        figures: How it went, for a manifest.
    """

    net: SpaceNet
    stage: Stage
    personal: tuple[Personal, ...]
    config: SpaceConfig
    figures: dict[str, float]


def fit_space(
    model: AudioModel,
    clips: Sequence[Clip],
    config: SpaceConfig,
    labels: Sequence[Label] = (),
    progress: Progress = lambda _what, _share: None,
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Fit a space; equal arguments give equal spaces.

    Args:
        model: The frozen model; only its decoder is used.
        clips: A corpus.
        config: What to fit.
        labels: What a person said of stretches of the corpus.
        progress: Told how far it is.
        checkpoint: Where to keep what is done; what is found there of the same fit is gone on with.

    Raises:
        CheironError: If the corpus, the axes or the labels do not allow it.
    """
    check_labels(labels, [clip.name for clip in clips], {*config.axes, *model.latent.names})
    check_scenes(labels, config.method)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # matrices are small: a second thread mostly waits for the first
    try:
        return _Fit(model, clips, config, labels, progress, checkpoint).run()
    finally:
        torch.set_num_threads(threads)


class _Fit:
    """A fit under way."""

    def __init__(
        self,
        model: AudioModel,
        clips: Sequence[Clip],
        config: SpaceConfig,
        labels: Sequence[Label],
        progress: Progress,
        checkpoint: Checkpoint | None,
    ) -> None:
        self._config, self._progress, self._checkpoint = config, progress, checkpoint
        self._steps = Steps.of(config)
        self._generator = torch.Generator().manual_seed(config.seed)
        self._begun = time.perf_counter()
        latents = [clip.z for clip in clips]
        level = passing_level(model, latents) if "loudness" in config.axes else -1
        split = Split.of(model.latent, level)
        self._names = tuple(n for n in config.axes if level < 0 or n != "loudness")
        check_counts(
            len(self._names) + len({label.name for label in labels} - {SCENE}),
            split,
            config.method in GIVEN,
        )
        whole = np.concatenate(latents) if latents else np.zeros((0, model.latent.size), np.float32)
        self._key = _key(model, clips, config, labels)
        saved = checkpoint.load() if checkpoint else None
        self._saved: dict[str, Any] = saved if saved and saved.get("key") == self._key else {}
        delay = decoder_delay(model, whole)
        ear = Ear(model, self._names, Texture.of(whole, split), delay, level)
        frames = self._listen(ear, latents)
        context = whole[:, split.context].astype(np.float64)
        moments = np.stack([context.mean(axis=0), np.maximum(context.std(axis=0), 1e-3)])
        quantiles = quantiles_of(frames, self._names)
        passing = [model.latent.names[i] for i in split.context]
        known = np.column_stack([frames.values, frames.z[:, split.context].astype(np.float64)])
        refuse_twins(known, (*self._names, *passing))
        self.stage = Stage(ear, latents, quantiles, split, moments)
        starts = np.array([clips[i].start if i >= 0 else 0.0 for i in frames.clip], np.float64)
        seconds = starts + frames.place * (model.hop / model.sample_rate)
        files = [clips[i].name if i >= 0 else "" for i in frames.clip]
        self.personal = personal_of([x for x in labels if x.name != SCENE], files, seconds)
        self.rows, self._goals = self._tables(frames)
        staged = [label for label in labels if label.name == SCENE]
        if staged:
            places = torch.from_numpy(places_of(staged, files, seconds))[:, None]
            self.rows = replace(self.rows, scene=places)
        self._louder = torch.from_numpy(frames.louder)[:, None]
        self.net = make_net(self.rows, self.stage, config)
        targets = (*(Target() for _ in self._names), *(p.target for p in self.personal))
        place = self.net.place(self.rows.z[:1], self.rows.context[:1], self.rows.levels[:1])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed + 1)
            others = [Reader(place.shape[1], len(targets)) for _ in range(_READERS)]
        # The network's own is the first, where it has one.
        self._readers = nn.ModuleList([self.net.reader or others[0], *others[1:]])
        self._loop = SpaceLoop(
            self.net, self.rows, self._goals, targets, LoopConfig(), self._generator
        )
        self.figures: dict[str, float] = {}

    def run(self) -> Fitted:
        """Every phase that is not done yet."""
        done = self._restore()
        if done < 1:
            self._open()
            self._save(1)
        rounds = 0 if self._config.method in OPEN else self._steps.rounds
        for turn in range(max(0, done - 1), rounds):
            self._close(turn)
            self._save(turn + 2)
        spent = float(self._saved.get("seconds", 0.0)) + time.perf_counter() - self._begun
        figures = {**self.figures, "seconds": spent}
        return Fitted(self.net.eval(), self.stage, self.personal, self._config, figures)

    def _listen(self, ear: Ear, latents: Sequence[Latents]) -> Frames:
        if "frames" in self._saved:
            kept = self._saved["frames"]
            return Frames(*(kept[f.name].numpy() for f in fields(Frames)))
        frames = gather_frames(
            ear,
            latents,
            self._config.seconds,
            lambda share: self._progress("listening to the model", _LISTENED * share),
        )
        faded = hear_fading(ear, latents, _FADED * self._config.seconds)
        frames = frames if faded is None else frames.joined(faded)
        self._frames = {f.name: torch.from_numpy(getattr(frames, f.name)) for f in fields(Frames)}
        return frames

    def _tables(self, frames: Frames) -> tuple[Rows, torch.Tensor]:
        """Rows for the likelihood, and their labels as a reader learns them."""
        rows = self.stage.rows(frames)
        if not self.personal:
            return rows, rows.labels
        said = torch.from_numpy(np.stack([p.labels for p in self.personal], 1))
        heard = torch.from_numpy(np.stack([p.heard for p in self.personal], 1))
        labels = torch.cat([rows.labels, said], 1)
        rows = replace(rows, labels=labels)
        return rows, torch.cat([rows.labels[:, : -len(self.personal)], heard], 1)

    def _open(self) -> None:
        """The corpus alone: a reader of it, then the likelihood."""
        config, steps = self._config, self._steps
        if config.method == "linear":
            return
        with torch.no_grad():
            place = self.net.place(self.rows.z, self.rows.context, self.rows.levels)
        self.heard = Heard(place, self._goals, self._louder)
        many = steps.open * {"flow-open": 5, "continuous": 15}.get(config.method, 1)
        step_of = self._loop.match_step if config.method == "continuous" else self._loop.open_step
        if config.method != "flow-open":
            self._progress("learning what is heard", _LISTENED)
            self._teach(steps.reader // 2)
        for step in range(many):
            loss = step_of(step / many)
            if step % 20 == 0:
                share = _LISTENED + (_OPENED - _LISTENED) * step / many
                self._progress(f"fitting the corpus, loss {loss:.2f}", share)

    def _close(self, turn: int) -> None:
        """One round: hear what the flow proposes, learn to read it, close the loop."""
        steps = self._steps
        each = (1.0 - _OPENED) / steps.rounds
        start = _OPENED + each * turn
        label = f"round {turn + 1} of {steps.rounds}"
        self._progress(f"{label}: decoding", start)
        count = self._goals.shape[1]
        new = hear_proposals(
            self.net,
            self.stage,
            self.rows.labels[:, : len(self._names)],
            steps.proposals,
            self._generator,
        )
        missing = new.normal.new_full((len(new.normal), count - new.normal.shape[1]), torch.nan)
        new = replace(new, normal=torch.cat([new.normal, missing], 1))
        with torch.no_grad():
            away = (self._jury[0](new.place) - new.normal).abs()
        self.figures[f"unseen{turn + 1}"] = float(away.nanmean())
        self.heard = self.heard.joined(new)
        self._progress(f"{label}: learning what is heard", start + 0.15 * each)
        self._teach(steps.reader)
        misses: list[tuple[float, float]] = []
        for step in range(steps.closed):
            whole = (turn + step / steps.closed) / steps.rounds
            misses.append(self._loop.closed_step(self._jury, whole))
            if step % 20 == 0:
                asked, others = np.mean(misses[-50:], axis=0)
                share = start + each * (0.3 + 0.7 * step / steps.closed)
                self._progress(f"{label}: miss {asked:.3f}, leak {others:.3f}", share)
        asked, others = np.mean(misses[-100:], axis=0)
        self.figures |= {"predicted_miss": float(asked), "predicted_leak": float(others)}

    @property
    def _jury(self) -> list[Reader]:
        return [cast(Reader, reader) for reader in self._readers]

    def _teach(self, steps: int) -> None:
        """All readers, each by its own draws; how loud it is as well, where a level passes."""
        place, generator = self.heard.place, self._generator
        errors = [teach(r, place, self.heard.normal, steps, generator) for r in self._jury]
        self.figures["reader"] = errors[0]
        if self.net.shift is not None:
            part = place[:, : self.rows.z.shape[1] + self.rows.context.shape[1]]
            self.figures["louder"] = teach(
                self.net.shift, part, self.heard.louder, steps, generator
            )

    def _save(self, phase: int) -> None:
        if self._checkpoint is None:
            return
        heard = getattr(self, "heard", None)
        frames = self._saved.get("frames") or self._frames
        self._saved = {
            "key": self._key,
            "phase": phase,
            "seconds": float(self._saved.get("seconds", 0.0)) + time.perf_counter() - self._begun,
            "frames": frames,
            "net": self.net.state_dict(),
            "readers": self._readers.state_dict(),
            "optimiser": self._loop.optimiser.state_dict(),
            "generator": self._generator.get_state(),
            "heard": () if heard is None else (heard.place, heard.normal, heard.louder),
            "figures": dict(self.figures),
        }
        self._begun = time.perf_counter()
        self._checkpoint.save(self._saved)

    def _restore(self) -> int:
        """How many phases were done before."""
        saved = self._saved
        if not saved:
            return 0
        self.net.load_state_dict(saved["net"])
        self._readers.load_state_dict(saved["readers"])
        self._readers.requires_grad_(False)
        self._loop.optimiser.load_state_dict(saved["optimiser"])
        self._generator.set_state(saved["generator"])
        if saved["heard"]:
            self.heard = Heard(*saved["heard"])
        self.figures = dict(saved["figures"])
        return int(saved["phase"])


def _key(
    model: AudioModel, clips: Sequence[Clip], config: SpaceConfig, labels: Sequence[Label]
) -> str:
    """Equal for equal fits by the same version of them."""
    digest = hashlib.sha256(repr((_FORMAT, model.name, config, tuple(labels))).encode())
    for clip in clips:
        digest.update(clip.name.encode() + np.ascontiguousarray(clip.z).tobytes())
    return digest.hexdigest()
