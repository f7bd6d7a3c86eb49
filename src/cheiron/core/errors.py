"""The one error that a user is meant to read."""


class CheironError(Exception):
    """Something the user can mend: says what was found, what was expected and what to do.

    The command line prints it as one sentence, without a traceback.
    """
