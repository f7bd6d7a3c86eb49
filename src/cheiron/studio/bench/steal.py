"""What the computer under a virtual machine took away while something was measured."""

from pathlib import Path

_STAT = Path("/proc/stat")
_STEAL = 7  # column of the line "cpu", after its name


class Steal:
    """Counts from when it is made; on a computer of its own it stays 0.

    A real-time program cannot be on time while its processors are taken away, so figures of delay
    mean little beside a share of more than a few percent.

    >>> 0.0 <= Steal().percent <= 100.0
    True
    """

    def __init__(self) -> None:
        self._start = _ticks()

    @property
    def percent(self) -> float:
        """Share of the time in which a thread wanted to run and the hypervisor did not let it."""
        now = _ticks()
        wanted = now[0] - self._start[0]
        return 100.0 * (now[1] - self._start[1]) / wanted if wanted else 0.0


def _ticks() -> tuple[int, int]:
    """Ticks in which something ran or would have, and those of them that were stolen."""
    try:
        line = _STAT.read_text(encoding="ascii").partition("\n")[0]
        columns = [int(word) for word in line.split()[1:]]
        user, nice, system, _, _, irq, softirq, steal = columns[: _STEAL + 1]
    except (OSError, ValueError):  # not Linux
        return 0, 0
    return user + nice + system + irq + softirq + steal, steal
