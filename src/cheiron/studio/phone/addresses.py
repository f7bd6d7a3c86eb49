"""Under which addresses a phone can reach this computer."""

import ipaddress
import socket

import psutil

from cheiron.core.errors import CheironError

_ELSEWHERE = ("192.0.2.1", 9)  # kept for documentation (RFC 5737); nothing is ever sent there
_VIRTUAL = ("docker", "veth", "br-", "virbr", "vmnet", "vboxnet", "utun", "tun", "tap", "zt")


def local_addresses() -> tuple[str, ...]:
    """This computer's IPv4 addresses in its networks, the one that others use first.

    Loopback and self-assigned (169.254…) addresses are left out; networks of virtual machines
    come last.
    """
    best = _outgoing()
    found: list[tuple[int, str]] = []
    states = psutil.net_if_stats()
    for name, entries in psutil.net_if_addrs().items():
        if name in states and not states[name].isup:
            continue
        for entry in entries:
            if entry.family is socket.AF_INET and _is_local(entry.address):
                rank = 0 if entry.address == best else 2 if name.startswith(_VIRTUAL) else 1
                found.append((rank, entry.address))
    return tuple(dict.fromkeys(address for _, address in sorted(found)))


def chosen_address(wanted: str = "") -> str:
    """The address to be reached at.

    Args:
        wanted: One of :func:`local_addresses` or the loopback address; the best when empty.

    Raises:
        CheironError: If this computer has no such address.

    >>> chosen_address("127.0.0.1")
    '127.0.0.1'
    """
    known = local_addresses()
    if wanted:
        if wanted not in (*known, "127.0.0.1"):
            raise CheironError(
                f"this computer has no address {wanted!r}; choose one of {', '.join(known)}."
            )
        return wanted
    if not known:
        raise CheironError(
            "this computer is in no local network, so no phone can reach it; join a wireless "
            "network and open it again."
        )
    return known[0]


def _is_local(address: str) -> bool:
    number = ipaddress.ip_address(address)
    return not (number.is_loopback or number.is_link_local or number.is_unspecified)


def _outgoing() -> str:
    """The address that packets to elsewhere would leave from; empty when there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        try:
            end.connect(_ELSEWHERE)  # of a datagram socket: only chooses a way
        except OSError:
            return ""
        return str(end.getsockname()[0])
