"""Named knobs on a frozen model. Adding a control space is one file, one line here and its test."""

CONTROLS: dict[str, str] = {
    "linear": "cheiron.control.linear:LinearSpace",
    "flow": "cheiron.control.flow:FlowSpace",
    "manifold": "cheiron.control.manifold:ManifoldSpace",
}
"""Family that a control-space artifact names -> "module:Class"."""
