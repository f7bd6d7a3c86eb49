"""Torch modules, pure mathematics: no I/O and no training loop.

Every module that remembers something is a :class:`~cheiron.nets.streaming.Streaming`: its state
is an argument and a result, so a whole sound is simply one long step from a fresh state, and
streaming equals offline by construction.
"""

FAMILIES: dict[str, str] = {
    "rave": "cheiron.nets.rave:Rave",
    "ddsp": "cheiron.nets.ddsp:Ddsp",
}
"""Model families, each a :class:`cheiron.nets.network.Network`, as ``module:Class``."""

CONFIGS: dict[str, str] = {
    "rave": "cheiron.nets.rave:RaveConfig",
    "ddsp": "cheiron.nets.ddsp:DdspConfig",
}
"""Each family's configuration, as ``module:Class``."""

PRESETS: dict[str, tuple[str, str]] = {
    "ddsp": ("ddsp", "cheiron.nets.ddsp:PRESETS"),
    "tiny": ("rave", "cheiron.nets.rave:PRESETS"),
    "texture": ("rave", "cheiron.nets.rave:PRESETS"),
    "low-latency": ("rave", "cheiron.nets.rave:PRESETS"),
    "rave-v1": ("rave", "cheiron.nets.rave:PRESETS"),
}
"""Named configurations: their family, and the table that holds them as ``module:NAME``."""
