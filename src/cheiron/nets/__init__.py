"""Torch modules, pure mathematics: no I/O and no training loop.

Every module that remembers something is a :class:`~cheiron.nets.streaming.Streaming`: its state
is an argument and a result, so a whole sound is simply one long step from a fresh state, and
streaming equals offline by construction.
"""

FAMILIES: dict[str, str] = {
    "rave": "cheiron.nets.rave:Rave",
    "ddsp": "cheiron.nets.ddsp:Ddsp",
}
"""Model families by name, as ``module:Class``."""
