"""Certificates are checked before anything connects."""

from pathlib import Path
from typing import Any

import pytest

from deploy.devtools.broker.certificates import KEY_PASSWORD, Certificates, make_certificates
from service.record.errors import WrongSecurity
from service.record.tls import make_tls_context
from service.settings.broker import BrokerSettings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def context_of(made: Certificates, **settings: Any) -> object:
    return make_tls_context(BrokerSettings(**{"security_protocol": "SSL", "ssl_cafile": made.authority, **settings}))


def test_without_tls_there_is_no_context() -> None:
    assert make_tls_context(BrokerSettings()) is None


def test_brokers_must_prove_who_they_are(made: Certificates) -> None:
    for settings in ({}, {"ssl_cafile": None}):
        context: Any = context_of(made, **settings)
        assert (context.check_hostname, context.verify_mode.name) == (True, "CERT_REQUIRED")


def test_a_client_certificate_is_loaded_from_one_file_or_two_with_an_encrypted_key_or_a_plain_one(
    made: Certificates,
) -> None:
    certificate = made.client.certificate
    assert context_of(made, ssl_certfile=certificate, ssl_keyfile=made.client.key)
    assert context_of(made, ssl_certfile=made.client.both)
    assert context_of(made, ssl_certfile=certificate, ssl_keyfile=made.encrypted_key, ssl_key_password=KEY_PASSWORD)


def refusal(made: Certificates, **settings: Any) -> str:
    with pytest.raises(WrongSecurity) as refused:
        context_of(made, **settings)
    return str(refused.value)


def test_a_missing_or_unreadable_file_is_named(made: Certificates, tmp_path: Path) -> None:
    for path in ("/nowhere", str(tmp_path), "/proc/self/mem"):
        assert f"expected to read ssl_cafile {path}, found: " in refusal(made, ssl_cafile=path)
    assert "expected to read ssl_certfile /nowhere" in refusal(made, ssl_certfile="/nowhere")
    assert "expected to read ssl_keyfile /nowhere" in refusal(
        made, ssl_certfile=made.client.certificate, ssl_keyfile="/nowhere"
    )


def test_what_is_no_certificate_or_key_is_named(made: Certificates, tmp_path: Path) -> None:
    (tmp_path / "der").write_bytes(b"\x30\x82\x01\x02" * 100)
    for wrong in (tmp_path / "der", made.client.key):
        assert f"expected a certificate in PEM in ssl_cafile {wrong}" in refusal(made, ssl_cafile=wrong)
        assert f"expected a certificate in PEM in ssl_certfile {wrong}" in refusal(made, ssl_certfile=wrong)
    assert "expected a private key in PEM in ssl_keyfile" in refusal(made, ssl_certfile=made.client.certificate)


@pytest.mark.parametrize("setting", ["ssl_cafile", "ssl_certfile"])
def test_a_damaged_certificate_is_named(made: Certificates, tmp_path: Path, setting: str) -> None:
    damaged = tmp_path / "damaged.pem"
    damaged.write_text(made.client.both.read_text().replace("MII", "NII"))
    assert f"{setting} {damaged}" in refusal(made, **{setting: damaged})


def test_a_key_that_does_not_fit_is_named(made: Certificates) -> None:
    printed = refusal(made, ssl_certfile=made.client.certificate, ssl_keyfile=made.broker.key)
    assert f"expected in ssl_keyfile {made.broker.key} the key of ssl_certfile" in printed


def test_a_key_without_its_certificate_is_named(made: Certificates) -> None:
    assert "expected ssl_certfile beside ssl_keyfile" in refusal(made, ssl_keyfile=made.client.key)


def test_an_encrypted_key_needs_its_password(made: Certificates) -> None:
    files = {"ssl_certfile": made.client.certificate, "ssl_keyfile": made.encrypted_key}
    assert "expected ssl_key_password, because the key in" in refusal(made, **files)
    assert "expected ssl_key_password to open the key in" in refusal(made, **files, ssl_key_password="another")


def test_a_certificate_that_expired_is_named_with_the_time(made: Certificates) -> None:
    printed = refusal(made, ssl_certfile=made.expired.certificate, ssl_keyfile=made.expired.key)
    assert f"found that {made.expired.certificate} expired on 20" in printed
