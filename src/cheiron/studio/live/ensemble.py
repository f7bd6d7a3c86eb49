"""What sounds: the model, its control space and the chain that leads to it."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cheiron.control.hand import HandBoard, Held
from cheiron.control.linear import LinearSpace
from cheiron.core.artifact import Artifact
from cheiron.core.board import ParamBoard
from cheiron.core.errors import CheironError
from cheiron.core.protocols import AudioModel
from cheiron.core.recording import Recording
from cheiron.core.space import Space
from cheiron.engine.chain import Chain, Voice
from cheiron.engine.decoder import Decoder
from cheiron.engine.lead import CAUTION
from cheiron.engine.runner import Runner
from cheiron.mapping.connection import Connection
from cheiron.mapping.landmark_map import LandmarkMap
from cheiron.models import find_model, load_model
from cheiron.models.landmarks import Landmarks, read_landmarks
from cheiron.studio.chain import control_space, space_names
from cheiron.studio.live.chain import LiveChain, build_chain, landmark_map, live_params
from cheiron.studio.session.state import SessionState

LoopOf = Callable[[str], Recording | None]
"""The loop of a name, None where there is none."""


@dataclass(frozen=True, eq=False)
class Player:
    """A loaded model with the control space it is played by.

    Args:
        name: What it was asked for by.
        model: The model.
        space: Its control space.
        space_name: Which one; empty when the latents themselves are the knobs.
        spaces: Which there are.
        landmarks: Moments that it knows; None where it has none.
        places: The map.
        hands: Knobs that are held by hand.
    """

    name: str
    model: AudioModel
    space: LinearSpace
    space_name: str
    spaces: tuple[str, ...]
    landmarks: Landmarks | None
    places: LandmarkMap
    hands: HandBoard

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


@dataclass
class Ensemble:
    """Keeps the runner's voice as the session's state wants it.

    All calls but :meth:`turn` come from the conductor's thread; the boards are read by the
    control thread.

    Args:
        runner: Plays the voice.
        trust: Whether ``.ts`` files, which are programs, may run.
    """

    runner: Runner
    trust: bool = False
    board: ParamBoard = field(default_factory=lambda: ParamBoard((*live_params(), CAUTION)))
    player: Player | None = None
    chain: LiveChain | None = None
    _made_of: tuple[object, ...] = ()
    _turning: threading.Lock = field(default_factory=threading.Lock)
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
        _turn(self.board, state)
        cables = state.connections
        key = (player, sensors, state.mapping, cables, state.loop, state.seed)
        if key != self._made_of:
            loop, notes = _loop_or_note(state, player, loop_of, strict)
            chain = self._chain(player, sensors, state, cables, loop)
            chain = replace(chain, notes=(*notes, *chain.notes))
            self._hold(player, state)
            self._play(player, chain, state.seed)
            self.player, self.chain, self._made_of = player, chain, key
        else:
            self._hold(player, state)

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
            held, now = _held(state, player), player.hands.held
            player.hands.load(held | {n: now[n] for n in self._ahead if n in now})

    def _player(self, state: SessionState) -> Player:
        now = self.player
        if now is None or now.name != state.model:
            model = load_model(state.model, trust=self.trust)
        elif now.space_name != (state.space or first_space(now.spaces)):
            model = now.model
        else:
            return now
        return load_player(state.model, model, state.space)

    def _chain(
        self,
        player: Player,
        sensors: Space,
        state: SessionState,
        cables: tuple[Connection, ...],
        loop: Recording | None,
    ) -> LiveChain:
        return build_chain(
            sensors,
            player.model,
            player.space,
            kind=state.mapping,
            connections=cables,
            loop=loop,
            board=self.board,
            hands=player.hands,
            places=player.places,
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


def load_player(name: str, model: AudioModel, space_name: str = "") -> Player:
    """Everything that a loaded model needs to be played.

    Args:
        name: What it was asked for by.
        model: Loaded.
        space_name: Which control space; the model's first choice when empty.

    Raises:
        CheironError: If the space is not there or something of the artifact is damaged.
    """
    spaces = space_names(model)
    space = control_space(model, space_name or None)
    chosen = space_name or first_space(spaces)
    artifact: Artifact | None = getattr(model, "artifact", None)
    landmarks = read_landmarks(artifact, model.latent.size) if artifact is not None else None
    places = landmark_map(model, space)
    hands = HandBoard(space.control)
    return Player(name, model, space, chosen, spaces, landmarks, places, hands)


def first_space(spaces: tuple[str, ...]) -> str:
    """The control space of a model where nobody chose; empty where it has none."""
    return "pca" if "pca" in spaces else next(iter(spaces), "")


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
    loop = loop_of(state.loop)
    if loop is None:
        raise CheironError(f"there is no loop {state.loop!r}; make one from a take.")
    if loop.space.names != player.space.control.names:
        raise CheironError(
            f"the loop {state.loop!r} was made with another model or space than {player.name}; "
            "choose another loop, or make one with this model."
        )
    return loop


def _turn(board: ParamBoard, state: SessionState) -> None:
    """Every parameter as the state has it; those it does not name at their defaults."""
    for param in board.params:
        wanted = state.params.get(param.name, param.default)
        if board.values[param.name] != wanted:
            board.set(param.name, wanted)


def _held(state: SessionState, player: Player) -> dict[str, Held]:
    names = player.space.control.names
    return {name: Held(k.value, k.locked) for name, k in state.knobs.items() if name in names}
