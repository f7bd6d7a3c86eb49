import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.training.disentanglement import (
    dci,
    mig,
    modularity,
    mutual_information,
    sap,
    scc,
    score,
    spearman,
)

N, K = 4000, 3
NAMED = range(K)


@pytest.fixture
def attributes():
    return np.random.default_rng(1).normal(size=(N, K))


def with_noise(attributes, columns=3):
    """The attributes as codes, and further ones that know nothing."""
    noise = np.random.default_rng(2).normal(size=(len(attributes), columns))
    return np.concatenate([attributes, noise], axis=1)


def test_perfect_codes_score_one_everywhere(attributes):
    found = score(with_noise(attributes), attributes, NAMED)
    assert min(vars(found).values()) > 0.93, found
    assert found.scc == pytest.approx(1.0)
    assert found.modularity > 0.999


def test_monotone_changes_of_scale_change_nothing_that_goes_by_ranks(attributes):
    codes = with_noise(attributes)
    bent = codes.copy()
    bent[:, 0], bent[:, 1] = np.exp(3 * codes[:, 0]), codes[:, 1] ** 3
    a, b = score(codes, attributes, NAMED), score(bent, np.sinh(attributes), NAMED)
    for name in ("scc", "mig", "modularity", "disentanglement", "completeness", "informativeness"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), abs=1e-9), name


def test_rotated_codes_know_as_much_but_are_entangled(attributes):
    turned, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(K, K)))
    found = score(attributes @ turned, attributes, NAMED)
    assert found.informativeness > 0.95
    assert found.mig < 0.3
    assert found.sap < 0.6
    assert found.modularity < 0.9
    assert found.disentanglement < 0.7
    assert found.completeness < 0.7


def test_two_codes_that_carry_the_same_are_modular_but_leave_no_gap(attributes):
    codes = np.repeat(attributes, 2, axis=1)
    assert modularity(mutual_information(codes, attributes)) > 0.999
    assert mig(codes, attributes).max() < 1e-6
    assert sap(codes, attributes).max() < 1e-6


def test_codes_that_know_nothing_score_nothing(attributes):
    noise = np.random.default_rng(4).normal(size=(N, 4))
    assert mutual_information(noise, attributes).max() < 0.02
    assert np.abs(scc(noise, attributes, NAMED)).max() < 0.06
    assert mig(noise, attributes).max() < 0.01
    assert np.isnan(modularity(np.zeros((4, K))))
    assert dci(noise, attributes).informativeness < 0.01


def test_a_knob_the_wrong_way_round_counts_as_wrong(attributes):
    assert scc(-attributes, attributes, NAMED).tolist() == pytest.approx([-1.0] * K)
    assert scc(attributes, attributes, (1, 0, 2))[2] == pytest.approx(1.0)
    assert abs(scc(attributes, attributes, (1, 0, 2))[0]) < 0.06


def test_modularity_is_that_of_the_formula():
    assert modularity(np.array([[1.0, 0.5, 0.0]])) == pytest.approx(1 - 0.25 / 2)
    assert modularity(np.array([[1.0, 1.0], [0.0, 0.8]])) == pytest.approx(0.5)


def test_a_constant_code_knows_nothing_and_a_constant_attribute_has_no_score(attributes):
    codes, fixed = with_noise(attributes), attributes.copy()
    codes[:, 4] = 7.0
    fixed[:, 1] = 0.1
    found = score(codes, fixed, NAMED)
    assert all(np.isfinite(list(vars(found).values()))), found
    assert mutual_information(codes, attributes)[4].max() == 0.0
    for values in (scc(codes, fixed, NAMED), mig(codes, fixed), sap(codes, fixed)):
        assert np.isfinite(values).tolist() == [True, False, True]
    everything = score(codes, np.ones((N, K)), NAMED)
    assert np.isnan(list(vars(everything).values())).all()


def test_undefined_frames_count_in_nothing(attributes):
    codes = with_noise(attributes)
    holes = attributes.copy()
    holes[::3, 0] = np.nan
    codes[1::7] = np.nan
    wrong = holes.copy()
    found = score(codes, wrong, NAMED)
    kept = np.isfinite(codes).all(axis=1)
    assert found == score(codes[kept], wrong[kept], NAMED)
    assert found.scc == pytest.approx(1.0)
    holes[:, 2] = np.nan
    assert np.isnan(scc(codes, holes, NAMED)[2])


def test_ties_share_their_rank():
    assert spearman(np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 2, 3])) == pytest.approx(0.8944272)
    assert np.isnan(spearman(np.zeros(5), np.arange(5.0)))


@pytest.mark.parametrize(
    ("codes", "attributes", "says"),
    [
        (np.zeros((50, 2)), np.zeros((40, 1)), "cannot be compared"),
        (np.full((50, 2), np.nan), np.zeros((50, 1)), "only 0 frames"),
    ],
)
def test_tables_that_cannot_be_judged_are_refused(codes, attributes, says):
    with pytest.raises(CheironError, match=says):
        score(codes, attributes, (0,))
