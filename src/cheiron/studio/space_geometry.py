"""``cheiron space geometry``: fit the geometry of a model on its corpus."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress

from cheiron.control.geometry import NAME, Geometry
from cheiron.core.artifact import Artifact
from cheiron.core.audio_files import read_audio
from cheiron.core.errors import CheironError
from cheiron.core.protocols import Audio, AudioModel
from cheiron.models import find_model, load_model
from cheiron.models.fingerprint import fingerprint
from cheiron.models.landmarks import read_landmarks
from cheiron.studio.bench.held_out import hold_out_patterns, matches
from cheiron.studio.geometry_files import made_geometry
from cheiron.training.corpus import DESCRIPTION, PEAK, Corpus
from cheiron.training.corpus_files import find_audio
from cheiron.training.geometry_material import ClipSound, gather_moments

_READING = 0.3  # of the progress bar
_LEAST_PEAK = 1e-4


@click.command("geometry")
@click.argument("model")
@click.option(
    "--corpus",
    required=True,
    type=click.Path(path_type=Path),
    help="What the model was trained on: a corpus that Cheiron built, or a folder of sounds.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write (default: where the model finds it by itself).",
)
@click.option(
    "--into-model", is_flag=True, help="Write it into the model's own folder instead, as geometry/."
)
@click.option(
    "--nodes", default=1500, show_default=True, type=click.IntRange(10, 5000),
    help="Moments of the corpus in the graph, at most.",
)  # fmt: skip
@click.option(
    "--beta", default=1.0, show_default=True, type=click.FloatRange(0.0, 100.0),
    help="How much unlikely latents count against what is heard.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Fixes every random draw.")
@click.option("--trust", is_flag=True, help="Say that this .ts file, which is a program, may run.")
def space_geometry(
    model: str,
    corpus: Path,
    output: Path | None,
    into_model: bool,
    nodes: int,
    beta: float,
    seed: int,
    trust: bool,
) -> None:
    """Fit the geometry of MODEL: what its latents sound like, and the ways between them.

    It takes a few minutes. Afterwards `cheiron morph` works with MODEL, and local exploration and
    the map go by what is heard.
    """
    sounding = load_model(model, trust=trust)
    place = output or made_geometry(sounding.name)
    if into_model:
        if not find_model(model).is_dir():
            raise CheironError(f"{model} is no artifact folder, so --into-model cannot write.")
        place = find_model(model) / NAME
    console = Console(stderr=True, highlight=False, markup=False)
    started = time.perf_counter()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("listening", total=1.0)
        geometry = make_geometry(
            sounding, corpus, nodes=nodes, beta=beta, seed=seed,
            progress=lambda share: bar.update(task, completed=share),
        )  # fmt: skip
    artifact = geometry.save(place)
    size = sum(file.stat().st_size for file in artifact.path.iterdir()) / 1e6
    click.echo(
        f"{artifact.path}: {len(geometry.atlas.nodes)} moments, "
        f"{len(geometry.atlas.graph.pairs)} ways, in {time.perf_counter() - started:.0f} s, "
        f"{size:.2f} MB; the surrogate explains {100 * geometry.figures['explained']:.1f} % of "
        "what is heard."
    )


def make_geometry(
    model: AudioModel,
    corpus: Path,
    *,
    nodes: int = 1500,
    beta: float = 1.0,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> Geometry:
    """Fit the geometry of a model.

    Args:
        model: With an encoder.
        corpus: A built corpus or a folder of sounds.
        nodes: Moments in the graph, at most.
        beta: How much low density counts.
        seed: Fixes every random draw.
        progress: Told the share of the work that is done.

    Raises:
        CheironError: If the corpus cannot be read, is silent or too small.
        ModuleNotFoundError: If the learning install is absent.
    """
    # These rooms import torch, which performing must not need.
    from cheiron.training.geometry import GeometryConfig, fit_geometry

    artifact: Artifact | None = getattr(model, "artifact", None)
    landmarks = read_landmarks(artifact, model.latent.size) if artifact is not None else None
    material = gather_moments(
        model, read_clips(model, corpus), seed, lambda share: progress(_READING * share)
    )
    return fit_geometry(
        model,
        material,
        GeometryConfig(nodes=nodes, beta=beta, seed=seed),
        landmarks=landmarks.z if landmarks is not None else None,
        model_hash=fingerprint(artifact) if artifact is not None else "",
        progress=lambda share: progress(_READING + (1 - _READING) * share),
    )


def read_clips(model: AudioModel, corpus: Path) -> Sequence[ClipSound]:
    """The clips of a built corpus, or the files of a folder at the level of the whole.

    Raises:
        CheironError: If there is neither, it has another sample rate than the model, or nothing
            in it sounds.
    """
    if (corpus / DESCRIPTION).is_file():
        built = Corpus.open(corpus)
        if built.sample_rate != model.sample_rate:
            raise CheironError(
                f"the corpus has {built.sample_rate} Hz and {model.name} {model.sample_rate} Hz; "
                f"build the corpus with --sample-rate {model.sample_rate}."
            )
        return [
            ClipSound(clip.name, clip.length, lambda clip=clip: built.audio(clip), clip.held_out)
            for clip in built.clips
        ]
    paths = find_audio(corpus) if corpus.is_dir() else []
    if not paths:
        raise CheironError(
            f"there is no sound in {corpus}; give a corpus that Cheiron built, or the folder of "
            f"sounds that {model.name} was trained on."
        )
    return _folder(model, corpus, paths)


def _folder(model: AudioModel, corpus: Path, paths: Sequence[Path]) -> Sequence[ClipSound]:
    """Files at one gain: the loudest peaks as that of a corpus does."""
    sounds: dict[Path, Audio] = {}
    for path in paths:
        with suppress(CheironError):  # as for a corpus, one damaged file does not stop the rest
            sounds[path] = read_audio(path, model.sample_rate)
    peak = max((float(np.abs(audio).max()) for audio in sounds.values()), default=0.0)
    if peak < _LEAST_PEAK:
        raise CheironError(
            f"every one of the {len(paths)} files in {corpus} is silent or damaged; give the "
            f"sounds that {model.name} was trained on."
        )
    gain = np.float32(PEAK / peak)
    try:
        patterns = hold_out_patterns(model, ())
    except CheironError:  # it does not say: then chance alone chooses who judges
        patterns = ()
    return [
        ClipSound(
            path.name,
            len(audio),
            lambda audio=audio: audio * gain,
            bool(patterns) and matches(path, corpus, patterns),
        )
        for path, audio in sounds.items()
    ]
