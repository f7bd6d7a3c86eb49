"""How sources are doing, for the page."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SourceFigures:
    """How one source is doing.

    Args:
        name: Its name.
        rate: Frames per second; 0 when nothing comes.
        jitter: Standard deviation of the time between arrivals, in seconds.
        lateness: Mean of arrival minus frame time, in seconds.
        delay: What fusion waits for late frames, in seconds.
        values: The newest value of each axis, NaN where undefined.
        stuck: Whether an axis has stood still for a second though others moved.
        problem: Why it is left out, in a sentence; empty when it is not.
        latency: What the way from the sensor takes, in seconds; NaN where nobody knows.
        lost: Frames that did not come, or were dropped, since it was opened.
        arriving: Every address that arrives, for a source that has addresses.
    """

    name: str
    rate: float = 0.0
    jitter: float = 0.0
    lateness: float = 0.0
    delay: float = 0.0
    values: tuple[float, ...] = ()
    stuck: tuple[bool, ...] = ()
    problem: str = ""
    arriving: tuple[dict[str, Any], ...] | None = None
    latency: float = math.nan
    lost: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the page reads it: milliseconds, null where undefined."""
        said: dict[str, Any] = {
            "name": self.name,
            "rate": round(self.rate, 2),
            "jitter": round(1e3 * self.jitter, 3),
            "values": [float(v) if math.isfinite(v) else None for v in self.values],
            "stuck": list(self.stuck),
            # What it takes to come here, where that is known, and what is waited for stragglers.
            "latency": round(1e3 * (self.delay + (self.latency if self.latency > 0 else 0.0)), 3),
            "lost": self.lost,
        }
        if self.arriving is not None:
            said["arriving"] = list(self.arriving)
        return said
