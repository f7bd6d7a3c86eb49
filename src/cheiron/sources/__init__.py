"""Where gestures come from. Adding a source is one file, one line here and its test."""

SOURCES: dict[str, str] = {
    "replay": "cheiron.sources.replay:ReplaySource",
}
"""Name -> "module:Class"."""
