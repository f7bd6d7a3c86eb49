"""How long before it is heard a frame is made."""

from cheiron.core.param import Param

CAUTION = Param(
    "engine.caution", "", 0.0, 1.0, 1.0, "linear",
    "How much delay may be added so that a busy computer causes no drop-outs; 0 is fastest.",
)  # fmt: skip

_QUANTILE, _MARGIN = 0.995, 0.0003
_STEP = 0.00002  # s, of the quantile's search
_WEAR = 15.0  # s, in which what was added after a miss wears off
_NEAR = 0.0015  # s too late: a lead a little longer would have done
_PATIENCE, _MEMORY = 5.0, 20.0  # misses by more than that, within so many s, before they count
_MOST = 0.03  # s above the block
_TICK = 0.0009  # s above the block that are granted without any caution: making a frame


class Lead:
    """How long before its sample is due a frame is made: as short as goes, longer after a miss.

    A call that asks for a block tells how early the last frame it needed was ready: its *slack*.
    What the call would have needed is the lead of that frame less its slack; it hardly depends on
    the lead itself, so the lead is a high quantile of it and a margin. A near miss adds what was
    missing at once, which wears off within a minute. A miss by far means that the machine stood
    still, which a longer lead would not have helped; only several of them within seconds count.
    What misses add is at most two blocks: who needs more safety chooses larger blocks, as with any
    program that plays sound, and who chose small ones wants them to be fast.

    All calls come from the control thread.

    Args:
        block: Seconds of a call of the output: the frame of its last sample must be ready when it
            begins.

    Attributes:
        seconds: The lead now.
        caution: From 0, never longer than a calm machine needs, to 1, as long as it takes.
        stalls: Misses by far.
    """

    def __init__(self, block: float) -> None:
        self._block = block
        self._need = block + 0.0012
        self._extra = 0.0005  # the first seconds are the roughest
        self._recent = 0.0
        self.caution = CAUTION.default
        self.stalls = 0
        self.seconds = 0.0
        self._settle()

    def met(self, slack: float, lead: float, elapsed: float) -> None:
        """A block was asked for and was ready.

        Args:
            slack: Seconds by which the last frame that it needed was early.
            lead: The lead with which that frame was made.
            elapsed: Seconds since the call before.
        """
        above = lead - slack > self._need
        self._need += _STEP * (_QUANTILE if above else _QUANTILE - 1.0)
        self._extra -= self._extra * min(elapsed / _WEAR, 1.0)
        self._recent -= self._recent * min(elapsed / _MEMORY, 1.0)
        self._settle()

    def missed(self, late: float) -> None:
        """A block was asked for and was not ready.

        Args:
            late: Seconds by which it was ready too late.
        """
        if late > _NEAR:
            self.stalls += 1
            self._recent += 1.0
        if late <= _NEAR or self._recent > _PATIENCE:
            self._extra += min(late, _NEAR) + _MARGIN
        self._settle()

    def _settle(self) -> None:
        self._need = min(max(self._need, self._block), self._block + _MOST)
        self._extra = min(self._extra, 2 * self._block, self._block + _MOST - self._need)
        calm = min(self._need, self._block + _TICK)
        self.seconds = calm + _MARGIN + self.caution * (self._need - calm + self._extra)
