"""From a pointer event on the page to changed sound in the page's own audio thread."""

import random
from typing import Any

import numpy as np

from cheiron.core.errors import CheironError
from cheiron.studio.bench.browser import open_page
from cheiron.studio.bench.onsets import AUDIBLE, quantiles
from cheiron.studio.bench.stage import conducted, staged
from cheiron.studio.bench.steal import Steal
from cheiron.studio.live.running import Live
from cheiron.studio.session.state import OutputChoice, SessionState, SourceChoice

_WITHIN = 250.0  # ms in which a press must be heard
_PRESS, _REST = 120, 280  # ms; the sound has to die away before the next press
_WARM = 3000  # ms

# Notes when the pointer goes down (the event's own time) and when sound begins after 20 ms of
# silence (the time at which the sample leaves the audio thread's output, on the same clock).
_LISTEN = """
([audible, rate]) => {
  const bench = { presses: [], onsets: [], quiet: 0, heard: 0 };
  window.bench = bench;
  window.addEventListener("pointerdown", (e) => bench.presses.push(e.timeStamp), { capture: true });
  window.cheiron.tapSound((samples, at) => {
    bench.heard += samples.length;
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]) > audible) {
        if (bench.quiet > 0.02 * rate) bench.onsets.push(at + (1000 * i) / rate);
        bench.quiet = 0;
      } else bench.quiet++;
    }
  });
}
"""


def measure_page(model: str, minutes: float) -> dict[str, float]:
    """Press on the map again and again while the page plays the sound itself.

    Args:
        model: What sounds.
        minutes: How long.

    Returns:
        Figures by name; times in ms.

    Raises:
        CheironError: If there is no headless browser, or nothing was heard.
    """
    state = SessionState(
        model=model,
        sources=(SourceChoice("pointer"), SourceChoice("keys")),
        output=OutputChoice("page"),
    )
    with staged(state) as live:
        return conducted(live, lambda: _press(live, minutes))


def _press(live: Live, minutes: float) -> dict[str, float]:
    chance = random.Random(0)
    with open_page(live.address) as page:
        page.wait_for_selector("canvas")
        page.wait_for_timeout(_WARM)
        page.evaluate(_LISTEN, [AUDIBLE, live.instrument.runner.sample_rate])
        before, steal = _sound(page), Steal()
        box = page.locator("canvas").first.bounding_box()
        for _ in range(max(1, int(minutes * 60_000 / (_PRESS + _REST)))):
            x, y = (0.15 + 0.7 * chance.random() for _ in range(2))
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            page.mouse.down()
            page.wait_for_timeout(_PRESS)
            page.mouse.up()
            page.wait_for_timeout(_REST - 20 + 40 * chance.random())
        after, noted = _sound(page), page.evaluate("window.bench")
        figures = live.instrument.runner.figures()
    delays = delays_of(noted["presses"], noted["onsets"])
    heard = delays[np.isfinite(delays)]
    if not len(heard):
        raise CheironError("nothing was heard on the page; look at it with `cheiron play`.")
    p50, p95, p99 = quantiles(delays, (0.5, 0.95, 0.99))
    return {
        "presses": float(len(delays)),
        "heard": len(heard) / len(delays),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "gaps": float(after["gaps"] - before["gaps"]),
        "underruns": float(figures.underruns),
        "buffer_ms": float(after["buffer"]),
        "minutes": float(minutes),
        "stolen_percent": steal.percent,
    }


def delays_of(presses: list[float], onsets: list[float]) -> Any:
    """Milliseconds from each press to the first onset after it; NaN if none comes in time.

    >>> delays_of([0.0, 500.0], [30.0]).tolist()
    [30.0, nan]
    """
    found = np.full(len(presses), np.nan)
    times = np.array(sorted(onsets))
    for index, press in enumerate(presses):
        after = times[np.searchsorted(times, press) :]
        if len(after) and after[0] - press < _WITHIN:
            found[index] = after[0] - press
    return found


def _sound(page: Any) -> dict[str, float]:
    return page.evaluate("window.cheiron.pageSound() ?? { gaps: 0, buffer: 0 }")
