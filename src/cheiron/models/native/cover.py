"""What a plan says when a network is not one of those that it was written for."""


class NotCoveredError(Exception):
    """The kernel cannot decode this; says why in a few words."""


def require(holds: bool, otherwise: str) -> None:
    """Raise :class:`NotCoveredError` with these words unless it holds."""
    if not holds:
        raise NotCoveredError(otherwise)
