"""What playing live needs: a sound device, MIDI ports, the page."""

import importlib.util
from collections.abc import Iterator

from cheiron.core.errors import CheironError
from cheiron.studio.finding import Finding
from cheiron.studio.install import repair_command, restore_command


def examine_live() -> Iterator[Finding]:
    """Look at everything, one finding at a time."""
    yield _sound()
    yield _midi()
    yield _page()


def _sound() -> Finding:
    from cheiron.outputs.device import devices, nothing

    try:
        names = [f"{d.name} ({d.host})" for d in devices()]
    except CheironError as error:
        return Finding("sound devices", "absent", "the page plays the sound", str(error))
    if not names:
        return Finding("sound devices", "absent", f"{nothing()}, or let the page play")
    return Finding("sound devices", "ok", ", ".join(names))


def _midi() -> Finding:
    if importlib.util.find_spec("rtmidi") is None:
        advice = "pip install python-rtmidi"
        return Finding("MIDI", "absent", "no MIDI ports without python-rtmidi", advice)
    from cheiron.sources.midi_ports import SystemPorts

    try:
        ports = SystemPorts()
        names = ports.names()
        ports.close()
    except CheironError as error:
        return Finding("MIDI", "absent", str(error))
    return Finding("MIDI", "ok", ", ".join(names) or "no port is there now")


def _page() -> Finding:
    from cheiron.studio.server.files import built_page

    if (built_page() / "index.html").is_file():
        return Finding("page", "ok", "built")
    advice = repair_command() if importlib.util.find_spec("hatchling") else restore_command()
    return Finding("page", "broken", "not in this copy", advice)
