"""Paths as the real decoder plays them: paced by ear, and judged by ear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geodesic import Path
from cheiron.control.geodesic_spline import refined
from cheiron.control.geometry import Geometry
from cheiron.core.noise import normal_noise
from cheiron.core.protocols import AudioModel, Latents
from cheiron.training.geometry_phi import Listener, Points, Scale

STEPS = 24
"""Steps in which a travel is judged: of a travel of 4 s, each is about as long as the ear's own
window."""

_HEARD = 49  # points of a path that are decoded to pace it


@dataclass(frozen=True, eq=False)
class Ear:
    """A model heard through the scale of its geometry.

    Args:
        model: Decodes.
        geometry: Fitted on it.
        seed: Fixes all noise.
    """

    model: AudioModel
    geometry: Geometry
    seed: int = 0

    def phi(self, x: Points) -> Points:
        """Weighted perceptual features of standardised points, ``(count, D)`` to ``(count, K)``."""
        geometry = self.geometry
        listener = Listener(
            self.model,
            geometry.frame.columns,
            geometry.frame.centre,
            geometry.frame.texture,
            self.seed,
        )
        scale = Scale(geometry.features, *geometry.scale)
        return scale(listener.measure(geometry.frame.held(x))) @ geometry.root.T

    def paced(self, path: Path) -> Path:
        """The same curve at constant speed, as the decoder has it."""
        if np.array_equal(path.points[0], path.points[-1]):
            return path
        even = path.at(np.linspace(0.0, 1.0, _HEARD))
        return Path(even, np.linspace(0.0, 1.0, _HEARD), path.length).paced(self.phi(even))

    def judge(self, path: Path, steps: int = STEPS) -> "Travel":
        """How a path sounds in equal steps of its travel."""
        curve = path.at(np.linspace(0.0, 1.0, steps + 1))
        speed = steps * np.linalg.norm(np.diff(self.phi(curve), axis=0), axis=1)
        density = self.geometry.atlas.metric.density
        return Travel(speed, self.geometry.judge.log_prob(curve), density.log_prob(curve))


@dataclass(frozen=True, eq=False)
class Travel:
    """What was heard along a path.

    Args:
        speed: Perceptual speed in each step, in features per travel, shape ``(steps,)``.
        log_prob: Log density at each point by clips that the path was not made with, shape
            ``(steps + 1,)``.
        own_log_prob: The same by the density that it was made with.
    """

    speed: NDArray[np.float64]
    log_prob: NDArray[np.float64]
    own_log_prob: NDArray[np.float64]

    @property
    def variation(self) -> float:
        """Coefficient of variation of the speed; 0 for steady travel and for none."""
        mean = float(self.speed.mean())
        return float(self.speed.std()) / mean if mean > 0 else 0.0

    @property
    def energy(self) -> float:
        """Curve energy, without density."""
        return float((self.speed**2).mean())

    @property
    def length(self) -> float:
        """Perceptual length."""
        return float(self.speed.mean())

    @property
    def least(self) -> float:
        """The lowest log density between the ends, which all paths share."""
        return float(self.log_prob[1:-1].min())

    @property
    def own_least(self) -> float:
        """The same by the density that the path was made with."""
        return float(self.own_log_prob[1:-1].min())


def travel_path(ear: Ear, a: NDArray[np.floating], b: NDArray[np.floating]) -> Path:
    """The refined geodesic between two latents, at constant speed as the decoder has it.

    Args:
        ear: Model and geometry.
        a: Shape ``(D,)``.
        b: Shape ``(D,)``.

    Raises:
        CheironError: As :meth:`cheiron.control.geometry.Geometry.path`.
    """
    geometry = ear.geometry
    return ear.paced(refined(geometry.atlas, geometry.end(a), geometry.end(b)))


def latents_along(
    geometry: Geometry, path: Path, travel: NDArray[np.floating], seed: int = 0
) -> Latents:
    """Latent frames of a travel; texture moves as when nobody drives it.

    Args:
        geometry: Says what is texture.
        path: In standardised coordinates.
        travel: Where the travel is in each frame, 0 to 1.
        seed: Fixes the texture.

    Returns:
        Shape ``(frames, D)``.
    """
    z = geometry.frame.latent(path.at(travel))
    noise = normal_noise(seed, 0, z.size).reshape(z.shape)
    return (z + noise * geometry.frame.texture).astype(np.float32)
