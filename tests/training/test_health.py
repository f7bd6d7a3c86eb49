import pytest
import torch

from cheiron.training.health import Health
from cheiron.training.task import Outcome


def outcome(target=None, output=None, kl=(1.0, 0.5)):
    """One batch; without arguments, a healthy one."""
    t = torch.arange(8000) / 16000
    tone = torch.sin(2 * torch.pi * 440 * t)[None]
    generator = torch.Generator().manual_seed(0)
    target = tone if target is None else target
    output = (
        0.9 * tone + 0.01 * torch.randn(1, 8000, generator=generator) if output is None else output
    )
    return Outcome(target, output, torch.tensor(kl), torch.zeros(()))


def warnings(batch, stage=1, accuracy=(), **options):
    health = Health(patience=0, **options)
    for _ in range(20):
        health.watch(batch, 1.0)
    for value in accuracy:
        health.watch_judge(value)
    return health.summary(stage)[2]


NOISE = 0.5 * torch.randn(1, 8000, generator=torch.Generator().manual_seed(1))


def test_nothing_is_said_of_a_healthy_training():
    assert warnings(outcome()) == ()
    assert warnings(outcome(), stage=2, accuracy=[0.6, 0.8] * 50) == ()
    assert warnings(outcome(NOISE, 0.8 * NOISE.flip(-1))) == ()


@pytest.mark.parametrize(("kl", "free"), [((0.0, 0.001), 0.0), ((0.05, 0.052), 0.05)])
def test_a_posterior_that_says_nothing_is_told(kl, free):
    (words,) = warnings(outcome(kl=kl), free_nats=free)
    assert words.startswith("posterior collapse")
    assert warnings(outcome(kl=(*kl, 0.3)), free_nats=free) == ()
    assert warnings(outcome(kl=kl), free_nats=free, stage=2) == ()  # the encoder is frozen


def test_a_silent_output_is_told_but_not_of_a_silent_target():
    silence = torch.zeros(1, 8000)
    (words,) = warnings(outcome(output=silence))
    assert "silent" in words
    assert warnings(outcome(target=silence, output=silence)) == ()


def test_an_output_that_is_noise_is_told():
    (words,) = warnings(outcome(output=NOISE))
    assert "turned to noise" in words


def test_a_discriminator_that_wins_is_told_with_its_share():
    (words,) = warnings(outcome(), stage=2, accuracy=[0.99] * 100)
    assert "the discriminator wins (99 % right)" in words
    assert warnings(outcome(), stage=1, accuracy=[0.99] * 100) == ()


def test_a_fresh_network_is_given_time():
    health = Health(patience=3)
    said = []
    for _ in range(5):
        health.watch(outcome(kl=(0.0, 0.0)), 1.0)
        said.append(len(health.summary(1)[2]))
    assert said == [0, 0, 0, 1, 1]


def test_figures_are_means_since_the_last_summary():
    health = Health()
    health.watch(outcome(), 1.0)
    health.watch(outcome(kl=(2.0, 1.5)), 2.0)
    assert health.summary(1)[:2] == (1.5, 2.5)
    health.watch(outcome(), 5.0)
    assert health.summary(1)[:2] == (5.0, 1.5)
    assert health.summary(1) == (0.0, 0.0, ())
