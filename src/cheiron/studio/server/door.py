"""Where the page is found: the loopback address, a port, and the token that opens it."""

import errno
import secrets
import socket
import sys
from dataclasses import dataclass
from typing import Self

from cheiron.core.errors import CheironError

HOST = "127.0.0.1"
_WAITING = 64  # connections that wait while the server process is started again


@dataclass(frozen=True, eq=False)
class Door:
    """A listening socket and the session's token.

    The engine's process holds it, so the port stays ours while a server process that died is
    started again: a page that reconnects only waits.

    Args:
        socket: Bound to the loopback address and listening.
        token: What a page must know. It stands after the ``#`` of the address, so a browser never
            sends it to anybody by itself, neither in a request line nor as a referrer.

    >>> door = Door.open()
    >>> door.address.startswith(f"http://127.0.0.1:{door.port}/#token=")
    True
    >>> door.close()
    """

    socket: socket.socket
    token: str

    @classmethod
    def open(cls, port: int = 0) -> Self:
        """Take a port of this computer, reachable from this computer only.

        Args:
            port: Which one; 0 takes any free one.

        Raises:
            CheironError: If it is in use or may not be taken.
        """
        end = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":
                end.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:  # there it only means: though old connections of ours are still fading
                end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            end.bind((HOST, port))
            end.listen(_WAITING)
        except (OSError, OverflowError) as error:
            end.close()
            raise CheironError(_refusal(port, error)) from error
        return cls(end, secrets.token_urlsafe(24))

    @property
    def port(self) -> int:
        """Its number."""
        return int(self.socket.getsockname()[1])

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self.port}/#token={self.token}"

    def close(self) -> None:
        """Give the port back; a second call does nothing."""
        self.socket.close()


def _refusal(port: int, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        reason, remedy = "in use by another program", "leave --port out to take any free one"
    elif number == errno.EACCES:
        reason, remedy = "kept for the system", "choose one from 1024 to 65535"
    else:
        reason, remedy = f"not to be had ({error})", "choose one from 1024 to 65535"
    return f"the port {port} is {reason}; {remedy}, or choose another."
