from dataclasses import replace

import numpy as np
import pytest

from cheiron.control.geodesic import Atlas, straight
from cheiron.control.geodesic_graph import Graph, neighbours
from cheiron.control.geodesic_spline import energy, refined
from cheiron.control.geometry import Frame, Geometry
from cheiron.control.geometry_density import Kernels, Mixture
from cheiron.control.geometry_metric import Forbidden, Metric, Penalty, root_of
from cheiron.control.geometry_surrogate import Surrogate
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError

D, K = 2, 3
NAMES = ("a", "t", "b")


def surrogate(seed=0, width=12):
    rng = np.random.default_rng(seed)
    sizes = ((width, D), (K, width))
    return Surrogate(
        tuple(
            (rng.normal(size=s).astype(np.float32) / 2, np.zeros(s[0], np.float32)) for s in sizes
        )
    )


def ring(count=240):
    """Corpus on a circle: the straight line between two sides crosses what is never heard."""
    rng = np.random.default_rng(0)
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return 2 * np.stack([np.cos(turn), np.sin(turn)], 1) + 0.1 * rng.normal(size=(count, 2))


def density():
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    means = 2 * np.stack([np.cos(turn), np.sin(turn)], 1)
    return Mixture(np.full(16, 1 / 16), means, np.repeat(np.eye(2)[None] / 0.3, 16, axis=0))


def atlas(beta=1.0, forbidden=()):
    line = Surrogate(((np.eye(3, 2, dtype=np.float32), np.zeros(3, np.float32)),))
    metric = Metric(line, density(), Penalty(1.0, -2.0, 2.0, beta), forbidden)
    nodes = ring()
    return Atlas.of(nodes, neighbours(nodes, 6), metric)


@pytest.fixture(scope="module")
def geometry():
    frame = Frame(NAMES, (0, 2), np.array([1.0, 0.0, -1.0]), np.array([2.0, 1.0, 0.5]))
    found = atlas()
    nodes = found.nodes.astype(np.float32).astype(float)
    found = Atlas.of(nodes, found.graph.pairs, found.metric)
    phi = found.metric.surrogate(nodes)
    return Geometry(
        "toy", "abc", frame, found, ("x", "y", "z"), phi, np.stack([np.zeros(3), np.ones(3)]),
        density(), nodes[:40], found.metric.surrogate, np.zeros((0, 2), np.float32),
        np.zeros((0, 2)), {"nodes": 240},
    )  # fmt: skip


LEFT, RIGHT = np.array([-2.0, 0.1]), np.array([2.0, 0.1])


def test_the_jacobian_of_the_surrogate_is_its_derivative():
    phi, x = surrogate(), np.array([[0.3, -0.4]])
    step = 1e-3
    wanted = [
        (phi(x + step * np.eye(D)[i]) - phi(x - step * np.eye(D)[i]))[0] / (2 * step)
        for i in range(D)
    ]
    assert np.allclose(phi.jacobian(x)[0].T, wanted, atol=1e-3)
    v = np.array([[1.0, -2.0, 0.5]])
    assert phi.pulled(x, v)[0] == pytest.approx(np.array(wanted) @ v[0], abs=1e-3)


def test_gradients_of_density_and_energy_are_their_derivatives():
    forbidden = (Forbidden(np.array([1.5, 0.5]), 0.8),)
    metric = Metric(surrogate(), density(), Penalty(0.3, -2.0, 2.0), forbidden)
    curve = straight(LEFT, RIGHT, 7).points + 0.1 * np.random.default_rng(0).normal(size=(7, 2))
    _, gradient = energy(metric, curve)
    step = 1e-3
    for place in ((2, 0), (3, 1), (5, 0)):
        up, down = curve.copy(), curve.copy()
        up[place] += step
        down[place] -= step
        slope = (energy(metric, up)[0] - energy(metric, down)[0]) / (2 * step)
        assert gradient[place] == pytest.approx(slope, rel=0.02, abs=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_the_search_finds_ways_as_short_as_a_full_search_does(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(150, 3))
    pairs = neighbours(x, 5)
    graph = Graph.of(pairs, rng.random(len(pairs)), 150)
    starts, ends = {3: 0.1, 9: 0.0}, {70: 0.2, 99: 0.9, 120: 0.0}
    best = min(
        cost + graph.distances(a)[b] + more
        for a, cost in starts.items()
        for b, more in ends.items()
    )
    found = graph.shortest(starts, ends)
    assert found is not None
    assert found[1] == pytest.approx(best)
    assert graph.shortest(starts, ends, best - 1e-9) is None
    assert graph.shortest(starts, ends, best + 1e-3)[1] == pytest.approx(best)


def test_a_graph_of_far_pieces_hangs_together():
    x = np.concatenate([np.zeros((5, 2)) + np.arange(5)[:, None], 100 + np.eye(4, 2)])
    graph = Graph.of(neighbours(x, 2), np.ones(len(neighbours(x, 2))), 9)
    assert np.isfinite(graph.distances(0)).all()


@pytest.mark.parametrize("find", [Atlas.path, refined])
def test_paths_go_round_what_is_never_heard(find):
    path = find(atlas(), LEFT, RIGHT)
    assert path.points[0] == pytest.approx(LEFT)
    assert path.points[-1] == pytest.approx(RIGHT)
    line = straight(LEFT, RIGHT)
    moments = np.linspace(0, 1, 50)
    least = [density().log_prob(p.at(moments)).min() for p in (path, line)]
    assert least[0] > least[1] + 5


def test_without_a_penalty_the_refined_path_of_a_flat_metric_is_straight():
    path = refined(atlas(beta=0.0), LEFT, RIGHT)
    assert np.abs(path.points[:, 1] - 0.1).max() < 0.1


def test_travel_is_as_steady_as_the_features_say():
    curve = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]])
    path = straight(curve[0], curve[-1], 3)
    path = replace(path, points=curve).paced(curve**2)
    assert path.travel == pytest.approx([0, 1 / 16, 1], abs=1e-4)
    assert path.at(np.array([0.0, 1.0])) == pytest.approx(curve[[0, -1]])


def test_paths_keep_out_of_forbidden_regions():
    region = Forbidden(np.array([0.0, 2.0]), 0.7)
    free, kept = atlas(), atlas(forbidden=(region,))
    over = refined(free, np.array([-1.5, 1.3]), np.array([1.5, 1.3]))
    assert np.linalg.norm(over.points - region.centre, axis=1).min() < 0.7
    for find in (Atlas.path, refined):
        round_it = find(kept, np.array([-1.5, 1.3]), np.array([1.5, 1.3]))
        assert np.linalg.norm(round_it.points - region.centre, axis=1).min() >= 0.7 - 1e-6


def test_a_forbidden_region_that_covers_an_end_is_refused():
    region = Forbidden(RIGHT, 0.5)
    with pytest.raises(CheironError, match="ends inside forbidden region 1"):
        atlas(forbidden=(region,)).path(LEFT, RIGHT)


def test_a_wall_of_forbidden_regions_leaves_no_way():
    wall = tuple(Forbidden(np.array([0.0, y]), 0.6) for y in np.linspace(-3, 3, 13))
    with pytest.raises(CheironError, match="no way between"):
        atlas(forbidden=wall).path(LEFT, RIGHT)


def test_a_path_to_where_one_is_stays_there():
    path = atlas().path(LEFT, LEFT)
    assert path.at(np.linspace(0, 1, 4)) == pytest.approx(np.repeat(LEFT[None], 4, axis=0))


def test_steps_of_the_metric_are_equal_to_the_ear():
    metric = Metric(surrogate(3), density(), Penalty(1e-6, -2.0, 2.0, 0.0))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 2))
    turns = rng.normal(size=(60, 2))
    turns /= np.linalg.norm(turns, axis=1)[:, None]
    values, vectors = np.linalg.eigh(metric.tensor(x)[0])
    equal = turns @ (vectors / np.sqrt(values)) @ vectors.T
    heard = [
        np.linalg.norm(metric.surrogate(x + 0.01 * s) - metric.surrogate(x), axis=1)
        for s in (equal, turns)
    ]
    assert heard[0].max() / heard[0].min() < 1.2
    assert heard[1].max() / heard[1].min() > 2.0


@pytest.mark.parametrize(
    ("weights", "wrong"),
    [([1.0, 2.0], "2,"), ([1.0, -1.0, 0.0], "negative"), (-np.eye(3), "negative")],
)
def test_weights_that_are_none_are_refused(weights, wrong):
    with pytest.raises(CheironError, match="perceptual weights"):
        root_of(weights, 3)


def test_weights_change_which_way_is_short(geometry):
    deaf = geometry.weighted([0.0, 1.0, 1.0])
    assert deaf.root @ deaf.root.T == pytest.approx(np.diag([0.0, 1.0, 1.0]))
    whole = root_of(np.array([[2.0, 1, 0], [1, 2, 0], [0, 0, 1]]), 3)
    assert whole.T @ whole == pytest.approx(np.array([[2.0, 1, 0], [1, 2, 0], [0, 0, 1]]))
    moved = geometry.frame.latent(np.array([[0.0, 0.0]]))
    tensors = [g.tensor(moved)[0] for g in (geometry, deaf)]
    assert tensors[0][0, 0] > tensors[1][0, 0] + 0.2  # a step along a is less heard
    assert tensors[0][1].tolist() == [0, 0, 0]  # texture is nobody's


def test_a_geometry_that_is_read_back_finds_the_same_paths(geometry, tmp_path):
    geometry.save(tmp_path / "geometry")
    artifact = Artifact.open(tmp_path / "geometry")
    back = Geometry.load(artifact, "toy", NAMES, "abc")
    a, b = geometry.frame.latent(np.stack([LEFT, RIGHT]))
    assert back.path(a, b).points == pytest.approx(geometry.path(a, b).points, abs=1e-4)
    assert back.log_prob(a[None]) == pytest.approx(geometry.log_prob(a[None]), abs=1e-3)
    avoiding = back.avoiding([(geometry.frame.latent(np.zeros((1, 2)))[0], 1.0)])
    assert len(avoiding.atlas.metric.forbidden) == 1


@pytest.mark.parametrize(
    ("model", "names", "mark"),
    [("other", NAMES, "abc"), ("toy", NAMES[:2], "abc"), ("toy", NAMES, "xyz")],
)
def test_a_geometry_of_another_model_is_refused(geometry, tmp_path, model, names, mark):
    geometry.save(tmp_path / "geometry")
    with pytest.raises(CheironError, match=r"fitted on another|expected a geometry"):
        Geometry.load(Artifact.open(tmp_path / "geometry"), model, names, mark)


@pytest.mark.parametrize("end", [np.zeros(2), np.array([0.0, np.nan, 0.0])])
def test_an_end_that_is_no_latent_is_refused(geometry, end):
    with pytest.raises(CheironError, match="finite numbers"):
        geometry.path(end, np.zeros(3))


def test_kernels_tell_near_from_far():
    found = Kernels(ring(), 0.3).log_prob(np.array([[2.0, 0.0], [0.0, 0.0]]))
    assert found[0] > found[1] + 5
