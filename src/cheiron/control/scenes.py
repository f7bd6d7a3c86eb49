"""Scenes on a time line: the meaning of the knobs moves through a piece, without a jump."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cheiron.core.circle import short_way
from cheiron.core.errors import CheironError
from cheiron.core.marks import translated
from cheiron.core.protocols import ControlSpace, Latents
from cheiron.core.space import Axis, Space
from cheiron.core.timeline import TimeLine

SCENE = "scene"
"""Name of the axis that says where on the time line we are; it is the last one."""

SCENE_AXIS = Axis(SCENE, 0.0, 1.0, help="Where on the time line of scenes the sound is.")

_BEYOND = 20.0  # times the range of an axis that a translation reaches
_KNOTS = 64

Rows = NDArray[np.float32]


class SceneSpace:
    """Several control spaces of one model behind one set of knobs, and a knob that moves between.

    The knobs are those of all the spaces; knobs of one name are one, in the unit and range of the
    space that brings it first. The last axis, ``scene``, is the place on the time line.

    At a scene only its own space is asked. Between two scenes of different spaces the point goes
    on a straight line in the knobs of one of them, the one with more descriptors, from where the
    left scene has it to where the right one does: ``f_b(c)``, ``c = (1 - s) f_b^-1(z_a) + s c_b``.
    So what both spaces name keeps its value on the way, and the latents are continuous in every
    knob and in the place. A space that has an axis called ``scene`` itself, such as a flow that is
    conditioned on it, is given the place; on the way from or to such a space the line is one of
    latents.

    Stateless, so the control thread may call it while others do.

    Args:
        places: Where each scene stands, rising in [0, 1].
        spaces: The space of each; the same object where they share it.

    Raises:
        CheironError: If there is none, the places do not rise, or the spaces are of different
            models.

    >>> from cheiron.control.linear import LinearSpace
    >>> latent = Space.of("latent", ["z0"])
    >>> plain = LinearSpace.identity(latent)
    >>> knob = Space.of("control", ["a"])
    >>> turned = LinearSpace(knob, latent, np.zeros(1), -np.eye(1), np.ones(1))
    >>> scenes = SceneSpace([0.0, 1.0], [plain, turned])
    >>> scenes.control.names
    ('z0', 'a', 'scene')
    >>> scenes.to_latent(np.array([[1, 1, 0], [1, 1, 0.5], [1, 1, 1]], np.float32))[:, 0].tolist()
    [1.0, 0.0, -1.0]
    """

    def __init__(self, places: Sequence[float], spaces: Sequence[ControlSpace]) -> None:
        self.line = TimeLine(places)
        self._scenes = tuple(spaces)
        if len(self._scenes) != len(self.line.places):
            raise ValueError(f"{len(self._scenes)} spaces stand at {len(self.line.places)} places")
        first = self._scenes[0]
        for space in self._scenes:
            if space.latent.names != first.latent.names or space.model != first.model:
                raise CheironError(
                    f"a scene is of the model {space.model!r} and another of {first.model!r}; "
                    "choose spaces of one model."
                )
        owners: dict[str, tuple[ControlSpace, int]] = {}
        for space in self._scenes:
            for column, axis in enumerate(space.control.axes):
                if axis.name != SCENE:
                    owners.setdefault(axis.name, (space, column))
        axes = tuple(space.control.axes[column] for space, column in owners.values())
        self._control = Space("control", (*axes, SCENE_AXIS))
        spread = [float(space.std[column]) for space, column in owners.values()]
        self._std: Rows = np.array([*spread, 1.0], np.float32)
        self._owners = tuple(owners.values())
        self._views = {id(space): _View(self._control, space) for space in self._scenes}
        self._at = tuple(self._views[id(space)] for space in self._scenes)

    @property
    def control(self) -> Space:
        """The knobs of all the spaces, and ``scene``."""
        return self._control

    @property
    def latent(self) -> Space:
        """The model's latents."""
        return self._scenes[0].latent

    @property
    def std(self) -> Rows:
        """Spread of each knob, as the space that brings it has it; 1 for ``scene``."""
        return self._std

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._scenes[0].model

    @property
    def spaces(self) -> tuple[ControlSpace, ...]:
        """The space of each scene."""
        return self._scenes

    def to_latent(self, c: Rows) -> Latents:
        """Latents of control points, shapes ``(frames, control.size)`` to ``(frames, D)``."""
        if len(c) == 1:
            left, share = self.line.at(float(c[0, -1]))
            return self._between(left, c, np.full(1, share, np.float32), share == 0.0)
        found = [self.line.at(place) for place in c[:, -1].tolist()]
        lefts = np.array([left for left, _ in found], np.int64)
        shares = np.array([share for _, share in found], np.float32)
        z = np.empty((len(c), self.latent.size), np.float32)
        for left in np.unique(lefts):
            for still in (True, False):
                rows = np.flatnonzero((lefts == left) & ((shares == 0.0) == still))
                if len(rows):
                    z[rows] = self._between(int(left), c[rows], shares[rows], still)
        return z

    def to_control(self, z: Latents) -> Rows:
        """Control points of latents; ``scene`` is at its default, the first of them."""
        c = np.zeros((len(z), self._control.size), np.float32)
        rows = {key: view.space.to_control(z) for key, view in self._views.items()}
        for index, (space, column) in enumerate(self._owners):
            c[:, index] = rows[id(space)][:, column]
        return c

    def seen_from(self, scene: int, z: Latents) -> Rows:
        """Control points of latents as they are at one scene, whose own knobs are exact there."""
        c = self.to_control(z)
        own = self._scenes[scene]
        rows = own.to_control(z)
        for column, axis in enumerate(own.control.axes):
            if axis.name != SCENE:
                index = self._control.index(axis.name)
                c[:, index] = translated(rows[:, column], axis, self._control.axes[index])
        c[:, -1] = self.line.places[scene]
        return c

    def log_prob(self, z: Latents) -> Rows:
        """Log density of latents, the mean of the spaces' densities, shape ``(frames,)``."""
        each = [view.space.log_prob(z).astype(np.float64) for view in self._views.values()]
        return (np.logaddexp.reduce(each, axis=0) - np.log(len(each))).astype(np.float32)

    def value(self, scene: int, axis: str, value: float) -> float:
        """What a knob of one scene's own space is as a knob of this space.

        Raises:
            CheironError: If that scene's space has no such knob.
        """
        own = self._scenes[scene].control
        joint = self._control.axes[self._control.index(axis)]
        return float(translated(value, own.axes[own.index(axis)], joint))

    def _between(self, left: int, c: Rows, share: Rows, still: bool) -> Latents:
        """Latents of rows that lie at a scene (``still``) or after it."""
        a = self._at[left]
        if still or self._at[left + 1] is a:
            return a.to_latent(c)
        return _crossed(a, self._at[left + 1], c, share[:, np.newaxis])


def knobs_of(control: Space) -> Space:
    """The knobs of a control space without the place on the time line, if it has one.

    >>> knobs_of(Space("control", (Axis("pitch"), SCENE_AXIS))).names
    ('pitch',)
    """
    if SCENE not in control.names:
        return control
    return Space(control.name, tuple(axis for axis in control.axes if axis.name != SCENE))


def staged(space: ControlSpace) -> ControlSpace:
    """A space whose place on the time line, if it has one, is its last axis."""
    return SceneSpace([0.0], [space]) if SCENE in space.control.names else space


class _View:
    """One of the spaces as a part of the whole: which knobs are its own, and in what unit."""

    def __init__(self, whole: Space, space: ControlSpace) -> None:
        self.space = space
        self.meant = sum(axis.kind == "descriptor" for axis in space.control.axes)
        self.conditioned = SCENE in space.control.names
        self._columns = np.array([whole.index(axis.name) for axis in space.control.axes])
        self._tables: list[tuple[int, NDArray[np.float64], NDArray[np.float64]]] = []
        for column, axis in enumerate(space.control.axes):
            joint = whole.axes[whole.index(axis.name)]
            if axis.name != SCENE and not _same(joint, axis):
                reach = _BEYOND * (joint.high - joint.low)
                inside = np.linspace(joint.low, joint.high, _KNOTS)
                knots = np.concatenate([[joint.low - reach], inside, [joint.high + reach]])
                self._tables.append((column, knots, translated(knots, joint, axis)))

    def own(self, c: Rows) -> Rows:
        """Rows of the whole as rows of this space."""
        rows = c[:, self._columns]
        for column, given, meant in self._tables:
            rows[:, column] = np.interp(rows[:, column], given, meant)
        return rows

    def to_latent(self, c: Rows) -> Latents:
        """Latents of rows of the whole."""
        return self.space.to_latent(self.own(c))


def _same(one: Axis, other: Axis) -> bool:
    ends = one.low, one.high, one.unit, one.marks, one.period
    return ends == (other.low, other.high, other.unit, other.marks, other.period)


def _crossed(a: _View, b: _View, c: Rows, share: Rows) -> Latents:
    """From what ``a`` says to what ``b`` says, on a line in the knobs of one of them."""
    za, zb = a.to_latent(c), b.to_latent(c)
    straight: Latents = (za + share * (zb - za)).astype(np.float32)
    if a.conditioned or b.conditioned:
        return straight
    if b.meant >= a.meant:
        start, end, space = b.space.to_control(za), b.own(c), b.space
    else:
        start, end, space = a.own(c), a.space.to_control(zb), a.space
    way = share * short_way(end.astype(np.float64) - start, space.control)
    z = space.to_latent((start + way).astype(np.float32))
    # Far outside of what it was fitted on, a space may not be invertible in single precision.
    return z if np.isfinite(np.vdot(z, z)) else straight
