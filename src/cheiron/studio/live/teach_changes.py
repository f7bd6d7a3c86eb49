"""What commands change of the gestures that were taught: old state and message give the new one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cheiron.core.errors import CheironError
from cheiron.studio.session.names import check_name
from cheiron.studio.session.state import SessionState, Shown

Message = Mapping[str, Any]


def rename_gesture(state: SessionState, message: Message) -> tuple[SessionState, str]:
    """Give all takes of a gesture another name; that of another gesture joins the two.

    Raises:
        CheironError: If there is no such gesture, or it cannot be a name.
    """
    old, new = message["gesture"], check_name(message["name"])
    _known(state, old)
    shown = tuple(replace(s, name=new) if s.name == old else s for s in state.demonstrations)
    grammar = {
        new if name == old else name: tuple(new if n == old else n for n in after)
        for name, after in state.grammar.items()
    }
    return replace(state, demonstrations=shown, grammar=grammar), f"rename {old}"


def delete_gesture(state: SessionState, message: Message) -> tuple[SessionState, str]:
    """Forget a gesture, all its takes.

    Raises:
        CheironError: If there is none.
    """
    name = message["gesture"]
    _known(state, name)
    return _without(state, tuple(s for s in state.demonstrations if s.name != name)), (
        f"delete {name}"
    )


def delete_shown(state: SessionState, message: Message) -> tuple[SessionState, str]:
    """Forget one take of a gesture.

    Raises:
        CheironError: If there is none.
    """
    gone = [s for s in state.demonstrations if s.id == message["shown"]]
    if not gone:
        raise CheironError(
            f"there is no demonstration {message['shown']!r}; look at the list of gestures again."
        )
    left = tuple(s for s in state.demonstrations if s.id != message["shown"])
    return _without(state, left), f"delete a take of {gone[0].name}"


def set_grammar(state: SessionState, message: Message) -> tuple[SessionState, str]:
    """Say which gestures may follow one; none means any.

    Raises:
        CheironError: If one of them was never shown.
    """
    name, after = message["gesture"], tuple(dict.fromkeys(message["after"]))
    for each in (name, *after):
        _known(state, each)
    grammar = {n: a for n, a in state.grammar.items() if n != name}
    if after:
        grammar[name] = after
    return replace(state, grammar=grammar), f"what follows {name}"


def _known(state: SessionState, name: str) -> None:
    names = tuple(dict.fromkeys(s.name for s in state.demonstrations))
    if name not in names:
        raise CheironError(f"there is no gesture {name!r}; there is {', '.join(names) or 'none'}.")


def _without(state: SessionState, left: tuple[Shown, ...]) -> SessionState:
    """A state with fewer demonstrations, its grammar without gestures that are gone."""
    names = {s.name for s in left}
    grammar = {
        name: kept
        for name, after in state.grammar.items()
        if name in names and (kept := tuple(n for n in after if n in names))
    }
    return replace(state, demonstrations=left, grammar=grammar)
