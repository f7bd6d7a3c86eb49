"""A certificate of this computer's own: browsers give a page motion sensors only over TLS."""

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cheiron.core.atomic import sibling, write_error

_LIFE = timedelta(days=397)  # browsers refuse what lives much longer
_RENEW = timedelta(days=14)  # before its end, so that none ends on stage
_YESTERDAY = timedelta(days=1)  # clocks of phones may be behind


@dataclass(frozen=True)
class Certificate:
    """What the server shows to phones.

    Args:
        path: PEM file with the private key and the certificate; for its owner's eyes only.
        hosts: What it is made out to.
        fingerprint: SHA-256, in pairs of hexadecimal digits: what a phone can compare.
    """

    path: Path
    hosts: tuple[str, ...]
    fingerprint: str


def own_certificate(folder: Path, hosts: Sequence[str], now: datetime | None = None) -> Certificate:
    """The certificate in a folder, made anew where there is none that will do.

    That is: when it is missing or damaged, is not made out to all the hosts, or ends within two
    weeks.

    Args:
        folder: Made if it is not there, closed to others.
        hosts: IP addresses and names that it must be valid for.
        now: The time, with its zone; for tests.

    Raises:
        CheironError: If the folder cannot be written to.
    """
    now = now or datetime.now(UTC)
    path = folder / "phone.pem"
    known = _read(path)
    if known is None or not _will_do(known, hosts, now):
        known = _make(path, tuple(dict.fromkeys(hosts)), now)
    path.chmod(0o600)
    return Certificate(path, _hosts(known), known.fingerprint(hashes.SHA256()).hex(":").upper())


def _read(path: Path) -> x509.Certificate | None:
    """The certificate of the file, if its key fits."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _will_do(known: x509.Certificate, hosts: Sequence[str], now: datetime) -> bool:
    in_time = known.not_valid_before_utc <= now <= known.not_valid_after_utc - _RENEW
    return in_time and set(hosts) <= set(_hosts(known))


def _hosts(known: x509.Certificate) -> tuple[str, ...]:
    try:
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
        *names.get_values_for_type(x509.DNSName),
    )


def _make(path: Path, hosts: tuple[str, ...], now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cheiron on this computer")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _YESTERDAY)
        .not_valid_after(now + _LIFE - _YESTERDAY)
        .add_extension(x509.SubjectAlternativeName([_general(h) for h in hosts]), critical=False)
        # It may vouch for nobody but itself, so a phone that trusts it trusts nothing more.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, private + made.public_bytes(serialization.Encoding.PEM))
    return made


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, content: bytes) -> None:
    """Never, not even for a moment, readable by others; under its name only when complete."""
    fresh = sibling(path, f".{{}}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise write_error(path, error) from error
