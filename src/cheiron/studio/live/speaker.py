"""Where the sound goes, kept as the session's state wants it."""

from collections.abc import Callable
from dataclasses import dataclass

from cheiron.core.errors import CheironError
from cheiron.core.protocols import LiveOutput
from cheiron.engine.runner import Runner
from cheiron.outputs.device import DeviceOutput, devices
from cheiron.studio.session.state import OutputChoice

BLOCK = 128
"""Samples that a device is asked to ask for at once, where nobody chose."""

Wrap = Callable[[LiveOutput], LiveOutput]


def as_it_is(output: LiveOutput) -> LiveOutput:
    """Nobody listens in."""
    return output


@dataclass
class Speaker:
    """Opens the device or the page; all calls come from the conductor's thread.

    Args:
        runner: What sounds.
        page: Makes the output that the page plays, for a block size.
        wrap: Put around each output, for those who want to listen in.

    Attributes:
        kind: Where the sound goes now: ``"device"``, ``"page"`` or ``"none"``.
        fallback: Why it is not where it should be, in a sentence; empty when it is.
    """

    runner: Runner
    page: Callable[[int], LiveOutput]
    wrap: Wrap = as_it_is
    kind: str = "none"
    fallback: str = ""
    output: LiveOutput | None = None
    _choice: OutputChoice | None = None

    def follow(self, choice: OutputChoice) -> None:
        """Open what is wanted, if it is not open.

        Without a sound device, or if it cannot be opened, the page plays instead.

        Raises:
            CheironError: If a device that was asked for by its name cannot be opened while
                another output plays; that one goes on.
        """
        if choice == self._choice:
            return
        before, kind = self._choice, choice.kind
        self.fallback = ""
        try:
            self._connect(kind, choice)
        except CheironError as error:
            if choice.device and before is not None:
                self._choice = None
                self.follow(before)
                raise
            self.fallback = f"{error} The page plays the sound meanwhile."
            kind = "page"
            self._connect(kind, choice)
        self.kind, self._choice = kind, choice

    @property
    def block(self) -> int:
        """Samples asked for at once; 0 without an output."""
        return self.output.block if self.output is not None else 0

    @property
    def problem(self) -> str:
        """Why nothing, or not the right thing, is heard; empty while all is well."""
        return self.fallback or (self.output.problem if self.output is not None else "")

    def _connect(self, kind: str, choice: OutputChoice) -> None:
        block = choice.block or BLOCK
        made: LiveOutput | None = None
        if kind == "device":
            made = self.wrap(DeviceOutput(choice.device or None, None, block))
        elif kind == "page":
            made = self.wrap(self.page(block))
        self.output = None
        self.runner.connect(made)
        self.output = made


def device_names() -> list[str]:
    """Sound devices that can play, for a menu; none where there is no PortAudio."""
    try:
        return [device.name for device in devices()]
    except CheironError:
        return []
