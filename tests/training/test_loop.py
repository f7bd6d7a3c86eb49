import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import cheiron.training.loop as module
from cheiron.core.errors import CheironError
from cheiron.training.checkpoint import Checkpoint
from cheiron.training.loop import TrainConfig, Trainer
from cheiron.training.task import Outcome


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Every step takes a second, so that a minute is sixty steps on any machine."""
    now = iter(range(10**9))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(next(now))))


@pytest.fixture
def place(tmp_path):
    return Checkpoint(tmp_path / "checkpoint.pt")


def steps(count, **options):
    return TrainConfig(minutes=count / 60, batch=2, seconds=0.2, **options)


def trainer(task, checkpoint, config, report=lambda _: None, every=1):
    made = Trainer(task, config, task.model.config.sample_rate, checkpoint, report)
    made.report_steps = every
    return made


def same(a, b):
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


def interrupt_at(step):
    def report(now):
        if now.step == step:
            raise KeyboardInterrupt

    return report


def test_it_stops_when_its_time_is_up(tiny_task, place):
    seen = []
    made = trainer(tiny_task("rave"), place, steps(6), seen.append, every=2)
    network = made.run()
    assert made.step == 6
    assert [r.step for r in seen] == [2, 4, 6]
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert all(np.isfinite((r.distance, r.kl, r.speed)).all() for r in seen)


@pytest.mark.parametrize(("family", "stopped"), [("rave", 2), ("texture", 5), ("ddsp", 5)])
def test_stopped_in_either_stage_it_goes_on_as_if_nothing_had_happened(
    tiny_task, place, tmp_path, family, stopped
):
    config = steps(6, adversarial=0.5)
    straight = trainer(tiny_task(family), Checkpoint(tmp_path / "straight.pt"), config).run()
    with pytest.raises(KeyboardInterrupt):
        trainer(tiny_task(family), place, config, interrupt_at(stopped)).run()
    resumed = trainer(tiny_task(family), place, config)
    assert (resumed.step, resumed.stage) == (stopped, 1 if stopped == 2 else 2)
    assert resumed.elapsed >= stopped - 1
    resumed.elapsed = float(stopped)  # the interrupted step was not counted
    assert same(resumed.run(), straight)


def test_the_second_stage_leaves_the_encoder_alone(tiny_task, place):
    task = tiny_task("rave")
    kept = []
    made = trainer(task, place, steps(6, adversarial=0.5))
    begin = made._start_adversarial

    def start():
        kept.append({k: v.clone() for k, v in task.model.encoder.state_dict().items()})
        begin()

    made._start_adversarial = start
    made.run()
    assert made.stage == 2
    for name, value in task.model.encoder.state_dict().items():
        assert torch.equal(value, kept[0][name]), name


def test_a_finished_run_is_not_trained_again_but_may_be_prolonged(tiny_task, place):
    first = trainer(tiny_task("rave"), place, steps(3)).run()
    again = trainer(tiny_task("rave"), place, steps(3))
    assert same(again.run(), first)
    assert again.step == 3
    longer = trainer(tiny_task("rave"), place, steps(5))
    assert longer.share == pytest.approx(0.6)
    longer.run()
    assert longer.step == 5


def test_killed_in_the_middle_it_leaves_a_checkpoint_to_go_on_from(tiny_task, place):
    code = (
        "import sys, cheiron.training.loop as loop\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import conftest\n"
        "corpus = conftest.sounds.__wrapped__()\n"
        "task = conftest.tiny_task.__wrapped__(corpus)('rave')\n"
        "from cheiron.training.checkpoint import Checkpoint\n"
        "from pathlib import Path\n"
        "config = loop.TrainConfig(minutes=60, batch=2, seconds=0.2, checkpoint_seconds=0)\n"
        "made = loop.Trainer(task, config, 16000, Checkpoint(Path(sys.argv[2])),\n"
        "                    lambda now: print(now.step, flush=True))\n"
        "made.report_steps = 1\n"
        "made.run()\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(place.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.stdout.readline() != "5\n":
            assert process.poll() is None
        process.kill()
    resumed = trainer(tiny_task("rave"), place, steps(1000))
    assert resumed.step >= 4
    resumed._one_step()
    assert resumed.bad == 0


def test_on_a_full_disk_the_older_checkpoint_stays(tiny_task, place):
    task = tiny_task("rave")
    trainer(task, place, steps(2)).run()
    before = place.path.read_bytes()
    partial = place.path.with_name(place.path.name + ".partial")
    partial.symlink_to("/dev/full")
    with pytest.raises(
        CheironError, match=r"could not be written.*the one before is kept"
    ) as caught:
        trainer(task, place, steps(4)).run()
    assert "\n" not in str(caught.value)
    assert "No space left" in str(caught.value)
    assert place.path.read_bytes() == before
    assert not partial.is_symlink()
    assert trainer(task, place, steps(4)).step == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"no checkpoint at all",
        lambda data: b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
        lambda data: data[:2000] + bytes(2000) + data[4000:],
    ],
    ids=["cut", "empty", "foreign", "a program", "zeros"],
)
def test_a_damaged_checkpoint_is_refused_in_a_sentence(tiny_task, place, damage):
    task = tiny_task("rave")
    trainer(task, place, steps(1)).run()
    place.path.write_bytes(damage(place.path.read_bytes()))
    with pytest.raises(CheironError, match="delete it to train from the start"):
        trainer(task, place, steps(1))


def test_a_checkpoint_of_another_model_is_refused_in_a_sentence(tiny_task, place):
    trainer(tiny_task("rave"), place, steps(1)).run()
    with pytest.raises(CheironError, match="belongs to another model"):
        trainer(tiny_task("texture"), place, steps(2))
    place.save({"step": 3})
    with pytest.raises(CheironError, match="belongs to another model"):
        trainer(tiny_task("rave"), place, steps(2))
    torch.save([1, 2], place.path)
    with pytest.raises(CheironError, match="belongs to another model"):
        trainer(tiny_task("rave"), place, steps(2))


class Poisoned:
    """A task some of whose batches have no finite loss or no finite gradient."""

    def __init__(self, task, bad, kind):
        self.task, self.bad, self.kind, self.count = task, bad, kind, 0

    def __getattr__(self, name):
        return getattr(self.task, name)

    def run(self, rng):
        outcome = self.task.run(rng)
        self.count += 1
        if not self.bad(self.count):
            return outcome
        if self.kind == "loss":
            return Outcome(outcome.target, outcome.output * float("nan"), outcome.kl, outcome.extra)
        root = (0 * outcome.output.sum()).square().sqrt()  # 0, with the gradient 0 / 0
        return Outcome(outcome.target, outcome.output, outcome.kl, outcome.extra + root)


@pytest.mark.parametrize("kind", ["loss", "gradient"])
def test_an_undefined_batch_is_skipped(tiny_task, place, kind):
    task = Poisoned(tiny_task("rave"), lambda n: n in (2, 3), kind)
    made = trainer(task, place, steps(6))
    network = made.run()
    assert (made.step, made.bad) == (4, 0)
    for model in (network, task.model):
        assert all(p.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("kind", ["loss", "gradient"])
def test_twenty_undefined_batches_end_it_in_a_sentence(tiny_task, place, kind):
    task = Poisoned(tiny_task("rave"), lambda n: n > 1, kind)
    made = trainer(task, place, steps(60))
    with pytest.raises(CheironError, match=r"for 20 steps; .* --learning-rate than 0\.001"):
        made.run()
    assert made.step == 1
    assert all(torch.isfinite(v).all() for v in place.load()["model"].values())


@pytest.mark.parametrize(("family", "share"), [("ddsp", 0.95), ("rave", 0.95), ("texture", 0.7)])
def test_training_brings_a_model_closer_to_its_corpus(tiny_task, place, family, share):
    seen = []
    config = steps(30, adversarial=0.2, learning_rate=1e-2)
    task = tiny_task(family)
    task.colour = task.breath = 0.0  # the corpus as it is: 30 steps are too few for more
    trainer(task, place, config, seen.append, every=6).run()
    assert [r.stage for r in seen] == [1, 1, 1, 1, 2]
    # The best of them: a report whose batches had a silent crop says little.
    assert min(r.distance for r in seen[1:4]) < share * seen[0].distance
    assert seen[4].distance < seen[0].distance
