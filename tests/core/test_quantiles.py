import json

import numpy as np
import pytest

from cheiron.core.errors import CheironError
from cheiron.core.quantiles import Quantiles, normal_of_share, share_of_normal

RNG = np.random.default_rng(0)
SKEWED = np.exp(RNG.standard_normal(5000)) * 100


@pytest.fixture(scope="module")
def quantiles():
    return Quantiles.fit(SKEWED)


def test_the_corpus_becomes_uniform_and_normal(quantiles):
    unit = quantiles.to_unit(SKEWED)
    shares = [np.mean(unit < u) for u in (0.1, 0.5, 0.9)]
    np.testing.assert_allclose(shares, [0.104, 0.5, 0.896], atol=0.005)
    normal = quantiles.to_normal(SKEWED)
    assert abs(normal.mean()) < 0.02
    assert normal.std() == pytest.approx(1.0, abs=0.02)


def test_every_form_goes_there_and_back_far_beyond_the_ends(quantiles):
    values = np.concatenate([np.linspace(-500, 5000, 1001), SKEWED])
    np.testing.assert_allclose(quantiles.from_unit(quantiles.to_unit(values)), values, atol=1e-6)
    np.testing.assert_allclose(
        quantiles.from_normal(quantiles.to_normal(values)), values, atol=1e-6
    )
    assert (np.diff(quantiles.to_unit(np.sort(values[:1001]))) > 0).all()


def test_a_knob_ends_at_the_outermost_knots(quantiles):
    np.testing.assert_allclose(quantiles.to_unit(quantiles.knots[[0, -1]]), [0, 1], atol=1e-12)
    marks = quantiles.marks()
    assert len(marks) == 21
    np.testing.assert_allclose(marks[0], np.quantile(SKEWED, 0.005))
    assert (np.diff(marks) > 0).all()


def test_nan_stays_nan_and_shapes_stay(quantiles):
    table = np.array([[np.nan, 100.0], [200.0, np.nan]])
    for form in (quantiles.to_unit, quantiles.to_normal, quantiles.from_unit):
        np.testing.assert_array_equal(np.isnan(form(table)), np.isnan(table))
    assert np.isfinite(Quantiles.fit(table).knots).all()
    assert quantiles.to_unit(100.0).shape == ()


def test_a_plateau_becomes_one_knot():
    q = Quantiles.fit(np.concatenate([np.zeros(700), np.linspace(0, 1, 300)]))
    assert q.probabilities[0] == pytest.approx(0.35, abs=0.01)
    assert q.to_unit(0.0) == 0
    assert q.from_unit(q.to_unit(0.5)) == pytest.approx(0.5)


@pytest.mark.parametrize("values", [np.full(99, 3.0), [7.0]])
def test_what_does_not_vary_is_refused_by_name(values):
    with pytest.raises(CheironError, match=r"loudness is [37] nearly everywhere"):
        Quantiles.fit(values, name="loudness")


@pytest.mark.parametrize("values", [[], [np.nan, np.inf]])
def test_what_is_undefined_is_refused_by_name(values):
    with pytest.raises(CheironError, match="f0 is undefined in every frame"):
        Quantiles.fit(values, name="f0")


def test_quantiles_come_back_from_a_manifest(quantiles):
    again = Quantiles.from_json(json.loads(json.dumps(quantiles.to_json())))
    np.testing.assert_array_equal(again.to_unit(SKEWED), quantiles.to_unit(SKEWED))


@pytest.mark.parametrize(
    "data",
    [{}, {"knots": [1, 2], "probabilities": [0.1]}, {"knots": [2, 1], "probabilities": [0.1, 0.9]},
     {"knots": [1, float("nan")], "probabilities": [0.1, 0.9]}, {"knots": 5, "probabilities": 5},
     {"knots": [1, 2], "probabilities": [0.0, 0.9]}, {"knots": ["a", 2], "probabilities": [0, 1]}],
)  # fmt: skip
def test_a_damaged_manifest_is_refused(data):
    with pytest.raises(CheironError, match="make the space again"):
        Quantiles.from_json(data)


def test_phi_and_its_inverse():
    np.testing.assert_allclose(share_of_normal([-1.96, 0, 1.96]), [0.025, 0.5, 0.975], atol=1e-4)
    g = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(normal_of_share(share_of_normal(g)), g, atol=1e-6)
