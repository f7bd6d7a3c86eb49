"""Where sound goes. Adding an output is one file, one line here and its test."""

OUTPUTS: dict[str, str] = {
    "file": "cheiron.outputs.file:FileOutput",
}
"""Name -> "module:Class"."""
