"""A corpus: a folder of sound made ready for training."""

import fnmatch
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import soundfile as sf

from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio

PEAK = 0.9
"""The loudest sample of a corpus; one gain for all clips, so that dynamics survive."""

FORMAT = "cheiron-corpus"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Clip:
    """One sound of a corpus.

    Args:
        name: File name without folder.
        start: First sample in the corpus.
        length: Samples.
        held_out: Whether it is kept from training, for validation.
        peak: Largest absolute sample after the corpus gain.
        trimmed: Samples of silence that were cut off.
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
        silence: Level in dB below the corpus peak under which a clip's ends count as silence.
        margin: Seconds kept around what is not silence.
        shortest: Seconds; shorter sounds are left out.
        hold_out: Glob patterns of file names that are kept from training.
    """

    sample_rate: int = 44100
    silence: float = -60.0
    margin: float = 0.1
    shortest: float = 0.25
    hold_out: tuple[str, ...] = ()


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
        whole = np.load(self.folder / "audio.npy", mmap_mode="r")
        return np.array(whole[clip.start : clip.start + clip.length])

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """The corpus that :func:`build_corpus` wrote.

        Raises:
            CheironError: If the folder holds none, or a damaged or newer one.
        """
        path = Path(folder) / "corpus.json"
        if not path.is_file():
            raise CheironError(
                f"{folder} is not a corpus (there is no corpus.json in it); "
                "make one with: cheiron corpus build FOLDER -o CORPUS"
            )
        try:
            data = json.loads(path.read_text("utf-8"))
            if data["format"] != FORMAT or int(data["format_version"]) > FORMAT_VERSION:
                raise CheironError(
                    f"{path} is of the format {data['format']} {data['format_version']}; this "
                    f"version reads {FORMAT} up to {FORMAT_VERSION}; update cheiron or rebuild it."
                )
            config = dict(data["config"])
            config["hold_out"] = tuple(config["hold_out"])
            corpus = cls(
                Path(folder),
                CorpusConfig(**config),
                tuple(Clip(**c) for c in data["clips"]),
                float(data["gain"]),
                tuple((str(a), str(b)) for a, b in data["left_out"]),
            )
            samples = np.load(Path(folder) / "audio.npy", mmap_mode="r").shape[0]
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise CheironError(
                f"the corpus {folder} is damaged ({error}); build it again."
            ) from error
        if corpus.clips and corpus.clips[-1].start + corpus.clips[-1].length > samples:
            raise CheironError(f"the corpus {folder} is cut short; build it again.")
        return corpus


def find_audio(folder: Path) -> list[Path]:
    """Every file below a folder that libsndfile's list of extensions covers, sorted by name."""
    known = {f".{e.lower()}" for e in sf.available_formats()}
    known |= {".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".flac", ".mp3", ".wav", ".snd"}
    paths = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return sorted(p for p in paths if p.suffix.lower() in known)


def build_corpus(
    folder: Path,
    out: Path,
    config: CorpusConfig,
    progress: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> Corpus:
    """Read, resample, trim and level a folder of sound.

    Args:
        folder: Any folder; sub-folders count.
        out: Corpus folder to write; an older corpus there is replaced once the new one is whole.
        config: How.
        progress: Wraps the list of files, to show how far it is.

    Raises:
        CheironError: If there is no usable sound, or ``out`` is something other than a corpus.
    """
    if not folder.is_dir():
        raise CheironError(f"{folder} is not a folder; give one that holds sound files.")
    if out.exists() and not (out / "corpus.json").is_file() and any(out.iterdir()):
        raise CheironError(f"{out} exists and is not a corpus; choose another folder with -o.")
    paths = find_audio(folder)
    if not paths:
        raise CheironError(
            f"there is no sound file in {folder}; expected WAV, FLAC, AIFF, OGG, MP3 or another "
            "format of libsndfile."
        )
    sounds, left_out = _read_all(progress(paths), config)
    if not sounds:
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out[:3])
        raise CheironError(f"none of the {len(paths)} files in {folder} could be used ({reasons}).")
    gain = PEAK / max(float(np.abs(audio).max()) for _, audio in sounds)
    clips, pieces, left_late = _trim_all(sounds, gain, config)
    if not clips:
        raise CheironError(f"every file in {folder} is silent or too short to train on.")
    if config.hold_out and not any(c.held_out for c in clips):
        raise CheironError(
            f"no file matches --hold-out {' '.join(config.hold_out)}; "
            f"the first file is called {clips[0].name}."
        )
    result = Corpus(out, config, tuple(clips), gain, (*left_out, *left_late))
    _write(result, pieces)
    return result


def _read_all(
    paths: Iterable[Path], config: CorpusConfig
) -> tuple[list[tuple[str, Audio]], list[tuple[str, str]]]:
    sounds: list[tuple[str, Audio]] = []
    left_out: list[tuple[str, str]] = []
    for path in paths:
        try:
            audio = read_audio(path, config.sample_rate)
        except CheironError as error:
            left_out.append((path.name, str(error)))
            continue
        if not np.abs(audio).max() > 0:
            left_out.append((path.name, "silent"))
            continue
        sounds.append((path.name, audio))
    return sounds, left_out


def _trim_all(
    sounds: Sequence[tuple[str, Audio]], gain: float, config: CorpusConfig
) -> tuple[list[Clip], list[Audio], list[tuple[str, str]]]:
    clips: list[Clip] = []
    pieces: list[Audio] = []
    left_out: list[tuple[str, str]] = []
    at = 0
    for name, audio in sounds:
        piece = _trim(audio * np.float32(gain), config)
        if piece.size < config.shortest * config.sample_rate:
            left_out.append((name, f"shorter than {config.shortest} s once trimmed"))
            continue
        held = any(fnmatch.fnmatch(name, pattern) for pattern in config.hold_out)
        peak = float(np.abs(piece).max())
        clips.append(Clip(name, at, piece.size, held, peak, audio.size - piece.size))
        pieces.append(piece)
        at += piece.size
    if clips and all(c.held_out for c in clips):
        raise CheironError("every clip is held out; nothing is left to train on.")
    return clips, pieces, left_out


def _trim(audio: Audio, config: CorpusConfig) -> Audio:
    """Cut silent ends, keep a margin."""
    loud = np.flatnonzero(np.abs(audio) > PEAK * 10 ** (config.silence / 20))
    if not loud.size:
        return audio[:0]
    margin = round(config.margin * config.sample_rate)
    return audio[max(0, int(loud[0]) - margin) : int(loud[-1]) + 1 + margin]


def _write(corpus: Corpus, pieces: Sequence[Audio]) -> None:
    out = corpus.folder
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        np.save(partial / "audio.npy", np.concatenate(pieces).astype(np.float32))
        data = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "config": asdict(corpus.config),
            "gain": corpus.gain,
            "clips": [asdict(c) for c in corpus.clips],
            "left_out": corpus.left_out,
        }
        (partial / "corpus.json").write_text(json.dumps(data, indent=1), "utf-8")
        if out.exists():
            shutil.rmtree(out)
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def with_held_out(corpus: Corpus, patterns: Sequence[str]) -> Corpus:
    """The same corpus with other clips held out."""
    clips = tuple(
        replace(c, held_out=any(fnmatch.fnmatch(c.name, p) for p in patterns))
        for c in corpus.clips
    )
    return replace(corpus, clips=clips)
