"""What pages see of the gestures that were taught; the publisher's thread asks."""

from typing import Any

from cheiron.core.errors import CheironError
from cheiron.mapping import TAUGHT
from cheiron.studio.live.instrument import Instrument
from cheiron.studio.live.page_state import finite


def teach_state(live: Instrument) -> dict[str, Any]:
    """``TeachState`` of protocol.ts."""
    chain = live.ensemble.chain
    return {
        "phase": live.teacher.phase,
        "gesture": live.teacher.gesture,
        "gestures": gestures(live),
        "learning": live.lessons.learning,
        "judging": live.judge.judging,
        "heard": list(chain.echo.names) if chain is not None else [],
    }


def teach_moment(live: Instrument) -> dict[str, Any]:
    """What a moment tells of it; nothing while nobody teaches or plays by what was taught."""
    chain = live.ensemble.chain
    if chain is None or not (live.teacher.phase or live.state.mapping in TAUGHT):
        return {}
    likelihoods, progress = chain.echo.heard
    heard = [round(finite(value, 0.0), 3) for value in likelihoods.tolist()]
    told = {"heard": heard, "progress": round(finite(progress, 0.0), 3)}
    return {"taught": told | live.teacher.moment()}


def gestures(live: Instrument) -> list[dict[str, Any]]:
    """The gestures with their takes, in order of teaching."""
    latest, state = live.lessons.latest, live.state
    problems = dict(latest[1].problems) if latest is not None else {}
    scores = {score.name: score for score in live.judge.scores}
    found: dict[str, list[dict[str, Any]]] = {}
    for shown in state.demonstrations:
        try:
            kept = live.session.demonstrations.load(shown.id)
            seconds, of, problem = kept.motion.duration, kept.of, problems.get(shown.id, "")
        except CheironError as error:
            seconds, of, problem = 0.0, "", str(error)
        take = {"id": shown.id, "seconds": round(seconds, 2), "of": of, "problem": problem}
        found.setdefault(shown.name, []).append(take)
    return [
        {
            "name": name,
            "takes": takes,
            "share": scores[name].share if name in scores else None,
            "words": scores[name].words if name in scores else "",
            "after": list(state.grammar.get(name, ())),
        }
        for name, takes in found.items()
    ]
