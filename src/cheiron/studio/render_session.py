"""``cheiron render`` of a session: what would be played live, from a recorded gesture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cheiron.control.scenes import SCENE
from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.engine import offline
from cheiron.engine.patch import Patch
from cheiron.mapping import TAUGHT
from cheiron.mapping.connection import Connection
from cheiron.mapping.scenes import Journey
from cheiron.models import load_model
from cheiron.outputs.file import FileOutput
from cheiron.sources.gesture_csv import Gesture, read_gesture
from cheiron.studio.live import lessons
from cheiron.studio.live.chain import LiveChain, build_chain, live_params
from cheiron.studio.live.ensemble import held_by_hand, turn_params
from cheiron.studio.live.loop_path import control_path
from cheiron.studio.live.player import Player, Wanted, load_player
from cheiron.studio.live.scene_holds import held_by_scenes
from cheiron.studio.session.demonstrations import Kept
from cheiron.studio.session.state import SessionState, in_space
from cheiron.studio.session.store import Session
from cheiron.studio.spaces import Shelf


@dataclass(frozen=True)
class Given:
    """What a rendering begins with.

    Args:
        state: The session's state.
        gesture: What the hand did.
        loop: The loop that is explored, if any; reads it for a player.
        shown: Demonstrations by id, where a taught mapping plays.
    """

    state: SessionState
    gesture: Gesture
    loop: Callable[[Player], Recording | None]
    shown: Mapping[str, Kept] = field(default_factory=dict[str, Kept])


def render_session(
    given: Given,
    output: str | Path,
    *,
    through: tuple[float, float] | None = None,
    seed: int | None = None,
    trust: bool = False,
    progress: Callable[[float], None] | None = None,
) -> tuple[offline.Rendering, tuple[Connection, ...]]:
    """Play a gesture by a session's mapping, knobs, cables and scenes into a sound file.

    Args:
        given: The session and the gesture.
        output: ``.wav`` or ``.flac``; it appears complete or not at all.
        through: From where to where on the time line of scenes to go, over the whole gesture;
            where the session stands when absent.
        seed: Fixes every random draw; the session's own when absent.
        trust: Whether a ``.ts`` file may run.
        progress: Told the share of the sound that is done, in [0, 1].

    Returns:
        What came out, and the cables that played.

    Raises:
        CheironError: If anything given is not as expected or the file cannot be written.
    """
    state = given.state
    model = load_model(state.model, trust=trust)
    shelf = Shelf(model)
    player = load_player(Wanted.of(state, shelf.spaces), shelf)
    motion = offline.on_clock_of(model, given.gesture.recording)
    if through is not None:
        if SCENE not in player.space.control.names:
            raise CheironError("the session has no scenes to go through; leave out --scenes.")
        start = float(motion.times[0]) if len(motion) else 0.0
        player.travel.go(Journey(start, motion.duration, *through))
    else:
        place = state.knobs.get(SCENE)
        player.travel.turn(*(0.0, False) if place is None else (place.value, place.locked))
    draws = state.seed if seed is None else seed
    chain = _chain(given, player, motion, draws)
    patch = Patch(*chain.gesture.stages, chain.latent)
    with FileOutput(output, model.sample_rate) as file:
        done = offline.render(motion, patch, model, file, draws, progress)
    return done, chain.connections


def given_by(
    folder: str | Path, gesture: str, maps: Sequence[Connection] = (), space: str | None = None
) -> Given:
    """A session and a gesture: one of its takes, or a CSV file.

    Args:
        folder: The session's.
        gesture: Name of a take, or a path.
        maps: Cables instead of the session's, if any.
        space: Control space instead of the session's, if any.

    Raises:
        CheironError: If the session cannot be opened or there is no such gesture.
    """
    with Session.open(folder) as session:
        takes = [take.name for take in session.takes.list()]
        if gesture in takes and not Path(gesture).exists():
            read = Gesture(session.takes.gesture(gesture), ())
        else:
            read = read_gesture(gesture)
        state = in_space(session.state, space)
        state = replace(state, connections=tuple(maps) or state.connections)
        explored = state.loop if state.mapping == "explore" else ""
        path = session.loops.load(explored) if explored else None
        taught = state.demonstrations if state.mapping in TAUGHT else ()
        shown = {each.id: session.demonstrations.load(each.id) for each in taught}
    return Given(
        state, read, lambda player: None if path is None else control_path(path, player), shown
    )


def _chain(given: Given, player: Player, motion: Recording, seed: int) -> LiveChain:
    state = given.state
    board = ParamBoard(live_params())
    turn_params(board, state)
    player.hands.load(held_by_hand(state, player))
    lesson = None
    if state.mapping in TAUGHT:
        wanted = lessons.Wanted.of(state, player, motion.space, board)
        lesson = lessons.learn(wanted, given.shown.__getitem__)
    return build_chain(
        motion.space,
        player.model,
        player.space,
        kind=state.mapping,
        connections=state.connections,
        loop=given.loop(player),
        lesson=lesson,
        board=board,
        hands=player.hands,
        places=player.places,
        scenes=player.travel,
        line=player.scenes.line if player.scenes is not None else None,
        held=held_by_scenes(state, player),
        seed=seed,
    )
