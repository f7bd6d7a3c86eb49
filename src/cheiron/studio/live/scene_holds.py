"""What the scenes of a session hold, as knobs of what is played."""

from cheiron.control.scenes import SCENE
from cheiron.mapping.scenes import Holding
from cheiron.studio.live.player import Player
from cheiron.studio.session.state import SessionState


def held_by_scenes(state: SessionState, player: Player) -> tuple[dict[int, Holding], ...]:
    """For each scene the knobs that it holds, by their position among the control axes.

    Those that its control space does not have are left out.
    """
    space = player.scenes
    if space is None or len(state.scenes) != len(space.spaces):
        return ()
    found: list[dict[int, Holding]] = []
    for number, scene in enumerate(state.scenes):
        there = set(space.spaces[number].control.names) - {SCENE}
        found.append(
            {
                space.control.index(name): Holding(
                    space.value(number, name, knob.value), knob.locked
                )
                for name, knob in scene.knobs.items()
                if name in there
            }
        )
    return tuple(found)
