"""Named knobs on a frozen model. Adding a control space is one file, one line here and its test."""

CONTROLS: dict[str, str] = {
    "linear": "cheiron.control.linear:LinearSpace",
}
"""Class name in a control-space artifact -> "module:Class"."""
