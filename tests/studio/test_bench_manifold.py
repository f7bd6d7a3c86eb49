"""``cheiron bench manifold`` on a small globe."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from cheiron.core.errors import CheironError
from cheiron.studio.bench import manifold_judge, manifold_picture
from cheiron.studio.bench.manifold import bench_manifold, read_sets
from cheiron.studio.bench.manifold_judge import UNIFORM, integral, judge
from cheiron.training.manifold_places import read_places


@pytest.fixture
def folder(tmp_path, monkeypatch):
    small = {"width": 16, "depth": 1, "waves": 16, "reach": 4.0}
    monkeypatch.setattr(manifold_judge, "SHAPE", small)
    monkeypatch.setattr(manifold_picture, "_STEP", 10.0)
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{20 + 5 * a:.4f},{30 + 5 * b:.4f}" for a, b in rng.normal(size=(150, 2)))
    (tmp_path / "island.csv").write_text(f"# made up\nlat,long\n{rows}\n")
    return tmp_path


def test_it_prints_every_density_and_writes_figures_and_a_map(folder):
    arguments = ["--data", str(folder), "--seeds", "1", "--minutes", "0.01"]
    more = ["--json", str(folder / "out.json"), "--pictures", str(folder / "maps")]
    result = CliRunner().invoke(bench_manifold, [*arguments, *more], catch_exceptions=False)
    assert result.exit_code == 0
    figures = json.loads((folder / "out.json").read_text())["results"]
    assert figures["manifold.island.uniform.nll"] == pytest.approx(np.log(4 * np.pi))
    assert figures["manifold.island.nll"] < 0.5
    assert (folder / "maps" / "island.png").stat().st_size > 10_000


def test_what_is_judged_is_a_density(folder):
    judged = judge(read_places(folder / "island.csv"), seed=0, minutes=0.01)
    assert integral(judged.density, 3_000) == pytest.approx(1.0, abs=0.1)
    assert judged.integral == pytest.approx(1.0, abs=0.05)
    best = min(judged.validation[name] for name in ("flow", "adaptive", "mixture"))
    assert judged.validation["chosen"] == best
    assert judged.test["uniform"] == pytest.approx(-UNIFORM)


def test_sets_that_are_not_there_are_refused(folder, tmp_path):
    with pytest.raises(CheironError, match=r"no set 'sea'.*island"):
        read_sets(folder, "sea")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheironError, match="no CSV file"):
        read_sets(tmp_path / "empty", None)
