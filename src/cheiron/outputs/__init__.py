"""Where sound goes. Adding an output is one file, one line here and its test."""

OUTPUTS: dict[str, str] = {
    "file": "cheiron.outputs.file:FileOutput",
    "device": "cheiron.outputs.device:DeviceOutput",
    "page": "cheiron.outputs.page:PageOutput",
}
"""Name -> "module:Class"."""

FOLLOWERS: dict[str, str] = {
    "osc": "cheiron.outputs.osc:OscFollow",
    "midi": "cheiron.outputs.midi:MidiFollow",
}
"""Name -> "module:Class" of what sends the control point, not sound, to other programs."""
