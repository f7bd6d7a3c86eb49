"""What sounds: the model, its control space and the chain that leads to it."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cheiron.control.hand import HandBoard, Held
from cheiron.control.scenes import SCENE, SCENE_AXIS
from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.engine.chain import Chain, Voice
from cheiron.engine.decoder import Decoder
from cheiron.engine.lead import CAUTION
from cheiron.engine.runner import Runner
from cheiron.mapping import TAUGHT
from cheiron.mapping.connection import Connection
from cheiron.mapping.live_taught import Lesson
from cheiron.models import load_model
from cheiron.studio.live import lessons as taught
from cheiron.studio.live.chain import LiveChain, build_chain, live_params
from cheiron.studio.live.loop_path import control_path
from cheiron.studio.live.player import Player, Wanted, load_player
from cheiron.studio.live.scene_holds import held_by_scenes
from cheiron.studio.session.loops import LoopPath
from cheiron.studio.session.state import Knob, SessionState
from cheiron.studio.spaces import Shelf

LoopOf = Callable[[str], LoopPath | None]
"""The loop of a name, None where there is none."""


@dataclass
class Ensemble:
    """Keeps the runner's voice as the session's state wants it.

    All calls but :meth:`turn` come from the conductor's thread; the boards are read by the
    control thread.

    Args:
        runner: Plays the voice.
        trust: Whether ``.ts`` files, which are programs, may run.
        lessons: What the taught mappings have learned; they stay silent when absent.

    Attributes:
        guide: Control points that are played instead of everything else, once round and again:
            the sound that a gesture is shown to.
    """

    runner: Runner
    trust: bool = False
    lessons: taught.Lessons | None = None
    guide: Recording | None = None
    board: ParamBoard = field(default_factory=lambda: ParamBoard((*live_params(), CAUTION)))
    player: Player | None = None
    chain: LiveChain | None = None
    _made_of: tuple[object, ...] = ()
    _turning: threading.Lock = field(default_factory=threading.Lock)
    _prepared: Player | None = None
    _ahead: Counter[str] = field(default_factory=Counter[str])

    def follow(
        self, state: SessionState, sensors: Space, loop_of: LoopOf, strict: bool = False
    ) -> None:
        """Play what the state says, with these sensor axes.

        Args:
            state: The session's state.
            sensors: The axes of all open sources.
            loop_of: Reads a loop.
            strict: Whether a loop that cannot be played is an error; else it is a note, and
                nothing is explored.

        Raises:
            CheironError: If the model, space or mapping cannot be played; what played goes on.
        """
        player = self._player(state)
        turn_params(self.board, state)
        cables = state.connections
        held = tuple(scene.knobs for scene in state.scenes)
        lesson = self._lesson(state, player, sensors)
        # A guide is in the knobs of what has played till now.
        guide = self.guide if player is self.player else None
        key = (
            player, sensors, state.mapping, cables, state.loop, state.seed, held, lesson, guide
        )  # fmt: skip
        if key != self._made_of:
            loop, notes = _loop_or_note(state, player, loop_of, strict)
            if guide is not None:
                chain = guide_chain(player, guide, state.seed)
            else:
                chain = self._chain(player, sensors, state, cables, loop, lesson)
            notes = (*player.shelf.spaces.notes, *notes)
            chain = replace(chain, notes=(*notes, *chain.notes))
            self._hold(player, state)
            self._play(player, chain, state.seed)
            self.player, self.chain, self.guide, self._made_of = player, chain, guide, key
            self._prepared = None
        else:
            self._hold(player, state)

    def _lesson(self, state: SessionState, player: Player, sensors: Space) -> Lesson | None:
        if self.lessons is None or state.mapping not in TAUGHT:
            return None
        return self.lessons.of(taught.Wanted.of(state, player, sensors, self.board))

    def again(self) -> None:
        """Make the chain again at the next :meth:`follow`, for what it reads has changed."""
        self._made_of = ()

    def turn(self, axis: str, value: float, locked: bool | None) -> None:
        """Move a knob at once, ahead of the state; :meth:`turned` when the state has followed.

        Any thread may call both.

        Raises:
            CheironError: If there is no such knob.
        """
        with self._turning:
            if self.player is not None:
                if axis == SCENE:
                    self.player.travel.turn(value, locked)
                else:
                    self.player.hands.set(axis, value, locked)
            self._ahead[axis] += 1

    def turned(self, axis: str) -> None:
        """The state is about to have what :meth:`turn` did."""
        with self._turning:
            self._ahead[axis] -= 1
            if self._ahead[axis] <= 0:
                del self._ahead[axis]

    def _hold(self, player: Player, state: SessionState) -> None:
        """Knobs as the state has them; those that are being turned on are ahead of it."""
        with self._turning:
            held, now = held_by_hand(state, player), player.hands.held
            player.hands.load(held | {n: now[n] for n in self._ahead if n in now})
            place = state.knobs.get(SCENE, Knob(SCENE_AXIS.default))
            there = player.travel.goal == place.value and player.travel.locked == place.locked
            if SCENE not in self._ahead and not there:
                player.travel.turn(place.value, place.locked)

    def prepare(self, state: SessionState) -> Player:
        """What a state is played by, without playing it yet.

        Raises:
            CheironError: If the model or a space is not there or is damaged.
        """
        player = self._player(state)
        if player is not self.player:
            self._prepared = player
        return player

    def _player(self, state: SessionState) -> Player:
        now = self.player
        if now is None or now.name != state.model:
            now, shelf = None, Shelf(load_model(state.model, trust=self.trust))
        else:
            shelf = now.shelf
        wanted = Wanted.of(state, shelf.spaces)
        for known in (now, self._prepared):
            if known is not None and known.wanted == wanted and known.shelf is shelf:
                return known
        return load_player(wanted, shelf, now)

    def _chain(
        self,
        player: Player,
        sensors: Space,
        state: SessionState,
        cables: tuple[Connection, ...],
        loop: Recording | None,
        lesson: Lesson | None,
    ) -> LiveChain:
        return build_chain(
            sensors,
            player.model,
            player.space,
            kind=state.mapping,
            connections=cables,
            loop=loop,
            lesson=lesson,
            board=self.board,
            hands=player.hands,
            places=player.places,
            scenes=player.travel,
            line=player.scenes.line if player.scenes is not None else None,
            held=held_by_scenes(state, player),
            seed=state.seed,
        )

    def _play(self, player: Player, live: LiveChain, seed: int) -> None:
        chain = Chain(live.gesture, live.latent, live.confidence)
        voice = self.runner.voice
        # A model that broke has given its place back: then it is not its decoder that plays.
        if voice is not None and voice.decoder.model is player.model:
            decoder = voice.decoder
        else:
            decoder = Decoder(player.model, self.runner.sample_rate, seed)
        self.runner.play(Voice(chain, decoder))


def guide_chain(player: Player, guide: Recording, seed: int) -> LiveChain:
    """Control points played as they are, whatever sensors, knobs and params say."""
    return build_chain(
        Space("nothing", ()),
        player.model,
        player.space,
        kind="explore",
        loop=guide,
        board=ParamBoard(live_params()),
        hands=HandBoard(player.space.control),
        places=player.places,
        scenes=player.travel,
        line=player.scenes.line if player.scenes is not None else None,
        seed=seed,
    )


def _loop_or_note(
    state: SessionState, player: Player, loop_of: LoopOf, strict: bool
) -> tuple[Recording | None, tuple[str, ...]]:
    """The loop to explore, or why there is none: a session opens also when a loop has gone."""
    if state.mapping != "explore" and not strict:
        return None, ()
    try:
        return _loop(state, player, loop_of), ()
    except CheironError as error:
        if strict:
            raise
        return None, (str(error),)


def _loop(state: SessionState, player: Player, loop_of: LoopOf) -> Recording | None:
    if not state.loop:
        return None
    path = loop_of(state.loop)
    if path is None:
        raise CheironError(f"there is no loop {state.loop!r}; make one from a take.")
    loop = control_path(path, player)
    if loop is None:
        raise CheironError(
            f"the loop {state.loop!r} was made with another model or space than {player.name}; "
            "choose another loop, or make one with this model."
        )
    return loop


def turn_params(board: ParamBoard, state: SessionState) -> None:
    """Every parameter as the state has it; those it does not name at their defaults."""
    for param in board.params:
        wanted = state.params.get(param.name, param.default)
        if board.values[param.name] != wanted:
            board.set(param.name, wanted)


def held_by_hand(state: SessionState, player: Player) -> dict[str, Held]:
    """Knobs that a hand holds, as the hand's board has them; the place on a time line is none."""
    names = set(player.space.control.names) - {SCENE}
    return {name: Held(k.value, k.locked) for name, k in state.knobs.items() if name in names}
