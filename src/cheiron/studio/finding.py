"""One thing that ``cheiron doctor`` looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "info", "absent", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        topic: What was looked at.
        state: ``"ok"``; ``"info"`` neither good nor bad; ``"absent"`` something optional is not
            there; ``"broken"`` performing does not work.
        found: What was found.
        advice: What to do about it: a command or a sentence; empty when there is nothing to do.
    """

    topic: str
    state: State
    found: str
    advice: str = ""
