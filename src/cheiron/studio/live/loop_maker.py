"""Loops from sound: the learner process listens to it while the instrument plays on."""

from pathlib import Path

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.core.recording import Recording
from cheiron.learning.jobs import Outcome
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.learner import Learner
from cheiron.studio.session.names import check_file_name


class LoopMaker:
    """Turns takes and sound files into loops; all calls come from the conductor's thread.

    Args:
        instrument: Whose model listens, and whose session keeps the loops.
        learner: Does the work.
    """

    def __init__(self, instrument: Instrument, learner: Learner) -> None:
        self._instrument, self._learner = instrument, learner

    def from_take(self, take: str) -> None:
        """Start making a loop of a take's sound; a note says when it is there.

        Raises:
            CheironError: If the take has no sound, or the model cannot listen.
        """
        takes = self._instrument.session.takes
        path = takes.path(take)
        if take not in [listed.name for listed in takes.list()] or not path.is_file():
            raise CheironError(f"the take {take!r} has no sound to make a loop of.")
        self.from_sound(path, take)

    def from_sound(self, path: Path, name: str) -> None:
        """Start making a loop of a sound file; a note says when it is there.

        Raises:
            CheironError: If the model cannot listen, or the name cannot be a loop's.
        """
        name = check_file_name(name)  # before the work, not after it
        live, player = self._instrument, self._instrument.ensemble.player
        if player is None or not player.has_encoder:
            raise CheironError(
                "the model cannot listen to sound (it has no encoder), so it makes no loops; "
                "choose another model."
            )
        latent, model = player.model.latent, player.model.name
        rate = player.model.sample_rate / player.model.hop

        def keep(outcome: Outcome) -> None:
            if not outcome.ok:
                raise CheironError(f"no loop could be made of {name}: {outcome.message}")
            rows = outcome.arrays["z"]
            path = Recording(latent, np.arange(len(rows)) / rate, rows)
            live.session.loops.save(name, path, model, is_latent=True)
            live.tape.forget_loop(name)
            if live.state.loop == name:
                live.refresh()
            live.changed()
            live.note("info", f"the loop {name} is there ({len(rows) / rate:.1f} s).")

        def done(outcome: Outcome) -> None:
            live.conductor.submit(
                lambda: keep(outcome), lambda e: live.note("error", str(e)) if e else None
            )

        live.note("info", f"listening to {name} …")
        self._learner.start("encode", {"audio": str(path), "model": player.path}, done)
