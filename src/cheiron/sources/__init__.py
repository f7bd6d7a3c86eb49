"""Where gestures come from. Adding a source is one file, one line here and its test."""

SOURCES: dict[str, str] = {
    "pointer": "cheiron.sources.pointer:PointerSource",
    "keys": "cheiron.sources.keys:KeysSource",
    "phone": "cheiron.sources.phone:PhoneSource",
    "hands": "cheiron.sources.hands:HandsSource",
    "comote": "cheiron.sources.comote:ComoteSource",
    "osc": "cheiron.sources.osc:OscSource",
    "midi": "cheiron.sources.midi:MidiSource",
    "audio": "cheiron.sources.live_audio:LiveAudioSource",
    "replay": "cheiron.sources.replay:ReplaySource",
}
"""Name -> "module:Class"."""
