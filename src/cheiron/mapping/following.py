"""Where in its gesture is the hand? Every take is followed, at several tempos at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TEMPOS = (0.7, 1.0, 1.4)  # of a player, against the takes
_CHANGE = 1.0  # how often in a second the tempo may change, and the take that is most alike
_LOST = 0.025  # how often in a second the player is elsewhere in the gesture
_IDLE = 1.0  # the same, while it is not this gesture that is played
_OVER = 2.0  # the same, at the gesture's end
_POINTS, _FEWEST = 40, 8
_MOST = 12_000  # points times takes times tempos: what one frame may cost
_MASKS = 16  # sets of missing axes that are kept


@dataclass
class Places:
    """Where a stream is in every take; each gesture's takes sum to 1.

    Args:
        alpha: Shape ``(tempos, takes, points)``.
        weight: Its sum over tempos.
    """

    alpha: Array
    weight: Array


class Following:
    """A forward recursion over the takes themselves, driven by time and corrected by movement.

    The places are ``(take, tempo, point)``; a frame moves each on by the tempo's share of its take,
    and what the hand does says, weakly, which places are likely. Weakly, since takes differ in the
    same way for a long time, so that many frames say little more than one: a hidden Markov chain
    that trusts every frame jumps to and fro. Where the gesture is over, is not the one that is
    played, or the player is lost, a place is taken over from such a chain, which needs no past.

    References: Bevilacqua et al.: "Continuous realtime gesture following and recognition", GW 2009;
    Caramiaux, Montecchio, Tanaka, Bevilacqua: "Adaptive gesture recognition with variation
    estimation", ACM TiiS 4, 2014.

    Args:
        takes: Movement and sound of each, scaled, ``(frames, inputs + outputs)``.
        owners: Which gesture each is of, 0 to G - 1.
        inputs: How many axes are movement.
        covariance: Of movement inside a part of a gesture, shape ``(inputs, inputs)``.
        places: Where the chains' states lie in their gestures, shape ``(G, S)``.
        rate: Frames per second, of the takes and of the stream.
        weight: Of one frame's evidence.
    """

    def __init__(
        self,
        takes: Sequence[Array],
        owners: Sequence[int],
        inputs: int,
        covariance: Array,
        places: Array,
        rate: float,
        weight: float,
    ) -> None:
        tempos = np.array(_TEMPOS)
        lengths = np.array([len(take) for take in takes])
        # No place is left out in one frame, even at the fastest tempo.
        finest = int((lengths.min() - 1) / tempos.max()) + 1
        affordable = _MOST // (len(takes) * len(tempos))
        count = min(_POINTS, finest, max(affordable, _FEWEST))
        self._points = np.linspace(0.0, 1.0, count)
        rows = np.stack([_at(take, self._points) for take in takes])
        self._x = rows[:, :, :inputs].reshape(-1, inputs)
        self._sound = rows[:, :, inputs:].reshape(len(takes) * count, -1)
        self._square = self._sound**2
        self._covariance, self._weight = covariance, weight
        self._masks: dict[bytes, tuple[Array, Array, Array]] = {}
        self._everything = self._mask(np.ones(inputs, dtype=bool))
        self._move = (tempos[:, None] * (count - 1) / (lengths - 1))[:, :, None]
        self._owners = np.array(owners)
        self._member = (np.arange(len(places))[:, None] == self._owners).astype(np.float64)
        self._takes = self._member.sum(axis=1)
        nearest = np.abs(self._points[:, None] - places[:, None]).argmin(axis=2)
        self._nearest = nearest + places.shape[1] * np.arange(len(places))[:, None]
        self._change, self._lost, self._idle, self._over = (
            1.0 - math.exp(-often / rate) for often in (_CHANGE, _LOST, _IDLE, _OVER)
        )

    def init(self) -> Places:
        """Every gesture at its beginning."""
        alpha = np.zeros((len(_TEMPOS), len(self._owners), len(self._points)))
        alpha[:, :, 0] = 1.0 / (self._takes[self._owners] * len(_TEMPOS))
        return Places(alpha, alpha.sum(axis=0))

    def step(self, places: Places, x: Array, likelihoods: Array, chains: Array) -> Array:
        """The log evidence of the next frame for each gesture; ``places`` go on.

        Args:
            places: From ``init``.
            x: Movement, NaN where missing, never all of it.
            likelihoods: Of each gesture, in the frame before.
            chains: Where in each gesture the chains believe the hand, shape ``(G, S)``.
        """
        self._go(places, likelihoods, chains)
        alpha = places.alpha
        log = self._evidence(x)
        peak = float(log.max())
        alpha *= np.exp(log - peak).reshape(alpha.shape[1:])
        weight = alpha.sum(axis=0)
        total = self._member @ weight.sum(axis=1) + 1e-300
        scale = (1.0 / total)[self._owners][:, None]
        alpha *= scale
        places.weight = weight * scale
        return np.log(total) + peak

    def sound(self, places: Places, likelihoods: Array) -> tuple[Array, Array, float]:
        """What sounds there: mean, variance, and the progress of the likeliest gesture.

        Args:
            places: After a step.
            likelihoods: Of each gesture, sum 1.
        """
        shares = (likelihoods[self._owners][:, None] * places.weight).ravel()
        mean = shares @ self._sound
        variance = np.maximum(shares @ self._square - mean**2, 1e-9)
        own = self._member[int(likelihoods.argmax())] @ places.weight
        return mean, variance, min(float(own @ self._points), 1.0)

    def _go(self, places: Places, likelihoods: Array, chains: Array) -> None:
        """One frame of time, before anything is known of it."""
        alpha = places.alpha
        moved = alpha[:, :, :-1] * self._move
        alpha[:, :, :-1] -= moved
        alpha[:, :, 1:] += moved
        alpha[:, :, -1] *= 1.0 - self._over
        gone = self._lost + self._idle * (1.0 - likelihoods)
        alpha *= (1.0 - self._change - gone)[self._owners][:, None]
        # What changes take or tempo stays where it is; what is lost goes where the chains are.
        pooled = self._member @ places.weight
        there = chains.ravel()[self._nearest] + 1e-12
        there *= ((gone + self._over * pooled[:, -1]) / there.sum(axis=1))[:, None]
        there += self._change * pooled
        there /= (self._takes * len(_TEMPOS))[:, None]
        alpha += there[self._owners]

    def _evidence(self, x: Array) -> Array:
        there = ~np.isnan(x)
        whiten, points, norms = self._everything if there.all() else self._mask(there)
        now = whiten @ x[there]
        return -0.5 * self._weight * (norms - 2.0 * (points @ now) + now @ now)

    def _mask(self, there: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
        """What makes the axes that are there comparable; the points so; their squared sizes."""
        key = there.tobytes()
        if key not in self._masks:
            if len(self._masks) >= _MASKS:
                self._masks.clear()
            inside = self._covariance[np.ix_(there, there)]
            whiten: Array = np.linalg.inv(np.linalg.cholesky(inside)).astype(np.float64)
            points = self._x[:, there] @ whiten.T
            self._masks[key] = (whiten, points, (points**2).sum(axis=1))
        return self._masks[key]


def _at(rows: Array, points: Array) -> Array:
    """Rows at shares of their length."""
    where = points * (len(rows) - 1)
    before = np.minimum(where.astype(int), len(rows) - 2)
    part = (where - before)[:, None]
    return (1.0 - part) * rows[before] + part * rows[before + 1]
