"""Where sound goes. Adding an output is one file, one line here and its test."""

OUTPUTS: dict[str, str] = {
    "file": "cheiron.outputs.file:FileOutput",
    "page": "cheiron.outputs.page:PageOutput",
}
"""Name -> "module:Class"."""
