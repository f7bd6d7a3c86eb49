"""From movement to knobs. Adding a mapping is one file, one line here and its test."""

MAPPINGS: dict[str, str] = {
    "direct": "cheiron.mapping.direct:DirectMapping",
}
"""Name -> "module:Class"."""
