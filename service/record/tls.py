"""TLS to the brokers: certificates are loaded and checked before anything connects."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from service.record.certificate_dates import validity
from service.record.errors import WrongSecurity
from service.settings.broker import BrokerSettings

LARGEST_FILE = 16 * 1024 * 1024
"""The authorities of all the world take a hundredth of this."""

_CERTIFICATE, _KEY = "CERTIFICATE", "PRIVATE KEY"


def make_tls_context(settings: BrokerSettings) -> ssl.SSLContext | None:
    """TLS as the settings say, or None without it. Brokers must prove the name that they are reached by.

    Raises:
        WrongSecurity: if a file is missing, no PEM, expired, or does not fit the others.
    """
    if "SSL" not in settings.security_protocol:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificates and names
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _trust(context, settings.ssl_cafile)
    if settings.ssl_certfile is not None:
        _identify(context, settings, settings.ssl_certfile)
    elif settings.ssl_keyfile is not None:
        raise WrongSecurity(f"expected ssl_certfile beside ssl_keyfile {settings.ssl_keyfile}, found none; set both")
    return context


def _trust(context: ssl.SSLContext, authorities: Path | None) -> None:
    if authorities is None:
        context.load_default_certs()
        return
    text = _read(authorities, "ssl_cafile", _CERTIFICATE)
    try:
        context.load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise WrongSecurity(
            f"expected certificates in PEM in ssl_cafile {authorities}, found: {error.reason or error}; copy it again"
        ) from error


def _identify(context: ssl.SSLContext, settings: BrokerSettings, certificate: Path) -> None:
    key = settings.ssl_keyfile or certificate
    text = _read(certificate, "ssl_certfile", _CERTIFICATE)
    is_encrypted = "ENCRYPTED" in _read(key, "ssl_keyfile", _KEY)
    secret = settings.ssl_key_password
    if is_encrypted and secret is None:
        raise WrongSecurity(f"expected ssl_key_password, because the key in {key} is encrypted, found none; set it")
    try:
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, secret.get_secret_value() if secret else "")
        begins, ends = validity(text)
    except (ssl.SSLError, ValueError, LookupError) as error:
        raise WrongSecurity(_misfit(error, certificate, key, is_encrypted=is_encrypted)) from error
    _refuse_if_invalid(begins, ends, certificate)


def _misfit(error: Exception, certificate: Path, key: Path, *, is_encrypted: bool) -> str:
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return f"expected in ssl_keyfile {key} the key of ssl_certfile {certificate}, found another's; give its own"
    if is_encrypted:
        return f"expected ssl_key_password to open the key in {key}, found that it does not; correct it"
    return (
        f"expected a certificate in ssl_certfile {certificate} and its key in {key}, both in PEM, found: {error}; "
        "copy or convert them again"
    )


def _refuse_if_invalid(begins: datetime, ends: datetime, certificate: Path) -> None:
    now = datetime.now(UTC)
    if now > ends:
        raise WrongSecurity(
            f"expected a valid ssl_certfile, found that {certificate} expired on {ends:%Y-%m-%d %H:%M} UTC; renew it"
        )
    if now < begins:
        raise WrongSecurity(
            f"expected a valid ssl_certfile, found that {certificate} begins on {begins:%Y-%m-%d %H:%M} UTC; "
            "wait, or correct this machine's clock"
        )


def _read(path: Path, setting: str, wanted: str) -> str:
    try:
        if not path.is_file():
            raise FileNotFoundError(0, "no file")  # a FIFO would be waited for
        text = path.read_bytes()[:LARGEST_FILE].decode("ascii", errors="replace")
    except OSError as error:
        raise WrongSecurity(
            f"expected to read {setting} {path}, found: {error.strerror or error}; correct the path or its rights"
        ) from error
    if f"{wanted}-----" not in text:
        raise WrongSecurity(
            f"expected a {wanted.lower()} in PEM in {setting} {path}, found none; "
            "convert the file, as with openssl, or give another"
        )
    return text
