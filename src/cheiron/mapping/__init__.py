"""From movement to knobs. Adding a mapping is one file, one line here and its test."""

MAPPINGS: dict[str, str] = {
    "map": "cheiron.mapping.map:MapMapping",
    "explore": "cheiron.mapping.explore:LocalExploration",
    "direct": "cheiron.mapping.direct:DirectMapping",
}
"""Name -> "module:Class"."""
