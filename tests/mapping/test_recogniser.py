import numpy as np

from cheiron.mapping.recogniser import Vote, clouds, mirrored, squares, transports, warped


def test_a_warp_in_time_costs_less_than_another_course():
    at = np.linspace(0, 1, 40)
    course = np.sin(2 * np.pi * at)[None, :, None]
    late = np.sin(2 * np.pi * at**1.2)[None, :, None]
    other = np.cos(2 * np.pi * at)[None, :, None]
    assert warped(course, late)[0, 0] < 0.1 * warped(course, other)[0, 0]
    assert warped(course, late)[0, 0] < 0.2 * ((course - late) ** 2).sum()


def test_warping_equals_the_plain_recursion():
    random = np.random.default_rng(0)
    a, b = random.standard_normal((2, 12, 2)), random.standard_normal((3, 12, 2))
    found = warped(a, b)
    for i in range(2):
        for j in range(3):
            cost = np.full((13, 13), np.inf)
            cost[0, 0] = 0
            for s in range(1, 13):
                for t in range(1, 13):
                    if abs(s - t) <= 8:
                        step = ((a[i, s - 1] - b[j, t - 1]) ** 2).sum()
                        before = min(cost[s - 1, t], cost[s, t - 1], cost[s - 1, t - 1])
                        cost[s, t] = step + before
            np.testing.assert_allclose(found[i, j], cost[12, 12], rtol=1e-4)


def test_clouds_have_no_order():
    points = np.random.default_rng(0).standard_normal((1, 20, 2))
    assert clouds(points, points[:, ::-1])[0, 0] < 1e-9


def test_a_vote_finds_the_nearer_class_where_one_way_of_looking_is_noise():
    random = np.random.default_rng(0)
    x = np.concatenate([random.standard_normal((20, 2)), random.standard_normal((20, 2)) + 4])
    labels = np.repeat([3, 7], 20)
    good = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    noise = random.uniform(0, 1, good.shape)
    both = np.stack([good, noise + noise.T])
    known = np.r_[0:3, 20:23]
    tests = np.setdiff1d(np.arange(40), known)
    vote = Vote(both[:, known[:, None], known], labels[known].tolist())
    said = vote.classify(both[:, tests[:, None], known])
    assert (said == labels[tests]).mean() > 0.9


def test_one_example_of_each_is_enough_to_vote():
    apart = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    assert Vote(apart, [5, 9]).classify(apart).tolist() == [5, 9]


def test_a_cloud_that_lacks_a_stroke_costs_more_to_carry_than_one_that_shook():
    at = np.linspace(0, 1, 16)
    bar, beam = np.stack([at, 0 * at], axis=1), np.stack([0 * at, at], axis=1)
    corner, only = np.concatenate([bar, beam])[None], np.concatenate([bar, bar + 1e-3])[None]
    shaken = corner + 0.05 * np.random.default_rng(0).standard_normal(corner.shape)
    apart = transports(corner, np.concatenate([corner, shaken, only]))[0]
    assert apart[0] < 0.01 < apart[2]
    assert apart[1] < 0.2 * apart[2]


def test_mirrored_quantiles_turn_each_axis_round_by_itself():
    quantiles = np.array([[[1.0, -3.0], [2.0, 0.0], [4.0, 1.0]]])
    turned = quantiles.copy()
    turned[:, :, 1] = -turned[:, ::-1, 1]
    assert mirrored(quantiles, turned)[0, 0] == 0.0
    assert mirrored(quantiles, quantiles + 10.0)[0, 0] > 100.0


def two_families(speaking, count=20):
    """Two classes that one family of ways tells apart, drawing (0) or movement (1)."""
    random = np.random.default_rng(1)
    labels = np.repeat([0, 1], count)
    told = labels[:, None] * 4.0 + random.standard_normal((2 * count, 2))
    blind = random.standard_normal((2 * count, 2))
    ways = [squares(x, x) for x in ((told, blind) if speaking == 0 else (blind, told))]
    return np.stack(ways), labels


def test_with_one_example_of_each_what_repeats_is_judged_as_movement():
    ways, labels = two_families(1)
    known, tests = np.array([0, 20]), np.r_[1:20, 21:40]
    pairs = ways[:, known[:, None], known], ways[:, tests[:, None], known]
    once = Vote(pairs[0], [0, 1], 1, [0.1, 0.4])
    often = Vote(pairs[0], [0, 1], 1, [0.9, 0.97])
    assert (once.share, often.share) == (0.1, 0.7)
    right = [(v.classify(pairs[1]) == labels[tests]).mean() for v in (once, often)]
    assert right[1] > 0.9 and right[1] >= right[0]


def test_examples_that_know_each_other_by_movement_outweigh_what_was_expected():
    for speaking, again, expected in ((1, 0.0, 0.1), (0, 1.0, 0.7)):
        ways, labels = two_families(speaking)
        known = np.r_[0:8, 20:28]
        vote = Vote(ways[:, known[:, None], known], labels[known].tolist(), 1, [again] * 16)
        assert vote.share != expected
        assert (vote.share > expected) == (speaking == 1)


def test_without_ways_of_movement_drawings_vote_alone():
    ways, labels = two_families(0)
    assert Vote(ways, labels.tolist()).share == 0.0
