"""A loaded model with the control space, or the scenes, that it is played by."""

from dataclasses import dataclass, field

from cheiron.control.hand import HandBoard
from cheiron.control.scenes import SceneSpace, staged
from cheiron.core.artifact import Artifact
from cheiron.core.protocols import AudioModel, ControlSpace
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.mapping.scenes import SceneBoard
from cheiron.models import find_model
from cheiron.models.landmarks import Landmarks
from cheiron.studio.chain import landmarks_of
from cheiron.studio.live.chain import landmark_map
from cheiron.studio.session.scene import Scenes, places_of
from cheiron.studio.session.state import SessionState
from cheiron.studio.spaces import Shelf, Spaces


@dataclass(frozen=True)
class Wanted:
    """Which control spaces a state plays.

    Args:
        model: What the model was asked for by.
        spaces: Names, one for each scene; one where there are no scenes.
        places: Where the scenes stand; empty where there are none.
    """

    model: str
    spaces: tuple[str, ...]
    places: tuple[float, ...] = ()

    @classmethod
    def of(cls, state: SessionState, there: Spaces) -> "Wanted":
        """What a state asks for; where it does not say, what is played when nobody chose."""
        usual = state.space or _unsaid(state, there)
        if not state.scenes:
            return cls(state.model, (usual,))
        names = tuple(scene.space or usual for scene in state.scenes)
        return cls(state.model, names, places_of(state.scenes))


@dataclass(frozen=True, eq=False)
class Player:
    """A loaded model with the control space it is played by.

    Args:
        wanted: What it was made for.
        shelf: The model, and its control spaces.
        space: The control space, of all scenes if there are any.
        landmarks: Moments that the model knows; None where it has none.
        places: The map.
        hands: Knobs that are held by hand.
        scenes: The control space once more, where it is one of scenes.
        travel: Where on the time line of scenes the player wants to be.
    """

    wanted: Wanted
    shelf: Shelf
    space: ControlSpace
    landmarks: Landmarks | None
    places: LandmarkMap
    hands: HandBoard
    scenes: SceneSpace | None = None
    travel: SceneBoard = field(default_factory=SceneBoard)

    @property
    def name(self) -> str:
        """What the model was asked for by."""
        return self.wanted.model

    @property
    def model(self) -> AudioModel:
        """The model."""
        return self.shelf.model

    @property
    def spaces(self) -> tuple[str, ...]:
        """Names of the control spaces that there are."""
        return self.shelf.spaces.names

    @property
    def artifact(self) -> Artifact | None:
        """Where the model comes from; None for a TorchScript file."""
        return getattr(self.model, "artifact", None)

    @property
    def path(self) -> str:
        """Where the model lies, for another process."""
        return str(find_model(self.name).absolute())

    @property
    def has_encoder(self) -> bool:
        """Whether the model can listen."""
        return self.artifact is None or "encoder.onnx" in self.artifact.files

    def space_at(self, scenes: Scenes, place: float) -> str:
        """Name of the control space that is played at a place of the time line.

        Empty when the latents themselves are the knobs.
        """
        if not scenes or self.scenes is None or len(scenes) != len(self.wanted.spaces):
            return self.wanted.spaces[0]
        return self.wanted.spaces[self.scenes.line.nearest(place)]


def load_player(wanted: Wanted, shelf: Shelf, before: Player | None = None) -> Player:
    """Everything that a loaded model needs to be played.

    Args:
        wanted: Which control spaces.
        shelf: Where they come from.
        before: What was played; what it knows of the model is not read again.

    Raises:
        CheironError: If a space is not there or something of the artifact is damaged.
    """
    spaces = [shelf.get(name) for name in wanted.spaces]
    scenes = SceneSpace(wanted.places, spaces) if wanted.places else None
    space = scenes or staged(spaces[0])
    known = before if before is not None and before.shelf is shelf else None
    landmarks = landmarks_of(shelf.model) if known is None else known.landmarks
    places = landmark_map(shelf.model, space)
    hands = HandBoard(space.control)
    player = Player(wanted, shelf, space, landmarks, places, hands, scenes)
    if known is not None:  # a journey goes on while a scene is changed
        player.travel.go(known.travel.journey)
        player.travel.locked = known.travel.locked
    return player


def _unsaid(state: SessionState, there: Spaces) -> str:
    """The control space of a state that does not say which.

    Sessions of before there was a choice mean ``pca``: their knobs and cables are in its units.
    """
    told = state.knobs or any(cable.outputs for cable in state.connections)
    return "pca" if told and "pca" in there.own else there.default
