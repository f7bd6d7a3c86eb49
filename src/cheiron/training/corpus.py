"""A corpus: a folder of sound made ready for training."""

import fnmatch
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cheiron.core.atomic import sibling, sync, write_error
from cheiron.core.errors import CheironError
from cheiron.core.folder_swap import put_in_place, recover
from cheiron.core.protocols import Audio
from cheiron.training.corpus_files import Pool, Sound, find_audio, gather, write_samples
from cheiron.training.silence import SilenceCut, cut_silence

PEAK = 0.9
"""The loudest sample of a corpus; one gain for all clips, so that dynamics survive."""

FORMAT = "cheiron-corpus"
FORMAT_VERSION = 1
AUDIO = "audio.npy"
DESCRIPTION = "corpus.json"

_OWN = (AUDIO, DESCRIPTION, "corpus.png")  # and no other file may be lost when it is replaced
_CROSS_FADE = 0.01  # seconds, where a silence was cut out
_SILENT = "silent"


@dataclass(frozen=True)
class Clip:
    """One sound of a corpus.

    Args:
        name: File name without folder.
        start: First sample in the corpus.
        length: Samples.
        held_out: Whether it is kept from training, for validation.
        peak: Largest absolute sample after the corpus gain.
        trimmed: Samples of silence that were cut off or out.
    """

    name: str
    start: int
    length: int
    held_out: bool
    peak: float
    trimmed: int


@dataclass(frozen=True)
class CorpusConfig:
    """How a corpus is made.

    Args:
        sample_rate: Samples per second of the corpus.
        silence: Level in dB below the corpus peak under which a clip counts as silent.
        margin: Seconds kept around what is not silence.
        shortest: Seconds; shorter sounds are left out.
        hold_out: Glob patterns of file names that are kept from training.
        longest_silence: Seconds; a longer silence within a clip is cut out.
    """

    sample_rate: int = 44100
    silence: float = -60.0
    margin: float = 0.1
    shortest: float = 0.25
    hold_out: tuple[str, ...] = ()
    longest_silence: float = 1.0


@dataclass(frozen=True)
class Corpus:
    """Clips in one memory-mapped array.

    Args:
        folder: Where it lies.
        config: How it was made.
        clips: Its clips.
        gain: What every sample was multiplied by.
        left_out: Files that were not taken, with the reason.
    """

    folder: Path
    config: CorpusConfig
    clips: tuple[Clip, ...]
    gain: float
    left_out: tuple[tuple[str, str], ...]

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self.config.sample_rate

    @property
    def seconds(self) -> float:
        """Length of all clips together."""
        return sum(c.length for c in self.clips) / self.sample_rate

    @property
    def training(self) -> tuple[Clip, ...]:
        """The clips to train on."""
        return tuple(c for c in self.clips if not c.held_out)

    @property
    def held_out(self) -> tuple[Clip, ...]:
        """The clips to validate on."""
        return tuple(c for c in self.clips if c.held_out)

    def audio(self, clip: Clip) -> Audio:
        """Samples of one clip."""
        whole: NDArray[np.float32] = np.load(self.folder / AUDIO, mmap_mode="r")
        return np.array(whole[clip.start : clip.start + clip.length])

    def describe(self) -> str:
        """What :meth:`open` reads, as JSON."""
        data: dict[str, Any] = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "config": asdict(self.config),
            "gain": self.gain,
            "clips": [asdict(c) for c in self.clips],
            "left_out": self.left_out,
        }
        return json.dumps(data, indent=1)

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """The corpus that :func:`build_corpus` wrote.

        Raises:
            CheironError: If the folder holds none, or a damaged or newer one.
        """
        folder = Path(folder)
        recover(folder)
        path = folder / DESCRIPTION
        if not path.is_file():
            raise CheironError(
                f"{folder} is not a corpus (there is no {DESCRIPTION} in it); "
                "make one with: cheiron corpus build FOLDER -o CORPUS"
            )
        try:
            corpus = _parse(folder, json.loads(path.read_text("utf-8")))
            audio: NDArray[Any] = np.load(folder / AUDIO, mmap_mode="r")
        except (KeyError, TypeError, ValueError, EOFError, OSError) as error:
            raise CheironError(
                f"the corpus {folder} is damaged ({error}); build it again."
            ) from error
        ends = [clip.start + clip.length for clip in corpus.clips]
        if audio.ndim != 1 or audio.dtype != np.float32 or max(ends, default=0) > len(audio):
            raise CheironError(f"the sound of the corpus {folder} is cut short; build it again.")
        return corpus


def build_corpus(
    folder: Path,
    out: Path,
    config: CorpusConfig,
    progress: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> Corpus:
    """Read, resample, trim and level a folder of sound, one file at a time.

    Args:
        folder: Any folder; sub-folders count.
        out: Corpus folder to write; an older corpus there is replaced once the new one is whole.
        config: How.
        progress: Wraps the list of files, to show how far it is.

    Raises:
        CheironError: If there is no usable sound, ``out`` is something other than a corpus, or the
            disk does not take it.
    """
    folder, out = Path(folder), Path(out)
    recover(out)
    paths = _check(folder, out, config)
    # One name for every attempt, so that what a kill left behind is cleared away by the next.
    partial = sibling(out, ".{}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        held_out = {p for p in paths if _is_held_out(p, folder, config)}
        pool = gather(progress(paths), partial / "pool", config.sample_rate)
        corpus = _assemble(pool, held_out, partial, out, config)
        _refuse_useless(corpus, folder, len(paths))
        pool.path.unlink()
        (partial / DESCRIPTION).write_text(corpus.describe(), "utf-8")
        for path in (partial / AUDIO, partial / DESCRIPTION, partial):
            sync(path)
        put_in_place(partial, out)
    except OSError as error:
        raise write_error(out, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return corpus


def with_held_out(corpus: Corpus, patterns: Sequence[str]) -> Corpus:
    """The same corpus with other clips held out."""
    clips = tuple(
        replace(c, held_out=any(fnmatch.fnmatch(c.name, p) for p in patterns)) for c in corpus.clips
    )
    return replace(corpus, clips=clips)


def _parse(folder: Path, data: Any) -> Corpus:
    if data["format"] != FORMAT or int(data["format_version"]) > FORMAT_VERSION:
        raise CheironError(
            f"{folder} is of the format {data['format']} {data['format_version']}; this "
            f"version reads {FORMAT} up to {FORMAT_VERSION}; update cheiron or rebuild it."
        )
    config = dict(data["config"])
    config["hold_out"] = tuple(config["hold_out"])
    return Corpus(
        folder,
        CorpusConfig(**config),
        tuple(Clip(**clip) for clip in data["clips"]),
        float(data["gain"]),
        tuple((str(name), str(reason)) for name, reason in data["left_out"]),
    )


def _check(folder: Path, out: Path, config: CorpusConfig) -> list[Path]:
    """The files to read; refuses what can be known to fail before any work."""
    if not folder.is_dir():
        raise CheironError(f"{folder} is not a folder; give one that holds sound files.")
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not empty and not (out / DESCRIPTION).is_file():
        raise CheironError(f"{out} exists and is not a corpus; choose another folder with -o.")
    found = sorted(p.name for p in out.iterdir()) if out.is_dir() else []
    others = [name for name in found if name not in _OWN and not name.startswith(".")]
    if others:
        raise CheironError(
            f"{out} holds {others[0]} beside a corpus, which replacing it would delete; move that "
            "away, or choose another folder with -o."
        )
    paths = find_audio(folder)
    if not paths:
        raise CheironError(
            f"there is no sound file in {folder}; expected WAV, FLAC, AIFF, OGG, MP3 or another "
            "format of libsndfile."
        )
    for pattern in config.hold_out:
        one = replace(config, hold_out=(pattern,))
        if not any(_is_held_out(path, folder, one) for path in paths):
            raise CheironError(
                f"no file matches --hold-out {pattern}; the first file is called {paths[0].name}."
            )
    return paths


def _is_held_out(path: Path, folder: Path, config: CorpusConfig) -> bool:
    names = (path.name, path.relative_to(folder).as_posix())
    return any(fnmatch.fnmatch(name, p) for name in names for p in config.hold_out)


def _assemble(
    pool: Pool, held_out: set[Path], partial: Path, out: Path, config: CorpusConfig
) -> Corpus:
    """Trim and level what was gathered into the file of samples."""
    gain = PEAK / pool.peak if pool.peak > 0 else 1.0
    rate = config.sample_rate
    cut = SilenceCut(
        threshold=PEAK * 10 ** (config.silence / 20),
        margin=round(config.margin * rate),
        longest=round(config.longest_silence * rate),
        fade=round(_CROSS_FADE * rate),
    )
    clips: list[Clip] = []
    left_out = list(pool.left_out)

    def trimmed(sound: Sound, audio: Audio) -> Audio | None:
        piece = cut_silence(audio * np.float32(gain), cut)
        if piece.size < max(1, config.shortest * rate):
            why = f"shorter than {config.shortest} s without silence" if piece.size else _SILENT
            left_out.append((sound.path.name, why))
            return None
        start = clips[-1].start + clips[-1].length if clips else 0
        held, peak = sound.path in held_out, float(np.abs(piece).max())
        lost = audio.size - piece.size
        clips.append(Clip(sound.path.name, start, piece.size, held, peak, lost))
        return piece

    write_samples(partial / AUDIO, pool, trimmed)
    return Corpus(out, config, tuple(clips), gain, tuple(left_out))


def _refuse_useless(corpus: Corpus, folder: Path, files: int) -> None:
    if not corpus.clips:
        reasons = "; ".join(f"{name}: {why}" for name, why in corpus.left_out[:3])
        raise CheironError(
            f"none of the {files} files in {folder} could be used ({reasons}); give other ones."
        )
    if not corpus.training:
        raise CheironError(
            "every clip is held out, so nothing is left to train on; "
            "hold out fewer of them with --hold-out."
        )
    if corpus.config.hold_out and not corpus.held_out:
        raise CheironError(
            "every file that was to be held out is silent, too short or cannot be read; "
            "hold out others with --hold-out."
        )
