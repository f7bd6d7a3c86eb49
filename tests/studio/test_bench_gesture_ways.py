import numpy as np

from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.mapping.recogniser import Vote
from cheiron.studio.bench.gesture_ways import MOVING, distances, see, vote_of

SPACE = Space.of("watch", [f"{s}_{a}" for s in ("accelerometer", "gyroscope") for a in "xyz"])
GESTURES = 4
TAKES = 10


def exercise(gesture, random, wrist=1.0):
    """Five seconds of a swing about one of two axes, from one of two postures, cut anywhere."""
    times = np.arange(250) / 50.0
    pace = random.uniform(0.7, 1.1) * 2 * np.pi
    phase = pace * (times + random.uniform(0.0, 2.0))
    size = random.uniform(0.4, 0.9)
    angle = size * (np.sin(phase) + 0.3 * np.sin(2 * phase + random.uniform(0.0, 6.0)))
    turning = np.zeros((250, 3))
    turning[:, gesture % 2] = np.gradient(angle, times)
    turning[:, 2] = 0.5 * np.sin(0.5 * phase)
    down = 1 + gesture // 2  # which axis points to the floor
    held = np.zeros((250, 3))
    held[:, down] = np.cos(angle)
    held[:, 0] = np.sin(angle) * (0.5 + 0.5 * (gesture % 2))
    values = np.concatenate([9.81 * held, turning], axis=1)
    values *= np.array([1.0, wrist, 1.0, 1.0, wrist, 1.0])
    values += random.standard_normal(values.shape) * np.repeat([0.8, 0.15], 3)
    return Recording(SPACE, times, values.astype(np.float32))


def test_repeated_movements_cut_anywhere_are_told_apart_on_either_wrist():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(GESTURES), TAKES)
    seen = [
        see(exercise(int(g), random, 1.0 if take % 2 else -1.0)) for take, g in enumerate(labels)
    ]
    pairs = distances(seen, seen)
    again = np.array([s.movement.again for s in seen])
    drawings, whole = [], []
    for shots in (1, 3):
        known = np.flatnonzero(np.arange(len(labels)) % TAKES < shots)
        tests = np.setdiff1d(np.arange(len(labels)), known)
        here, there = pairs[:, known[:, None], known], pairs[:, tests[:, None], known]
        vote = vote_of(here, labels[known], again[known])
        whole.append((vote.classify(there) == labels[tests]).mean())
        alone = Vote(here[:-MOVING], labels[known].tolist())
        drawings.append((alone.classify(there[:-MOVING]) == labels[tests]).mean())
    assert min(whole) >= 0.9
    assert max(drawings) < 0.8  # what drawings alone would say


def test_recordings_with_and_without_an_accelerometer_can_be_compared():
    random = np.random.default_rng(1)
    whole = [exercise(g, random) for g in range(2)]
    turning = Space.of("watch", SPACE.names[3:])
    bare = [Recording(turning, r.times, r.values[:, 3:]) for r in whole]
    seen = [see(r) for r in (*whole, *bare)]
    assert np.isfinite(distances(seen, seen)).all()
