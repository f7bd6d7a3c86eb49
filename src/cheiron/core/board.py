"""Params that are turned while the stages that read them run."""

import math
from collections.abc import Iterable

from cheiron.core.errors import CheironError
from cheiron.core.param import Param


class ParamBoard:
    """The present value of each of some params.

    Stages read :attr:`values` at every tick, so turning a param needs no new stage. Any thread may
    call :meth:`set`; the control thread reads. Each value is one reference that is swapped whole,
    so no lock is needed. One board outlives the chains that are built around it.

    Args:
        params: Each name once; where a name comes twice the first one counts.

    >>> board = ParamBoard([Param("map.release", "s", 0.01, 5.0, 0.15)])
    >>> board.set("map.release", 9.0), board.values["map.release"]
    (5.0, 5.0)
    """

    def __init__(self, params: Iterable[Param]) -> None:
        self._params: dict[str, Param] = {}
        for param in params:
            self._params.setdefault(param.name, param)
        self.values: dict[str, float] = {p.name: p.default for p in self._params.values()}

    @property
    def params(self) -> tuple[Param, ...]:
        """What can be turned."""
        return tuple(self._params.values())

    def set(self, name: str, value: float) -> float:
        """Turn one; what lies outside its range becomes the nearer end.

        Returns:
            The value that now holds.

        Raises:
            CheironError: If there is no such param or the value is no finite number.
        """
        if name not in self._params:
            raise CheironError(
                f"there is no parameter {name!r}; choose one of {', '.join(self._params)}."
            )
        if not math.isfinite(value):
            raise CheironError(f"the parameter {name!r} was set to {value}; give a finite number.")
        param = self._params[name]
        self.values[name] = min(max(float(value), param.low), param.high)
        return self.values[name]
