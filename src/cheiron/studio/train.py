"""``cheiron train``: from a corpus to an artifact that plays."""

import importlib.util
import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cheiron.core.atomic import atomic_path
from cheiron.core.errors import CheironError
from cheiron.nets import PRESETS
from cheiron.studio.install import learn_command

_MAY_CHANGE = ("minutes", "threads", "learning_rate")


@dataclass(frozen=True)
class Job:
    """Everything that ``cheiron train`` was asked for; saved in the run folder.

    Args:
        corpus: Corpus folder.
        preset: A name of :data:`cheiron.nets.PRESETS`.
        name: What the model will be called.
        train: Fields of :class:`cheiron.training.loop.TrainConfig`.
        source: Where the sound is from, for the model card.
        licence: Its licence, for the model card.
    """

    corpus: str
    preset: str
    name: str
    train: dict[str, Any]
    source: str = ""
    licence: str = ""


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Run folder: checkpoint, listening files, the model. [default: runs/NAME]",
)
@click.option(
    "--preset",
    type=click.Choice(sorted(PRESETS)),
    default="tiny",
    show_default=True,
    help="Network: ddsp for one voice with a pitch, tiny for anything, texture for "
    "noise-like sound, low-latency and rave-v1 for long trainings.",
)
@click.option("--name", help="Name of the model. [default: the corpus folder's name]")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Computing time in all, over every resume.",
)
@click.option(
    "--adversarial",
    type=click.FloatRange(0, 0.9),
    default=None,
    help="Share of the time for the adversarial stage. [default: 0.25; ddsp: 0]",
)
@click.option(
    "--batch", type=click.IntRange(min=1), default=4, show_default=True, help="Crops per step."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 10),
    default=0.75,
    show_default=True,
    help="Length of a crop.",
)
@click.option(
    "--learning-rate",
    type=click.FloatRange(min=0, min_open=True),
    default=1e-3,
    show_default=True,
    help="Largest step size.",
)
@click.option(
    "--kl",
    type=click.FloatRange(min=0),
    default=1e-3,
    show_default=True,
    help="Weight of the KL divergence: higher gives fewer, smoother latents.",
)
@click.option(
    "--free-nats",
    type=click.FloatRange(min=0),
    default=0.05,
    show_default=True,
    help="KL of each latent that costs nothing, against posterior collapse.",
)
@click.option(
    "--regularise",
    type=click.Choice(["ar-vae", "fader"]),
    help="Tie latents to descriptors and name them so: ar-vae by their order, fader by telling the "
    "decoder and hiding them from the other latents.",
)
@click.option(
    "--axes",
    help="Descriptors that --regularise ties, with commas between them. "
    "[default: loudness,centroid,bandwidth,sharpness,boominess]",
)
@click.option(
    "--tie",
    type=click.FloatRange(min=0),
    help="Weight of --regularise. [default: 1 for ar-vae, 0.5 for fader]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of every random draw.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="CPU threads."
)
@click.option("--source", default="", help="Where the sound is from, for the model card.")
@click.option("--licence", default="", help="The sound's licence, for the model card.")
def train(corpus: Path, out: Path | None, preset: str, name: str | None, **options: Any) -> None:
    """Train an audio model on CORPUS, made by `cheiron corpus build`.

    May be stopped with Ctrl-C or killed at any moment; the same command goes on from the last
    checkpoint. At the end OUT/model is an artifact: play it with `cheiron render OUT/model …`.
    """
    for package in ("torch", "onnxscript"):
        if importlib.util.find_spec(package) is None:
            raise CheironError(
                f"training needs {package}, which is not installed; "
                f"install the learning parts with: {learn_command()}"
            )
    name = name or corpus.resolve().name
    out = out or Path("runs") / name
    if options["adversarial"] is None:
        options["adversarial"] = 0.0 if preset == "ddsp" else 0.25
    source, licence = options.pop("source"), options.pop("licence")
    job = Job(str(corpus), preset, name, options, source, licence)
    run_job(job, out, Console(highlight=False, soft_wrap=True))


def run_job(job: Job, out: Path, console: Console) -> Path:
    """Train, then make the artifact; goes on where an earlier run of the same job stopped.

    Args:
        job: What to do.
        out: Run folder.
        console: Where to say how it goes.

    Returns:
        The artifact's folder.

    Raises:
        CheironError: If the corpus, the options or the disk do not allow it.
    """
    from cheiron.studio.finish import finish
    from cheiron.training.corpus import Corpus
    from cheiron.training.loop import TrainConfig
    from cheiron.training.tasks import make_task

    corpus = Corpus.open(Path(job.corpus))
    config = TrainConfig(**job.train)
    task = make_task(job.preset, config, corpus.sample_rate)  # refuses what does not go together
    _claim(job, out)
    minutes = corpus.seconds / 60
    console.print(
        f"[bold]{escape(job.name)}[/]: {job.preset}, {minutes:.1f} min of sound in "
        f"{len(corpus.clips)} clips, {len(corpus.held_out)} held out"
    )
    network = _train(task, config, corpus, out, console)
    return finish(job, network, corpus, out, command_of(job, out), console)


def command_of(job: Job, out: Path) -> str:
    """The command that makes a run, for the model card; folders by their own names only.

    >>> command_of(Job("data/birds", "tiny", "birds", {"minutes": 90.0, "seed": 0}), Path("b"))
    'cheiron train birds -o b --minutes 90'
    """
    folder = Path(job.corpus).resolve().name
    said = {"preset": job.preset, "source": job.source, "licence": job.licence, **job.train}
    if job.name != folder:
        said["name"] = job.name
    words = ["cheiron", "train", folder]
    if out != Path("runs") / job.name:
        words += ["-o", out.resolve().name]
    for option in train.params:
        value = said.get(option.name or "", option.default)
        if value != option.default:
            words += [option.opts[0], f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


def _claim(job: Job, out: Path) -> None:
    """Save what the run is, or check that it is the same as before."""
    if out.exists() and not out.is_dir():
        raise CheironError(f"{out} is a file; choose a folder for the run with -o.")
    path = out / "job.json"
    data = asdict(job)
    if path.is_file():
        changed = _changed(_read_job(path), data)
        if changed:
            raise CheironError(
                f"{out} holds a run with another {changed[0]}; repeat its options to go "
                "on, or choose another folder with -o."
            )
    elif out.exists() and any(not p.name.startswith(".") for p in out.iterdir()):
        # What is called listen or model there would be replaced.
        raise CheironError(
            f"{out} holds other files than those of a run; choose a new or empty folder with -o."
        )
    out.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(data, indent=1), "utf-8")


def _read_job(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return {**found, "train": dict(found["train"])}
    except (ValueError, KeyError, TypeError) as error:
        raise CheironError(
            f"{path} is damaged; choose another folder with -o, or delete it if the run in it "
            "was started with the same options."
        ) from error


def _changed(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Options that make it another run; those that only say how to go on may change."""
    changed = [k for k in ("corpus", "preset", "name") if before.get(k) != now[k]]
    old, new = before["train"], now["train"]
    return changed + [k for k in sorted(new) if k not in _MAY_CHANGE and old.get(k) != new[k]]


def _train(task: Any, config: Any, corpus: Any, out: Path, console: Console) -> Any:
    from cheiron.training.checkpoint import Checkpoint
    from cheiron.training.loop import Report, Trainer
    from cheiron.training.validate import spread, validate

    columns = (
        TextColumn("stage {task.fields[stage]}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    said: set[str] = set()
    heard_at = 0.0
    clips = spread(corpus.held_out or corpus.training, 4)
    with Progress(*columns, console=console) as bar, (out / "log.jsonl").open("a") as log:
        line = bar.add_task("train", total=1.0, stage=1, figures="")

        def report(now: Report) -> None:
            nonlocal heard_at
            record = asdict(now)
            figures = f"distance {now.distance:.3f}  KL {now.kl:.1f}  {now.speed:.1f} x real time"
            bar.update(line, completed=now.share, stage=now.stage, figures=figures)
            for warning in set(now.warnings) - said:
                console.print(f"[yellow]warning:[/] {warning}")
                said.add(warning)
            if now.share - heard_at >= 0.1:
                heard_at = now.share
                found = validate(trainer.average, corpus, clips)
                record["held_out"] = sum(h.distance for h in found) / len(found)
                console.print(
                    f"{100 * now.share:3.0f} %: held-out distance {record['held_out']:.3f}"
                )
            log.write(json.dumps(record) + "\n")
            log.flush()

        trainer = Trainer(
            task, config, corpus.sample_rate, Checkpoint(out / "checkpoint.pt"), report
        )
        heard_at = trainer.share
        if heard_at < 1.0:
            bar.update(line, figures="analysing the corpus")
            task.prepare(corpus)
        try:
            network = trainer.run()
        except KeyboardInterrupt:
            share = f"{100 * trainer.share:.0f} %"
            console.print(f"saved at {share}; the same command goes on from there")
            raise
        bar.update(line, completed=1.0)
    return network
