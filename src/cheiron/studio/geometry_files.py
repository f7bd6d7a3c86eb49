"""Where the geometry of a model lies, and what the instrument asks of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from cheiron.control.geometry import KIND, NAME, Geometry
from cheiron.core.artifact import Artifact
from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel, ControlSpace
from cheiron.models.fingerprint import fingerprint
from cheiron.models.landmarks import Landmarks
from cheiron.studio.session.home import data_folder

Feel = Callable[[NDArray[np.floating]], NDArray[np.float64] | None]
"""Control points to metric tensors, see :attr:`cheiron.mapping.live.Setting.feel`."""

_STEP = 1e-3  # of a knob's range, for differences

_read: WeakKeyDictionary[Any, tuple[object, Geometry | None]] = WeakKeyDictionary()


def made_geometry(model: str) -> Path:
    """Where the geometry lies that people fitted for a model of this name.

    >>> made_geometry("sax").parts[-3:]
    ('spaces', 'sax', 'geometry')
    """
    return data_folder() / "spaces" / model / NAME


def geometry_of(model: AudioModel) -> Geometry | None:
    """The geometry of a model: the one that people fitted for it, else its own; None without any.

    It is read once; again when it has been made again.

    Raises:
        CheironError: If it is damaged or of another model.
    """
    made = made_geometry(model.name) / "manifest.json"
    stamp = made.stat().st_mtime_ns if made.is_file() else 0
    known = _read.get(model)
    if known is None or known[0] != stamp:
        known = _read[model] = stamp, _load(model, made.parent if stamp else None)
    return known[1]


def require_geometry(model: AudioModel) -> Geometry:
    """The geometry of a model.

    Raises:
        CheironError: If it has none, or as :func:`geometry_of`.
    """
    geometry = geometry_of(model)
    if geometry is None:
        raise CheironError(
            f"{model.name} has no geometry yet; fit one with: cheiron space geometry {model.name} "
            "--corpus FOLDER."
        )
    return geometry


def placed(model: AudioModel, landmarks: Landmarks) -> Landmarks:
    """The landmarks of a model, on the map of its geometry if that was fitted with them.

    A geometry that is damaged counts as none: whoever plays goes on playing.
    """
    try:
        geometry = geometry_of(model)
    except CheironError:
        return landmarks
    places = None if geometry is None else geometry.places(landmarks.z)
    return landmarks if places is None else replace(landmarks, position=places)


def feel_of(model: AudioModel, space: ControlSpace) -> Feel:
    """The metric of a model in the knobs of a control space; it says None without a geometry.

    Nothing is read before it is asked. A geometry that is damaged counts as none: whoever plays
    goes on playing.

    Args:
        model: With or without a geometry.
        space: A control space of it.
    """

    def feel(rows: NDArray[np.floating]) -> NDArray[np.float64] | None:
        try:
            geometry = geometry_of(model)
        except CheironError:
            return None
        return None if geometry is None else control_metric(geometry, space, rows)

    return feel


def control_metric(
    geometry: Geometry, space: ControlSpace, rows: NDArray[np.floating]
) -> NDArray[np.float64]:
    """What is heard of steps in control coordinates: ``(dz/dc)^T (J^T W J) (dz/dc)``.

    Args:
        geometry: Of the space's model.
        space: A control space.
        rows: Control points, shape ``(count, knobs)``; NaN counts as the knob's rest. Knobs that
            are not given, at the end, are at rest too.

    Returns:
        Shape ``(count, knobs, knobs)``; zeros for knobs of the kind ``texture``.
    """
    axes = space.control.axes
    count, given = rows.shape
    points = np.repeat(space.control.default[None].astype(np.float64), count, axis=0)
    points[:, :given] = np.where(np.isnan(rows), points[:, :given], rows)
    moved = [i for i in range(given) if axes[i].kind != "texture"]
    steps = [_STEP * (axes[i].high - axes[i].low) for i in moved]
    shifted = np.repeat(points[None], 2 * len(moved), axis=0)
    for place, (i, step) in enumerate(zip(moved, steps, strict=True)):
        shifted[2 * place, :, i] += step
        shifted[2 * place + 1, :, i] -= step
    z = space.to_latent(shifted.reshape(-1, points.shape[1]).astype(np.float32))
    z = z.astype(np.float64).reshape(len(moved), 2, count, -1)
    jacobian = (z[:, 0] - z[:, 1]) / (2 * np.array(steps)[:, None, None])  # (moved, count, D)
    tensor = geometry.heard(space.to_latent(points.astype(np.float32)))
    inner = np.einsum("mcd,cde,nce->cmn", jacobian, tensor, jacobian, optimize=True)
    whole = np.zeros((count, given, given))
    whole[:, np.array(moved)[:, None], moved] = inner
    return whole


def _load(model: AudioModel, made: Path | None) -> Geometry | None:
    artifact: Artifact | None = getattr(model, "artifact", None)
    mark = fingerprint(artifact) if artifact is not None else ""
    if made is not None:
        return Geometry.load(Artifact.open(made, KIND), model.name, model.latent.names, mark)
    if artifact is None or NAME not in artifact.folders:
        return None
    return Geometry.load(artifact.inside(NAME, KIND), model.name, model.latent.names, mark)
