"""TLS and SASL against a real broker: what works, and the one sentence where it does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.devtools.broker.certificates import KEY_PASSWORD
from deploy.devtools.broker.secured import SecuredBroker, unsigned_token
from service.record.clients import make_admin
from service.record.errors import NoBroker
from service.settings.broker import BrokerSettings
from tests.support.linewatch_command import linewatch
from tests.support.secured import PASSWORDS, as_environment, login

pytestmark = pytest.mark.integration

Options = dict[str, Any]


def tls(broker: SecuredBroker, **others: Any) -> Options:
    return {
        "bootstrap_servers": broker.tls,
        "security_protocol": "SSL",
        "ssl_cafile": broker.certificates.authority,
        **others,
    }


def mutual(broker: SecuredBroker, **others: Any) -> Options:
    identity = broker.certificates.client
    files = {"ssl_certfile": identity.certificate, "ssl_keyfile": identity.key}
    return tls(broker, bootstrap_servers=broker.mutual, **{**files, **others})


def sasl(broker: SecuredBroker, mechanism: str, **others: Any) -> Options:
    known = {"sasl_username": "run", "sasl_password": PASSWORDS["run"]}
    at = {"bootstrap_servers": broker.login, "security_protocol": "SASL_SSL", "sasl_mechanism": mechanism}
    return tls(broker, **{**at, **known, **others})


def encrypted(broker: SecuredBroker) -> Options:
    return mutual(broker, ssl_keyfile=broker.certificates.encrypted_key, ssl_key_password=KEY_PASSWORD)


def clear(broker: SecuredBroker, **others: Any) -> Options:
    at = {"bootstrap_servers": broker.login_in_clear, "security_protocol": "SASL_PLAINTEXT", "ssl_cafile": None}
    return sasl(broker, "PLAIN", **{**at, **others})


@pytest.mark.parametrize(
    "options",
    [
        tls,
        mutual,
        encrypted,
        clear,
        *(lambda broker, name=name: sasl(broker, name) for name in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")),
        lambda broker: sasl(broker, "SCRAM-SHA-512", sasl_username="a=b,c", sasl_password=PASSWORDS["a=b,c"]),
    ],
    ids=["tls", "mutual", "encrypted key", "in clear", "plain", "scram 256", "scram 512", "an odd name"],
)
def test_every_way_to_connect_works(secured: SecuredBroker, options: Callable[[SecuredBroker], Options]) -> None:
    make_admin(BrokerSettings(**options(secured))).close()


def token_file(folder: Path, seconds: float = 3600.0) -> Path:
    file = folder / "token"
    file.write_text(unsigned_token("run", seconds))
    return file


def test_a_token_works(secured: SecuredBroker, tmp_path: Path) -> None:
    token = {"sasl_oauth_token_file": token_file(tmp_path), "sasl_username": None, "sasl_password": None}
    make_admin(BrokerSettings(**sasl(secured, "OAUTHBEARER", **token))).close()


FAILURES: dict[str, tuple[Callable[[SecuredBroker], Options], str]] = {
    "an authority that did not sign": (
        lambda broker: tls(broker, ssl_cafile=broker.certificates.stranger),
        "the broker's certificate is not accepted: unable to get local issuer certificate; set ssl_cafile to the",
    ),
    "the system's authorities": (lambda broker: tls(broker, ssl_cafile=None), "set ssl_cafile to the authority"),
    "a broker of another name": (
        lambda broker: tls(broker, bootstrap_servers=broker.elsewhere),
        "Hostname mismatch, certificate is not valid for 'localhost'; use a name in bootstrap_servers",
    ),
    "no client certificate": (
        lambda broker: tls(broker, bootstrap_servers=broker.mutual),
        "the brokers expect a client certificate; set ssl_certfile and ssl_keyfile",
    ),
    "no TLS where it is expected": (
        lambda broker: {"bootstrap_servers": broker.tls},
        "hang up before they answer; if they speak TLS there, set security_protocol to SSL or SASL_SSL",
    ),
    "TLS where none is expected": (
        lambda broker: tls(broker, bootstrap_servers=broker.administrators),
        "is that port one for TLS? correct security_protocol or the port",
    ),
    "no login where one is expected": (
        lambda broker: {"bootstrap_servers": broker.login_in_clear},
        "if they expect a login, set security_protocol to a SASL one",
    ),
    "a login where none is expected": (
        lambda broker: sasl(broker, "PLAIN", bootstrap_servers=broker.tls),
        "the brokers expect no login there",
    ),
    "a wrong password of PLAIN": (
        lambda broker: sasl(broker, "PLAIN", sasl_password="wrong-word"),
        "the brokers refuse the login (Authentication failed: Invalid username or password); correct sasl_username or",
    ),
    "a wrong password of SCRAM": (
        lambda broker: sasl(broker, "SCRAM-SHA-512", sasl_password="wrong-word"),
        "the brokers refuse the login (Authentication failed",
    ),
    "an unknown user": (
        lambda broker: sasl(broker, "SCRAM-SHA-256", sasl_username="nobody"),
        "the brokers refuse the login (Authentication failed",
    ),
    "a mechanism that is not offered": (
        lambda broker: clear(broker, sasl_mechanism="SCRAM-SHA-256"),
        "the brokers do not offer SCRAM-SHA-256 there; correct sasl_mechanism",
    ),
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_does_not_work_is_named_with_its_cause(secured: SecuredBroker, what: str) -> None:
    options, expected = FAILURES[what]
    settings = BrokerSettings(bootstrap_timeout_seconds=2.0, **options(secured))
    with pytest.raises(NoBroker) as found:
        make_admin(settings)
    assert expected in str(found.value)
    assert "wrong-word" not in str(found.value)


def test_an_expired_token_is_named(secured: SecuredBroker, tmp_path: Path) -> None:
    token = {"sasl_oauth_token_file": token_file(tmp_path, -100.0), "sasl_username": None, "sasl_password": None}
    settings = BrokerSettings(bootstrap_timeout_seconds=2.0, **sasl(secured, "OAUTHBEARER", **token))
    with pytest.raises(NoBroker, match=r"refuse the login .*invalid_token.*; correct the token"):
        make_admin(settings)


def test_a_wrong_file_ends_the_start_with_status_2_and_a_wrong_login_with_1(secured: SecuredBroker) -> None:
    settings = as_environment(login(secured, "run", bootstrap_timeout_seconds=2.0))
    for command in ("run", "topics"):
        ended = linewatch(command, **{**settings, "LINEWATCH_SSL_CAFILE": "/nowhere"})
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        assert ended.stderr.splitlines()[-1] == (
            "linewatch: expected to read ssl_cafile /nowhere, found: no file; correct the path or its rights"
        )
    ended = linewatch("topics", **{**settings, "LINEWATCH_SASL_PASSWORD": "wrong-word"})
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert f"expected Kafka at {secured.login} (SASL_SSL), found: the brokers refuse the login" in ended.stderr


@pytest.mark.parametrize(
    ("mechanism", "style"),
    [
        ("PLAIN", "json"),
        ("PLAIN", "console"),
        ("SCRAM-SHA-256", "json"),
        ("SCRAM-SHA-512", "json"),
        ("OAUTHBEARER", "json"),
    ],
)
def test_no_secret_is_in_the_log_at_debug(secured: SecuredBroker, mechanism: str, style: str, tmp_path: Path) -> None:
    token = unsigned_token("run")
    (tmp_path / "token").write_text(token)
    oauth = {"sasl_oauth_token_file": tmp_path / "token"} if mechanism == "OAUTHBEARER" else {}
    settings = login(
        secured, "run", mechanism, log_level="debug", log_format=style, review_port=0, probe_port=0, **oauth
    )
    ended = linewatch("review", **as_environment(settings))  # its topics are not there: it ends after its login
    assert ended.returncode == 1
    assert "Authenticated" in ended.stderr
    for secret in (PASSWORDS["run"], token.split(".")[1]):
        assert secret not in ended.stderr
    if style == "json":
        assert [json.loads(line) for line in ended.stderr.splitlines()]
