"""``cheiron bench control``: whether knobs do what they say, and nothing else."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel, ControlSpace
from cheiron.models import load_model, shipped_models
from cheiron.studio.bench.control_baselines import directions, own_axes, regression
from cheiron.studio.bench.control_ceiling import ceiling, shortened
from cheiron.studio.bench.control_curves import draw_asks
from cheiron.studio.bench.control_material import Material, gather
from cheiron.studio.bench.control_pictures import draw_all
from cheiron.studio.bench.control_run import Judged, judge, of_descriptors
from cheiron.studio.bench.control_scores import Scores, scores_of
from cheiron.studio.bench.control_table import (
    BASELINE,
    add_reference,
    all_results,
    flat,
    number,
    show,
)
from cheiron.studio.bench.control_trial import Subject, aligned, play, subject_of, unchanged
from cheiron.studio.bench.held_out import hold_out_patterns
from cheiron.studio.bench.report import check_writable, print_table, write_report
from cheiron.studio.spaces import control_space, space_names

JUDGED = ("loudness", "centroid", "bandwidth", "sharpness", "boominess")
"""The descriptors that the bars are about."""

_CEILING_SECONDS = 1.2
_CEILING_TASKS = 2  # for each number of changed descriptors
_CEILING_STEPS = 150
_CEILED = ("pearson", "within", "slow", "l1", "leak", "own_distance_ratio", "distance_ratio")
_GATHERING = 0.25  # of the progress bar


@dataclass(frozen=True)
class Options:
    """How the bench is run.

    Args:
        patterns: Globs of held-out files; the model's own where empty.
        spaces: Names or paths of control spaces; those with all the knobs where empty.
        axes: Descriptors.
        seeds: How many.
        clips: Held-out clips.
        seconds: Length of an excerpt.
        ceiling: Whether to search the best latents.
        trust: Whether ``.ts`` files may run.
    """

    patterns: tuple[str, ...] = ()
    spaces: tuple[str, ...] = ()
    axes: tuple[str, ...] = JUDGED
    seeds: int = 5
    clips: int = 6
    seconds: float = 3.0
    ceiling: bool = False
    trust: bool = False


@click.command("control")
@click.argument("models", nargs=-1)
@click.option(
    "--corpus",
    "folders",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of sounds: what matches --hold-out is judged, the rest says what each descriptor "
    "may be. One for all models, or one for each in order.",
)
@click.option(
    "--hold-out",
    "patterns",
    multiple=True,
    metavar="GLOB",
    help="Names of the files to judge by; repeat for more (default: those the model was trained "
    "without).",
)
@click.option(
    "--space",
    "spaces",
    multiple=True,
    metavar="NAME",
    help="Control space to judge, by name or path; repeat for more (default: all that have a knob "
    "for each of --axes).",
)
@click.option(
    "--axes",
    default=",".join(JUDGED),
    show_default=True,
    help="Descriptors to judge, with commas between them.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How often everything is drawn anew; intervals are over these.",
)
@click.option(
    "--clips",
    type=click.IntRange(min=2),
    default=6,
    show_default=True,
    help="Held-out clips, evenly over their list.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 30),
    default=3.0,
    show_default=True,
    help="Of each clip.",
)
@click.option(
    "--ceiling",
    is_flag=True,
    help="Also search the best latents for a few tasks through the decoder (minutes).",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to this file.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw target against measured curves, and knob sweeps, into this folder.",
)
@click.option("--trust", is_flag=True, help="Say that .ts files, which are programs, may run.")
def bench_control(
    models: tuple[str, ...],
    folders: tuple[Path, ...],
    patterns: tuple[str, ...],
    spaces: tuple[str, ...],
    axes: str,
    seeds: int,
    clips: int,
    seconds: float,
    ceiling: bool,
    json_file: Path | None,
    pictures: Path | None,
    trust: bool,
) -> None:
    """Measure how well the knobs of MODELS do what they say.

    Held-out clips are encoded; the curves of one to four descriptors are replaced by ramps, sines
    or another clip's, the sound is decoded and measured again. Beside the control spaces stand
    linear baselines and chance. MODELS are the shipped ones when absent.
    """
    check_writable(json_file)
    names = tuple(name.strip() for name in axes.split(",") if name.strip())
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise CheironError(
            f"--axes {axes!r} must name at least two different descriptors, with commas between "
            "them."
        )
    wanted = models or shipped_models()
    if len(folders) not in (1, len(wanted)):
        raise CheironError(
            f"{len(folders)} --corpus folders were given for {len(wanted)} models; give one for "
            "all, or one for each in the same order."
        )
    options = Options(patterns, spaces, names, seeds, clips, seconds, ceiling, trust)
    results: dict[str, float] = {}
    for index, model in enumerate(wanted):
        folder = folders[min(index, len(folders) - 1)]
        results |= _one_model(model, folder, options, pictures)
        if json_file is not None:  # after each model, so that an interrupted run keeps the first
            write_report(json_file, results)


def _one_model(
    path: str, folder: Path, options: Options, pictures: Path | None
) -> dict[str, float]:
    model = load_model(path, trust=options.trust)
    chosen = _spaces(model, options)
    globs = hold_out_patterns(model, options.patterns)
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task(model.name, total=1.0)
        material = gather(
            model, folder, globs, options.axes, options.clips, options.seconds,
            lambda share: bar.update(line, completed=_GATHERING * share),
        )  # fmt: skip
        subjects, notes = subjects_of(chosen, material)
        judged = judge(
            subjects,
            material,
            options.seeds,
            lambda share: bar.update(line, completed=_GATHERING + (1 - _GATHERING) * share),
        )
        found = add_reference(all_results(judged, options.axes), of_descriptors(material))
        show(model.name, found, list(chosen))
        results = flat(model.name, found)
        if options.ceiling:
            bar.update(line, description="ceiling", completed=0.0)
            results |= _ceiling(
                judged[0].subject, material, lambda share: bar.update(line, completed=share)
            )
    if pictures is not None:
        for file in draw_all(_drawn(judged, chosen), material, pictures):
            click.echo(f"drawn: {file}", err=True)
    for note in (*material.notes, *notes):
        click.echo(f"note: {note}.".replace("..", "."), err=True)
    results[f"{model.name}.excerpts"] = float(len(material.excerpts))
    results[f"{model.name}.delay_frames"] = float(material.delay)
    return results


def subjects_of(
    spaces: dict[str, ControlSpace], material: Material
) -> tuple[list[Subject], list[str]]:
    """The spaces that are judged, then the baselines that can be fitted; what could not, in words.

    Args:
        spaces: By title; one whose ``fields`` hold ``fit_seconds`` among its ``metrics`` says how
            long fitting it took.
        material: What they are judged on.

    Raises:
        CheironError: If a space has none of the knobs.
    """
    names = material.names
    subjects = [
        subject_of(title, space, names, _fit_seconds(space)) for title, space in spaces.items()
    ]
    notes: list[str] = []
    for title, fit in (("regression", regression), (BASELINE, directions)):
        begun = time.perf_counter()
        try:
            space = fit(material)
        except CheironError as error:
            notes.append(f"without the baseline {title}: {error}")
            continue
        subject = subject_of(title, space, names, time.perf_counter() - begun)
        # Directions carry all latents beside their knobs: those are no codes of theirs.
        subjects.append(replace(subject, codes=subject.knobs) if title == BASELINE else subject)
    own = own_axes(material)
    if own is not None:
        subjects.append(subject_of("own axes", own, names))
    if not subjects:
        raise CheironError(
            f"nothing is left to judge of {material.model.name}: {notes[0]} Fit a space first."
        )
    return subjects, notes


def _spaces(model: AudioModel, options: Options) -> dict[str, ControlSpace]:
    if options.spaces:
        return {Path(name).name: control_space(model, name) for name in options.spaces}
    found = {name: control_space(model, name) for name in space_names(model)}
    return {n: s for n, s in found.items() if set(options.axes) <= set(s.control.names)}


def _fit_seconds(space: ControlSpace) -> float:
    fields: Any = getattr(space, "fields", {})
    metrics = fields.get("metrics") if isinstance(fields, Mapping) else None
    found = metrics.get("fit_seconds") if isinstance(metrics, Mapping) else None
    return float(found) if isinstance(found, int | float) else float("nan")


def _drawn(judged: Sequence[Judged], spaces: dict[str, ControlSpace]) -> list[Judged]:
    """What is worth a picture: the spaces, or everything where there are none."""
    return [j for j in judged if j.subject.title in spaces] or list(judged)


def _ceiling(
    subject: Subject, material: Material, progress: Callable[[float], None]
) -> dict[str, float]:
    """Print and return what the best latents achieve, beside a subject on the same tasks."""
    short = shortened(material, _CEILING_SECONDS)
    before = {i: aligned(e.curves, short) for i, e in enumerate(short.excerpts)}
    distances = {i: unchanged(short, e) for i, e in enumerate(short.excerpts)}
    curves = [e.curves for e in short.excerpts]
    counts = range(1, min(4, len(material.names)) + 1)
    results: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    for count in counts:
        asks = draw_asks(0, count, curves, short.rate, _CEILING_TASKS)
        at = (count - 1) / len(counts)
        best = ceiling(
            short, asks, _CEILING_STEPS, lambda share, at=at: progress(at + share / len(counts))
        )
        for title, heard in (("ceiling", best), (subject.title, play(subject, short, asks))):
            scores: Scores = scores_of(heard, before, distances, short.rate)
            figures = scores.results(material.names)
            key = f"{material.model.name}.ceiling.{title}.changed{count}"
            results |= {f"{key}.{name}": value for name, value in figures.items()}
            rows.append((f"{count} changed: {title}", *(number(figures[m]) for m in _CEILED)))
    print_table(f"\n{material.model.name}: the best latents, same tasks", ("", *_CEILED), rows)
    return results
