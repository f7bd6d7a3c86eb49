"""The three embodied interactions of Nabi et al. (MOCO 2024) as presets of the instrument.

I1, direct exploration: movement drives the knobs. I2, local exploration: movement plays around a
trajectory. I3, implicit mapping: movement is what was demonstrated, and plays what sounded then.

Reference: Nabi, Esling, Peeters, Bevilacqua: "Embodied exploration of deep latent spaces in
interactive dance-music performance", MOCO 2024.
"""

from collections.abc import Sequence
from dataclasses import replace

from cheiron.core.errors import CheironError
from cheiron.mapping import TAUGHT
from cheiron.studio.session.state import SessionState

INTERACTIONS: dict[str, str] = {
    "I1": "Direct exploration: movement drives the knobs, whatever moves.",
    "I2": "Local exploration: movement plays around a loop, or around live sound.",
    "I3": "Implicit mapping: show a gesture to a sound, and the gesture plays it.",
}
"""Name -> what it is."""


def interaction(
    state: SessionState, name: str, loops: Sequence[str] = ()
) -> tuple[SessionState, tuple[str, ...]]:
    """A state that plays by one of the interactions, with its sources, model and space as they are.

    Args:
        state: The state before.
        name: A key of ``INTERACTIONS``, in large or small letters.
        loops: Names of the loops that there are.

    Returns:
        The state, and what the player should do now, in sentences.

    Raises:
        CheironError: If there is no such interaction.

    >>> interaction(SessionState(), "i2", ["hum"])[0].loop
    'hum'
    """
    wanted = name.upper()
    if wanted not in INTERACTIONS:
        raise CheironError(
            f"there is no interaction {name!r}; choose one of {', '.join(INTERACTIONS)}."
        )
    if wanted == "I1":
        return replace(state, mapping="direct"), ()
    if wanted == "I2":
        loop = state.loop if state.loop in loops else next(iter(loops), "")
        notes = () if loop else ("make a loop from a take or draw one: it is played around.",)
        return replace(state, mapping="explore", loop=loop), notes
    kind = state.mapping if state.mapping in TAUGHT else "hmm"
    notes = () if state.demonstrations else ("show it a gesture: Teach, then record.",)
    return replace(state, mapping=kind), notes
