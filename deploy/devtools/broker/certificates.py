"""Certificates for a broker and its clients, good ones and wrong ones, of an authority that is made on the spot."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

KEY_PASSWORD = "opens the key"  # noqa: S105 - of keys that live as long as a test


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, as PEM files: apart, and in one file as Kafka's brokers take it."""

    certificate: Path
    key: Path
    both: Path


@dataclass(frozen=True)
class Certificates:
    """All that a broker on localhost and its clients need."""

    authority: Path
    broker: Identity
    """For localhost."""
    elsewhere: Identity
    """Of a broker with another name."""
    client: Identity
    """Its common name is `client`."""
    expired: Identity
    encrypted_key: Path
    """The client's key, opened by KEY_PASSWORD."""
    stranger: Path
    """Another authority, that signed none of these."""


def make_certificates(folder: Path) -> Certificates:
    """Write a new authority and what it signs into an existing folder."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "stranger.pem"))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    identities = {
        "broker": authority.issue_cert("localhost", common_name="broker"),
        "elsewhere": authority.issue_cert("kafka.plant.example", common_name="elsewhere"),
        "client": authority.issue_cert("client.plant.example", common_name="client"),
        "expired": authority.issue_cert("client.plant.example", not_before=yesterday, not_after=yesterday),
    }
    written = {name: _write(folder, name, identity) for name, identity in identities.items()}
    encrypted = folder / "client-encrypted.key"
    key = load_pem_private_key(identities["client"].private_key_pem.bytes(), None)
    secret = BestAvailableEncryption(KEY_PASSWORD.encode())
    encrypted.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    return Certificates(folder / "authority.pem", **written, encrypted_key=encrypted, stranger=folder / "stranger.pem")


def _write(folder: Path, name: str, identity: trustme.LeafCert) -> Identity:
    paths = Identity(folder / f"{name}.pem", folder / f"{name}.key", folder / f"{name}-both.pem")
    key = load_pem_private_key(identity.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # Kafka reads PKCS #8 alone
    certificates = b"".join(each.bytes() for each in identity.cert_chain_pems)
    paths.certificate.write_bytes(certificates)
    paths.key.write_bytes(pem)
    paths.both.write_bytes(pem + certificates)
    return paths
